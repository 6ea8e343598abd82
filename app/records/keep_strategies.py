"""Brings in the versions of a strategy with their objectives, learning plan, plans and sign-offs."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from pydantic import ValidationError

from app.records.keeping import CHANGED, NEW, SAME, Keeping, faults_in, faults_of, is_same
from app.records.methods.columns import LEARNING, OBJECTIVES, PLANS, SIGN_OFFS, STRATEGIES
from app.records.reading import RecordInvalid, Row
from app.strategies.kept_elsewhere import KeptStrategy, keep_strategy, links_that_are_no_more
from app.strategies.strategy_given import StrategyGiven
from boundaries.errors import BoundsError, Fault

_PARTS = (OBJECTIVES, LEARNING, PLANS, SIGN_OFFS)
_Parts = dict[str, dict[int, list[Row]]]


def keep_strategies(keeping: Keeping) -> None:
    """Keep each version in order; what hangs on a version that is no row of the file is listed."""
    parts: _Parts = {name: defaultdict(list) for name in _PARTS}
    for name in _PARTS:
        for row in keeping.rows(name):
            parts[name][row.values["version"]].append(row)
    for row in sorted(keeping.rows(STRATEGIES), key=lambda each: each.values["version"]):
        _keep_version(
            keeping, row, {name: parts[name].pop(row.values["version"], []) for name in _PARTS}
        )
    for name in _PARTS:
        for left in parts[name].values():
            for row in left:
                _orphan(keeping, name, row, "its version is no row of this file")


def _keep_version(keeping: Keeping, row: Row, own: dict[str, list[Row]]) -> None:
    number = row.values["version"]
    if not keeping.first_time(STRATEGIES, str(number)):
        detail = f"version {number} stands in the file twice"
        keeping.refuse(STRATEGIES, row, [Fault(detail, column="version", rule="row-once")])
        _list_parts(keeping, own, [])
        return
    before = keeping.known(STRATEGIES, version=number)
    if before is not None and is_same(STRATEGIES, row.values, before) and all(
        _same_rows(keeping, name, own[name], number) for name in _PARTS
    ):  # fmt: skip
        what = SAME
    else:
        what = NEW if before is None else CHANGED
        try:
            words = _words(row, own)
            kept = KeptStrategy(
                number, words, row.values["reason"], row.values.get("published_on"),
                [each.values for each in own[SIGN_OFFS]],
            )  # fmt: skip
            keep_strategy(keeping.session, keeping.actor, keeping.slug, kept, keeping.day)
        except ValidationError as wrong:
            _list_version(keeping, row, own, faults_of(wrong))
            return
        except BoundsError as problem:
            _list_version(keeping, row, own, faults_in(problem))
            return
        for one in links_that_are_no_more(keeping.session, keeping.slug, words):
            detail = f"version {number} links to {one[:80]!r}, which is held no more"
            keeping.note(STRATEGIES, row, detail, "link-is-no-more")
    keeping.done(STRATEGIES, what)
    for name in _PARTS:
        keeping.done(name, what, len(own[name]))


def _same_rows(keeping: Keeping, name: str, own: list[Row], number: int) -> bool:
    before = [each for each in keeping.before[name] if each["version"] == number]
    return len(before) == len(own) and all(
        is_same(name, row.values, was) for row, was in zip(own, before, strict=True)
    )


def _words(row: Row, own: dict[str, list[Row]]) -> dict[str, Any]:
    """Write a version's words as they are kept. Raises ValidationError, RecordInvalid."""
    if row.values["version"] < 1:
        detail = "version: counted from 1"
        raise RecordInvalid(detail, [Fault(detail, "/version", rule="versions-in-order")])
    given = {"vision": row.values.get("vision") or "", "reason": row.values["reason"]} | {
        name: [
            {k: v for k, v in each.values.items() if k != "version" and v is not None}
            for each in own[name]
        ]
        for name in (OBJECTIVES, LEARNING, PLANS)
    }
    return StrategyGiven.model_validate(given).words()


def _list_version(
    keeping: Keeping, row: Row, own: dict[str, list[Row]], faults: list[Fault]
) -> None:
    """List a version that was refused, and each row that hangs on it: by its own fault where it has one."""
    at = [fault.pointer.strip("/").split("/") for fault in faults]
    mine = [
        fault for fault, place in zip(faults, at, strict=True)
        if place[0] not in own or len(place) < 2
    ]  # fmt: skip
    detail = "a row that hangs on it was refused"
    keeping.refuse(
        STRATEGIES, row, mine or [Fault(detail, column="version", rule="hangs-on-a-row")]
    )
    _list_parts(keeping, own, faults)


def _list_parts(keeping: Keeping, own: dict[str, list[Row]], faults: list[Fault]) -> None:
    for fault in faults:
        place = fault.pointer.strip("/").split("/")
        if place[0] in own and len(place) > 1:
            row = own[place[0]][int(place[1])]
            column = place[2] if len(place) > 2 else ""
            keeping.refuse(place[0], row, [fault._replace(pointer="", column=column)])
    for name, rows in own.items():
        for row in rows:
            if not keeping.is_refused(name, row.number):
                _orphan(keeping, name, row, "its version was refused")


def _orphan(keeping: Keeping, name: str, row: Row, detail: str) -> None:
    keeping.refuse(name, row, [Fault(detail, column="version", rule="hangs-on-a-row")])
