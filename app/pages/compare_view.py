"""Two lists beside one another as the page of comparisons shows them, and what its forms offer; computes no figure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pandas as pd
from markupsafe import Markup
from sqlalchemy.orm import Session

from app.findings.queries import outline_frame, read_outlines
from app.findings.words import area_set_words, count, counted
from app.indicators.queries import list_indices
from app.pages import queries
from app.pages.works import thanks
from app.priorities.lists import ListsCompared
from boundaries.queries import releases_of
from maps.layers import Layer, attributions, comparison_layer, context_layer
from maps.legend import legend_entries, legend_html
from maps.svg_map import draw_map

TABLE_ID = "compared-areas"
TABLE_CAPTION = "Areas of either list"
FIELDS = (("outcome", "Outcome"), ("people", "People"), ("link_words", "How it is linked"))
MOST_SAVED = 200
BEYOND, LEAST_BEYOND_M = 0.7, 1_000.0  # as far as a tall map shows it
KINDS = ("kept", "added", "dropped")
# What each list by itself does not hold.
GONE = {"older": "added", "newer": "dropped"}


@dataclass(frozen=True)
class Side:
    """One list by itself: its title, its words, the drawing, and where its shapes are read."""

    name: str
    words: str
    drawn: Markup
    data: str


@dataclass(frozen=True)
class ListsView:
    """Two lists compared: sentence, counts, map and rows. picture is empty where no release draws the areas."""

    body: dict[str, Any]
    sentence: str
    key: Markup
    picture: Markup
    sides: list[Side]
    map_address: str
    attribution: str
    thanks: list[str]
    downloads: list[tuple[str, str]]
    table_id: str = TABLE_ID
    table_caption: str = TABLE_CAPTION


@dataclass(frozen=True)
class Choices:
    """What the page's forms offer: (value, words)."""

    partnerships: list[tuple[str, str]]
    saved: list[tuple[str, str]]
    indices: list[tuple[str, str]]
    places: list[tuple[str, str]]


def choices(session: Session) -> Choices:
    """List what can be compared here."""
    from app.neighbourhoods.queries import list_neighbourhoods

    partnerships = queries.all_partnerships(session)
    indices = queries.choosable_indices(session, demo=False) + queries.choosable_indices(
        session, demo=True
    )
    places = [
        (f"neighbourhoods/{row.slug}", f"{row.name} (neighbourhood)")
        for row in list_neighbourhoods(session)
    ]
    places += [(f"partnerships/{slug}", f"{name} (partnership)") for slug, name in partnerships]
    return Choices(partnerships, queries.saved_lists(session, MOST_SAVED), indices, places)


def lists_view(session: Session, found: ListsCompared, asked: dict[str, str]) -> ListsView:
    """Put two lists in the order of the page."""
    body = found.as_plain()
    layers = comparison_layers(session, found)
    known = {one.id for one in list_indices(session)}
    works = [one for each in body["inputs"] for one in (each["id"], each.get("release")) if one]
    picture = Markup("")
    if layers:
        # draw_map and legend_html escape every text that they are given
        picture = Markup(draw_map(
            layers, title=f"Map of {body['title']}: areas kept, added and dropped", width=840, height=630,
            labels="percent", table_id=TABLE_ID, table_caption=TABLE_CAPTION,
        ))  # fmt: skip
    query = urlencode(asked)
    return ListsView(
        body, _sentence(body), legend_html(legend_entries(layers)), picture, _sides(body, layers, query),
        f"/compare/map.geojson?{query}", attributions(layers),
        thanks(session, indices=known.intersection(works), releases=set(works) - known),
        [("Comparison (JSON)", f"/api/v1/compare-designations?{query}"),
         ("Areas of either list (CSV)", f"/api/v1/compare-designations.csv?{query}"),
         ("Areas of either list (XLSX)", f"/api/v1/compare-designations.xlsx?{query}"),
         ("Areas of either list (GeoJSON)", f"/api/v1/compare-designations.geojson?{query}")],
    )  # fmt: skip


