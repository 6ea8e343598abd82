"""A ledger summed for reading: by neighbourhood, theme, programme, partner, grade or year, and as one document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.resources.methods.estimated_ledger import with_estimates
from app.resources.methods.ledger import (
    BUCKETS,
    CERTAINTIES,
    IN_SEVERAL,
    NEIGHBOURHOODS,
    NOT_PLACED,
    OUT,
    PARTNERSHIP_WIDE,
    REST,
    SEVERAL_WORDS,
    Ledger,
    sum_pence,
)
from boundaries.methods.apportion import apportion

VIEWS = ("neighbourhood", "theme", "programme", "partner", "deliverer", "grade", "year")
NOT_STATED = "not stated"
_COLUMN_OF = {
    "theme": "theme",
    "programme": "programme",
    "partner": "funder",
    "deliverer": "deliverer",
    "grade": "grade",
    "year": "financial_year",
}


def view(ledger: Ledger, by: str) -> list[dict[str, Any]]:
    """Sum the ledger's lines by neighbourhood, theme, programme, partner (funder), deliverer, grade or year.

    The deliverer is the recipient where the source names no other.

    Each row: key, label, lines, the four buckets' pence, file_pence, located_pence,
    estimated_pence, partnership_wide_pence. Rows sum to the totals. By neighbourhood, a row for
    every neighbourhood (also one without money), then one each for the other buckets; a line that
    stands in several overlapping neighbourhoods is in each of their rows, and the row IN_SEVERAL
    takes away what was told more than once; beside them
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
        key = line[column] or (line["recipient"] if by == "deliverer" else None)
        groups.setdefault(key or NOT_STATED, []).append(line)
    return [_view_row(key, key, groups[key]) for key in sorted(groups)]


def _by_neighbourhood(ledger: Ledger) -> list[dict[str, Any]]:
    rows = []
    inside = [line for line in ledger.lines if line["bucket"] == NEIGHBOURHOODS]
    again = [
        line | {"neighbourhood": each["number"], "certainty": each["certainty"]}
        for line in inside
        for each in line.get("also_in", ())
    ]
    for each in sorted(ledger.neighbourhoods):
        own = [line for line in (*inside, *again) if line["neighbourhood"] == each.number]
        rows.append(_view_row(each.number, each.name, own) | {"people": each.people})
    rest = [line for line in ledger.lines if line["bucket"] == REST]
    rows.append(_view_row(REST, "Rest of the partnership", rest) | {"people": ledger.rest_people})
    wide = sum_pence(line for line in ledger.lines if line["certainty"] == PARTNERSHIP_WIDE)
    rows = with_spread(rows, wide, overlapping=bool(again))
    beside = [
        (bucket, label, [line for line in ledger.lines if line["bucket"] == bucket])
        for bucket, label in (
            (OUT, "Outside the partnership"),
            (NOT_PLACED, "Not placed"),
        )
    ]
    told = [_view_row(*each) for each in beside]
    if again:
        several = _view_row(IN_SEVERAL, SEVERAL_WORDS, again)
        taken = {key: -value for key, value in several.items() if isinstance(value, int)}
        told.insert(0, several | taken)
    beside_people = {"people": None, "partnership_wide_spread_by_people_pence": None}
    return with_estimates([*rows, *(row | beside_people for row in told)], ledger.estimate)


def with_spread(
    rows: Sequence[dict[str, Any]], wide_pence: int, *, overlapping: bool
) -> list[dict[str, Any]]:
    """Put partnership-wide money, shared out by people, beside the rows of neighbourhoods and the rest.

    None where one row's people are not known, or where neighbourhoods overlap: people in two of them
    would draw twice.
    """
    people = [row["people"] for row in rows]
    unknown = overlapping or any(each is None for each in people)
    shared = None if unknown else apportion(wide_pence, people)
    spread = [None] * len(rows) if shared is None else list(shared)
    return [
        row | {"partnership_wide_spread_by_people_pence": share}
        for row, share in zip(rows, spread, strict=True)
    ]


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
        "neighbourhoods": [each.as_plain() for each in sorted(ledger.neighbourhoods)],
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
