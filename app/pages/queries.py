"""Reads that only pages ask: what is loaded and how it ranks, what a search finds, what every load left out."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from app.indicators.editions import PLACE_SETS
from app.indicators.tables import DeprivationIndex, IndexValue
from app.partnerships.tables import Partnership
from app.priorities.methods.records import kept_words
from app.priorities.tables import Designation
from app.resources.tables import ResourceFile, ResourceLine, ResourceRefusal
from app.sources.tables import DatasetFinding, DatasetLoad
from boundaries.crs import BNG
from boundaries.queries import is_alive, plain_name
from boundaries.releases import UnknownRelease
from boundaries.tables import (
    Area,
    Boundary,
    ImportFinding,
    LookupDisagreement,
    Membership,
    Release,
    Weight,
)

SEARCHED_TYPES = ("rgn", "cauth", "cty", "lad", "wd", "par", "ncp", "msoa", "lsoa")
MOST_FOUND = 40
# On the page of what is loaded: of one release, one rule or one file, and of all of a kind together.
MOST_LISTED = 100
_MOST_ROWS = 600
# Generalised neighbours that touch may be drawn this far apart.
_TOUCHING_M = 100


def neighbouring_councils(
    session: Session, release_id: str, codes: Sequence[str]
) -> list[tuple[str, str]]:
    """List the districts of a release that touch some of its districts, as (code, name), by name."""
    own = aliased(Boundary)
    rows = session.execute(
        select(Boundary.code, Boundary.name)
        .join(own, func.ST_DWithin(own.geom, Boundary.geom, _TOUCHING_M))
        .where(
            own.release_id == release_id, own.code.in_(list(codes)),
            Boundary.release_id == release_id, Boundary.code.not_in(list(codes)),
        )
        .distinct()
        .order_by(Boundary.name, Boundary.code)
    )  # fmt: skip
    return [(row[0], row[1]) for row in rows]


def partnerships_of(session: Session, codes: Collection[str]) -> list[Partnership]:
    """List the partnerships that have one of some councils among theirs."""
    if not codes:
        return []
    query = select(Partnership).where(Partnership.authorities.overlap(sorted(codes)))
    return list(session.scalars(query.order_by(Partnership.slug)))


def all_partnerships(session: Session) -> list[tuple[str, str]]:
    """List the partnerships by name, as (slug, name)."""
    rows = session.execute(
        select(Partnership.slug, Partnership.name).order_by(Partnership.name, Partnership.slug)
    )
    return [(row[0], row[1]) for row in rows.all()]


def any_place(session: Session) -> tuple[str | None, list[str]]:
    """Name one real place whose page can be made: a partnership's slug, else some council; nothing where neither is."""
    slug = session.scalar(
        select(Partnership.slug).where(~Partnership.demo).order_by(Partnership.slug).limit(1)
    )
    if slug is not None:
        return slug, []
    council = session.scalar(
        select(Membership.parent_code)
        .where(Membership.parent_type == "lad", Membership.parent_code < "X")
        .order_by(Membership.parent_code.desc())
        .limit(1)
    )
    return None, [council] if council else []


def saved_lists(session: Session, most: int) -> list[tuple[str, str]]:
    """List the saved designations, the newest first and at most so many, as (id, name)."""
    rows = session.execute(
        select(Designation.id, Designation.name)
        .order_by(Designation.created_at.desc(), Designation.id)
        .limit(most)
    )
    return [(row[0], kept_words(row[1])) for row in rows.all()]


def partnerships_at(session: Session, easting: float, northing: float) -> list[Partnership]:
    """List the partnerships whose own outline holds a point of the National Grid."""
    point = func.ST_SetSRID(func.ST_MakePoint(easting, northing), BNG)
    query = select(Partnership).where(func.ST_Covers(Partnership.geom, point))
    return list(session.scalars(query.order_by(Partnership.slug)))


def find_named(session: Session, words: str) -> tuple[list[Area], list[Partnership]]:
    """Find areas and partnerships whose name holds the words: whole names first, councils before the rest."""
    pattern = "%" + words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    areas = session.scalars(
        select(Area).where(Area.type.in_(SEARCHED_TYPES), Area.name.ilike(pattern)).limit(2_000)
    ).all()
    partnerships = session.scalars(
        select(Partnership)
        .where(Partnership.name.ilike(pattern))
        .order_by(Partnership.slug)
        .limit(MOST_FOUND)
    ).all()
    wanted, order = plain_name(words), {kind: n for n, kind in enumerate(SEARCHED_TYPES)}
    first = {"lad": -2, "cty": -1}

    def place(area: Area) -> tuple[bool, bool, int, str, str]:
        kind = first.get(area.type, order[area.type])
        return (
            plain_name(area.name) != wanted,
            area.valid_to is not None,
            kind,
            area.name,
            area.code,
        )

    return sorted(areas, key=place)[:MOST_FOUND], list(partnerships)


