"""A statement of use as one table: every figure of it in a row of its own, with what it is of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from app.exports.csv import write_csv
from app.exports.sheets import Kind, Sheet
from app.statements.wording import STATUS_WORDS

COLUMNS: tuple[tuple[str, Kind], ...] = (
    ("programme", "text"), ("caption", "text"), ("year", "text"), ("state", "text"), ("revision", "whole"),
    ("section", "text"), ("item", "text"), ("stage", "text"), ("status", "text"), ("lines", "whole"),
    ("pence", "whole"), ("derived", "truth"), ("source", "text"), ("note", "text"),
)  # fmt: skip
_TOTALS = {
    "gross_pence": "gross", "refunds_pence": "refunds", "regranted_pence": "passed on by regrants",
    "drawn_pence": "drawn", "match_pence": "match funding beside",
}  # fmt: skip


def statement_csv(body: Mapping[str, Any]) -> bytes:
    """Write the statements of a year as CSV, a row a figure; text never runs in a spreadsheet."""
    rows = [row for statement in body["statements"] for row in statement_rows(statement)]
    rows += [
        {"year": body["year"], "section": "draws on no programme", "item": "lines in the partnership"} | each
        for each in body["without_programme"]
    ]  # fmt: skip
    return write_csv(Sheet("statement_of_use", "Statement of use", COLUMNS, rows))


def statement_rows(statement: Mapping[str, Any]) -> list[dict[str, Any]]:
    """List every figure of one statement: allocation, use, unallocated, all years, neighbourhoods, themes, lines."""
    about = {
        "programme": statement["programme"]["id"], "caption": statement["caption"],
        "year": statement["year"], "state": statement["state"], "revision": statement["revision"],
    }  # fmt: skip
    return [about | row for row in _figures(statement)]


def _figures(statement: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for row in statement["allocation"]["rows"]:
        yield {
            "section": "allocation", "item": row["place"], "status": row["status"],
            "pence": row["amount_pence"], "derived": row["derived"], "source": row["source"] or row["file_id"],
            "note": row["basis"] if row["derived"] else row["note"],
        }  # fmt: skip
    yield from _sums("allocation in all", statement["allocation"]["envelopes"])
    for use in statement["use"]:
        yield from _use(use)
    yield from _rests("unallocated", statement["unallocated"])
    whole = statement["all_years"]
    yield from _sums("allocation, all years", whole["envelopes"])
    for use in whole["use"]:
        yield from _totals("use, all years", use)
    yield from _rests("unallocated, all years", whole["unallocated"])
    for line in statement["lines"]:
        yield {
            "section": "line", "item": line["title"], "stage": line["stage"], "status": line["role"], "lines": 1,
            "pence": line["amount_pence"], "source": line["file_id"], "note": line["where"],
        }  # fmt: skip
    for row in statement["year_not_stated"]:
        yield {"section": "year not stated", "item": "lines in no year", **row}


def _sums(section: str, envelopes: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for row in envelopes:
        yield {
            "section": section, "item": row["of"], "status": row["status"], "pence": row["amount_pence"],
            "source": row["file_id"], "note": row["coverage"],
        }  # fmt: skip
        if row["derived_pence"]:
            yield {
                "section": section, "item": f"{row['of']}, of it worked out", "status": row["status"],
                "pence": row["derived_pence"], "derived": True, "source": row["file_id"],
            }  # fmt: skip


def _totals(section: str, use: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for key, words in _TOTALS.items():
        lines = use["lines"] if key == "drawn_pence" else None
        yield {
            "section": section, "item": words, "stage": use["stage"], "lines": lines, "pence": use[key],
        }  # fmt: skip


def _use(use: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    yield from _totals("use", use)
    for table, name in (("by_kind", "kind"), ("by_theme", "theme"), ("by_place", "label")):
        for row in use[table]:
            yield {
                "section": table.replace("_", " "), "item": row[name], "stage": use["stage"],
                "lines": row["lines"], "pence": row["pence"],
            }  # fmt: skip
    for row in use["neighbourhoods"]:
        for sure in ("located", "estimated"):
            yield {
                "section": "neighbourhood", "item": f"{row['number']} {row['name']}", "stage": use["stage"],
                "lines": row["lines"], "pence": row[f"{sure}_pence"], "note": sure,
            }  # fmt: skip


def _rests(section: str, rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for row in rows:
        yield {
            "section": section, "item": f"of what was {STATUS_WORDS[row['status']]} ({row['of']})",
            "stage": row["stage"], "status": row["status"], "pence": row["unallocated_pence"],
            "source": row["file_id"], "note": "overspent" if row["overspent"] else None,
        }  # fmt: skip
