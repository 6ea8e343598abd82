"""Grids over a place as its page shows them: a layer for the map, its key, and the same figures as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import quote

import orjson
from markupsafe import Markup
from sqlalchemy.orm import Session

from app.findings.words import MISSING, percent2
from app.rasters import queries
from app.rasters.methods.tiles import short_number
from app.rasters.tables import Raster, RasterBand
from app.rasters.tiles import legend
from app.rasters.zones import box_in_degrees
from boundaries.queries import LayerMissing, layer_on
from maps.layers import Style
from maps.legend import LegendEntry, legend_html

LEAST_SHARE = 0.01


@dataclass(frozen=True)
class RasterRow:
    """One area in a raster's table: what it is in the newest band and in the first, and of how much ground."""

    code: str
    name: str
    value: str
    first: str
    share: str


@dataclass(frozen=True)
class RasterView:
    """One raster over a place: words, key, table, and where Leaflet has its tiles from.

    label, first_label : of the newest band and of the first; the second is empty where there is one band.
    """

    id: str
    title: str
    measured: str
    label: str
    first_label: str
    no_value: str
    coverage: str
    attribution: str
    key: Markup
    rows: list[RasterRow]
    csv: str
    layer: dict[str, Any]


def raster_views(
    session: Session, codes: Sequence[str], area_type: str, day: date, *, demo: bool
) -> list[RasterView]:
    """Show every raster that reaches some areas of a type as they are drawn on a day; only what is kept is read."""
    try:
        layer = layer_on(session, area_type, day, demo=demo)
    except LayerMissing:
        return []
    return rasters_over(session, codes, area_type, layer.id)


def rasters_over(
    session: Session, codes: Sequence[str], area_type: str, release_id: str
) -> list[RasterView]:
    """Show every raster that reaches some areas as a release draws them; only what is kept is read.

    One that holds less than a hundredth of the ground of each of them says nothing of them, and is left out.
    """
    found: dict[str, dict[int, dict[str, tuple[float | None, float]]]] = {}
    for row in queries.values_of_areas(session, codes, release_id):
        found.setdefault(row.raster_id, {}).setdefault(row.band, {})[row.code] = (
            row.value, row.share_with_value
        )  # fmt: skip
    names = queries.names_of(session, codes)
    return [
        _view(queries.get_raster(session, each), queries.bands_of(session, each), bands, names, area_type)
        for each, bands in sorted(found.items())
        if any(share >= LEAST_SHARE for known in bands.values() for _, share in known.values())
    ]  # fmt: skip


def map_layers(views: Sequence[RasterView]) -> str:
    """Write what map.js offers to lay over the map, as JSON."""
    return orjson.dumps([view.layer for view in views]).decode()


def _view(
    raster: Raster, bands: Sequence[RasterBand], known: dict[int, dict[str, tuple[float | None, float]]],
    names: dict[str, str], area_type: str,
) -> RasterView:  # fmt: skip
    newest, first = bands[-1], bands[0]
    is_count = raster.nature == "extensive"
    entries = [
        LegendEntry(f"{words} {raster.unit}", 0, Style(fill=colour), "choropleth")
        for words, colour in legend(newest)
    ]
    title = f"{raster.title}, {newest.label}" if len(bands) > 1 else raster.title
    west, south, east, north = box_in_degrees(raster)
    api = f"/api/v1/rasters/{quote(raster.id)}"
    return RasterView(
        id=raster.id, title=title, measured=f"{raster.unit}, {'the sum' if is_count else 'the mean over its ground'}",
        label=newest.label if len(bands) > 1 else "", first_label=first.label if len(bands) > 1 else "",
        no_value="has nobody" if raster.nodata_means == "nobody" else "is not known",
        coverage=raster.coverage or "", attribution=raster.attribution,
        # legend_html escapes every text that it is given
        key=legend_html(entries, counts=False),
        rows=[
            RasterRow(
                code, names.get(code, code), _figure(known.get(newest.band, {}).get(code)),
                _figure(known.get(first.band, {}).get(code)),
                percent2(known.get(newest.band, {}).get(code, (None, 0.0))[1]),
            )
            for code in sorted(known.get(newest.band, {}), key=lambda one: (names.get(one, one), one))
        ],
        csv=f"{api}/values.csv?area_type={area_type}",
        layer={
            "name": title,
            "tiles": f"{api}/tiles/{{z}}/{{y}}/{{x}}.png?band={newest.band}",
            "bounds": [[south, west], [north, east]],
        },
    )  # fmt: skip


def _figure(found: tuple[float | None, float] | None) -> str:
    return MISSING if found is None or found[0] is None else short_number(found[0])


def footprint_rows(told: Sequence[dict[str, Any]]) -> list[dict[str, str]]:
    """Put what `figures_of_footprint` tells into a row a raster: the newest band, with the first of several."""
    rows = []
    for raster_id in dict.fromkeys(one["raster"] for one in told):
        bands = [one for one in told if one["raster"] == raster_id]
        newest, first = bands[-1], bands[0]
        rows.append(
            {
                "title": newest["title"], "label": newest["label"] if len(bands) > 1 else "",
                "value": _with_unit(newest), "note": newest["note"] or "",
                "before": f"{_with_unit(first)} in {first['label']}" if len(bands) > 1 else "",
                "share": percent2(newest["share_with_value"]), "attribution": newest["attribution"],
                "how": "summed" if newest["nature"] == "extensive" else "averaged over its ground",
            }
        )  # fmt: skip
    return rows


def _with_unit(one: dict[str, Any]) -> str:
    return MISSING if one["value"] is None else f"{short_number(one['value'])} {one['unit']}"
