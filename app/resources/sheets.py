"""Writes a ledger, and a reconciliation, as tables of text; computes nothing."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from app.exports.csv import safe_cell
from app.resources.methods.ledger import Ledger
from app.resources.methods.reconciliation import OTHER_CURRENCY, WENT

COLUMNS = (
    "id", "identifier", "title", "funder", "programme", "theme", "recipient", "amount_pence", "currency", "stage",
    "financial_year", "awarded_on", "grade", "place_code", "place_name", "place_text", "bucket", "certainty",
    "neighbourhood", "reason", "in_totals", "deliverer", "role", "related_identifier", "money_kind", "part_of",
    "also_in", "programme_id",
)  # fmt: skip


def ledger_csv(ledger: Ledger) -> str:
    """Write every line of a ledger as CSV, one row a line, ordered by id within those in totals and those beside.

    Lines of grade F paid to recipients here and lines in other currencies follow with in_totals
    false. Missing is empty; text never runs in a spreadsheet.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for line in full_lines(ledger):
        writer.writerow([safe_cell(line.get(column)) for column in COLUMNS])
    return out.getvalue()


def full_lines(ledger: Ledger) -> Iterator[dict[str, Any]]:
    """Give every line of a ledger, those beside it last, with currency, stage and whether it is in totals."""
    for lines, counts in (
        (ledger.lines, True),
        (ledger.paid_here, False),
        (ledger.other_currencies, False),
    ):
        for line in lines:
            also = " ".join(str(each["number"]) for each in line.get("also_in", ())) or None
            yield {
                "currency": "GBP",
                "stage": ledger.stage,
                **line,
                "in_totals": counts,
                "also_in": also,
            }


RECONCILED = (
    "file", "title", "publisher", "source_file", "rows_in", "rows_stored", "rows_refused", "became", "stage",
    "place_or_rule", "unit", "lines_or_rows", "pence",
)  # fmt: skip


def reconciliation_csv(files: Iterable[Mapping[str, Any]]) -> str:
    """Write a reconciliation as one long table of what became of every file's lines and refused rows.

    became : `line` or `refused`. The pence of a file's rows in GBP are the pence that came in; amounts in
    other currencies are hundredths of those, and an amount that could not be read is empty, never 0.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(RECONCILED)
    for file in files:
        start = [
            file["id"], file["title"], file["publisher"], file["source_file"], file["rows_in"],
            file["rows_stored"], file["rows_refused"],
        ]  # fmt: skip
        rows: list[list[Any]] = []
        for went in file["went"]:
            for place in WENT:
                if went[f"{place}_lines"]:
                    unit = "GBP" if place != OTHER_CURRENCY else "other"
                    rows.append(
                        ["line", went["stage"], place, unit, went[f"{place}_lines"], went[f"{place}_pence"]]
                    )  # fmt: skip
        for refused in file["refused"]:
            unread, other = refused["amount_not_read_rows"], refused["other_currency_rows"]
            read = refused["rows"] - unread - other
            parts = (("GBP", read, refused["pence"]), ("other", other, None), ("", unread, None))
            rows += [
                ["refused", None, refused["rule"], unit, count, pence]
                for unit, count, pence in parts
                if count
            ]
        for row in rows or [["nothing", None, None, None, 0, None]]:
            writer.writerow([safe_cell(cell) for cell in (*start, *row)])
    return out.getvalue()
