"""Maps of the whole country: a picture of areas seen from afar, and the tiles that take its place in a browser."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

import geopandas as gpd
from markupsafe import Markup
from sqlalchemy.orm import Session

from app import assets
from app.findings.queries import outline_frame, read_outlines
from app.indicators.queries import DEFAULT_INDEX, IndexRow, get_index
from app.indicators.worst_tenth import Ranked
from app.pages import queries
from app.pages.links import view_address
from app.tiles.methods.bands import COUNCIL_BANDS, SMALL_AREA_BANDS, council_band
from boundaries.crs import to_bng
from boundaries.levels import level_at_or_below, level_outlines
from boundaries.queries import LayerMissing, layer_on
from boundaries.tables import Release
from maps.layers import Layer, MapClass, Style
from maps.legend import legend_entries, legend_html
from maps.palettes import LAND, NO_DATA, OUTLINE, PAPER, PLUM
from maps.svg_map import draw_map

# One pixel of the picture is about a kilometre.
_LEVEL_M = 1600.0
_TILES = "/ogc/collections/{kind}/tiles/WebMercatorQuad/{{z}}/{{y}}/{{x}}?{asked}"
# More outlines than this are no picture: a page would weigh a megabyte, and none could be seen.
MOST_PICTURED = 2_000


@dataclass(frozen=True)
class MapView:
    """One of the two ways to see a national map: the type of its areas, its words, its tiles and its key."""

    kind: str
    words: str
    tiles: str
    key: Markup


@dataclass(frozen=True)
class NationalMap:
    """The picture, and what the browser needs to put tiles in its place: areas from afar, close, or both.

    picture_key : where the picture shows something else than the tiles do.
    """

    picture: Markup
    afar: MapView | None
    close: MapView | None
    releases: tuple[Release, ...]
    bounds: str
    colours: str
    files: str
    line: str = ""
    picture_key: Markup | None = None

    @property
    def attribution(self) -> str:
        """The words that the publishers of all its outlines ask for, each once."""
        return " · ".join(dict.fromkeys(one.attribution for one in self.releases))


def tiles_address(kind: str, **asked: str) -> str:
    """Give the address of tiles, as the browser fills it in."""
    return _TILES.format(kind=kind, asked=urlencode(asked))


def national_map(
    session: Session, ranked: Sequence[Ranked], day: date, index: IndexRow | None = None,
    table_id: str = "councils-table",
) -> NationalMap | None:  # fmt: skip
    """Draw the councils of a day by an index; without one by the default index, real ones where any are ranked.

    None where no council is ranked, or none is drawn.
    """
    if index is None:
        real = any(not one.demo and DEFAULT_INDEX in one.found for one in ranked)
        index_id = DEFAULT_INDEX if real else f"{DEFAULT_INDEX}-demo"
        if not any(index_id in one.found for one in ranked):
            return None
        index = get_index(session, index_id)
    shares = {
        one.code: one.found[index.id]
        for one in ranked
        if one.demo == index.demo and index.id in one.found
    }
    try:
        drawn = layer_on(session, "lad", day, demo=index.demo)
    except LayerMissing:
        return None
    if not shares:
        return None
    frame = far_outlines(session, drawn.id, {one.code: one.name for one in ranked})
    bands = [council_band(*shares[code]) if code in shares else None for code in frame["code"]]
    words = [(band.number, band.words) for band in COUNCIL_BANDS]
    layer = classed_layer("Councils", frame, bands, words, drawn.attribution)
    title = "Councils by share of small areas in the most deprived 10%"
    links = {code: view_address([code]) for code in shares}
    close = None
    shown = queries.releases_served(session, [drawn.id, index.release_id])
    if len(shown) > 1:
        close = MapView(
            "lsoa", "Small areas", tiles_address("lsoa", index=index.id), small_area_key()
        )
    return map_of(
        layer, title, ("Councils", table_id), links,
        MapView("lad", "Councils", tiles_address("lad", index=index.id), legend_html(legend_entries([layer]))),
        close, shown,
    )  # fmt: skip


def map_of(
    layer: Layer, title: str, table: tuple[str, str], links: Mapping[str, str] | None,
    afar: MapView | None, close: MapView | None, releases: tuple[Release, ...],
) -> NationalMap:  # fmt: skip
    """Draw a layer as the picture of a national map; table : the caption and id of what holds the same figures."""
    west, south, east, north = (
        round(float(edge), 4) for edge in layer.frame["geom_wgs84"].total_bounds
    )
    picture = draw_map(
        [layer],
        labels="percent",
        table_id=table[1],
        table_caption=table[0],
        title=title,
        links=links,
    )
    return NationalMap(
        Markup(picture), afar, close, releases,
        json.dumps([[south, west], [north, east]]), json.dumps([*PLUM, NO_DATA]), _files(),
    )  # fmt: skip


def unshaded_map(
    session: Session, close: MapView, release: Release, day: date, *, demo: bool
) -> NationalMap | None:
    """Show areas that are too many for a picture: it is of the day's councils, plain; None where none is drawn."""
    try:
        councils = layer_on(session, "lad", day, demo=demo)
    except LayerMissing:
        return None
    frame = far_outlines(session, councils.id)
    look = MapClass("1", "Councils", Style(fill=LAND, stroke=OUTLINE, width=0.6))
    layer = Layer("Councils", frame, "choropleth", (look,), (), councils.attribution)
    title = f"Councils alone: there are too many {close.words.lower()} for a picture"
    return map_of(
        layer, title, ("", ""), {code: f"/areas/{code}" for code in frame["code"]}, None, close,
        queries.releases_served(session, [councils.id, release.id]),
    )  # fmt: skip


