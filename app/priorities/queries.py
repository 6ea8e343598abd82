"""Reads that a designation needs: a place's small areas, their people, wards, borders and links."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import numpy as np
import pandas as pd
from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from app.indicators.editions import PLACE_SETS
from app.indicators.national import national_measure
from app.indicators.queries import DEFAULT_INDEX, IndexRow, indices_with_values, list_indices
from app.indicators.tables import DeprivationIndex
from app.partnerships.queries import get_partnership, join_names, outline_ground
from app.partnerships.tables import Partnership
from app.priorities.ground import (
    MOST_NAMES,
    WIDE,
    NoSmallAreas,
    SmallAreas,
    codes_with_values,
    grounds_of_codes,
    read_lookups,
    refuse_another_time,
)
from app.priorities.tables import Designation
from boundaries.database import among, as_words, named_sql, read_arrays
from boundaries.errors import BoundsError, Fault, NotFound
from boundaries.footprints import shares_of
from boundaries.queries import UnknownArea, demo_of, find_authority
from boundaries.tables import (
    Area,
    Boundary,
    Membership,
    Release,
    TouchingPair,
    Weight,
)

# Below this share of an area inside an outline it is a sliver of generalised borders, not a case.
SLIVER_SHARE = 0.001
# The country has no row among the areas: its ground is every area that an index ranks.
ENGLAND = "E92000001"
_CODE = (("u1", 9),)
_PARENTS = (*WIDE, "lad")


class UnknownDesignation(NotFound):
    """There is no saved designation of that id."""

    slug = "unknown-designation"
    title = "No such designation"


@dataclass(frozen=True)
class Place:
    """Ground whose areas are to be judged: codes of any kind, or a partnership's outline."""

    title: str
    codes: tuple[str, ...]
    partnership_slug: str | None = None
    has_outline: bool = False


class PeopleFound(NamedTuple):
    """People by area code (Int64) and what to call the source: its period, or estimated of that period."""

    people: pd.Series
    source: str


def find_place(session: Session, words: Sequence[str], day: date) -> Place:
    """Name the ground of codes or names of districts, counties, regions or small areas.

    Raises UnknownArea with every unknown one listed, and what is near.
    """
    found: dict[str, str] = {}
    faults: list[Fault] = []
    details: list[str] = []
    for position, word in enumerate(words):
        if word.casefold() in (ENGLAND.casefold(), "england"):
            found[ENGLAND] = "England"
            continue
        try:
            area = find_authority(session, word, day)
        except UnknownArea as error:
            details.append(error.detail)
            faults.append(Fault(error.detail, pointer=f"/areas/{position}", value=word[:80]))
        else:
            found[area.code] = area.name
    if faults or not found:
        raise UnknownArea("; ".join(details) or "no area was named", faults)
    demo_of([code for code in found if code != ENGLAND])
    names = list(found.values())
    if len(names) > MOST_NAMES:
        names = [*names[: MOST_NAMES - 1], f"{len(names) - MOST_NAMES + 1} more"]
    return Place(join_names(names), tuple(found))


def find_partnership_place(session: Session, slug: str) -> Place:
    """Name the ground of a partnership: its outline if it has one, else its authorities.

    Raises UnknownPartnership.
    """
    row = get_partnership(session, slug)
    return Place(row.name, tuple(row.authorities), row.slug, row.geom is not None)


def find_ground(session: Session, place: Place, index: IndexRow) -> SmallAreas:
    """List the small areas of a place in an index's set.

    By codes: those that the official lookups put in the authorities, and small areas asked for by
    their own code, carried to the index's set by the official links. By outline: those with at
    least half of their current postcodes inside, or half their ground where they have none.

    Raises NoSmallAreas where there is none, SetWithoutPlaces where the set is one of another time.
    """
    found = find_grounds(session, [place], index)[0]
    if isinstance(found, BoundsError):
        raise found
    return found


