"""England by council on the start page: share of small areas in the most deprived tenth, drawn and as tiles."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup
from sqlalchemy.orm import Session

from app import assets
from app.findings.queries import outline_frame, read_outlines
from app.indicators.queries import DEFAULT_INDEX
from app.indicators.worst_tenth import Ranked
from app.pages.links import view_address
from app.tiles.methods.bands import COUNCIL_BANDS, SMALL_AREA_BANDS, council_band
from boundaries.crs import to_bng
from boundaries.levels import level_at_or_below, level_outlines
from boundaries.queries import LayerMissing, layer_on
from maps.layers import Layer, MapClass, Style
from maps.legend import legend_entries, legend_html
from maps.palettes import NO_DATA, PAPER, PLUM
from maps.svg_map import draw_map

# One pixel of the picture is about a kilometre.
_LEVEL_M = 1600.0
_TILES = "/ogc/collections/{kind}/tiles/WebMercatorQuad/{{z}}/{{y}}/{{x}}?index={index}"


@dataclass(frozen=True)
class NationalMap:
    """The picture with its keys, and what the browser needs to put tiles in its place."""

    picture: Markup
    council_key: Markup
    small_key: Markup
    release_id: str
    attribution: str
    councils_tiles: str
    small_tiles: str
    bounds: str
    colours: str
    files: str


def national_map(session: Session, ranked: Sequence[Ranked], day: date) -> NationalMap | None:
    """Draw the councils of a day, real ones where any are ranked; None where none is, or none is drawn."""
    real = [one for one in ranked if not one.demo and DEFAULT_INDEX in one.found]
    demo = not real
    index_id = f"{DEFAULT_INDEX}-demo" if demo else DEFAULT_INDEX
    shares = {
        one.code: one.found[index_id]
        for one in ranked
        if one.demo == demo and index_id in one.found
    }
    try:
        drawn = layer_on(session, "lad", day, demo=demo)
    except LayerMissing:
        return None
    if not shares:
        return None
    names = {one.code: one.name for one in ranked}
    layer = _layer(session, drawn.id, shares, names, drawn.attribution)
    west, south, east, north = (
        round(float(edge), 4) for edge in layer.frame["geom_wgs84"].total_bounds
    )
    picture = draw_map(
        [layer], labels="percent", table_id="councils-table", table_caption="Councils",
        title="Councils by share of small areas in the most deprived 10%",
        links={code: view_address([code]) for code in shares},
    )  # fmt: skip
    return NationalMap(
        Markup(picture), legend_html(legend_entries([layer])), _small_key(), drawn.id, drawn.attribution,
        _TILES.format(kind="lad", index=index_id), _TILES.format(kind="lsoa", index=index_id),
        json.dumps([[south, west], [north, east]]), json.dumps([*PLUM, NO_DATA]), _files(),
    )  # fmt: skip


def _layer(
    session: Session, release_id: str, shares: Mapping[str, tuple[int, int]], names: Mapping[str, str],
    attribution: str,
) -> Layer:  # fmt: skip
    level_m = level_at_or_below(session, release_id, _LEVEL_M)
    if level_m is None:
        frame = read_outlines(session, release_id)
    else:
        degrees = level_outlines(session, release_id, level_m)
        codes = list(degrees.index)
        frame = outline_frame(
            codes,
            [names.get(code, code) for code in codes],
            to_bng(degrees.to_numpy()),
            degrees.to_numpy(),
        )
    bands = [council_band(*shares[code]) if code in shares else None for code in frame["code"]]
    frame = frame.assign(klass=[None if band is None else str(band) for band in bands])
    classes = tuple(
        MapClass(str(band.number), band.words, Style(fill=fill, stroke=PAPER, width=0.6))
        for band, fill in zip(COUNCIL_BANDS, PLUM, strict=True)
    )
    return Layer("Councils", frame, "choropleth", classes, (), attribution)


def _small_key() -> Markup:
    items = Markup("").join(
        Markup(
            '<li><svg class="swatch" width="22" height="16" aria-hidden="true" focusable="false">'
            '<rect x=".5" y=".5" width="21" height="15" fill="{}" stroke="#8a949c"/></svg>{}</li>'
        ).format(fill, band.words)
        for band, fill in zip(SMALL_AREA_BANDS, PLUM, strict=True)
    )
    return Markup('<ul class="mapkey">{}</ul>').format(items)


def _files() -> str:
    served = assets.manifest()
    told = {name: {"url": served[name].url, "integrity": served[name].integrity}
            for name in ("leaflet.css", "leaflet.js", "protomaps-leaflet.js")}  # fmt: skip
    return json.dumps({
        "style": told["leaflet.css"], "scripts": [told["leaflet.js"], told["protomaps-leaflet.js"]],
    })  # fmt: skip
