"""A region's partnerships as tables: one row each, their money by year, and how the pounds reconcile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.exports.sheets import Kind, Sheet

_PRIORITIES = ("areas_selected", "areas_total", "people_selected", "people_total")
_AMOUNTS = (
    "neighbourhoods_pence", "rest_of_partnership_pence", "located_pence", "estimated_pence",
    "partnership_wide_pence", "here_pence", "not_placed_pence",
)  # fmt: skip
_STATES = ("shown", "partly", "missing", "noted")
_STATUSES = ("met", "on track", "off track", "cannot tell")
_PARTNERSHIPS: tuple[tuple[str, Kind], ...] = (
    ("slug", "text"), ("name", "text"), ("kind", "text"), ("share_in_region", "number"),
    ("population_share_in_region", "number"), ("people_in_region", "whole"), ("straddles", "truth"),
    ("verdict", "text"), *((name, "whole") for name in (*_PRIORITIES, *_AMOUNTS)),
    *((f"targets {name}", "whole") for name in _STATUSES), *((f"evidence {name}", "whole") for name in _STATES),
    ("reason", "text"),
)  # fmt: skip
_YEARS: tuple[tuple[str, Kind], ...] = (
    ("of", "text"), ("financial_year", "text"), ("lines", "whole"), ("pence", "whole"),
)  # fmt: skip
_STEPS: tuple[tuple[str, Kind], ...] = (
    ("step", "text"), ("of", "text"), ("lines", "whole"), ("pence", "whole"),
)  # fmt: skip


def partnerships_sheet(body: Mapping[str, Any]) -> Sheet:
    """Write a row a partnership; what is not known is empty."""
    rows = [
        row
        | {name: (row["priorities"] or {}).get(name) for name in _PRIORITIES}
        | {name: (row["money"] or {}).get(name) for name in _AMOUNTS}
        | {f"targets {name}": row["progress"][name] for name in _STATUSES}
        | {f"evidence {name}": row["accreditation"][name] for name in _STATES}
        for row in body["items"]
    ]
    return Sheet("partnerships", f"Partnerships of {body['region']['name']}", _PARTNERSHIPS, rows)


def region_sheets(body: Mapping[str, Any]) -> list[Sheet]:
    """Write partnerships, their money by year, and the steps from the sum of the ledgers to the region's."""
    years = [
        {"of": row["slug"], "financial_year": year["year"], **year}
        for row in body["items"] if row["money"] for year in row["money"]["years"]
    ]  # fmt: skip
    region = body["money"]["region"]
    years += [{"of": body["region"]["code"], "financial_year": year["year"], **year}
              for year in (region["years"] if region else [])]  # fmt: skip
    return [
        partnerships_sheet(body),
        Sheet("years", "What is inside, by financial year", _YEARS, years),
        Sheet("reconciled", "From the sum of the ledgers to the region's", _STEPS, steps(body)),
    ]


def steps(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """List the steps from the sum of the ledgers to each pound once, and to what the region holds."""
    money = body["money"]
    once, parts = money["once"], money["reconciled"]
    if once is None:
        return []
    rows = [("the ledgers summed", "", once["sum_of_each"], 1)]
    rows += [("of it in more than one", "; ".join(one["of"]), one, 1) for one in once["in_several"]]
    rows += [
        ("less counted again", "", once["counted_again"], -1), ("each pound once", "", once, 1),
        ("less beyond the region", "", parts["beyond"], -1),
        ("with what no partnership holds", "", parts["in_none"], 1), ("the region", "", money["region"], 1),
    ]  # fmt: skip
    return [
        {"step": step, "of": of, "lines": sign * own["lines"], "pence": sign * own["pence"]}
        for step, of, own, sign in rows
    ]
