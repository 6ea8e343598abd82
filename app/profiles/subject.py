"""Whose profile it is: the small areas of its ground in one set, with the share of each one's people on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import numpy as np
import pandas as pd
from sqlalchemy.orm import Session

from app.indicators.editions import PLACE_SETS
from app.indicators.queries import DEFAULT_INDEX, IndexRow, get_index
from app.neighbourhoods.figures import weights_of
from app.neighbourhoods.queries import (
    find_areas,
    get_neighbourhood,
    get_version,
    release_of_set,
)
from app.neighbourhoods.weighing import weigh_ground
from app.partnerships.queries import join_names
from app.priorities.ground import NoSmallAreas, SetOfAnotherTime, SmallAreas
from app.priorities.queries import Place, choose_index, find_ground, find_partnership_place
from app.profiles.queries import require_areas
from boundaries.errors import Fault, Invalid
from boundaries.footprints import Ground
from boundaries.queries import demo_of

Kind = Literal["partnership", "neighbourhood", "areas"]
# The three ways of saying what part of an area's people lives on some ground, the first of them shown.
ESTIMATES = ("people_share", "postcode_share", "best_fit")
# Areas whose small areas the official lookups list.
WHOLE_TYPES = frozenset({"rgn", "cauth", "cty", "lad", "lsoa"})
MOST_NAMED = 3


@dataclass(frozen=True)
class Subject:
    """A partnership, a neighbourhood or some areas by code on the small areas of one index's set.

    shares : index code, columns of ESTIMATES, 0 to 1; of a partnership all 1.
    partnership : codes of the small areas of the partnership it belongs to, None where it is in none.
    notes : what the reader must know of how the ground was found. version : of a neighbourhood's ground.
    slug : of areas by code the codes themselves, with commas between.
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
        return "/api/v1" if self.kind == "areas" else f"/api/v1/{self.kind}s/{self.slug}"

    @property
    def asked(self) -> dict[str, str]:
        """What its addresses ask for beside their path."""
        asked = {"codes": self.slug} if self.kind == "areas" else {}
        return asked | ({} if self.version is None else {"version": str(self.version)})

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


def codes_subject(
    session: Session, codes: Sequence[str], index: IndexRow, day: date
) -> Subject:  # fmt: skip
    """Find the ground of some area codes on a day in an index's set.

    Councils, counties, regions and small areas are the small areas that the official lookups give them, whole;
    wards, parishes and others are weighed by what of each small area lies in them. Raises UnknownArea,
    NoSmallAreas, LayerMissing.
    """
    require_areas(session, codes)
    found = find_areas(session, codes)
    names = [found[code].name or code for code in codes]
    title = (
        join_names(names)
        if len(names) <= MOST_NAMED
        else f"{names[0]} and {len(names) - 1} more areas"
    )
    slug, demo, notes = ",".join(codes), demo_of(list(codes)), []
    _require_world(index, demo, title)
    if {area.type for area in found.values()} <= WHOLE_TYPES:
        place = Place(title, tuple(codes))
        ground = find_ground(session, place, index)
        shares = pd.DataFrame(1.0, index=ground.codes, columns=list(ESTIMATES))
        notes = _notes(place, ground)
    else:
        ground_said = Ground(codes=tuple(codes), as_at=day, demo=demo)
        release = release_of_set(session, index.area_set, demo=demo)
        weights = weigh_ground(session, ground_said, release)
        if weights.empty:
            raise NoSmallAreas(f"no small area of {index.area_set} has anything in {title}")
        shares = weights[list(ESTIMATES)].astype("float64")
        shares["postcode_share"] = shares["postcode_share"].fillna(shares["people_share"])
    return Subject(title, slug, "areas", shares, None, None, None, index.demo, notes)


def index_of_codes(session: Session, codes: Sequence[str], index_id: str | None) -> IndexRow:
    """Choose the index of a profile of area codes: that asked for, or the usual one. Raises UnknownIndex."""
    usual = f"{DEFAULT_INDEX}-demo" if demo_of(list(codes)) else DEFAULT_INDEX
    index = get_index(session, index_id or usual)
    _require_place_set(index)
    return index


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
    _require_place_set(index)
    _require_world(index, row.demo, row.name)
    return index


def _require_place_set(index: IndexRow) -> None:
    if index.area_set not in PLACE_SETS:
        raise SetOfAnotherTime(
            f"{index.title} ranks areas of another time ({index.area_set}); name an index of 2015 or later",
            [Fault("an index of 2015 or later", pointer="/index", value=index.id)],
        )


def _require_world(index: IndexRow, demo: bool, title: str) -> None:
    if index.demo != demo:
        raise Invalid(
            f"{index.id} does not rank the areas of {title}",
            [Fault("an index of other areas", pointer="/index", value=index.id)],
        )


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
