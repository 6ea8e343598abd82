"""Brings in targets, actions and what is agreed for neighbourhoods, each row through the checks of its own room."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from app.agreements.actions import change_record, make_record
from app.agreements.methods.checks import FIELDS, KINDS, NAMED_BY
from app.partnerships.actions import slug_of
from app.records.keeping import NEW, SAME, Keeping, is_same
from app.records.methods.columns import ACTIONS, TARGETS
from app.records.reading import RecordInvalid, Row
from app.strategies.actions import change_target, make_target
from app.strategies.plan import change_action, make_action
from app.strategies.plan_queries import neighbourhoods_of
from app.strategies.schemas import NewTarget, TargetFields
from boundaries.errors import Fault

_ID = re.compile(r"[a-z0-9-]{1,160}", re.ASCII)
# What a row that leaves its cell empty keeps, or takes the default of.
_NEVER_NOTHING = ("status",)


def keep_targets(keeping: Keeping) -> None:
    """Keep the targets of a file: those of an id or title that is here are changed, the others made."""

    def make(row: Row, known_as: str) -> None:
        given = NewTarget.model_validate({"partnership": keeping.slug, **_target_fields(row)})
        make_target(
            keeping.session,
            keeping.actor,
            keeping.slug,
            given.said(),
            keeping.day,
            known_as=known_as,
        )

    def change(row: Row, known_as: str, before: Mapping[str, Any]) -> None:
        changes = TargetFields.model_validate(_target_fields(row)).changes()
        if row.values["due_period"] != before["due_period"] and not row.values.get("is_record"):
            changes["is_record"] = (
                False  # a day that was past already may be put right; a new one may not
            )
        change_target(keeping.session, keeping.actor, known_as, changes, keeping.day)

    for row in keeping.rows(TARGETS):
        made_of = f"{keeping.slug}-{slug_of(str(row.values['title']))}"[:120]
        _keep(keeping, TARGETS, row, keeping.slug, made_of, make, change, silent=("is_record",))


def _target_fields(row: Row) -> dict[str, Any]:
    given = {name: value for name, value in row.values.items() if name != "id"}
    if "milestones" in given:
        steps = given["milestones"]
        given["milestones"] = [{"period": period, "figure": figure} for period, figure in steps]
    return given


def keep_actions(keeping: Keeping) -> None:
    """Keep the actions of a file; one for a neighbourhood of another partnership is refused."""

    def make(row: Row, known_as: str) -> None:
        make_action(
            keeping.session, keeping.actor, keeping.slug, _said(row), known_as=known_as
        )  # fmt: skip

    def change(row: Row, known_as: str, _before: Mapping[str, Any]) -> None:
        change_action(keeping.session, keeping.actor, known_as, _said(row))

    for row in keeping.rows(ACTIONS):
        made_of = f"{keeping.slug}-{slug_of(str(row.values['title']))}"[:120]
        _keep(keeping, ACTIONS, row, keeping.slug, made_of, make, change)


def keep_agreed(keeping: Keeping) -> None:
    """Keep the posts, service agreements and budgets of a file, each of a neighbourhood of the partnership."""
    for kind in KINDS:
        said = {str(row.values["neighbourhood"]) for row in keeping.rows(kind)}
        own = neighbourhoods_of(keeping.session, keeping.slug, said)
        for row in keeping.rows(kind):
            _keep_agreed(keeping, kind, row, own)


def _keep_agreed(keeping: Keeping, kind: str, row: Row, own: set[str]) -> None:
    neighbourhood = str(row.values["neighbourhood"])

    def fields() -> dict[str, Any]:
        return {name: value for name, value in _said(row).items() if name in FIELDS[kind]}

    def make(_row: Row, known_as: str) -> None:
        make_record(
            keeping.session, keeping.actor, kind, neighbourhood, fields(), known_as=known_as
        )

    def change(_row: Row, known_as: str, before: Mapping[str, Any]) -> None:
        if before["neighbourhood"] != neighbourhood:
            detail = f"it is of {before['neighbourhood']!r}, and stays there"
            fault = Fault(detail, "/neighbourhood", value=neighbourhood, rule="neighbourhood-stays")
            raise RecordInvalid(detail, [fault])
        change_record(keeping.session, keeping.actor, kind, known_as, fields())

    if neighbourhood not in own:
        detail = f"{neighbourhood[:80]!r} is no neighbourhood of this partnership"
        fault = Fault(detail, column="neighbourhood", rule="neighbourhood-of-the-partnership")
        keeping.refuse(kind, row, [fault])
        return
    words = " ".join(str(row.values[field]) for field in NAMED_BY[kind])
    made_of = f"{neighbourhood}-{slug_of(words)}"[:160]
    _keep(keeping, kind, row, neighbourhood, made_of, make, change)


def _said(row: Row) -> dict[str, Any]:
    return {
        name: value for name, value in row.values.items()
        if name != "id" and not (name in _NEVER_NOTHING and value is None)
    }  # fmt: skip


def _keep(
    keeping: Keeping, table: str, row: Row, prefix: str, made_of: str,
    make: Callable[[Row, str], None], change: Callable[[Row, str, Mapping[str, Any]], None],
    silent: tuple[str, ...] = (),
) -> None:  # fmt: skip
    """Make a row or change the one that is here under its id; nothing is done where both say the same."""
    known_as = row.values.get("id") or made_of
    with keeping.listing(table, row):
        if _ID.fullmatch(known_as) is None or not known_as.startswith(f"{prefix}-"):
            detail = f"id: {prefix}- and then small letters, figures and hyphens"
            fault = Fault(detail, "/id", value=known_as[:80], rule="id-of-the-partnership")
            raise RecordInvalid(detail, [fault])
        if not keeping.first_time(table, known_as):
            detail = f"id: {known_as!r} stands in the file twice"
            raise RecordInvalid(
                detail, [Fault(detail, "/id", value=known_as[:80], rule="row-once")]
            )
        before = keeping.known(table, id=known_as)
        loud = {name: value for name, value in _said(row).items() if name not in silent}
        if before is None:
            make(row, known_as)
            keeping.done(table, NEW)
        elif is_same(table, loud, before):
            keeping.done(table, SAME)
        else:
            change(row, known_as, before)
            keeping.changes(table, row, before)
