"""Places compared as tables to take away: side by side, every figure with its receipt, small areas, lines of money."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.exports.sheets import Kind, Sheet
from app.profiles.places_compared import ComparedPlace, PlacesCompared

FIGURES: tuple[tuple[str, Kind], ...] = (
    ("group", "text"), ("figure", "text"), ("unit", "text"), ("place", "text"), ("title", "text"),
    ("value", "number"), ("reason", "text"), ("edition", "text"), ("source", "text"), ("release", "text"),
    ("method", "text"), ("attribution", "text"), ("rows", "text"),
)  # fmt: skip
AREAS: tuple[tuple[str, Kind], ...] = (
    ("place", "text"), ("code", "text"), ("name", "text"), ("share", "number"), ("people", "whole"),
    ("rank", "whole"), ("decile", "whole"),
)  # fmt: skip
MONEY: tuple[tuple[str, Kind], ...] = (
    ("place", "text"), ("id", "text"), ("title", "text"), ("funder", "text"), ("programme", "text"),
    ("theme", "text"), ("financial_year", "text"), ("grade", "text"), ("bucket", "text"),
    ("certainty", "text"), ("amount_pence", "whole"),
)  # fmt: skip


def side_by_side(made: PlacesCompared) -> Sheet:
    """Write one row a figure and one column a place, in the order of the page."""
    names = [one.asked.words for one in made.places]
    columns: list[tuple[str, Kind]] = [("group", "text"), ("figure", "text"), ("unit", "text")]
    columns += [(name, "number") for name in names] + [("difference", "number")]
    rows = [
        {"group": row["group"], "figure": row["title"], "unit": row["unit"], "difference": row["difference"]}
        | {name: told["value"] for name, told in zip(names, row["values"], strict=True)}
        for row in made.body["rows"]
    ]  # fmt: skip
    return Sheet("side_by_side", "Places side by side", tuple(columns), rows)


def figures_told(made: PlacesCompared) -> Sheet:
    """Write one row a figure and place; what cannot be told is empty, with its reason."""
    rows: list[dict[str, Any]] = []
    for row in made.body["rows"]:
        for one, told in zip(made.places, row["values"], strict=True):
            receipt = told["receipt"] or {}
            rows.append({
                "group": row["group"], "figure": row["title"], "unit": row["unit"], "place": one.asked.words,
                "title": one.profile.body["title"], "value": told["value"], "reason": told["reason"],
                **{
                    name: receipt.get(name, "")
                    for name in ("edition", "source", "release", "method", "attribution", "rows")
                },
            })  # fmt: skip
    return Sheet("figures", "Every figure with its receipt", FIGURES, rows)


def small_areas(places: Sequence[ComparedPlace]) -> Sheet:
    """Write the small areas of every place, greatest need first."""
    rows = [{"place": one.asked.words, **area} for one in places for area in one.profile.areas]
    return Sheet("small_areas", "Small areas of each place", AREAS, rows)


def lines_of_money(places: Sequence[tuple[str, Sequence[dict[str, Any]]]]) -> Sheet:
    """Write the lines of money of some places, each place given by its words and its lines."""
    rows = [{"place": words, **line} for words, lines in places for line in lines]
    return Sheet("money", "Lines of money in each place", MONEY, rows)


def compared_book(made: PlacesCompared) -> list[Sheet]:
    """Give the sheets of the workbook."""
    lines = [(one.asked.words, one.money.lines) for one in made.places]
    return [side_by_side(made), figures_told(made), small_areas(made.places), lines_of_money(lines)]
