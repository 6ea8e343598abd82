"""Writes a ledger as a table of text; computes nothing."""

from __future__ import annotations

import csv
import io

from app.exports.csv import safe_cell
from app.resources.methods.ledger import Ledger

COLUMNS = (
    "id", "identifier", "title", "funder", "programme", "theme", "recipient", "amount_pence", "currency", "stage",
    "financial_year", "awarded_on", "grade", "place_code", "place_name", "place_text", "bucket", "certainty",
    "neighbourhood", "reason", "in_totals",
)  # fmt: skip


def ledger_csv(ledger: Ledger) -> str:
    """Write every line of a ledger as CSV, one row a line, ordered by id within those in totals and those beside.

    Lines of grade F paid to recipients here and lines in other currencies follow with in_totals
    false. Missing is empty; text never runs in a spreadsheet.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for lines, counts in (
        (ledger.lines, True),
        (ledger.paid_here, False),
        (ledger.other_currencies, False),
    ):
        for line in lines:
            full = {
                "currency": "GBP",
                "stage": ledger.stage,
                **line,
                "in_totals": "true" if counts else "false",
            }
            writer.writerow([safe_cell(full.get(column)) for column in COLUMNS])
    return out.getvalue()
