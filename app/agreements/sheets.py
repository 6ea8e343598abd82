"""What is agreed for neighbourhoods as tables to take away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.agreements.methods.checks import BUDGETS, FIELDS, KINDS, MANAGERS, SERVICES
from app.exports.sheets import Kind, Sheet

_TITLES = {
    MANAGERS: "Posts that manage a neighbourhood", SERVICES: "Service agreements",
    BUDGETS: "Devolved budgets",
}  # fmt: skip
_KINDS: Mapping[str, Kind] = {
    "starts_on": "day", "ends_on": "day", "review_on": "day", "amount_pence": "whole", "review_overdue": "truth",
    "in_post": "truth",
}  # fmt: skip
_TOLD = {MANAGERS: ("in_post",), SERVICES: ("review_overdue",), BUDGETS: ()}


def kind_sheet(kind: str, rows: Sequence[Mapping[str, Any]]) -> Sheet:
    """Write the records of a kind as a table."""
    names = ("id", "neighbourhood", *FIELDS[kind], *_TOLD[kind])
    columns = tuple((name, _KINDS.get(name, "text")) for name in names)
    return Sheet(kind, _TITLES[kind], columns, rows)


def agreement_sheets(rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[Sheet]:
    """Write every kind as a table of its own."""
    return [kind_sheet(kind, rows[kind]) for kind in KINDS]
