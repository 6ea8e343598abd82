"""The map of a paper and of the single map file: the layers that the pages draw, drawn for print or made one file."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from app.findings.gather import Findings
from app.findings.queries import read_outlines
from boundaries.queries import LayerMissing, layer_on
from maps.layers import Layer, place_layer
from maps.svg_map import draw_locator, draw_map, extent_of

#: Pixels of a map that fills two thirds of an A4 page; the style sheet scales the box.
MAP_WIDTH, MAP_HEIGHT = 560, 420
# On paper a pixel is a fifth of a millimetre, as wide as the white line between two areas: of a place of
# 639 areas the finer outlines were a fifth of the file.
_TOLERANCE_PX = 1.0
_LEAST_MARGIN_M = 400.0
# One small area alone would fill the picture and nobody could tell where it is.
_LEAST_WIDTH_M = 4_000.0


def draw_picture(layers: list[Layer], title: str, table_caption: str) -> str:
    """Draw the paper's map, zoomed to the priority neighbourhoods with some ground around them."""
    west, south, east, north = extent_of(layers)
    wide = max(east - west, north - south)
    margin = max(0.06 * wide, _LEAST_MARGIN_M, (_LEAST_WIDTH_M - wide) / 2)
    return draw_map(
        layers, title=title, width=MAP_WIDTH, height=MAP_HEIGHT, labels="flat",
        extent=(west - margin, south - margin, east + margin, north + margin),
        credited=False,  # the paper ends with its sources
        table_id="small-areas", table_caption=table_caption, map_id="paper-map",
        tolerance_px=_TOLERANCE_PX,
    )  # fmt: skip


def name_wards(session: Session, layers: list[Layer], release: str | None) -> list[Layer]:
    """Name the wards of a release on and around what some layers show, the farthest kilometres left out."""
    if release is None:
        return layers
    west, south, east, north = extent_of(layers)
    wards = read_outlines(
        session, release,
        box=(west - _LEAST_WIDTH_M, south - _LEAST_WIDTH_M, east + _LEAST_WIDTH_M, north + _LEAST_WIDTH_M),
    )  # fmt: skip
    return [*layers, place_layer(wards)] if len(wards) else layers


def draw_country(session: Session, findings: Findings, layers: list[Layer]) -> str:
    """Draw where in the country the place lies; empty where no regions are loaded."""
    return draw_country_at(session, layers, findings.day, demo=findings.ground.demo)


def draw_country_at(session: Session, layers: list[Layer], day: date, *, demo: bool) -> str:
    """Draw where in the country some layers lie, by the regions of a day; empty where none are loaded."""
    try:
        regions = layer_on(session, "rgn", day, demo=demo)
    except LayerMissing:
        return ""
    frame = read_outlines(session, regions.id)
    west, south, east, north = extent_of(layers, ("choropleth",))
    at = ((west + east) / 2, (south + north) / 2)
    whole = "the invented county" if demo else "England"
    return draw_locator(frame, at, title=f"Where it lies in {whole}", width=58, height=70)
