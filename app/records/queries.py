"""Reads the whole of a partnership's record as tables; drafts only for whoever may write them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date
from typing import Any

from sqlalchemy.orm import Session

from app.agreements.methods.checks import FIELDS, KINDS
from app.agreements.queries import column_of, list_records
from app.neighbourhoods.queries import list_neighbourhoods, list_versions
from app.partnerships.methods.members import as_kept
from app.partnerships.queries import get_partnership, outline_ground
from app.partnerships.tables import Partnership
from app.records.ground_rows import ground_rows
from app.records.methods.columns import (
    ACTIONS,
    ALLOCATIONS,
    GROUND,
    LEARNING,
    MEMBERS,
    NEIGHBOURHOODS,
    OBJECTIVES,
    PARTNERSHIP,
    PLANS,
    PROGRAMME_AREAS,
    PROGRAMMES,
    SIGN_OFFS,
    STRATEGIES,
    TABLES,
    TARGETS,
    VERSIONS,
)
from app.records.money import money_of
from app.records.papers import papers_of
from app.records.revisions import with_digests
from app.resources.methods.programme_record import WHOLE_PARTNERSHIP
from app.resources.programme_queries import own_records
from app.strategies.methods.promise import is_over
from app.strategies.plan_queries import (
    lines_for,
    list_actions,
    neighbourhoods_of,
    programmes_for,
    targets_for,
)
from app.strategies.queries import list_targets
from app.strategies.targets import TargetRow
from app.strategies.written_queries import list_written
from boundaries.footprints import read_ground

Rows = list[dict[str, Any]]


def record_of(session: Session, slug: str, day: date, *, drafts: bool = False) -> dict[str, Rows]:
    """Give every table of a partnership's record, rows in an order of their own. Raises UnknownPartnership.

    A link to what is held no more is left out; so is who wrote what, which the trail keeps. A target that
    was due before a day's year says that it is a record.
    """
    row = get_partnership(session, slug)
    found: dict[str, Rows] = {
        PARTNERSHIP: [_partnership(row)],
        MEMBERS: [as_kept(each) for each in row.members],
        **_places(session, row),
        **_programmes(session, slug),
        TARGETS: [_target(each, day) for each in list_targets(session, slug)],
        ACTIONS: _actions(session, slug),
        **{kind: _agreed(session, kind, slug) for kind in KINDS},
        **_strategies(session, slug, drafts=drafts),
        **papers_of(session, slug, drafts=drafts),
        **money_of(session, slug),
    }
    return with_digests({name: [_tidy(each, name) for each in found[name]] for name in TABLES})


def money_here(session: Session, slug: str) -> dict[str, Rows]:
    """Give the tables of a partnership's own money, also where it is gone itself: its files outlive it."""
    return {
        name: [_tidy(each, name) for each in rows] for name, rows in money_of(session, slug).items()
    }


def _tidy(row: Mapping[str, Any], table: str) -> dict[str, Any]:
    """Write a row in its columns: text that says nothing is nothing, and blanks around a word are none."""
    tidy: dict[str, Any] = {}
    for column in TABLES[table].columns:
        value = row.get(column.name)
        if isinstance(value, str):
            value = (value.strip() if column.kind == "word" else value) if value.strip() else None
        empty: list[Any] | None = [] if column.kind in ("list", "steps") else None
        tidy[column.name] = empty if value is None else value
    return tidy


def _partnership(row: Partnership) -> dict[str, Any]:
    return {
        "slug": row.slug, "name": row.name, "kind": row.kind, "authorities": sorted(row.authorities),
        "lead": row.lead, "valid_from": row.valid_from, "valid_to": row.valid_to,
    }  # fmt: skip


