"""The money of a place by any rule as files: its page's figures as plain values, and tables; adds nothing up."""

from __future__ import annotations

from typing import Any

from app.exports.sheets import Kind, Sheet
from app.findings.gather import Findings
from app.resources.methods.crossing import OTHERS, cross
from app.resources.methods.views import document

CELLS: tuple[tuple[str, Kind], ...] = (
    ("where", "text"), ("programme", "text"), ("shown_as", "text"), ("pence", "whole"), ("stage", "text"),
    ("year", "text"),
)  # fmt: skip

_LINES = ("lines", "other_currency_lines")


def money_body(findings: Findings) -> dict[str, Any]:
    """Write the figures of a place's ledger without its lines; `sources` says whose they are."""
    ledger = findings.ledger
    told = {
        name: each for name, each in document(ledger, "neighbourhood").items() if name not in _LINES
    }
    here, elsewhere, once = (
        told["paid_here_place_unknown"],
        ledger.paid_elsewhere,
        ledger.double_counting,
    )
    return told | {
        "partnership": findings.ground.slug, "councils": list(findings.ground.codes),
        "index": findings.asked.index_id, "rule": findings.asked.rule,
        "neighbourhoods_are": findings.asked.neighbourhoods,
        "paid_here_place_unknown": {name: each for name, each in here.items() if name != "lines"},
        "paid_elsewhere_place_unknown": {"count": elsewhere.lines, "pence": elsewhere.pence},
        "double_counting": None if once is None else once.as_plain(),
        "sources": [one for one in findings.sources if one["quality"] == "as published"],
    }  # fmt: skip


def crossing_sheet(findings: Findings) -> Sheet:
    """Write neighbourhood by programme, a row for each cell that holds money; the rows sum to the file.

    shown_as : the column of the page that a programme is in, the smaller ones together.
    """
    ledger = findings.ledger
    told = {"stage": ledger.stage, "year": ledger.year}
    shown = set(cross(ledger).programmes)
    rows = [
        cell | told | {"shown_as": cell["programme"] if cell["programme"] in shown else OTHERS}
        for cell in cross(ledger, most=None).cells()
    ]
    return Sheet("money_by_programme", "Neighbourhood by programme", CELLS, rows)
