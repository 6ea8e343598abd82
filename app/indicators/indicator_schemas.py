"""Shapes of indicators and their values on the wire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import pandas as pd

from app.exports.sheets import Sheet
from app.indicators.asking import AskedValues
from app.indicators.values import LEAST_SHOWN, IndicatorRow, PeriodRow, why_not_mapped


def indicator_body(row: IndicatorRow) -> dict[str, Any]:
    """One indicator with all that is known of it; `mapped` says whether a release draws its areas."""
    return {
        "id": row.id, "title": row.full_title, "definition": row.definition, "unit": row.unit,
        "direction": row.direction, "nature": row.nature, "denominator": row.denominator,
        "area_type": row.area_type, "area_set": row.area_set, "release": row.release_id or None,
        "mapped": not why_not_mapped(row), "why_not_mapped": why_not_mapped(row),
        "periods": [_period(row, period) for period in row.periods], "newest": row.newest,
        "trend_periods": [period.period for period in row.measured],
        "coverage": row.coverage, "partial": row.partial, "partnership": row.partnership_slug,
        "confidential": row.confidential, "demo": row.demo, "dataset": row.dataset_id,
        "source": {
            "publisher": row.publisher, "licence": row.licence, "attribution": row.attribution,
            "file": row.source_file, "sha256": row.sha256 or None, "loaded_at": row.loaded_at.isoformat(),
        },
        "rows": {
            "in": row.rows_in, "stored": row.rows_stored, "refused": row.rows_refused,
            "elsewhere": row.rows_elsewhere,
        },
    }  # fmt: skip


def _period(row: IndicatorRow, period: PeriodRow) -> dict[str, Any]:
    told = asdict(period)
    if row.confidential and row.nature == "extensive":
        # The least of its counts is one that is never shown, and so may the most be.
        for name in ("lowest", "highest"):
            told[name] = None if (told[name] or 0) < LEAST_SHOWN else told[name]
    return told


def indicator_line(row: IndicatorRow) -> dict[str, Any]:
    """One indicator as a list shows it."""
    full = indicator_body(row)
    names = (
        "id", "title", "unit", "direction", "nature", "area_type", "area_set", "newest", "partial",
        "mapped", "partnership", "demo", "dataset",
    )  # fmt: skip
    return {name: full[name] for name in names}


def asked_body(asked: AskedValues) -> dict[str, Any]:
    """What stands beside a list of values: of which indicator, period and areas they are, and how they came."""
    row, period = asked.row, asked.period
    notes = [why_not_mapped(row)]
    if period.carried_from is not None:
        notes.append(
            f"the values of {period.period} are those of {period.carried_from} carried forward: no trend"
        )
    if asked.area_set != row.area_set:
        notes.append(
            f"carried from {row.area_set} to {asked.area_set} by the official links; ranks are not carried"
        )
    own = asked.area_set == row.area_set and asked.area_type == row.area_type
    if asked.area_type != row.area_type:
        how = "added" if row.nature == "extensive" else "averaged by people"
        notes.append(f"values of {row.area_set} {how}; an area that lacks one has none")
    return {
        "indicator": row.id, "title": row.full_title, "unit": row.unit, "direction": row.direction,
        "period": period.period, "carried_from": period.carried_from, "area_type": asked.area_type,
        "area_set": asked.area_set,
        "rebased_from": row.area_set if asked.area_set != row.area_set else None,
        "ranked": period.ranked if own else None, "rank_basis": period.rank_basis if own else None,
        "notes": [note for note in notes if note],
        "attribution": row.attribution, "licence": row.licence,
    }  # fmt: skip


def value_items(frame: pd.DataFrame, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """One item an area: missing and suppressed have no value and say so; only a measured nought is 0."""
    items = []
    for code, row in zip(frame.index, frame.to_dict("records"), strict=True):
        item: dict[str, Any] = {
            "code": code, "name": names.get(code), "state": row["state"], "value": _number(row["value"]),
            "carried_from": row["carried_from"],
        }  # fmt: skip
        if "rank" in row:
            item["rank"] = _number(row["rank"])
        if "method" in row:
            item |= {"method": row["method"], "sources": list(row["sources"])}
        if "areas" in row:
            item |= {
                "areas": row["areas"],
                "areas_without": row["areas_without"],
                "known": _number(row["known"]),
            }
        items.append(item)
    return items


def _number(value: float) -> int | float | None:
    if pd.isna(value):
        return None
    return int(value) if float(value).is_integer() else float(value)


def values_sheet(asked: AskedValues, names: Mapping[str, str]) -> Sheet:
    """The same as a table; an empty value is told by the state beside it."""
    rows = value_items(asked.frame, names)
    for row in rows:
        row |= {"period": asked.period.period, "unit": asked.row.unit}
        if "sources" in row:
            row["sources"] = " ".join(row["sources"])
    columns: tuple[tuple[str, Any], ...] = (
        ("code", "text"), ("name", "text"), ("period", "text"), ("value", "number"), ("unit", "text"),
        ("state", "text"), ("carried_from", "text"),
    )  # fmt: skip
    extra: tuple[tuple[str, Any], ...] = (("rank", "whole"),)
    if "areas" in asked.frame:
        extra = (("areas", "whole"), ("areas_without", "whole"), ("known", "number"))
    elif "method" in asked.frame:
        extra = (("method", "text"), ("sources", "text"))
    return Sheet("values", asked.row.full_title, (*columns, *extra), rows)
