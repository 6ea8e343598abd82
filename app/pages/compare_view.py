"""Two lists, or two to four places, beside one another as the page of comparisons shows them; computes no figure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

import pandas as pd
from markupsafe import Markup
from sqlalchemy.orm import Session

from app.findings.queries import outline_frame, read_outlines
from app.findings.words import count, counted
from app.pages import queries
from app.priorities.lists import ListsCompared
from app.profiles.profile import Profile, neighbourhood_profile, partnership_profile
from boundaries.errors import Fault, Invalid
from boundaries.queries import releases_of
from maps.layers import Layer, attributions, comparison_layer, context_layer
from maps.legend import legend_entries, legend_html
from maps.svg_map import draw_map

TABLE_ID = "compared-areas"
TABLE_CAPTION = "Areas of either list"
FIELDS = (("outcome", "Outcome"), ("people", "People"), ("link_words", "How it is linked"))
MOST_PLACES, FEWEST_PLACES = 4, 2
MOST_SAVED = 200
LEAST_BEYOND_M = 1_000.0
KINDS = ("kept", "added", "dropped")


@dataclass(frozen=True)
class ListsView:
    """Two lists compared: sentence, counts, map and rows. picture is empty where no release draws the areas."""

    body: dict[str, Any]
    sentence: str
    key: Markup
    picture: Markup
    map_address: str
    attribution: str
    downloads: list[tuple[str, str]]
    table_id: str = TABLE_ID
    table_caption: str = TABLE_CAPTION


@dataclass(frozen=True)
class PlacesView:
    """Two to four places by theme: one row a theme and figure, one column a place, and of two the difference."""

    titles: list[tuple[str, str]]
    index: str
    rows: list[dict[str, Any]]
    notes: list[str]


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
    picture = Markup("")
    if layers:
        # draw_map and legend_html escape every text that they are given
        picture = Markup(draw_map(
            layers, title=f"Map of {body['title']}: areas kept, added and dropped", width=840, height=630,
            labels="percent", table_id=TABLE_ID, table_caption=TABLE_CAPTION,
        ))  # fmt: skip
    query = urlencode(asked)
    return ListsView(
        body, _sentence(body), legend_html(legend_entries(layers)), picture,
        f"/compare/map.geojson?{query}", attributions(layers),
        [("Comparison (JSON)", f"/api/v1/compare-designations?{query}"),
         ("Areas of either list (CSV)", f"/api/v1/compare-designations.csv?{query}"),
         ("Areas of either list (XLSX)", f"/api/v1/compare-designations.xlsx?{query}"),
         ("Areas of either list (GeoJSON)", f"/api/v1/compare-designations.geojson?{query}")],
    )  # fmt: skip


def _sentence(body: dict[str, Any]) -> str:
    """Say how many areas each list has on the areas that both are counted on, and what became of them."""
    counts = body["counts"]
    here = [
        counts["areas_carried"] if side["area_set"] != body["counted_on"] else counts[own]
        for side, own in ((body["older"], "areas_old"), (body["newer"], "areas_new"))
    ]
    return (
        f"On the areas of {body['counted_on']} the older list has {counted(here[0], 'small area')} and the newer"
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
    beyond = max(0.2 * max(east - west, north - south), LEAST_BEYOND_M)
    box = (west - beyond, south - beyond, east + beyond, north + beyond)
    around = read_outlines(session, release, box=box)
    around = around[~around["code"].isin(frame["code"])]
    if len(around):
        layers.append(context_layer(around, name="In neither list"))
    return layers


def places_view(session: Session, places: list[str], index: str | None, day: date) -> PlacesView:
    """Put two to four profiles side by side, all by one index. Raises Invalid, and what a profile raises."""
    if not FEWEST_PLACES <= len(places) <= MOST_PLACES:
        detail = f"choose {FEWEST_PLACES} to {MOST_PLACES} places, not {len(places)}"
        raise Invalid(detail, [Fault(detail, pointer="/place")])
    made: list[Profile] = []
    for place in places:
        kind, _, slug = place.partition("/")
        chosen = index or (made[0].body["index"]["id"] if made else None)
        if kind == "neighbourhoods" and slug:
            made.append(neighbourhood_profile(session, slug, chosen, day))
        elif kind == "partnerships" and slug:
            made.append(partnership_profile(session, slug, chosen, day))
        else:
            detail = "a place is written neighbourhoods/SLUG or partnerships/SLUG"
            raise Invalid(detail, [Fault(detail, pointer="/place", value=place[:80])])
    bodies = [one.body for one in made]
    rows = [_row("People", "people", [body["ground"]["people"] for body in bodies])]
    for at, theme in enumerate(bodies[0]["themes"]):
        across = [body["themes"][at] for body in bodies]
        title, unit = theme["title"], theme["unit"]
        rows.append(_row(f"{title}: level", unit, [one["level"]["value"] for one in across]))
        rows.append(_row(
            f"{title}: most deprived % of small areas", "percentile",
            [one["percentile_in_england"]["percentile"] for one in across],
        ))  # fmt: skip
        rows.append(_row(
            f"{title}: share of people in the worst tenth", "share",
            [one["share_in_worst_10"]["value"] for one in across],
        ))  # fmt: skip
    return PlacesView(
        [(body["title"], _address(body)) for body in bodies], bodies[0]["index"]["title"], rows,
        list(dict.fromkeys(note for body in bodies for note in body["notes"])),
    )  # fmt: skip


def _address(body: dict[str, Any]) -> str:
    return f"/{body['kind']}s/{body['slug']}" + (
        "/profile" if body["kind"] == "partnership" else ""
    )


def _row(title: str, unit: str, values: list[float | None]) -> dict[str, Any]:
    """Write a row's values on one scale; of two places also the second less the first."""
    known = len(values) == FEWEST_PLACES and None not in values
    difference = values[1] - values[0] if known else None  # type: ignore[operator]
    return {
        "title": title, "values": [_written(unit, value) for value in values],
        "difference": "" if difference is None else _written(unit, difference, signed=True),
    }  # fmt: skip


def _written(unit: str, value: float | None, *, signed: bool = False) -> str:
    if value is None:
        return "–"
    sign = "+" if signed and value > 0 else ""
    if unit == "share" or unit.startswith("rate"):
        said = f"{100 * value:.2f}%"
    elif unit in {"people", "percentile"}:
        said = f"{value:,.0f}"
    else:
        said = f"{value:,.1f}"
    return (sign + said).replace("-", "−")
