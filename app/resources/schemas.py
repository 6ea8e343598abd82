"""Wire shapes of money where they differ from the rows: an import's report, a ledger's body, plain rows sent in."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from app.resources.methods.views import document
from app.resources.partnership_money import PartnershipMoney
from app.resources.readers.threesixty_standard import StandardFindings
from app.resources.storing import ImportReport
from boundaries.errors import Fault


class PlainRows(BaseModel):
    """Plain rows sent as JSON; each has what, amount, year, funder and place."""

    model_config = ConfigDict(extra="forbid")

    rows: list[dict[str, Any]] = Field(min_length=1)
    name: str = Field(default="rows", min_length=1, max_length=200)


def report_body(report: ImportReport) -> dict[str, Any]:
    """Write what an import did, or would do."""
    return {
        "name": report.name,
        "kind": report.kind,
        "title": report.title,
        "stored": report.stored,
        "id": report.file_id,
        "same_as": report.same_as,
        "rows_in": report.rows_in,
        "rows_stored": report.rows_stored,
        "rows_refused": report.rows_refused,
        "refused": [_fault(fault) for fault in report.faults],
        "elsewhere": [_fault(fault) for fault in report.elsewhere],
        "notes": [_fault(note) for note in report.notes],
        "candidates": [
            {"row": each.row, "words": each.words, "options": [option._asdict() for option in each.options]}
            for each in report.asked
        ],
        "standard": None if report.standard is None else standard_body(report.standard),
        "lines": report.lines,
    }  # fmt: skip


def standard_body(found: StandardFindings) -> dict[str, Any]:
    """Write what a file's own standard finds in it: how many by kind, and the first of them by row."""
    return {
        "name": found.name, "rows_checked": found.rows_checked, "rows_with_findings": found.rows_with_findings,
        "total": found.total, "by_rule": found.by_rule, "findings": [_fault(each) for each in found.items],
    }  # fmt: skip


def _fault(fault: Fault) -> dict[str, Any]:
    return {
        "file": fault.file, "row": fault.row, "column": fault.column, "value": fault.value,
        "rule": fault.rule, "detail": fault.detail,
    }  # fmt: skip


def ledger_body(slug: str, money: PartnershipMoney, by: str) -> dict[str, Any]:
    """Write a partnership's ledger as the API sends it."""
    return {"partnership": slug, "index": money.index_id, **document(money.ledger, by)}