def find_grounds(
    session: Session, places: Sequence[Place], index: IndexRow
) -> list[SmallAreas | BoundsError]:
    """List the small areas of several places, the lookups read once for all; one that is refused has its problem."""
    found: dict[int, SmallAreas | BoundsError] = {}
    by_codes = []
    for at, place in enumerate(places):
        try:
            if ENGLAND in place.codes:
                found[at] = _ground_of_england(session, index)
                continue
            if index.area_set not in PLACE_SETS:
                refuse_another_time(session, () if place.has_outline else place.codes, index)
            if place.has_outline and place.partnership_slug is not None:
                found[at] = _ground_of_outline(session, place.partnership_slug, index)
            else:
                by_codes.append(at)
        except BoundsError as problem:
            found[at] = problem
    if by_codes:
        grounds = grounds_of_codes(session, [places[at].codes for at in by_codes], index)
        found |= dict(zip(by_codes, grounds, strict=True))
    for at, ground in found.items():
        if isinstance(ground, SmallAreas) and not len(ground.codes):
            found[at] = NoSmallAreas(
                f"no small area of {places[at].title} is loaded in the set of {index.id} "
                f"({index.area_set}); `bounds up --place` loads a place"
            )
    return [found[at] for at in range(len(places))]


def _ground_of_england(session: Session, index: IndexRow) -> SmallAreas:
    if index.partial or index.demo:
        raise NoSmallAreas(
            f"{index.id} is not held whole here, so nothing is said of all England; `bounds load england` "
            "loads it"
        )
    main = "imd" if "imd" in index.measures else index.measures[0]
    return SmallAreas(national_measure(session, index, main).codes)


def _ground_of_outline(session: Session, slug: str, index: IndexRow) -> SmallAreas:
    shares = shares_of(session, outline_ground(session, slug), index.release_id)
    by_postcodes = shares["postcode_share"].notna()
    share = shares["postcode_share"].where(by_postcodes, shares["area_share"])
    # Half exactly is in: k of 2k postcodes are 0.5 without rounding.
    belongs = share >= 0.5
    cut = (share > SLIVER_SHARE) & (share < 1 - SLIVER_SHARE)
    cases = [
        {"code": code, "belongs": is_in, "share": round(part, 6), "by": by}
        for code, is_in, part, by in zip(
            shares["code"][cut], belongs[cut].tolist(), share[cut].tolist(),
            by_postcodes[cut].map({True: "postcodes", False: "area"}), strict=True,
        )
    ]  # fmt: skip
    return SmallAreas(pd.Index(shares["code"][belongs], dtype=object), border_cases=cases)


def choose_index(session: Session, place: Place) -> str:
    """Choose the index where none is asked for: IMD 2019 if it holds the place, else the newest."""
    return choose_indices(session, [place])[0]


def choose_indices(session: Session, places: Sequence[Place]) -> list[str]:
    """Choose the index of each of several places, the lookups read once for all; see `choose_index`."""
    coded = {code for place in places if not place.has_outline for code in place.codes}
    lookups = read_lookups(session, coded - {ENGLAND})
    # One child of each lookup decides nearly always; where none has a value every one is asked.
    first = {min(inner) for kinds in lookups.inner.values() for inner in kinds.values()} | coded
    held = codes_with_values(session, first, DEFAULT_INDEX)
    return [
        DEFAULT_INDEX
        if ENGLAND in place.codes
        or (not place.has_outline and held & lookups.with_inner(place.codes, _PARENTS))
        else _choose_one(session, place)
        for place in places
    ]


def _choose_one(session: Session, place: Place) -> str:
    if place.has_outline and place.partnership_slug is not None:
        met = _draws_ground_of(session, place.partnership_slug, DEFAULT_INDEX)
        if met is not None:
            return met
    held = _indices_of(session, place)
    for preferred in (DEFAULT_INDEX, f"{DEFAULT_INDEX}-demo"):
        if preferred in held:
            return preferred
    return held[0] if held else DEFAULT_INDEX


