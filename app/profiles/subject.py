"""Whose profile it is: the small areas of its ground in one set, with the share of each one's people on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
from sqlalchemy.orm import Session

from app.indicators.editions import PLACE_SETS
from app.indicators.queries import DEFAULT_INDEX, IndexRow, get_index
from app.neighbourhoods.figures import weights_of
from app.neighbourhoods.queries import get_neighbourhood, get_version
from app.priorities.ground import NoSmallAreas, SetOfAnotherTime, SmallAreas
from app.priorities.queries import Place, choose_index, find_ground, find_partnership_place
from boundaries.errors import Fault, Invalid

Kind = Literal["partnership", "neighbourhood"]
# The three ways of saying what part of an area's people lives on some ground, the first of them shown.
ESTIMATES = ("people_share", "postcode_share", "best_fit")


@dataclass(frozen=True)
class Subject:
    """A partnership or a neighbourhood on the small areas of one index's set.

    shares : index code, columns of ESTIMATES, 0 to 1; of a partnership all 1.
    partnership : codes of the small areas of the partnership it belongs to, None where it is in none.
    notes : what the reader must know of how the ground was found. version : of a neighbourhood's ground.
    """

    title: str
    slug: str
    kind: Kind
    shares: pd.DataFrame
    partnership_title: str | None
    partnership_slug: str | None
    partnership: pd.Index | None
    demo: bool
    notes: list[str] = field(default_factory=list)
    version: int | None = None

    @property
    def address(self) -> str:
        """Path of it under /api/v1."""
        return f"/api/v1/{self.kind}s/{self.slug}"

    @property
    def is_whole_areas(self) -> bool:
        """Say whether the ground is whole small areas, so that the three estimates are one."""
        return bool((self.shares[list(ESTIMATES)] == 1.0).all(axis=None))


def partnership_subject(session: Session, slug: str, index: IndexRow) -> Subject:
    """Find a partnership's ground in an index's set. Raises UnknownPartnership, NoSmallAreas."""
    place = find_partnership_place(session, slug)
    ground = find_ground(session, place, index)
    shares = pd.DataFrame(
        np.ones((len(ground.codes), len(ESTIMATES))), index=ground.codes, columns=list(ESTIMATES)
    )
    return Subject(
        place.title, slug, "partnership", shares, place.title, slug, ground.codes, index.demo,
        _notes(place, ground),
    )  # fmt: skip


def neighbourhood_subject(
    session: Session, slug: str, index: IndexRow, version: int | None = None
) -> Subject:
    """Find a neighbourhood's ground, of its newest or an older version, in an index's set.

    Raises UnknownNeighbourhood, UnknownVersion, NoSmallAreas, LayerMissing.
    """
    row = get_neighbourhood(session, slug)
    kept = get_version(session, slug, version)
    weights = weights_of(session, kept.footprint_id, index.area_set)
    if weights.empty:
        raise NoSmallAreas(f"no small area of {index.area_set} has anything in {row.name}")
    shares = weights[list(ESTIMATES)].astype("float64")
    # Where no postcode lies, the ground itself is all that can be shared out.
    without = shares["postcode_share"].isna()
    shares["postcode_share"] = shares["postcode_share"].fillna(shares["people_share"])
    notes = []
    if without.any():
        count = int(without.sum())
        notes.append(
            f"{count} of its small areas {'has' if count == 1 else 'have'} no current postcode: ground is"
            " counted there."
        )
    title, codes = None, None
    if row.partnership_slug is not None:
        place = find_partnership_place(session, row.partnership_slug)
        title, codes = place.title, find_ground(session, place, index).codes
    return Subject(
        row.name, slug, "neighbourhood", shares, title, row.partnership_slug, codes, index.demo, notes,
        kept.version,
    )  # fmt: skip


def index_of_partnership(session: Session, slug: str, index_id: str | None) -> IndexRow:
    """Choose the index of a partnership's profile: that asked for, or the one its pages open on.

    Raises UnknownPartnership, UnknownIndex.
    """
    place = find_partnership_place(session, slug)
    return get_index(session, index_id or choose_index(session, place))


def index_of_neighbourhood(session: Session, slug: str, index_id: str | None) -> IndexRow:
    """Choose the index of a neighbourhood's profile: that asked for, its partnership's, or the usual one.

    Raises UnknownNeighbourhood, UnknownIndex, and Invalid for an index whose areas no ground is found in.
    """
    row = get_neighbourhood(session, slug)
    if index_id is None and row.partnership_slug is not None:
        index_id = choose_index(session, find_partnership_place(session, row.partnership_slug))
    usual = f"{DEFAULT_INDEX}-demo" if row.demo else DEFAULT_INDEX
    index = get_index(session, index_id or usual)
    if index.area_set not in PLACE_SETS:
        raise SetOfAnotherTime(
            f"{index.title} ranks areas of another time ({index.area_set}); name an index of 2015 or later",
            [Fault("an index of 2015 or later", pointer="/index", value=index.id)],
        )
    if index.demo != row.demo:
        raise Invalid(
            f"{index.id} does not rank the areas of {row.name}",
            [Fault("an index of other areas", pointer="/index", value=index.id)],
        )
    return index


def _notes(place: Place, ground: SmallAreas) -> list[str]:
    notes = [
        f"{code} is of another set of small areas and was carried to {', '.join(found)}."
        for code, found in ground.carried.items()
    ]
    if ground.border_cases:
        cut = len(ground.border_cases)
        notes.append(
            f"The outline of {place.title} cuts {cut} small area{'s' if cut > 1 else ''}: each counts whole "
            "where at least half of its postcodes lie inside, else not at all."
        )
    return notes
