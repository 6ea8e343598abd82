"""Write a designation's areas as a table of text and as map features; computes nothing."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

from app.exports.csv import safe_cell
from app.exports.sheets import Kind, Sheet

_OWN = (
    "code", "name", "selected", "cannot_tell", "people", "rank", "decile", "stability", "contested",
)  # fmt: skip
_CLAUSE = ("measure", "statistic", "scope", "value", "threshold", "margin", "met")


def area_rows(result: Mapping[str, Any]) -> list[dict[str, object]]:
    """Flatten areas to one row each: own columns, group, steps, clauses numbered from 1."""
    names = {group["number"]: group["name"] for group in result["groups"]}
    rows = []
    for area in result["areas"]:
        row: dict[str, object] = {key: area.get(key) for key in _OWN}
        row["neighbourhood_number"] = area.get("group")
        row["neighbourhood"] = names.get(area.get("group"))
        row["steps"] = "; ".join(f"{step['by']}: {step['effect']}" for step in area["steps"])
        change = area["smallest_change"]
        row["smallest_change_of"] = f"{change['measure']} {change['of']}" if change else None
        row["smallest_change_to"] = change["to"] if change else None
        for number, clause in enumerate(area["clauses"], start=1):
            for key in _CLAUSE:
                row[f"clause_{number}_{key}"] = clause[key]
        rows.append(row)
    return rows


_GROUP: tuple[tuple[str, Kind], ...] = (
    ("number", "whole"), ("name", "text"), ("ward_code", "text"), ("people", "whole"), ("areas", "whole"),
    ("middle_rank", "number"), ("note", "text"),
)  # fmt: skip


def as_sheets(result: Mapping[str, Any]) -> list[Sheet]:
    """Write areas and neighbourhoods as two sheets of a workbook; numbers stay numbers."""
    rows = area_rows(result)
    columns = tuple(
        (name, _kind([row.get(name) for row in rows])) for name in (rows[0] if rows else {})
    )
    return [
        Sheet("areas", str(result["title"]), columns, rows),
        Sheet("neighbourhoods", "Priority neighbourhoods", _GROUP, result["groups"]),
    ]


def _kind(values: Sequence[object]) -> Kind:
    known = [value for value in values if value is not None]
    if known and all(isinstance(value, bool) for value in known):
        return "truth"
    return "number" if known and all(isinstance(value, int | float) for value in known) else "text"


def as_csv(rows: Sequence[Mapping[str, object]]) -> str:
    """Write rows of like keys as CSV: missing is empty, truth is true or false, text never runs."""
    out = io.StringIO()
    if rows:
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow(list(rows[0]))
        for row in rows:
            writer.writerow([safe_cell(value) for value in row.values()])
    return out.getvalue()


def as_geojson(
    result: Mapping[str, Any], outlines: Mapping[str, str], crs_name: str | None = None
) -> str:
    """Write areas as a GeoJSON FeatureCollection; an area whose outline is not held has null.

    `outlines` : GeoJSON geometry text by code. `crs_name` : said in the old `crs` member where the
    coordinates are not lon/lat, so that QGIS places them.
    """
    features = []
    for area, row in zip(result["areas"], area_rows(result), strict=True):
        head = json.dumps({"type": "Feature", "id": area["code"], "properties": row})
        shape = outlines.get(area["code"], "null")
        features.append(f'{head[:-1]}, "geometry": {shape}}}')
    about = {
        "type": "FeatureCollection",
        "title": result["title"],
        "attribution": result["source"]["attribution"],
    }
    if crs_name:
        about["crs"] = {"type": "name", "properties": {"name": crs_name}}
    return f'{json.dumps(about)[:-1]}, "features": [{", ".join(features)}]}}'
