"""What a programme is called, and allocations summed for reading: by year and status, never across statuses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

STATUSES = ("planned", "awarded", "paid", "estimate")
ENGLAND = "E92000001"


def programme_id(title: str) -> str:
    """Write a programme's title as its id: "Neighbourhood Renewal Fund" is "neighbourhood-renewal-fund"."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def by_year(allocations: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Sum allocations to places by period, status and source file; England's own totals stand in rows of their own.

    Each row: period, financial_year (None for several years), status, of ("places" or "England"),
    file_id (None: the programme's own record), allocations, amount_pence, derived_allocations and
    derived_pence (of those, worked out and not published). Planned, awarded, paid and estimated
    amounts are never added, nor is one file to another: two sources may tell of the same money.
    Ordered by period.
    """
    rows: dict[tuple[str, ...], dict[str, Any]] = {}
    for each in allocations:
        whole = "England" if each["area_code"] == ENGLAND else "places"
        key = (each["period"], whole, each["file_id"] or "", each["status"])
        row = rows.setdefault(
            key,
            {
                "period": each["period"], "financial_year": each["financial_year"], "status": each["status"],
                "of": whole, "file_id": each["file_id"], "allocations": 0, "amount_pence": 0,
                "derived_allocations": 0, "derived_pence": 0,
            },
        )  # fmt: skip
        row["allocations"] += 1
        row["amount_pence"] += each["amount_pence"]
        if each["derived"]:
            row["derived_allocations"] += 1
            row["derived_pence"] += each["amount_pence"]
    return [rows[key] for key in sorted(rows)]
