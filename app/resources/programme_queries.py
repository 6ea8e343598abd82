"""Reads of programmes: eligible areas, allocations by year, and what part of the whole the sources hold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.resources.methods.allocations import ENGLAND, by_year
from app.resources.queries import read_lineages
from app.resources.tables import Programme, ProgrammeAllocation, ProgrammeArea, ResourceFile
from boundaries.errors import NotFound
from boundaries.tables import Area

ENVELOPE = "an allocation is an envelope: lines of money draw on it, it is never a line and is added to none"


class UnknownProgramme(NotFound):
    """No programme has that id."""

    slug = "unknown-programme"
    title = "No such programme"


def list_programmes(
    session: Session,
    *,
    districts: Collection[str] | None = None,
    partnership: str | None = None,
    after: str | None,
    limit: int,
) -> tuple[list[dict[str, Any]], int]:
    """List programmes by id, with how many there are in all: real ones, or those that are a partnership's own.

    `districts` keeps those with a place in them; a district's earlier codes count as its own.
    """
    query = select(Programme)
    if partnership is None:
        query = query.where(Programme.demo.is_(False))
    else:
        query = query.where(Programme.partnership_slug == partnership)
    if districts is not None:
        query = query.where(
            Programme.id.in_(_touching(session, codes_of(session, sorted(districts))))
        )
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    if after is not None:
        query = query.where(Programme.id > after)
    rows = list(session.scalars(query.order_by(Programme.id).limit(limit)))
    ids = [row.id for row in rows]
    areas = _counts(session, ProgrammeArea, ids)
    allocations = _allocations(session, ProgrammeAllocation.programme_id.in_(ids))
    files = _files(session, ids)
    return [
        {
            **_head(row, files[row.id], allocations[row.id]), "eligible_areas": areas.get(row.id, 0),
            "by_year": by_year(allocations[row.id]),
        }
        for row in rows
    ], int(total)  # fmt: skip


def show_programme(session: Session, programme_id: str) -> dict[str, Any]:
    """Give one programme with its eligible areas, each allocation, sums by year and sources; `demo` if it is invented.

    Raises UnknownProgramme.
    """
    row = session.get(Programme, programme_id)
    if row is None:
        raise UnknownProgramme(f"there is no programme {programme_id[:80]!r}")
    listed = session.execute(
        select(
            ProgrammeArea.id, ProgrammeArea.name, ProgrammeArea.area_code, ProgrammeArea.as_at,
            ProgrammeArea.lad_code, ProgrammeArea.stated_code, ProgrammeArea.note, ProgrammeArea.file_id,
            ProgrammeArea.geom.is_not(None).label("drawn"),
        )
        .where(ProgrammeArea.programme_id == row.id)
        .order_by(ProgrammeArea.name, ProgrammeArea.id)
    ).mappings()  # fmt: skip
    areas = [dict(each) for each in listed]
    allocations = _allocations(session, ProgrammeAllocation.programme_id == row.id)[row.id]
    names = _names(
        session, (each[key] for each in (*areas, *allocations) for key in ("area_code", "lad_code"))
    )
    files = _files(session, [row.id])[row.id]
    return {
        **_head(row, files, allocations),
        "areas": [_named(each, names) for each in areas],
        "allocations": [_named(each, names) for each in allocations],
        "by_year": by_year(allocations),
        "sources": _sources(row, files),
        "meaning": ENVELOPE,
    }


def programmes_touching(
    session: Session,
    authorities: Sequence[str],
    *,
    demo: bool = False,
    slug: str | None = None,
    also: Collection[str] = (),
) -> list[dict[str, Any]]:
    """List the programmes with an eligible area or an allocation in some councils, with those places alone.

    authorities : codes of districts, of any date; what they were and became, whole, counts as they do.
    slug : of a partnership whose own programmes are listed too, with every place of theirs.
    also : ids of programmes to list even where they name no place here.
    Each has the head of `list_programmes`, `areas` (names) and `allocations` of those places, `sources`.
    """
    districts = codes_of(session, authorities)
    own: set[str] = set()
    if slug is not None:
        own = set(session.scalars(select(Programme.id).where(Programme.partnership_slug == slug)))
    rows = session.scalars(
        select(Programme)
        .where(
            Programme.demo == demo, Programme.id.in_({*_touching(session, districts), *own, *also})
        )
        .order_by(Programme.title, Programme.id)
    ).all()
    ids = [row.id for row in rows]
    files = _files(session, ids)
    here = _allocations(
        session,
        ProgrammeAllocation.programme_id.in_(ids),
        or_(_in(ProgrammeAllocation, districts), ProgrammeAllocation.programme_id.in_(own)),
    )
    named: dict[str, list[str]] = defaultdict(list)
    told_by: dict[str, set[str | None]] = {
        programme: {each["file_id"] for each in rows} for programme, rows in here.items()
    }
    for programme, name, file in session.execute(
        select(ProgrammeArea.programme_id, ProgrammeArea.name, ProgrammeArea.file_id)
        .where(
            ProgrammeArea.programme_id.in_(ids),
            or_(_in(ProgrammeArea, districts), ProgrammeArea.programme_id.in_(own)),
        )
        .order_by(ProgrammeArea.name)
    ):
        named[programme].append(name)
        told_by.setdefault(programme, set()).add(file)
    return [
        {
            **_head(row, files[row.id], here[row.id]),
            "areas": named[row.id],
            "allocations": here[row.id],
            "sources": _sources(
                row, [file for file in files[row.id] if file.id in told_by[row.id]]
            ),
        }
        for row in rows
    ]


def codes_of(session: Session, authorities: Sequence[str]) -> set[str]:
    """Give authorities' codes with those they had before and, where they alone became it, have now."""
    told = read_lineages(session, authorities).values()
    return {*authorities, *(code for each in told for _, code, before in each if before)}