def _draws_ground_of(session: Session, slug: str, index_id: str) -> str | None:
    """Give an index back where its areas are drawn on a partnership's outline, and are no more invented than it."""
    found = session.scalar(
        select(DeprivationIndex.id)
        .join(Boundary, Boundary.release_id == DeprivationIndex.release_id)
        .join(Partnership, func.ST_Intersects(Partnership.geom, Boundary.geom))
        .where(
            DeprivationIndex.id == index_id, Partnership.slug == slug,
            Partnership.demo == DeprivationIndex.demo,
        )
        .limit(1)
    )  # fmt: skip
    return None if found is None else str(found)


def newest_index(session: Session, place: Place, otherwise: str) -> str:
    """Name the newest index that holds a value of the place."""
    held = _indices_of(session, place)
    return held[0] if held else otherwise


def _indices_of(session: Session, place: Place) -> list[str]:
    """Ids of the indices that hold an area of the place, newest first."""
    if place.has_outline and place.partnership_slug is not None:
        drawn = session.execute(
            select(Boundary.release_id, Partnership.demo)
            .join(Partnership, func.ST_Intersects(Partnership.geom, Boundary.geom))
            .where(Partnership.slug == place.partnership_slug)
            .distinct()
        ).all()
        # The invented county lies somewhere on the real grid: each keeps to its own indices.
        found = {(row[0], row[1]) for row in drawn}
        held = [
            row
            for row in list_indices(session)
            if (row.release_id, row.demo) in found and row.area_set in PLACE_SETS
        ]
        return [row.id for row in sorted(held, key=lambda row: row.published_on, reverse=True)]
    lookups = read_lookups(session, set(place.codes))
    parents = lookups.with_inner(place.codes, _PARENTS)
    return indices_with_values(session, parents)


def find_people(session: Session, codes: pd.Index, area_set: str) -> PeopleFound:
    """People of small areas; an area without a figure is missing, never 0."""
    return find_people_of_each(session, [codes], area_set)[0]


def find_people_of_each(
    session: Session, several: Sequence[pd.Index], area_set: str
) -> list[PeopleFound]:
    """People of the small areas of several places, read at once; each says the source of its own."""
    # Told in a few rows: of all England one row an area costs three times the question itself.
    every = {code for codes in several for code in codes}
    rows = session.execute(
        select(
            Weight.period, Weight.estimated, func.string_agg(Weight.code, ","),
            func.array_agg(Weight.value),
        )
        .where(Weight.area_set == area_set, Weight.measure == "people", among(Weight.code, every))
        .group_by(Weight.period, Weight.estimated)
    ).all()  # fmt: skip
    counts: dict[str, int] = {}
    source: dict[str, str] = {}
    for period, estimated, found, values in rows:
        codes = found.split(",")
        counts.update(zip(codes, values, strict=True))
        source |= dict.fromkeys(codes, f"estimated, {period}" if estimated else str(period))
    people = pd.Series(counts, dtype="Int64")
    told = []
    for index in several:
        said = sorted({source[code] for code in index if code in source})
        told.append(PeopleFound(people.reindex(index), "; ".join(said) if said else "not known"))
    return told


def find_names(session: Session, codes: Iterable[str]) -> dict[str, str]:
    """Names by code."""
    found = session.execute(
        select(func.array_agg(Area.code), func.array_agg(Area.name)).where(among(Area.code, codes))
    ).one()
    return dict(zip(found[0] or (), found[1] or (), strict=True))


