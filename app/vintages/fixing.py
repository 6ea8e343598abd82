"""Writes what the doctor found: every row as it was with the code in the release, a status and a reason beside it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from app.vintages.diagnosing import MOST_PROBLEMS, Diagnosis, describe, ordered, sentence_of
from app.vintages.judging import STATUSES
from app.vintages.methods.headings import unused_titles


def fixed_header(made: Diagnosis) -> list[str]:
    """Give the header with the columns added: the code, its status, the reason."""
    release = made.release.id.replace("-", "_")
    header = made.records.header
    return [*header, *unused_titles(header, (f"{release}_code", "status", "reason"))]


def fixed_rows(made: Diagnosis) -> Iterator[list[str]]:
    """Give every row in its order, its own cells untouched; cells beyond the header stand last."""
    width, position = len(made.records.header), made.main.position
    added = {
        cell: [judged.code, judged.status, judged.reason] for cell, judged in made.cells.items()
    }
    for _, block in made.records.blocks():
        if all(len(record) == width for record in block):
            yield from [record + added[record[position]] for record in block]
            continue
        for record in block:
            filled = (record + [""] * width)[:width]
            yield filled + added[filled[position]] + record[width:]


def diagnosis_body(made: Diagnosis) -> dict[str, Any]:
    """Give a diagnosis as plain values for JSON."""
    return {
        "sentence": sentence_of(made),
        "rows": made.counted.rows,
        "column": made.main.title,
        "mixed": any(each.is_mixed for each in made.main.types),
        "release": {"id": made.release.id, "area_type": made.release.area_type, "day": made.release.day},
        "columns": [
            {
                "title": column.title, "position": column.position + 1, "filled": column.filled,
                "known": column.known,
                "types": [
                    {
                        "area_type": kind.area_type, "rows": kind.rows, "codes": kind.codes,
                        "mixed": kind.is_mixed,
                        "vintages": [_span(kind.area_type, each) for each in kind.vintages],
                        "windows": [_span(kind.area_type, each) for each in kind.windows],
                        "releases": [
                            {"id": release, "rows": rows, "share": round(rows / kind.rows, 6)}
                            for release, rows in kind.releases.items()
                        ],
                    }
                    for kind in column.types
                ],
            }
            for column in made.columns
        ],
        "statuses": ordered(made.statuses, list(STATUSES)),
        "problems": [
            {
                "cell": each.cell[:80], "rows": each.rows, "first_row": each.first_row,
                "status": each.judged.status, "suggestion": each.judged.code or None,
                "reason": each.judged.reason or STATUSES[each.judged.status],
                "candidates": [area.code for area in each.judged.candidates],
            }
            for each in made.problems[:MOST_PROBLEMS]
        ],
        "problems_total": len(made.problems),
        "misfits": [fault.as_line() for fault in made.counted.faults],
        "misfits_total": made.counted.misfits,
        "notes": [fault.detail for fault in made.records.notes],
    }  # fmt: skip


def _span(area_type: str, span: Any) -> dict[str, Any]:
    return {
        "from": span.from_day, "to": span.to_day, "rows": span.rows, "is": describe(area_type, span)
    }  # fmt: skip