def _sides(body: dict[str, Any], layers: list[Layer], query: str) -> list[Side]:
    """Draw each list by itself, in the colours and at the scale of the map of both; none where nothing is drawn."""
    if not layers:
        return []
    west, south, east, north = (float(edge) for edge in layers[0].frame.total_bounds)
    sides = []
    for name in GONE:
        side, own = body[name], side_layers(layers, name)
        title = side["designation"]["name"] if side["designation"] else side["title"]
        drawn = draw_map(
            own, extent=(west, south, east, north), title=f"Map of the {name} list: {title}", width=840,
            height=630, labels="percent", table_id=TABLE_ID, table_caption=TABLE_CAPTION, map_id=f"map-{name}",
            credited=False,
        )  # fmt: skip
        areas = sum(len(layer.frame) for layer in own if layer.role == "choropleth")
        words = f"The {name} list: {title}, {counted(areas, 'small area')}"
        where = f"/compare/map.geojson?{query}&side={name}"
        sides.append(Side(f"the {name} list", words, Markup(drawn), where))
    return sides


def side_layers(layers: list[Layer], name: str) -> list[Layer]:
    """Give the layers of one list by itself, from the ground up: what is in the other list alone lies around it."""
    both, around = layers[0], layers[1:]
    own = both.frame["klass"] != GONE[name]
    inside = comparison_layer(both.frame[own], name=TABLE_CAPTION, fields=FIELDS)
    outside = both.frame.loc[~own, ["code", "name", "geometry", "geom_wgs84"]]
    beyond = [context_layer(outside, name="Not in this list")] if len(outside) else []
    return [*around, *beyond, *([inside] if own.any() else [])]


def _sentence(body: dict[str, Any]) -> str:
    """Say how many areas each list has on the areas that both are counted on, and what became of them."""
    counts = body["counts"]
    here = [
        counts["areas_carried"] if side["area_set"] != body["counted_on"] else counts[own]
        for side, own in ((body["older"], "areas_old"), (body["newer"], "areas_new"))
    ]
    return (
        f"On the {area_set_words(body['counted_on'])} the older list has {count(here[0])} and the newer"
        f" {count(here[1])}: {count(counts['kept'])} kept, {count(counts['added'])} added,"
        f" {count(counts['dropped'])} dropped."
    )


def comparison_layers(session: Session, found: ListsCompared) -> list[Layer]:
    """Draw the areas of either list over those around; none where no release here draws them."""
    rows: list[dict[str, Any]] = found.as_plain()["areas"]
    release = found.release
    drawn = read_outlines(session, release, codes=[row["code"] for row in rows]) if rows else None
    if drawn is None or not len(drawn):
        return []
    at = drawn.set_index("code").reindex([row["code"] for row in rows])
    frame = outline_frame(
        [row["code"] for row in rows], [row["name"] or row["code"] for row in rows],
        at.geometry.array, at["geom_wgs84"].array,
    ).assign(
        klass=[row["outcome"] for row in rows], outcome=[row["outcome"] for row in rows],
        people=pd.array([row["people"] for row in rows], dtype="Int64"),
        link_words=[row["link"] for row in rows],
    )  # fmt: skip
    line = " ".join(one.attribution for one in releases_of(session, [release]))
    layers = [comparison_layer(frame, name=TABLE_CAPTION, fields=FIELDS, attribution=line)]
    west, south, east, north = (float(edge) for edge in drawn.total_bounds)
    beyond = max(BEYOND * max(east - west, north - south), LEAST_BEYOND_M)
    box = (west - beyond, south - beyond, east + beyond, north + beyond)
    around = read_outlines(session, release, box=box)
    around = around[~around["code"].isin(frame["code"])]
    if len(around):
        layers.append(context_layer(around, name="In neither list"))
    return layers
