"""The money of a place as a paper tells it: by bucket, by what names a small area, and what names no place."""

from __future__ import annotations

from typing import Any

from app.findings.words import STAGE_WORDS, counted, place_unknown, pounds
from app.reports.wording import percent
from app.resources.methods.ledger import (
    ESTIMATED,
    LOCATED,
    NEIGHBOURHOODS,
    NOT_PLACED,
    OUT,
    REST,
    Ledger,
    sum_pence,
)
from app.resources.methods.views import without_year

LABELS = {
    NEIGHBOURHOODS: "In priority neighbourhoods",
    REST: "Rest of the partnership",
    OUT: "Outside the partnership",
    NOT_PLACED: "Not placed: wider than the partnership, or no place",
}
MOST_PAID_HERE = 7


def money_facts(ledger: Ledger) -> dict[str, Any]:
    """Give the ledger's buckets, what stands beside them, and how many lines name no place.

    All in whole pence; the four buckets sum to `file_pence`; lines that give only the recipient's
    address are counted beside them and in no total.
    """
    totals = ledger.totals
    rows = []
    for bucket, label in LABELS.items():
        split = totals.get(bucket) or {}
        rows.append(
            {
                "bucket": bucket, "label": label, "lines": totals[f"{bucket}_lines"],
                "located_pence": split.get("located_pence"),
                "estimated_pence": split.get("estimated_pence"),
                "partnership_wide_pence": split.get("partnership_wide_pence"),
                "pence": totals[f"{bucket}_pence"],
            }
        )  # fmt: skip
    largest = sorted(ledger.paid_here, key=lambda line: (-line["amount_pence"], line["id"]))
    shown, left = largest[:MOST_PAID_HERE], largest[MOST_PAID_HERE:]
    return {
        "stage": ledger.stage, "stage_words": STAGE_WORDS[ledger.stage], "year": ledger.year,
        "rows": rows, "file_pence": totals["file_pence"], "file_lines": totals["file_lines"],
        "paid_here": {
            "lines": len(ledger.paid_here), "pence": sum_pence(ledger.paid_here),
            "largest": [_paid_line(line) for line in shown],
            "more_lines": len(left), "more_pence": sum_pence(left),
        },
        "no_place": no_place_facts(ledger),
        "year_not_stated": without_year(ledger),
        "other_currencies": len(ledger.other_currencies),
    }  # fmt: skip


def _paid_line(line: dict[str, Any]) -> dict[str, Any]:
    return {
        "title": line["title"], "recipient": line["recipient"], "funder": line["funder"],
        "year": line["financial_year"], "pence": line["amount_pence"],
    }  # fmt: skip


def no_place_facts(ledger: Ledger) -> dict[str, Any]:
    """Count the lines whose source states no place of spending, as a finding of its own."""
    unknown = place_unknown(ledger)
    nowhere, office, every = unknown["none_lines"], unknown["recipient_lines"], unknown["lines"]
    share = percent(nowhere + office, every)
    said = None
    if every and nowhere + office:
        start = "Most" if 2 * (nowhere + office) > every else "Not all"
        verb = "state no place of spending" if start == "Most" else "state where the money is spent"
        said = (
            f"{start} lines {verb}: of {every:,} in the files read, {nowhere + office:,} "
            f"({share}%) do not say; {office:,} give only the recipient's address "
            f"({pounds(ledger.totals['recipient_only_pence'])}) and {nowhere:,} no place at all."
        )
    return {
        "lines": nowhere + office, "of_lines": every, "percent": share, "recipient_only_lines": office,
        "recipient_only_pence": ledger.totals["recipient_only_pence"], "none_lines": nowhere, "sentence": said,
    }  # fmt: skip


def place_facts(ledger: Ledger) -> dict[str, Any]:
    """Count the lines that name a small area (LSOA) of the partnership, and those in the neighbourhoods."""
    here = [
        line
        for line in ledger.lines
        if line["grade"] == "B" and line["place_type"] == "lsoa"
        and line["bucket"] in (NEIGHBOURHOODS, REST) and line["certainty"] == LOCATED
    ]  # fmt: skip
    inside = [line for line in here if line["bucket"] == NEIGHBOURHOODS]
    chosen = len({code for each in ledger.neighbourhoods for code in each.codes})
    verb = "names" if len(here) == 1 else "name"
    said = f"{counted(len(here), 'grant')} {verb} a small area here: {pounds(sum_pence(here))}"
    if here and chosen:
        said += f"; {len(inside):,} of them, {pounds(sum_pence(inside))}, in the {chosen:,}"
    return {
        "lines": len(here), "pence": sum_pence(here), "lines_in_neighbourhoods": len(inside),
        "pence_in_neighbourhoods": sum_pence(inside), "sentence": said,
    }  # fmt: skip


def envelope_facts(ledger: Ledger) -> list[dict[str, Any]]:
    """List programmes' allocations, which stand beside the lines and are added to nothing."""
    return [
        {
            "programme": each["programme"], "title": each["title"], "pence": each["amount_pence"],
            "period": each["period"], "coverage": each["coverage"],
        }
        for each in ledger.envelopes
    ]  # fmt: skip


AMOUNTS = (LOCATED, ESTIMATED)


def line_rows(ledger: Ledger) -> list[dict[str, Any]]:
    """List every line that the ledger holds, in totals or beside them, with stage and currency."""
    lines = [*ledger.lines, *ledger.paid_here, *ledger.other_currencies]
    rows = []
    for line in lines:
        number = line["neighbourhood"]
        rows.append(
            line
            | {
                "stage": ledger.stage, "currency": line.get("currency", "GBP"),
                "neighbourhood": None if number is None else int(number),
            }
        )  # fmt: skip
    return rows


def total_rows(ledger: Ledger) -> list[dict[str, Any]]:
    """List the buckets and what stands beside them: bucket, label, lines, pence, in_file_total."""
    rows: list[dict[str, Any]] = [
        row | {"in_file_total": True} for row in money_facts(ledger)["rows"]
    ]
    here, elsewhere = ledger.paid_here, ledger.paid_elsewhere
    beside = (
        ("paid_here_place_unknown", "Paid to organisations based here", len(here), sum_pence(here)),
        (
            "paid_elsewhere_place_unknown", "Paid to organisations based elsewhere, not listed here",
            elsewhere.lines, elsewhere.pence,
        ),
    )  # fmt: skip
    rows += [
        {"bucket": bucket, "label": label, "lines": lines, "pence": pence, "in_file_total": False}
        for bucket, label, lines, pence in beside
    ]
    return rows