def _in(table: type[ProgrammeArea] | type[ProgrammeAllocation], districts: Collection[str]) -> Any:
    codes = sorted(districts)
    return or_(table.lad_code.in_(codes), table.area_code.in_(codes))


def _touching(session: Session, districts: Collection[str]) -> list[str]:
    found: set[str] = set()
    for table in (ProgrammeArea, ProgrammeAllocation):
        found |= set(session.scalars(select(table.programme_id).where(_in(table, districts))))
    return sorted(found)


def _counts(session: Session, table: type[ProgrammeArea], ids: Sequence[str]) -> dict[str, int]:
    rows = session.execute(
        select(table.programme_id, func.count())
        .where(table.programme_id.in_(ids))
        .group_by(table.programme_id)
    )
    return {row[0]: int(row[1]) for row in rows}


def _allocations(session: Session, *conditions: Any) -> dict[str, list[dict[str, Any]]]:
    """Read allocations by programme, in order of place and period, each with the coverage of its source."""
    rows = session.execute(
        select(ProgrammeAllocation, ResourceFile.coverage)
        .join(ResourceFile, ResourceFile.id == ProgrammeAllocation.file_id, isouter=True)
        .where(*conditions)
        .order_by(ProgrammeAllocation.title, ProgrammeAllocation.period, ProgrammeAllocation.id)
    )
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row, coverage in rows:
        found[row.programme_id].append(
            {
                "id": row.id, "place": row.title, "area_code": row.area_code, "lad_code": row.lad_code,
                "financial_year": row.financial_year, "period": row.period, "amount_pence": row.amount_pence,
                "status": row.status, "basis": row.basis, "derived": row.derived, "source": row.source,
                "note": row.note, "file_id": row.file_id, "coverage": coverage,
            }
        )  # fmt: skip
    return found


def _files(session: Session, ids: Sequence[str]) -> dict[str, list[ResourceFile]]:
    """Give programme → the files that its areas and allocations come from, by id."""
    pairs: set[tuple[str, str]] = set()
    for table in (ProgrammeArea, ProgrammeAllocation):
        rows = session.execute(
            select(table.programme_id, table.file_id)
            .where(table.programme_id.in_(ids), table.file_id.is_not(None))
            .distinct()
        )
        pairs |= {(row[0], row[1]) for row in rows if row[1] is not None}
    wanted = sorted({file for _, file in pairs})
    files = {
        row.id: row
        for row in session.scalars(select(ResourceFile).where(ResourceFile.id.in_(wanted)))
    }
    found: dict[str, list[ResourceFile]] = defaultdict(list)
    for programme, file in sorted(pairs):
        found[programme].append(files[file])
    return found


