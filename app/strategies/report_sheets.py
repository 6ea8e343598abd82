"""The report of progress as tables: those of progress, the money inside the partnership, the gaps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.exports.sheets import Kind, Sheet
from app.strategies.sheets import progress_sheets

_SPENT: tuple[tuple[str, Kind], ...] = (
    ("stage", "text"), ("by", "text"), ("of", "text"), ("neighbourhoods_pence", "whole"),
    ("rest_of_partnership_pence", "whole"), ("located_pence", "whole"), ("estimated_pence", "whole"),
    ("partnership_wide_pence", "whole"),
)  # fmt: skip
_MOVED: tuple[tuple[str, Kind], ...] = (
    ("ground", "text"), ("name", "text"), ("verdict", "text"), ("from", "text"), ("to", "text"),
    ("change", "number"), ("low", "number"), ("high", "number"), ("words", "text"),
)  # fmt: skip


def spent_sheet(body: Mapping[str, Any]) -> Sheet:
    """Write the money by stage: a row a year, and of the year asked about (or all) a row a programme."""
    rows = [
        {"stage": stage["stage"], "by": name, "of": row[name], **row}
        for stage in body["spent"]["stages"]
        for name, of in (("year", "years"), ("programme", "programmes"))
        for row in stage[of]
    ]
    return Sheet(
        "spent", "Money inside the partnership, by stage; stages are never added", _SPENT, rows
    )


def report_sheets(body: Mapping[str, Any]) -> list[Sheet]:
    """Write the whole report."""
    moved = body["moved"]
    gaps = [{"ground": moved["ground"], **one} for one in moved["gaps"]]
    return [
        *progress_sheets(body), spent_sheet(body), Sheet("moved", "How the gap moved", _MOVED, gaps)
    ]  # fmt: skip
