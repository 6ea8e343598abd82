"""Reads of services and mainstream budgets, and of sums by recipient, which are beside the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Float, and_, func, or_, select, tuple_
from sqlalchemy.orm import Session

from app.areas.queries import drawn_by
from app.resources.methods.place import name_key
from app.resources.programme_queries import codes_of
from app.resources.readers.outlets import KINDS
from app.resources.readers.spending_power import PARTS
from app.resources.tables import Budget, Outlet, RecipientSum, ResourceFile, ResourceLine
from boundaries.crs import BNG, WGS84, point_to_bng
from boundaries.errors import Fault, Invalid
from boundaries.queries import LayerMissing, get_area
from boundaries.tables import Boundary

FARTHEST_M = 100_000.0
# Two ways of measuring one distance differ by less.
TIE_M = 1e-6


class ServicesAsked(NamedTuple):
    """Which services are asked for; every part narrows. near: longitude and latitude; within_m: metres of it."""

    kind: str | None = None
    within: str | None = None
    box: list[float] | None = None
    near: tuple[float, float] | None = None
    within_m: float | None = None


def check_services(asked: ServicesAsked) -> ServicesAsked:
    """Refuse a kind that there is not, and a distance from nowhere. Raises Invalid."""
    if asked.kind is not None and asked.kind not in KINDS:
        raise Invalid(
            f"there is no kind of service {asked.kind[:40]!r}; there are {', '.join(KINDS)}",
            [Fault("unknown kind", "/kind", value=asked.kind[:40])],
        )
    if asked.within_m is not None and asked.near is None:
        raise Invalid("within_m needs near", [Fault("give near=lon,lat beside it", "/within_m")])
    return asked


def list_services(
    session: Session,
    asked: ServicesAsked,
    day: date,
    *,
    after: tuple[float, str] | None,
    limit: int,
) -> tuple[list[dict[str, Any]], int]:
    """List services by id, or by distance from `near`, with how many there are in all.

    `after`: distance (0 without `near`) and id of the last one seen. A service without a point is
    within an area by the code that its source states, and is in no box and near nothing.
    Raises Invalid, UnknownArea, LayerMissing.
    """
    check_services(asked)
    table = Outlet
    conditions: list[ColumnElement[bool]] = []
    if asked.kind is not None:
        conditions.append(table.kind == asked.kind)
    if asked.within is not None:
        conditions.append(_within(session, asked.within, day))
    if asked.box is not None:
        conditions.append(
            func.ST_Intersects(table.geom_wgs84, func.ST_MakeEnvelope(*asked.box, WGS84))
        )
    distance: Any = None
    if asked.near is not None:
        easting, northing = point_to_bng(*asked.near)
        point = func.ST_SetSRID(func.ST_MakePoint(easting, northing), BNG)
        # Of two points `<->` is the distance itself.
        distance = table.geom.op("<->", return_type=Float())(point)
        conditions.append(table.geom.is_not(None))
        if asked.within_m is not None:
            conditions.append(func.ST_DWithin(table.geom, point, asked.within_m))
    total = session.scalar(select(func.count()).select_from(table).where(*conditions)) or 0
    order = (distance, table.id) if distance is not None else (table.id,)
    if after is not None:
        key = (
            tuple_(distance, table.id) > tuple_(*after)
            if distance is not None
            else table.id > after[1]
        )
        conditions.append(key)
    if distance is not None:
        conditions += _ring(session, distance, point, conditions, after, limit)
    rows = session.execute(
        select(
            table, ResourceFile.kind, ResourceFile.coverage, func.ST_X(table.geom), func.ST_Y(table.geom),
            func.ST_X(table.geom_wgs84), func.ST_Y(table.geom_wgs84),
            *([distance] if distance is not None else []),
        )
        .join(ResourceFile, ResourceFile.id == table.file_id)
        .where(*conditions)
        .order_by(*order)
        .limit(limit)
    )  # fmt: skip
    return [_service(*row) for row in rows], int(total)


def _ring(
    session: Session, distance: Any, point: Any, conditions: Sequence[ColumnElement[bool]],
    after: tuple[float, str] | None, limit: int,
) -> list[ColumnElement[bool]]:  # fmt: skip
    """Bound the page's distances, so that no service farther than its last one is sorted.

    The index is walked outwards as far as the page goes, by distance alone: by distance and id at once
    every service would be sorted. Those as far as the last are all in the ring, for the id to decide.
    """
    from_here = [] if after is None else [distance >= after[0]]
    last = session.scalar(
        select(distance)
        .select_from(Outlet)
        .where(*conditions, *from_here)
        .order_by(distance)
        .offset(limit - 1)
        .limit(1)
    )
    return [] if last is None else [func.ST_DWithin(Outlet.geom, point, last + TIE_M)]


def files_of_kind(
    session: Session, kind: str, *, demo: bool = False
) -> tuple[list[ResourceFile], int]:
    """List the files that hold services of a kind, by id, and how many of these have a point.

    Raises Invalid for a kind that there is not.
    """
    check_services(ServicesAsked(kind))
    rows = session.execute(
        select(Outlet.file_id, func.count(Outlet.geom))
        .where(Outlet.kind == kind, Outlet.same_as.is_(None))
        .group_by(Outlet.file_id)
    )
    counts = {row[0]: int(row[1]) for row in rows}
    files = session.scalars(
        select(ResourceFile)
        .where(ResourceFile.id.in_(sorted(counts)), ResourceFile.demo == demo)
        .order_by(ResourceFile.id)
    ).all()
    return list(files), sum(counts[each.id] for each in files)


def files_by_kind(session: Session, *, demo: bool = False) -> dict[str, list[ResourceFile]]:
    """Give each kind of service that is held with the files that hold it, by id."""
    rows = session.execute(
        select(Outlet.kind, Outlet.file_id).where(Outlet.geom.is_not(None)).distinct()
    ).all()
    files = {
        row.id: row
        for row in session.scalars(select(ResourceFile).where(ResourceFile.demo == demo))
    }
    found: dict[str, list[ResourceFile]] = {}
    for kind, file in sorted((row[0], row[1]) for row in rows):
        if file in files:
            found.setdefault(kind, []).append(files[file])
    return found


def _within(session: Session, code: str, day: date) -> ColumnElement[bool]:
    """Say that a service lies within an area: by its point in the outline, or without a point by a stated code."""
    table = Outlet
    area = get_area(session, code)
    layer = drawn_by(session, area, day)
    outline = (
        select(Boundary.geom).where(Boundary.code == area.code, Boundary.release_id == layer.id)
        if layer is not None
        else select(Boundary.geom)
        .where(Boundary.code == area.code)
        .order_by(Boundary.release_id.desc())
    ).limit(1)
    if session.scalar(select(outline.exists())) is not True:
        raise LayerMissing(f"no outline of {area.name} ({area.code}) is loaded")
    stated = or_(
        table.lad_code == area.code, table.ward_code == area.code, table.lsoa_code == area.code
    )
    return or_(
        func.ST_Intersects(table.geom, outline.scalar_subquery()),
        and_(table.geom.is_(None), stated),
    )


def _service(
    row: Outlet, dataset: str, coverage: str | None, easting: float | None, northing: float | None,
    lon: float | None, lat: float | None, distance: float | None = None,
) -> dict[str, Any]:  # fmt: skip
    body = {
        "id": row.id, "kind": row.kind, "subtype": row.subtype, "identifier": row.identifier, "name": row.name,
        "address": row.address, "postcode": row.postcode, "lon": _rounded(lon, 7), "lat": _rounded(lat, 7),
        "easting": _rounded(easting, 2), "northing": _rounded(northing, 2), "placed_by": row.placed_by,
        "lad_code": row.lad_code, "ward_code": row.ward_code, "lsoa_code": row.lsoa_code,
        "opened_on": row.opened_on, "observed": row.observed, "same_as": row.same_as, "dataset": dataset,
        "coverage": coverage, "organisation": row.organisation, "url": row.url, "schedule": row.schedule,
        "terms": row.terms,
    }  # fmt: skip
    return (
        body if distance is None else body | {"distance_m": round(distance, 1), "exact_m": distance}
    )


def _rounded(value: float | None, places: int) -> float | None:
    return None if value is None else round(value, places)


def sources_of(session: Session, datasets: Sequence[str]) -> list[dict[str, Any]]:
    """Name the files that some rows come from: title, publisher, licence, attribution, coverage."""
    rows = session.scalars(
        select(ResourceFile)
        .where(ResourceFile.kind.in_(sorted(set(datasets))))
        .order_by(ResourceFile.id)
    )
    return [
        {
            "id": row.id, "dataset": row.kind, "title": row.title, "publisher": row.publisher,
            "licence": row.licence, "attribution": row.attribution, "coverage": row.coverage,
        }
        for row in rows
    ]  # fmt: skip


def list_budgets(
    session: Session, *, area: str | None, year: str | None, after: int | None, limit: int
) -> tuple[list[dict[str, Any]], int]:
    """List parts of mainstream budgets in the order of their file, with how many there are in all."""
    conditions: list[ColumnElement[bool]] = []
    if area is not None:
        conditions.append(Budget.authority_code == area)
    if year is not None:
        conditions.append(Budget.financial_year == year)
    total = session.scalar(select(func.count()).select_from(Budget).where(*conditions)) or 0
    if after is not None:
        conditions.append(Budget.id > after)
    rows = session.execute(
        select(Budget, ResourceFile.kind)
        .join(ResourceFile, ResourceFile.id == Budget.file_id)
        .where(*conditions)
        .order_by(Budget.id)
        .limit(limit)
    )
    return [
        {
            "id": row.id, "authority_code": row.authority_code, "authority": row.authority, "level": row.level,
            "financial_year": row.financial_year, "part": row.part, "part_title": PARTS.get(row.part),
            "amount_pence": row.amount_pence, "kind": row.kind, "stated": row.stated, "dataset": dataset,
        }
        for row, dataset in rows
    ], int(total)  # fmt: skip


class SumsHere(NamedTuple):
    """Sums by recipient in some councils: grants and pence in all, and of funders who have lines in the ledger too."""

    grants: int = 0
    pence: int = 0
    pence_of_funders_with_lines: int = 0


def recipient_sums_here(session: Session, authorities: Sequence[str]) -> SumsHere:
    """Add up what a publisher's sums say was granted to organisations in some councils: grade F, in no total."""
    codes = sorted(codes_of(session, authorities))
    rows = session.execute(
        select(
            RecipientSum.funder, func.sum(RecipientSum.grants), func.sum(RecipientSum.amount_pence)
        )
        .where(RecipientSum.lad_code.in_(codes))
        .group_by(RecipientSum.funder)
    ).all()
    told = _funders_with_lines(session) if rows else set()
    return SumsHere(
        sum(int(row[1]) for row in rows), sum(int(row[2]) for row in rows),
        sum(int(row[2]) for row in rows if name_key(row[0]) in told),
    )  # fmt: skip


