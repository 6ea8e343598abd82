"""What a partnership's pages rest on and have not got yet, and what to do about each; loads nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import Request
from sqlalchemy.orm import Session

from app.dependencies import today
from app.indicators.queries import get_index
from app.neighbourhoods.queries import newest_versions
from app.pages import queries
from app.pages.rendering import fill
from app.partnerships.alignment import align_ground
from app.partnerships.queries import Ground, get_partnership, ground_of_partnership
from app.priorities.queries import choose_index, find_ground, find_partnership_place
from app.profiles.queries import read_people
from boundaries.errors import BoundsError, Conflict, NotFound

PLACE = (
    "./bounds up --place “{names}” loads a place; bounds load england --commit loads all of England"
)


@dataclass(frozen=True)
class Wanted:
    """One thing that pages rest on: whether it is here, why not, what it is for, and what to do next.

    is_needed : nothing can be told without it.
    """

    name: str
    is_here: bool
    why_not: str
    needed_for: str
    next_step: str
    is_needed: bool = False


def or_missing(
    request: Request, session: Session, slug: str, part: str, make: Callable[[], str]
) -> Callable[[], str]:
    """Make a page, or where the partnership lacks what the page rests on, the page that says what and what to do.

    What is not here for another reason (no such partnership, no such index) is raised as it is.
    """

    def made() -> str:
        try:
            return make()
        except (NotFound, Conflict) as error:
            told = missing_text(request, session, slug, part, error)
            if told is None:
                raise
            return told

    return made


def missing_text(
    request: Request, session: Session, slug: str, part: str, error: BoundsError
) -> str | None:
    """Write the page that says what a partnership lacks; None where it lacks nothing that every page rests on.

    Raises UnknownPartnership.
    """
    row = get_partnership(session, slug)
    wanted = list_wanted(session, slug)
    if all(one.is_here for one in wanted if one.is_needed):
        return None
    return fill(
        request, "missing.html", slug=slug, name=row.name, demo=row.demo, part=part, wanted=wanted,
        why=error.detail,
    )  # fmt: skip


def list_wanted(session: Session, slug: str) -> list[Wanted]:
    """List what a partnership's pages rest on, in the order in which it is loaded. Raises UnknownPartnership."""
    row = get_partnership(session, slug)
    ground, why = _ground(session, slug)
    names = ", ".join(ground.names) if ground is not None else ", ".join(row.authorities)
    load = PLACE.format(names=names)
    index, no_index = _index(session, slug)
    people = index is not None and len(read_people(session, get_index(session, index))[1]) > 0
    money = bool(queries.financial_years(session, demo=row.demo))
    saved = bool(newest_versions(session, slug))
    return [
        Wanted("Boundaries of its councils", not why, why, "every map; how it lies to councils", load, True),
        Wanted(
            "An index of deprivation that ranks its small areas", index is not None, no_index,
            "overview, priorities, resources, profile, gap, statement of use, building neighbourhoods", load,
            True,
        ),
        Wanted(
            "People of its small areas", people, "" if people else "no count of people is loaded for them",
            "people beside areas; money a head", load, True,
        ),
        Wanted(
            "Lines of money", money, "" if money else "no line of money with a year is loaded",
            "resources, statement of use",
            "bounds load england-resources --commit loads published grants; an editor brings a file with bounds "
            f"import resources FILE --partnership {slug} --commit or at /desk/import/resources",
        ),
        Wanted(
            "Saved neighbourhoods", saved, "" if saved else "none is saved", "the gap of each; service agreements",
            f"choose areas at /partnerships/{slug}/build, or bounds neighbourhood grow {slug}",
        ),
    ]  # fmt: skip


def _ground(session: Session, slug: str) -> tuple[Ground | None, str]:
    """Find the ground and whether it is drawn: the ground where known, and why it is not drawn."""
    try:
        ground = ground_of_partnership(session, slug, today())
    except NotFound as error:
        return None, error.detail
    try:
        align_ground(session, ground, today())
    except NotFound as error:
        return ground, error.detail
    return ground, ""


def _index(session: Session, slug: str) -> tuple[str | None, str]:
    """Name the index that its pages open on where it ranks the place's small areas, else say why there is none."""
    try:
        place = find_partnership_place(session, slug)
        chosen = choose_index(session, place)
        find_ground(session, place, get_index(session, chosen))
    except (NotFound, Conflict) as error:
        return None, error.detail
    return chosen, ""
