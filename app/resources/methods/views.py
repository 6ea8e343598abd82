"""A ledger summed for reading: by neighbourhood, theme, programme, partner, grade or year, and as one document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.resources.methods.estimated_ledger import with_estimates
from app.resources.methods.ledger import (
    BUCKETS,
    CERTAINTIES,
    NEIGHBOURHOODS,
    NOT_PLACED,
    OUT,
    PARTNERSHIP_WIDE,
    REST,
    Ledger,
    sum_pence,
)
from boundaries.methods.apportion import apportion

VIEWS = ("neighbourhood", "theme", "programme", "partner", "grade", "year")
NOT_STATED = "not stated"
_COLUMN_OF = {
    "theme": "theme",
    "programme": "programme",
    "partner": "funder",
    "grade": "grade",
    "year": "financial_year",
}


def view(ledger: Ledger, by: str) -> list[dict[str, Any]]:
    """Sum the ledger's lines by neighbourhood, theme, programme, partner (funder), grade or year.

    Each row: key, label, lines, the four buckets' pence, file_pence, located_pence,
    estimated_pence, partnership_wide_pence. Rows sum to the totals. By neighbourhood, a row for
    every neighbourhood (also one without money), then one each for the other buckets; beside them
    `partnership_wide_spread_by_people_pence`: partnership-wide money shared out by people with
    largest remainders, a column beside that is in no total; None where people are not known; and
    `estimate_pence` (methods.estimated_ledger: each line over the small areas of its own place; these
    rows sum to the file) with what of it came of shared lines, `estimate_shared_pence`.
    Raises ValueError for an unknown view.
    """
    if by not in VIEWS:
        raise ValueError(f"{by!r} is none of {', '.join(VIEWS)}")
    if by == "neighbourhood":
        return _by_neighbourhood(ledger)
    column = _COLUMN_OF[by]
    groups: dict[str, list[dict[str, Any]]] = {}
    for line in ledger.lines:
        groups.setdefault(line[column] or NOT_STATED, []).append(line)
    return [_view_row(key, key, groups[key]) for key in sorted(groups)]


def _by_neighbourhood(ledger: Ledger) -> list[dict[str, Any]]:
    rows = []
    for each in sorted(ledger.neighbourhoods):
        own = [
            line
            for line in ledger.lines
            if line["bucket"] == NEIGHBOURHOODS and line["neighbourhood"] == each.number
        ]
        rows.append(_view_row(each.number, each.name, own) | {"people": each.people})
    rest = [line for line in ledger.lines if line["bucket"] == REST]
    rows.append(_view_row(REST, "Rest of the partnership", rest) | {"people": ledger.rest_people})
    spread = _spread(ledger, rows)
    for row, share in zip(rows, spread, strict=True):
        row["partnership_wide_spread_by_people_pence"] = share
    for bucket, label in ((OUT, "Outside the partnership"), (NOT_PLACED, "Not placed")):
        own = [line for line in ledger.lines if line["bucket"] == bucket]
        rows.append(
            _view_row(bucket, label, own)
            | {"people": None, "partnership_wide_spread_by_people_pence": None}
        )
    return with_estimates(rows, ledger.estimate)


def _spread(ledger: Ledger, rows: Sequence[dict[str, Any]]) -> list[int | None]:
    people = [row["people"] for row in rows]
    if any(each is None for each in people):
        return [None] * len(rows)
    wide = sum_pence(line for line in ledger.lines if line["certainty"] == PARTNERSHIP_WIDE)
    shared = apportion(wide, people)
    return list(shared) if shared is not None else [None] * len(rows)


def _view_row(key: object, label: str, lines: Sequence[dict[str, Any]]) -> dict[str, Any]:
    row: dict[str, Any] = {"key": key, "label": label, "lines": len(lines)}
    for bucket in BUCKETS:
        row[f"{bucket}_pence"] = sum_pence(line for line in lines if line["bucket"] == bucket)
    row["file_pence"] = sum_pence(lines)
    for certainty in CERTAINTIES:
        row[f"{certainty}_pence"] = sum_pence(
            line for line in lines if line["certainty"] == certainty
        )
    return row


def without_year(ledger: Ledger) -> dict[str, int]:
    """Count the lines whose source states no year, and their pence: in no year, in the whole."""
    if ledger.year is not None:
        return dict(ledger.year_not_stated)
    undated = [line for line in ledger.lines if line["financial_year"] is None]
    return {"count": len(undated), "pence": sum_pence(undated)}


def document(ledger: Ledger, by: str | None = None) -> dict[str, Any]:
    """The ledger as plain data for JSON: equal ledgers give equal bytes whatever the order of their rows."""
    foreign: dict[str, dict[str, int]] = {}
    for line in ledger.other_currencies:
        own = foreign.setdefault(line["currency"], {"count": 0, "hundredths": 0})
        own["count"] += 1
        own["hundredths"] += line["amount_pence"]
    return {
        "stage": ledger.stage,
        "year": ledger.year,
        "neighbourhoods": [
            {
                "number": each.number,
                "name": each.name,
                "codes": sorted(each.codes),
                "people": each.people,
            }
            for each in sorted(ledger.neighbourhoods)
        ],
        "totals": ledger.totals,
        "by_grade": ledger.by_grade,
        "by": by,
        "estimate": ledger.estimate and ledger.estimate.summary(),
        "rows": view(ledger, by) if by else [],
        "paid_here_place_unknown": {
            "count": len(ledger.paid_here),
            "pence": sum_pence(ledger.paid_here),
            "meaning": "paid to organisations based here, place of spending not stated; in no total",
            "lines": ledger.paid_here,
        },
        "other_currencies": {key: foreign[key] for key in sorted(foreign)},
        "other_currency_lines": ledger.other_currencies,
        "year_not_stated": without_year(ledger),
        "envelopes": sorted(ledger.envelopes, key=lambda each: str(each["id"])),
        "lines": ledger.lines,
    }
