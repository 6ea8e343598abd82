"""Two to four places beside one another as the page of comparisons shows them; computes no figure itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup
from sqlalchemy.orm import Session

from app.findings.profile_sketch import profile_layers
from app.findings.words import MISSING, count, counted, listed, percent2, pounds
from app.profiles.places_compared import ComparedPlace, PlacesCompared
from maps.layers import Layer, attributions
from maps.legend import LegendEntry, legend_entries, legend_html
from maps.svg_map import draw_map

TABLE_ID = "small-areas-of-places"
TABLE_CAPTION = "Small areas of each place, greatest need first"
# A percentile is written the lower the worse: its bar shows the distance from the least deprived end.
WHOLE_PERCENTILE = 101


@dataclass(frozen=True)
class Cell:
    """One value as it is written, why there is none, its part of the row's scale, and the number of its receipt."""

    written: str
    reason: str
    part: float | None
    receipt: int | None


@dataclass(frozen=True)
class Picture:
    """One place's map: its name, its words, the drawing, and where its shapes are read."""

    name: str
    words: str
    drawn: Markup
    data: str


@dataclass(frozen=True)
class PlacesView:
    """Places side by side: titles, maps with one key, rows, small areas, receipts and downloads."""

    titles: list[tuple[str, str | None]]
    sentence: str
    index: str
    money_note: str
    key: Markup
    pictures: list[Picture]
    groups: list[tuple[str, list[dict[str, Any]]]]
    areas: list[dict[str, Any]]
    receipts: list[dict[str, Any]]
    notes: list[str]
    attributions: list[str]
    credit: str
    downloads: list[tuple[str, str]]
    demo: bool
    table_id: str = TABLE_ID
    table_caption: str = TABLE_CAPTION


def places_view(session: Session, made: PlacesCompared, asked: list[tuple[str, str]]) -> PlacesView:
    """Put places in the order of the page; asked: what the address asks for, for the downloads."""
    body, receipts = made.body, _Numbered()
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in body["rows"]:
        groups.setdefault(_heading(row["group"]), []).append(_row(row, made.places, receipts))
    drawn = [
        (one, profile_layers(session, one.profile, one.ground)) for one in made.places
    ]  # fmt: skip
    layers = [layer for _, pile in drawn for layer in pile]
    query = urlencode(asked)
    lines = [*body["attributions"], attributions(layers)]
    lines += [line for one in made.places for line in one.money.attributions]
    return PlacesView(
        titles=[(one.profile.body["title"], one.address) for one in made.places], sentence=_sentence(body),
        index=body["index"]["title"], money_note=body["money"]["note"], key=_one_key(layers),
        pictures=[_picture(one, pile, number, body) for number, (one, pile) in enumerate(drawn, start=1)],
        groups=list(groups.items()),
        areas=[{**area, "of": one.profile.body["title"]} for one in made.places for area in one.profile.areas],
        receipts=receipts.found, notes=body["notes"], attributions=[
            line for line in dict.fromkeys(part for whole in lines for part in whole.split(" · ")) if line
        ],
        credit=attributions(layers), downloads=[
            ("Side by side (JSON)", f"/api/v1/compare-places?{query}"),
            ("Every figure with its receipt (CSV)", f"/api/v1/compare-places.csv?{query}"),
            ("Workbook (XLSX), with small areas and lines of money", f"/api/v1/compare-places.xlsx?{query}"),
        ],
        demo=body["index"]["demo"],
    )  # fmt: skip


class _Numbered:
    """Collects receipts; the same one, asked for twice, has one number."""

    def __init__(self) -> None:
        self.found: list[dict[str, Any]] = []
        self._at: dict[str, int] = {}

    def give(self, told: dict[str, Any] | None, figure: str, whose: str) -> int | None:
        if told is None:
            return None
        key = repr((told["rows"], told["method"]))
        if key not in self._at:
            self.found.append(
                told | {"figure": figure, "whose": whose, "number": len(self.found) + 1}
            )
            self._at[key] = len(self.found)
        return self._at[key]


def _heading(group: str) -> str:
    return group if group in ("People", "Trend", "Money") else "Themes"


