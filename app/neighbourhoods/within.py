"""Says how much of some ground lies in a partnership, and refuses what mostly does not."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.indicators.queries import IndexRow, list_indices
from app.neighbourhoods.figures import GroundFigures
from app.neighbourhoods.queries import read_counts
from app.partnerships.queries import get_partnership
from app.priorities.queries import find_ground, find_partnership_place
from boundaries.errors import Fault, Invalid

# A neighbourhood may cross the border of its partnership; most of its people live inside.
LEAST_INSIDE = 0.5


class OutsidePartnership(Invalid):
    """The ground lies outside the partnership that it is said to be of, or most of it does."""

    slug = "outside-partnership"
    title = "That lies outside the partnership"


def index_of_set(session: Session, area_set: str, *, demo: bool) -> IndexRow | None:
    """Choose an index of a set of small areas, the newest; None where none is held."""
    held = [row for row in list_indices(session) if (row.area_set, row.demo) == (area_set, demo)]
    return held[-1] if held else None


def share_inside(session: Session, slug: str, figures: GroundFigures) -> float | None:
    """Give the share of the people of some ground that live in a partnership; None where it cannot be told.

    By its small areas; where nobody is known to live there, by how many of those there are.
    """
    partnership = get_partnership(session, slug)
    index = index_of_set(session, figures.area_set, demo=partnership.demo)
    if index is None:
        return None
    inside = find_ground(session, find_partnership_place(session, slug), index).codes
    share = figures.weights["people_share"]
    found = read_counts(session, list(share.index), figures.area_set, ("people",))
    people = found.counts["people"].reindex(share.index).astype("Float64") * share
    counted = people if people.notna().all() and people.sum() > 0 else share.astype("Float64")
    total = float(counted.sum())
    return float(counted[counted.index.isin(inside)].sum()) / total if total > 0 else None


def check_within(
    session: Session, slug: str, figures: GroundFigures, *, outline: object = None
) -> float | None:
    """Refuse ground of which less than half the people live in the partnership. Raises OutsidePartnership."""
    share = share_inside(session, slug, figures)
    if share is None or share >= LEAST_INSIDE:
        return share
    part = "none" if share == 0 else f"only {100 * share:.2f} %"
    detail = f"{part} of its people live in the partnership {slug!r}"
    pointer = "/geometry" if outline is not None else ""
    raise OutsidePartnership(detail, [Fault(detail, pointer=pointer)])