def _head(
    row: Programme, files: Sequence[ResourceFile], allocations: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    years = sorted(each["financial_year"] for each in allocations if each["financial_year"])
    spanned = (
        f"{years[0]} to {years[-1]}" if years and years[0] != years[-1] else "".join(years[:1])
    )
    return {
        "id": row.id, "title": row.title, "funder": row.funder, "period": row.period or spanned or None,
        "coverage": coverage_of(files, allocations),
        "derived": any(each["derived"] for each in allocations), "theme": row.theme,
        "money_kind": row.money_kind, "partnership": row.partnership_slug, "first_year": row.first_year,
        "last_year": row.last_year, "estimate_basis": row.estimate_basis, "demo": row.demo,
    }  # fmt: skip


def coverage_of(files: Sequence[ResourceFile], allocations: Sequence[dict[str, Any]]) -> str | None:
    """Say what part of a programme's places the sources of its allocations hold; None where they hold all.

    Two sources that each hold a part are named: "40 of 88 districts (…); 1 of 88 districts (…)".
    """
    used = {each["file_id"] for each in allocations if each["area_code"] != ENGLAND}
    partial = [file for file in files if file.coverage and file.id in used]
    if len(partial) == 1:
        return partial[0].coverage
    return "; ".join(f"{file.coverage} ({file.title})" for file in partial) or None


def _names(session: Session, codes: Iterable[str | None]) -> dict[str, str]:
    wanted = sorted({code for code in codes if code})
    rows = session.execute(select(Area.code, Area.name).where(Area.code.in_(wanted)))
    return {row[0]: row[1] for row in rows}


def _named(row: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    return row | {
        "area_name": names.get(row["area_code"] or ""),
        "lad_name": names.get(row["lad_code"] or ""),
    }


def _sources(row: Programme, files: Sequence[ResourceFile]) -> list[dict[str, Any]]:
    """Name the files that a programme rests on; where there is none, its own record."""
    if files:
        return [source_of(file) for file in files]
    keeper = row.partnership_slug or "the administrators of this service"
    return [
        {
            "id": None, "dataset": "record", "title": f"Record of {row.title}", "publisher": keeper,
            "licence": "not stated", "attribution": f"As recorded by {keeper}", "coverage": None,
        }
    ]  # fmt: skip


def source_of(file: ResourceFile) -> dict[str, Any]:
    """Name a file as a source: id, dataset, title, publisher, licence, attribution, coverage."""
    return {
        "id": file.id, "dataset": file.kind, "title": file.title, "publisher": file.publisher,
        "licence": file.licence, "attribution": file.attribution, "coverage": file.coverage,
    }  # fmt: skip


def own_records(
    session: Session, partnership: str
) -> list[tuple[Programme, list[ProgrammeArea], list[ProgrammeAllocation]]]:
    """List a partnership's own programmes by id, with the places and allocations of their own records alone."""
    rows = session.scalars(
        select(Programme).where(Programme.partnership_slug == partnership).order_by(Programme.id)
    ).all()
    ids = [row.id for row in rows]
    areas: dict[str, list[ProgrammeArea]] = defaultdict(list)
    for area in session.scalars(
        select(ProgrammeArea)
        .where(ProgrammeArea.programme_id.in_(ids), ProgrammeArea.file_id.is_(None))
        .order_by(ProgrammeArea.id)
    ):
        areas[area.programme_id].append(area)
    money: dict[str, list[ProgrammeAllocation]] = defaultdict(list)
    for each in session.scalars(
        select(ProgrammeAllocation)
        .where(ProgrammeAllocation.programme_id.in_(ids), ProgrammeAllocation.file_id.is_(None))
        .order_by(ProgrammeAllocation.id)
    ):
        money[each.programme_id].append(each)
    return [(row, areas[row.id], money[row.id]) for row in rows]