def _places(session: Session, row: Partnership) -> dict[str, Rows]:
    places: Rows = []
    versions: Rows = []
    ground: Rows = []
    if row.geom is not None:
        ground += ground_rows(outline_ground(session, row.slug))
    for place in list_neighbourhoods(session, row.slug):
        places.append(
            {"slug": place.slug, "name": place.name, "named_by": place.named_by, "kind": place.kind}
        )
        for version in reversed(list_versions(session, place.slug)):
            versions.append(
                {"neighbourhood": place.slug, "version": version.version, "reason": version.reason,
                 "made_at": version.made_at.astimezone(UTC).isoformat(), "inputs": version.inputs,
                 "figures": version.figures}
            )  # fmt: skip
            said = read_ground(session, version.footprint_id)
            of_version = {"neighbourhood": place.slug, "version": version.version}
            ground += [{**of_version, **row} for row in ground_rows(said)]
    return {NEIGHBOURHOODS: places, VERSIONS: versions, GROUND: ground}


def _programmes(session: Session, slug: str) -> dict[str, Rows]:
    found: dict[str, Rows] = {PROGRAMMES: [], PROGRAMME_AREAS: [], ALLOCATIONS: []}
    for row, areas, money in own_records(session, slug):
        found[PROGRAMMES].append(
            {name: getattr(row, name, None) for name in TABLES[PROGRAMMES].names}
        )
        found[PROGRAMME_AREAS] += [
            {"programme": row.id, "place": each.area_code or WHOLE_PARTNERSHIP, "as_at": each.as_at,
             "note": each.note}
            for each in areas
        ]  # fmt: skip
        found[ALLOCATIONS] += [
            {"programme": row.id, "place": each.area_code or WHOLE_PARTNERSHIP, "year": each.financial_year,
             "period": None if each.financial_year else each.period, "amount_pence": each.amount_pence,
             "status": each.status, "derived": each.derived, "basis": each.basis, "source": each.source,
             "note": each.note}
            for each in money
        ]  # fmt: skip
    return found


def _target(row: TargetRow, day: date) -> dict[str, Any]:
    promise = row.promise
    return {
        "id": row.id, "title": row.title, "theme": row.theme, "kind": promise.kind, "scope": row.scope,
        "indicator": row.indicator_id, "measure": row.measure, "unit": row.unit,
        "higher_is_worse": promise.higher_is_worse, "threshold": promise.threshold,
        "reduction_share": promise.reduction_share, "tail_share": promise.tail_share,
        "baseline_period": promise.baseline_period, "baseline_value": promise.baseline_value,
        "due_period": promise.due_period, "path": promise.path,
        "milestones": [list(each) for each in promise.milestones], "source": row.source,
        "is_record": True if is_over(promise.due_period, day) else None,
    }  # fmt: skip


def _actions(session: Session, slug: str) -> Rows:
    rows = list_actions(session, slug)
    links = (
        ("neighbourhoods", neighbourhoods_of), ("targets", targets_for), ("programmes", programmes_for),
        ("lines", lines_for),
    )  # fmt: skip
    held = {
        name: known(session, slug, {one for row in rows for one in getattr(row, name)})
        for name, known in links
    }
    plain = ("id", "title", "theme", "owner", "starts_on", "due_on", "status", "note")
    return [
        {name: getattr(row, name) for name in plain}
        | {name: _held(getattr(row, name), held[name]) for name, _ in links}
        for row in sorted(rows, key=lambda row: row.id)
    ]


def _held(said: Sequence[str], known: Collection[str]) -> list[str]:
    return [one for one in said if one in known]


def _agreed(session: Session, kind: str, slug: str) -> Rows:
    return [
        {"id": row.id, "neighbourhood": row.neighbourhood}
        | {field: getattr(row, column_of(field)) for field in FIELDS[kind]}
        for row in list_records(session, kind, slug)
    ]


def _strategies(session: Session, slug: str, *, drafts: bool) -> dict[str, Rows]:
    found: dict[str, Rows] = {
        name: [] for name in (STRATEGIES, OBJECTIVES, LEARNING, PLANS, SIGN_OFFS)
    }
    for row in reversed(list_written(session, slug)):
        if row.published_on is None and not drafts:
            continue
        numbered = {"version": row.version}
        found[STRATEGIES].append(
            {**numbered, "published_on": row.published_on, "vision": row.words["vision"], "reason": row.reason}
        )  # fmt: skip
        for name in (OBJECTIVES, LEARNING, PLANS):
            found[name] += [{**numbered, **each} for each in row.words[name]]
        found[SIGN_OFFS] += [{**numbered, **each} for each in row.sign_offs]
    return found