def _funders_with_lines(session: Session) -> set[str]:
    told = session.scalars(
        select(ResourceLine.funder).where(ResourceLine.demo.is_(False)).distinct()
    )
    return {name_key(each) for each in told}


def list_recipient_sums(
    session: Session, *, area: str | None, after: int | None, limit: int
) -> tuple[list[dict[str, Any]], int]:
    """List sums of grants by the recipients' district or ward, with how many there are in all.

    `funder_has_lines`: lines of a funder of that name are in the ledger's files, so that the same
    grants may stand there; neither is ever added to the other.
    """
    conditions: list[ColumnElement[bool]] = []
    if area is not None:
        conditions.append(or_(RecipientSum.lad_code == area, RecipientSum.ward_code == area))
    total = session.scalar(select(func.count()).select_from(RecipientSum).where(*conditions)) or 0
    if after is not None:
        conditions.append(RecipientSum.id > after)
    rows = session.scalars(
        select(RecipientSum).where(*conditions).order_by(RecipientSum.id).limit(limit)
    ).all()
    funders = _funders_with_lines(session)
    return [
        {
            "id": row.id, "funder": row.funder, "award_year": row.award_year, "lad_code": row.lad_code,
            "ward_code": row.ward_code, "region": row.region, "grants": row.grants,
            "amount_pence": row.amount_pence, "grade": "F", "funder_has_lines": name_key(row.funder) in funders,
        }
        for row in rows
    ], int(total)  # fmt: skip