def far_outlines(
    session: Session, release_id: str, names: Mapping[str, str] | None = None
) -> gpd.GeoDataFrame:
    """Read a release's outlines as they are seen from afar, named as the release names them where no name is given."""
    level_m = level_at_or_below(session, release_id, _LEVEL_M)
    if level_m is None:
        return read_outlines(session, release_id)
    degrees = level_outlines(session, release_id, level_m)
    codes = list(degrees.index)
    known = queries.drawn_names(session, release_id) if names is None else names
    return outline_frame(
        codes,
        [known.get(code, code) for code in codes],
        to_bng(degrees.to_numpy()),
        degrees.to_numpy(),
    )


def classed_layer(
    name: str, frame: gpd.GeoDataFrame, numbers: Sequence[int | None],
    words: Sequence[tuple[int, str]], attribution: str,
) -> Layer:  # fmt: skip
    """Make a layer of areas by class; words : of each class, by its number from 1."""
    frame = frame.assign(klass=[None if number is None else str(number) for number in numbers])
    classes = tuple(
        MapClass(str(number), said, Style(fill=PLUM[number - 1], stroke=PAPER, width=0.6))
        for number, said in words
    )
    return Layer(name, frame, "choropleth", classes, (), attribution)


def small_area_key() -> Markup:
    """Write the key of small areas by national rank."""
    return ramp_key([(band.number, band.words) for band in SMALL_AREA_BANDS])


def ramp_key(words: Sequence[tuple[int, str]]) -> Markup:
    """Write the key of tiles: of each class, by its number from 1, what it is."""
    items = Markup("").join(
        Markup(
            '<li><svg class="swatch" width="22" height="16" aria-hidden="true" focusable="false">'
            '<rect x=".5" y=".5" width="21" height="15" fill="{}" stroke="#8a949c"/></svg>{}</li>'
        ).format(PLUM[number - 1], said)
        for number, said in words
    )
    return Markup('<ul class="mapkey">{}</ul>').format(items)


def _files() -> str:
    served = assets.manifest()
    told = {name: {"url": served[name].url, "integrity": served[name].integrity}
            for name in ("leaflet.css", "leaflet.js", "protomaps-leaflet.js")}  # fmt: skip
    return json.dumps({
        "style": told["leaflet.css"], "scripts": [told["leaflet.js"], told["protomaps-leaflet.js"]],
    })  # fmt: skip