def find_wards(session: Session, codes: pd.Index, area_set: str) -> pd.DataFrame:
    """The ward of each small area: index code; ward_code, ward_name, district_name.

    A code that both sets share has a ward in each set's lookup: the lookup of this set comes first,
    then the largest share, then the lowest code. Best fits, as the official lookups are.
    """
    own_lookup = "lsoa11%" if area_set == "lsoa-2011" else "lsoa21%"
    first = case((func.lower(Membership.lookup).like(own_lookup), 0), else_=1)
    rows = session.execute(
        select(Membership.child_code, Membership.parent_code, Area.name)
        .join(Area, Area.code == Membership.parent_code, isouter=True)
        .where(Membership.parent_type == "wd", among(Membership.child_code, codes))
        .order_by(Membership.child_code, first, Membership.share.desc(), Membership.parent_code)
    ).all()
    wards = pd.DataFrame(rows, columns=["code", "ward_code", "ward_name"])
    districts = session.execute(
        select(Membership.child_code, func.min(Area.name))
        .join(Area, Area.code == Membership.parent_code)
        .where(Membership.parent_type == "lad", among(Membership.child_code, codes))
        .where(Area.valid_to.is_(None))
        .group_by(Membership.child_code)
    ).all()
    frame = wards.drop_duplicates("code").set_index("code").reindex(codes)
    return frame.assign(
        district_name=pd.Series({row[0]: row[1] for row in districts}, dtype=object)
    )


def find_contiguity(
    session: Session, release_id: str, codes: pd.Index | None = None
) -> pd.DataFrame | None:
    """Pairs of touching areas, a, b, border_m: all of a release, or those with one end in `codes`.

    None where the release has no pairs at all, so that nothing can be said of who touches whom.
    """
    codes_a, codes_b, metres = read_arrays(
        session,
        named_sql(__file__, "touching_pairs"),
        {"release_id": release_id, "everywhere": codes is None, "codes": [] if codes is None else list(codes)},
        [_CODE, _CODE, (">f8",)],
    )  # fmt: skip
    if not len(metres):
        known = select(TouchingPair.code_a).where(TouchingPair.release_id == release_id).limit(1)
        if session.scalar(known) is None:
            return None
    return pd.DataFrame(
        {"a": as_words(codes_a), "b": as_words(codes_b), "border_m": metres.astype(np.float64)}
    )


def find_releases(session: Session, ids: Iterable[str]) -> list[dict[str, object]]:
    """Inputs as an answer lists them: id, release, loaded_at."""
    rows = session.execute(
        select(Release.id, Release.loaded_at).where(among(Release.id, ids)).order_by(Release.id)
    )
    return [{"id": row[0], "release": row[0], "loaded_at": row[1].isoformat()} for row in rows]


def find_outlines(
    session: Session, release_id: str, codes: Iterable[str], in_metres: bool = False
) -> dict[str, str]:
    """GeoJSON geometry text by code: lon/lat with 7 decimals, or British National Grid metres."""
    rows = session.execute(
        named_sql(__file__, "outlines"),
        {"release_id": release_id, "codes": sorted(codes), "in_metres": in_metres},
    )
    return {row[0]: row[1] for row in rows}


def get_designation(session: Session, designation_id: str) -> Designation:
    """One saved designation. Raises UnknownDesignation."""
    found = session.get(Designation, designation_id)
    if found is None:
        raise UnknownDesignation(f"there is no designation {designation_id[:80]!r}")
    return found


def list_designations(session: Session, slug: str) -> list[Designation]:
    """A partnership's saved designations, the newest first."""
    rows = session.scalars(
        select(Designation)
        .where(Designation.partnership_slug == slug)
        .order_by(Designation.created_at.desc(), Designation.id)
    )
    return list(rows)


def designations_of_all(session: Session, *, demo: bool) -> list[Designation]:
    """Every saved designation of the invented county's partnerships or of the real ones, by partnership and id."""
    query = (
        select(Designation)
        .join(Partnership, Partnership.slug == Designation.partnership_slug)
        .where(Partnership.demo.is_(demo))
        .order_by(Designation.partnership_slug, Designation.id)
    )
    return list(session.scalars(query))
