"""A profile as tables to take away: every figure on a row with its receipt; computes nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from app.exports.sheets import Kind, Sheet

FIGURES: tuple[tuple[str, Kind], ...] = (
    ("theme", "text"), ("figure", "text"), ("of", "text"), ("edition", "text"), ("value", "number"),
    ("unit", "text"), ("reason", "text"), ("source", "text"), ("release", "text"), ("method", "text"),
    ("attribution", "text"), ("rows", "text"),
)  # fmt: skip
AREAS: tuple[tuple[str, Kind], ...] = (
    ("code", "text"), ("name", "text"), ("share", "number"), ("people", "whole"), ("rank", "whole"),
    ("decile", "whole"),
)  # fmt: skip
NEAREST: tuple[tuple[str, Kind], ...] = (
    ("code", "text"), ("name", "text"), ("district", "text"), ("distance", "number"),
)  # fmt: skip


def profile_sheets(body: Mapping[str, Any], areas: list[dict[str, Any]]) -> list[Sheet]:
    """Write a profile as three tables: its figures, its small areas, and the nearest."""
    return [
        figure_sheet(body),
        Sheet("small_areas", "Small areas of the ground", AREAS, areas),
        Sheet("nearest", "The statistically nearest", NEAREST, body["nearest"]["areas"]),
    ]


def figure_sheet(body: Mapping[str, Any]) -> Sheet:
    """Write each figure of a profile as a row; what cannot be told is empty, with its reason."""
    rows: list[dict[str, Any]] = []

    def add(
        theme: Mapping[str, Any] | None,
        figure: str,
        value: float | None,
        told: Mapping[str, Any],
        **more: str,
    ) -> None:
        receipt = body["receipts"].get(told.get("receipt") or "", {})
        rows.append({
            "theme": theme["title"] if theme is not None else "", "figure": figure, "of": more.get("of", body["title"]),
            "edition": receipt.get("edition") or more.get("edition", body["index"]["title"]), "value": value,
            "unit": more.get("unit", ""), "reason": told.get("reason", ""),
            **{name: receipt.get(name, "") for name in ("source", "release", "method", "attribution", "rows")},
        })  # fmt: skip

    ground = body["ground"]
    add(None, "people", ground["people"], ground, unit="people")
    for theme in body["themes"]:
        unit, level, place = theme["unit"], theme["level"], theme["percentile_in_england"]
        add(theme, "level", level["value"], level, unit=unit)
        add(theme, "rank in England", place["rank"], place, unit="rank")
        add(theme, "percentile in England", place["percentile"], place, unit="per cent")
        add(theme, "middle rank", theme["middle_rank"]["rank"], theme["middle_rank"], unit="rank")
        if theme["middle_in_partnership"]:
            among = theme["middle_in_partnership"]
            add(theme, "middle rank in the partnership", among["rank"], among, unit="rank")
        worst = theme["share_in_worst_10"]
        add(theme, "share of people in the worst tenth", worst["value"], worst, unit="0 to 1")
        for name in ("rank_in_partnership", "rank_among_councils"):
            if theme.get(name):
                add(theme, name.replace("_", " "), theme[name]["rank"], theme[name], unit="rank")
        for one in theme["comparators"]:
            add(theme, "level", one["value"], one, of=one["name"], unit=unit)
        for point in theme["trend"]:
            add(
                theme,
                "percentile in that edition",
                point["percentile"],
                point,
                edition=point["title"],
                unit="per cent",
            )
    for row in body["drivers"]["domains"]:
        add(row, "weight in the index", row["weight"], row, unit="0 to 1")
        add(row, "level of transformed ranks", row["here"], row, unit="0 to 100")
        add(row, "adds to the index above England", row["adds"], row, unit="points")
    whole = body["drivers"]
    if not whole["reason"]:
        add(None, "all domains together, weighted", whole["composite"], whole, unit="0 to 100")
        add(None, "above England, all domains together", whole["difference"], whole, unit="points")
    return Sheet("figures", f"Profile of {body['title']}", FIGURES, rows)


def profile_geojson(
    body: Mapping[str, Any],
    areas: list[dict[str, Any]],
    outlines: Mapping[str, str],
    attribution: str,
) -> str:
    """Write the small areas of a profile as GeoJSON; one that its release does not draw has no geometry.

    outlines : GeoJSON geometry text by code. attribution : of the outlines and of the values.
    """
    features = []
    for row in areas:
        head = json.dumps({"type": "Feature", "id": row["code"], "properties": row})
        features.append(f'{head[:-1]}, "geometry": {outlines.get(row["code"], "null")}}}')
    about = {
        "type": "FeatureCollection", "title": body["title"], "index": body["index"]["id"],
        "release": body["index"]["release"], "attribution": attribution,
    }  # fmt: skip
    return f'{json.dumps(about)[:-1]}, "features": [{", ".join(features)}]}}'