def near_spellings(session: Session, words: str) -> list[tuple[str, str]]:
    """List what is spelt most like the words, as (name, address), among councils and partnerships; decides nothing."""
    rows = session.execute(select(Area.code, Area.name).where(Area.type.in_(["lad", "cty"]))).all()
    named = {plain_name(name): (name, f"/areas/{code}") for code, name in rows}
    for slug, name in session.execute(select(Partnership.slug, Partnership.name)):
        named[plain_name(name)] = (name, f"/partnerships/{slug}")
    return [
        named[near] for near in difflib.get_close_matches(plain_name(words), list(named), 6, 0.6)
    ]


def releases_to_name(session: Session, types: Collection[str]) -> list[Release]:
    """List the served releases of some types of area, the newest first within a type."""
    wanted = select(Release).where(Release.state == "served", Release.area_type.in_(list(types)))
    return list(
        session.scalars(wanted.order_by(Release.area_type, Release.published_on.desc(), Release.id))
    )


def searched_counts(session: Session) -> dict[str, int]:
    """Count what a search looks among: areas by type, partnerships."""
    counted = (
        select(Area.type, func.count()).where(Area.type.in_(SEARCHED_TYPES)).group_by(Area.type)
    )
    found = {str(kind): int(number) for kind, number in session.execute(counted)}
    found["partnerships"] = session.scalar(select(func.count()).select_from(Partnership)) or 0
    return found


def names_of(session: Session, codes: Collection[str]) -> dict[str, str]:
    """Names by code; unknown codes are left out."""
    return {
        row[0]: row[1]
        for row in session.execute(select(Area.code, Area.name).where(Area.code.in_(sorted(codes))))
    }


def partnership_names(session: Session) -> dict[str, str]:
    """Names of the partnerships by slug."""
    return {row[0]: row[1] for row in session.execute(select(Partnership.slug, Partnership.name))}


def not_alive(session: Session, codes: Collection[str], day: date) -> set[str]:
    """Say which of some areas did not live on a day: not begun, or ended by then."""
    rows = session.scalars(select(Area).where(Area.code.in_(sorted(codes))))
    return {row.code for row in rows if not is_alive(row, day)}


def drawn_names(session: Session, release_id: str) -> dict[str, str]:
    """Names that a release gives its areas, by code."""
    rows = session.execute(
        select(Boundary.code, Boundary.name).where(Boundary.release_id == release_id)
    )
    return {row[0]: row[1] for row in rows}