def _row(
    row: dict[str, Any], places: list[ComparedPlace], receipts: _Numbered
) -> dict[str, Any]:  # fmt: skip
    unit, values = row["unit"], [told["value"] for told in row["values"]]
    known = [_length(unit, value) for value in values if value is not None]
    most = WHOLE_PERCENTILE if unit == "percentile" else max(known, default=0)
    if unit == "share" or unit.startswith("rate"):
        most = 1
    cells = [
        Cell(
            written(unit, told["value"]), told["reason"],
            None if told["value"] is None or not most else _length(unit, told["value"]) / most,
            receipts.give(told["receipt"], row["title"], one.profile.body["title"]),
        )
        for told, one in zip(row["values"], places, strict=True)
    ]  # fmt: skip
    difference = (
        MISSING if row["difference"] is None else written(unit, row["difference"], signed=True)
    )
    return {"title": row["title"], "cells": cells, "difference": difference}


def _length(unit: str, value: float) -> float:
    return WHOLE_PERCENTILE - value if unit == "percentile" else max(float(value), 0.0)


def written(unit: str, value: float | None, *, signed: bool = False) -> str:
    """Write a value by its unit, missing as an en dash; a difference with its sign."""
    if value is None:
        return MISSING
    sign = "+" if signed and value > 0 else ""
    if unit.startswith("pence"):
        said = pounds(int(value))
    elif unit == "share" or unit.startswith("rate"):
        said = f"{100 * value:.2f}{' points' if signed else '%'}"
    elif unit == "percentile":
        said = f"{value:,.0f}{' points' if signed else '%'}"
    elif unit in ("people", "areas"):
        said = f"{value:,.0f}"
    else:
        said = f"{value:,.1f}"
    return (sign + said).replace("-", "−")


def _sentence(body: dict[str, Any]) -> str:
    """Name the place with the largest share of its people in the worst tenth, where every share is known."""
    worst = next(
        (row for row in body["rows"] if row["unit"] == "share" and row.get("measure") == "imd"), None
    )  # fmt: skip
    titles = [one["title"] for one in body["places"]]
    shares = [] if worst is None else [told["value"] for told in worst["values"]]
    if not shares or None in shares:
        return f"{len(titles)} places by the {body['index']['title']}."
    tenth = f"the most deprived tenth of small areas by the {body['index']['title']}"
    told = [_of_people(share) for share in shares]
    if len(set(told)) == 1:
        many = "both" if len(titles) == 2 else f"all {len(titles)}"
        return f"{listed(titles)} are alike in this: in {many}, {told[0]} in {tenth}."
    each = "; ".join(
        f"{title} {_share(share)}" for title, share in zip(titles, shares, strict=True)
    )
    return f"Share of people in {tenth}: {each}."


def _share(share: float) -> str:
    return percent2(share) if share else "none"


def _of_people(share: float) -> str:
    """Say how many of the people live somewhere."""
    if share in (0, 1):
        return "everybody lives" if share else "nobody lives"
    return f"{percent2(share)} of people live"


def _picture(one: ComparedPlace, layers: list[Layer], number: int, body: dict[str, Any]) -> Picture:
    title = one.profile.body["title"]
    # draw_map escapes every text that it is given
    drawn = draw_map(
        layers, title=f"Map of {title}: its small areas by deprivation", width=840, height=630,
        labels="percent", table_id=TABLE_ID, table_caption=TABLE_CAPTION, map_id=f"map-{number}",
        credited=False,  # so small a picture would be half covered: the caption of all says it once
    )  # fmt: skip
    areas = counted(len(one.profile.areas), "small area")
    asked = {"place": one.asked.words, "index": body["index"]["id"], "as_at": body["as_at"]}
    return Picture(
        title, f"{title}: {areas}, {count(one.profile.body['ground']['people'])} people", Markup(drawn),
        f"/compare/place.geojson?{urlencode(asked)}",
    )  # fmt: skip


def _one_key(layers: list[Layer]) -> Markup:
    """Write one key of all maps: the bands of deprivation, each with the shapes of every map."""
    found: dict[str, LegendEntry] = {}
    for entry in legend_entries([layer for layer in layers if layer.role == "choropleth"]):
        before = found.get(entry.label)
        shapes = entry.shapes + (before.shapes if before is not None else 0)
        found[entry.label] = entry._replace(shapes=shapes)
    return legend_html(list(found.values()))