def drawn_areas(session: Session, release_id: str, most: int) -> list[tuple[str, str, float]]:
    """List the areas that a release draws by name, at most so many, as (code, name, square metres)."""
    rows = session.execute(
        select(Boundary.code, Boundary.name, Boundary.area_m2)
        .where(Boundary.release_id == release_id)
        .order_by(Boundary.name, Boundary.code)
        .limit(most)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def releases_served(session: Session, ids: Sequence[str]) -> tuple[Release, ...]:
    """Read the releases of these ids that are served, in their order; what is empty or not served is left out."""
    found = [session.get(Release, one) for one in ids if one]
    return tuple(one for one in found if one is not None and one.state == "served")


def find_release(session: Session, release_id: str) -> Release:
    """Read one release, served or not. Raises UnknownRelease."""
    found = session.get(Release, release_id)
    if found is None:
        raise UnknownRelease(f"there is no release {release_id[:60]!r}; /data lists those here")
    return found


def financial_years(session: Session, *, demo: bool) -> list[str]:
    """List the financial years that lines of money state, newest first."""
    query = select(ResourceLine.financial_year).where(
        ResourceLine.demo == demo, ResourceLine.financial_year.is_not(None)
    )
    years = (year for year in session.scalars(query.distinct()) if year)
    return sorted(years, reverse=True)


def choosable_indices(session: Session, *, demo: bool) -> list[tuple[str, str]]:
    """List the indices with domains that a place may be read by, as (id, title), oldest first."""
    domain = select(IndexValue.code).where(
        IndexValue.index_id == DeprivationIndex.id, IndexValue.measure != "imd"
    )
    rows = session.execute(
        select(DeprivationIndex.id, DeprivationIndex.title)
        .where(
            DeprivationIndex.demo == demo,
            DeprivationIndex.area_set.in_(PLACE_SETS),
            domain.exists(),
        )
        .order_by(DeprivationIndex.published_on, DeprivationIndex.id)
    )
    return [(row[0], row[1]) for row in rows]


def release_findings(
    session: Session,
) -> tuple[dict[tuple[str, str], int], dict[str, list[ImportFinding]]]:
    """Count features by release and by repaired or refused, and list the first of each release, refused ones first."""
    counts = _counts(session, ImportFinding.release_id, ImportFinding.kind)
    order = (ImportFinding.kind, ImportFinding.feature, ImportFinding.id)
    listed: dict[str, list[ImportFinding]] = defaultdict(list)
    for each in _first_of_each(session, ImportFinding, (ImportFinding.release_id,), order):
        listed[each.release_id].append(each)
    return counts, listed


def findings_counted(session: Session, release_id: str) -> dict[str, int]:
    """Count the features of one release that were repaired, and those refused."""
    by = (ImportFinding.release_id, ImportFinding.kind)
    found = _counts(session, *by, where=ImportFinding.release_id == release_id)
    return {kind: number for (_, kind), number in found.items()}


def row_findings(
    session: Session, left_out: Collection[str]
) -> tuple[dict[tuple[str, str], int], dict[tuple[str, str], list[DatasetFinding]]]:
    """Count rows by dataset and rule, but for some datasets, and list the first of each."""
    wanted = DatasetFinding.dataset_id.not_in(sorted(left_out))
    by = (DatasetFinding.dataset_id, DatasetFinding.rule)
    listed: dict[tuple[str, str], list[DatasetFinding]] = defaultdict(list)
    for each in _first_of_each(session, DatasetFinding, by, (DatasetFinding.id,), wanted):
        listed[each.dataset_id, each.rule].append(each)
    return _counts(session, *by, where=wanted), listed


def dataset_loads(session: Session) -> dict[str, DatasetLoad]:
    """Read the last load of every dataset that was ever loaded, by its id."""
    return {row.dataset_id: row for row in session.scalars(select(DatasetLoad))}


def differing_lookups(session: Session) -> tuple[dict[str, int], list[LookupDisagreement]]:
    """Count disagreements by what is used, and list the first, those against the lookup before the rest."""
    table = LookupDisagreement
    counted = session.execute(select(table.used, func.count()).group_by(table.used))
    counts = {str(used): int(number) for used, number in counted}
    order = (table.used.desc(), table.lookup, table.child_code, table.parent_type)
    return counts, list(session.scalars(select(table).order_by(*order).limit(MOST_LISTED)))


def loaded_indices(session: Session) -> list[DeprivationIndex]:
    """List every index with its row counts, oldest first."""
    query = select(DeprivationIndex).order_by(
        DeprivationIndex.demo, DeprivationIndex.published_on, DeprivationIndex.id
    )
    return list(session.scalars(query))


def files_named(session: Session, ids: Iterable[str], lines: Iterable[str]) -> list[ResourceFile]:
    """Read the files of money of these ids, and those that these lines are of, in order."""
    held = select(ResourceLine.file_id).where(ResourceLine.id.in_(sorted(set(lines))))
    wanted = ResourceFile.id.in_(sorted(set(ids))) | ResourceFile.id.in_(held)
    return list(session.scalars(select(ResourceFile).where(wanted).order_by(ResourceFile.id)))


def loaded_files(session: Session) -> list[tuple[ResourceFile, list[ResourceRefusal]]]:
    """List every file of money with its counts and its first refused rows."""
    by, order = (ResourceRefusal.file_id,), (ResourceRefusal.id,)
    refused: dict[str, list[ResourceRefusal]] = defaultdict(list)
    for each in _first_of_each(session, ResourceRefusal, by, order):
        refused[each.file_id].append(each)
    files = session.scalars(select(ResourceFile).order_by(ResourceFile.demo, ResourceFile.id))
    return [(file, refused[file.id]) for file in files]


def _counts(session: Session, *by: Any, where: Any = True) -> dict[tuple[str, str], int]:
    rows = session.execute(select(*by, func.count()).where(where).group_by(*by).order_by(*by))
    return {(row[0], row[1]): int(row[2]) for row in rows}


def _first_of_each(
    session: Session, table: Any, by: Sequence[Any], order: Sequence[Any], where: Any = True
) -> Sequence[Any]:
    """Read the first rows of each group; beyond so many in all the last groups go short."""
    place = func.row_number().over(partition_by=by, order_by=order).label("place")
    placed = select(table.id, place).where(where).subquery()
    query = (
        select(table)
        .join(placed, placed.c.id == table.id)
        .where(placed.c.place <= MOST_LISTED)
        .order_by(*by, *order)
        .limit(_MOST_ROWS)
    )
    return session.scalars(query).all()


def district_of(session: Session, code: str, day: date) -> str | None:
    """Name the living district that an area belongs to, or itself where it is one; None where no lookup says."""
    query = (
        select(Area.code)
        .join(Membership, Membership.parent_code == Area.code)
        .where(
            Membership.child_code == code, Area.type == "lad",
            or_(Area.valid_to.is_(None), Area.valid_to > day),
        )
        .order_by(Area.code)
        .limit(1)
    )  # fmt: skip
    return session.scalar(query)


def regions_loaded(session: Session) -> list[tuple[str, str]]:
    """Name the regions that live today, the invented county's too, by name."""
    rows = session.execute(
        select(Area.code, Area.name)
        .where(Area.type == "rgn", Area.valid_to.is_(None))
        .order_by(Area.name, Area.code)
    )
    return [(row[0], row[1]) for row in rows]


class PeopleCounted(NamedTuple):
    """Whose count of an area's people stands on its page: the set it is of, when, from which file, if estimated."""

    area_set: str
    period: str
    source: str
    estimated: bool


def people_counted(session: Session, code: str) -> PeopleCounted | None:
    """Find whose count of people an area's page shows; None where none is held."""
    row = session.execute(
        select(Weight.area_set, Weight.period, Weight.source, Weight.estimated)
        .where(Weight.code == code, Weight.measure == "people")
        .order_by(Weight.estimated, Weight.area_set)
        .limit(1)
    ).first()
    return None if row is None else PeopleCounted(*row)
