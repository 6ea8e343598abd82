"""The same layers for Leaflet: one GeoJSON text with every look and word ready, so scripts decide nothing.

Properties hold plain text; scripts write it with textContent. Nothing here is HTML.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray

from maps.geojson import geometry_texts, join_features, script_safe, wgs84_geometries
from maps.layers import DRAWING_ORDER, Layer, Style
from maps.svg_labels import circle_radii, inner_points
from maps.svg_paths import clip_to_box, simplify_shared
from maps.topojson import topology

_METRES_PER_DEGREE = 111_320.0
#: five decimals are 0.7 to 1.1 m in England: a pixel at the closest zoom. Downloads carry seven.
_DECIMALS = 5
#: the ground around is background: drawn coarsely, by two pixels of a map that shows all areas, and only
#: half a map's width beyond the areas
_CONTEXT_TOLERANCE_M = 30.0
_CONTEXT_STEPS = 300
_GRID_STEPS = 8192
_CONTEXT_BEYOND = 0.5
# around a few streets a phone's tall map shows more than that: the sea's colour would stand inland
_LEAST_BEYOND_M = 2_000.0
# a phone's map is so much taller than it is wide, a desk's so much wider than it is tall
_TALLEST, _WIDEST = 2.0, 1.5
_LARGEST_CIRCLE_PX = 40.0
_BACKGROUND = ("context", "place")


def leaflet_style(look: Style) -> dict[str, object]:
    """Write a Style as Leaflet path options; hatched areas use the pattern `#areas-hatch`."""
    style: dict[str, object] = {
        "stroke": look.width > 0,
        "color": look.stroke,
        "weight": look.width,
        "fill": look.fill != "none",
        "fillColor": "url(#areas-hatch)" if look.hatch else look.fill,
        "fillOpacity": 1,
        "opacity": 1,
    }
    if look.dash:
        style["dashArray"] = look.dash
    return style


class DrawnLayer(NamedTuple):
    """A layer ready for Leaflet: properties and shapes of its rows, in the frame's order."""

    layer: Layer
    properties: list[dict[str, object]]
    geoms: NDArray[np.object_]

    @property
    def texts(self) -> list[bytes]:
        """The shapes as GeoJSON, written when they are asked for: a Topology has no use for them."""
        return geometry_texts(self.geoms, _DECIMALS)


def drawn_layers(layers: Sequence[Layer], tolerance_m: float = 5.0) -> list[DrawnLayer]:
    """Prepare layers for Leaflet, from the ground up.

    Properties: code, name, label, layer, role, band (the class's words), fields (heading and text
    pairs), style (Leaflet options); where they apply casing
    (width of the white line beneath), radius (pixels) and at (longitude and latitude of the label).
    Borders move by about `tolerance_m` metres at most, shared ones together; the ground around is
    coarser and cut to the neighbourhood of the areas, what lies wholly beyond left out; place names are points.
    Other rows without a shape are kept, with the text `null`. Raises ValueError where a frame has no WGS84 shapes.
    """
    piled = sorted(layers, key=lambda one: DRAWING_ORDER.index(one.role))
    raw = [wgs84_geometries(layer.frame) for layer in piled]
    named = [g for g, layer in zip(raw, piled, strict=True) if layer.role not in _BACKGROUND]
    box = shapely.total_bounds(np.concatenate(named)) if named else np.full(4, np.nan)
    drawn = []
    for layer, shapes in zip(piled, raw, strict=True):
        geoms = shapes
        if layer.role == "context" and np.isfinite(box).all():
            coarse = max(_CONTEXT_TOLERANCE_M, _across_m(box) / _CONTEXT_STEPS)
            geoms = _simplified(clip_to_box(shapes, _grown(box)), coarse)
        elif layer.role == "place":
            points = inner_points(shapes)
            known = ~np.isnan(points[:, 0])
            geoms = np.full(len(shapes), None, dtype=object)
            geoms[known] = shapely.points(points[known])
        elif layer.role != "point":
            geoms = _simplified(shapes, tolerance_m)
        whole = DrawnLayer(layer, _properties(layer, geoms), geoms)
        drawn.append(_shown(whole) if layer.role == "context" else whole)
    return drawn


def _shown(drawn: DrawnLayer) -> DrawnLayer:
    """Keep the rows that have a shape."""
    rows = np.flatnonzero(~(shapely.is_missing(drawn.geoms) | shapely.is_empty(drawn.geoms)))
    return drawn._replace(
        properties=[drawn.properties[row] for row in rows],
        geoms=drawn.geoms[rows],
    )


def _properties(layer: Layer, geoms: NDArray[np.object_]) -> list[dict[str, object]]:
    radii = circle_radii(layer.values, _LARGEST_CIRCLE_PX) if layer.role == "point" else None
    places = inner_points(geoms) if any(layer.labels) else None
    rows: list[dict[str, object]] = []
    for row, (code, klass) in enumerate(zip(layer.codes, layer.row_classes, strict=True)):
        properties: dict[str, object] = {
            "code": code,
            "name": layer.names[row],
            "label": layer.labels[row],
            "layer": layer.name,
            "role": layer.role,
            "band": klass.label,
            "fields": layer.shown_fields[row],
            "style": leaflet_style(klass.style),
        }
        if klass.style.casing:
            properties["casing"] = klass.style.casing
        if radii is not None:
            properties["radius"] = round(float(radii[row]), 1)
            if np.isnan(layer.values[row]):
                properties["style"] = leaflet_style(klass.style._replace(fill="#ffffff"))
        if places is not None and layer.labels[row] and not np.isnan(places[row, 0]):
            properties["at"] = np.round(places[row], _DECIMALS).tolist()
        rows.append(properties)
    return rows


def map_topology(layers: Sequence[Layer], *, tolerance_m: float = 5.0) -> bytes:
    """Write what `map_geojson` writes as a Topology, in which neighbours' common border stands once: half the bytes.

    Features have no id; `bbox` leaves the context layers out, as there.
    """
    drawn = drawn_layers(layers, tolerance_m)
    inside = _inside(drawn)
    return topology(
        [shape for each in drawn for shape in each.geoms],
        [row for each in drawn for row in each.properties],
        _grid(inside),
        bbox=inside,
    )


def _grid(inside: NDArray[np.object_]) -> tuple[float, float]:
    """Give the steps of coordinates, in degrees: 8,192 across the areas, but a metre at least.

    That is a tenth of a pixel where all areas are shown, and a pixel or two at the closest zoom.
    """
    box = shapely.total_bounds(inside) if len(inside) else np.full(4, np.nan)
    if not np.isfinite(box).all():
        return 10.0**-_DECIMALS, 10.0**-_DECIMALS
    step_m = max(1.0, _across_m(box) / _GRID_STEPS)
    north = step_m / _METRES_PER_DEGREE
    return round(north / float(np.cos(np.radians((box[1] + box[3]) / 2))), 8), round(north, 8)


def _inside(drawn: Sequence[DrawnLayer]) -> NDArray[np.object_]:
    """Give the shapes that the map is about: those of every layer but the ground around and its names."""
    shown = [each.geoms for each in drawn if each.layer.role not in _BACKGROUND]
    return np.concatenate(shown) if shown else np.array([], dtype=object)


def map_geojson(
    layers: Sequence[Layer], *, tolerance_m: float = 5.0, for_script: bool = False
) -> bytes:
    """Write all layers as one FeatureCollection in drawing order, for static/map.js.

    `tolerance_m` is about how far a border may move (metres); `for_script` makes the text safe
    inside a <script> element. Each feature's id is its role and code, so that an area and a
    neighbourhood of the same code stay apart. `bbox` leaves the context layers out.
    """
    features: list[bytes] = []
    drawn = drawn_layers(layers, tolerance_m)
    for each in drawn:
        for properties, text in zip(each.properties, each.texts, strict=True):
            features.append(
                b'{"type":"Feature","id":'
                + orjson.dumps(f"{properties['role']}:{properties['code']}")
                + b',"geometry":'
                + text
                + b',"properties":'
                + orjson.dumps(properties)
                + b"}"
            )
    whole = join_features(features, _inside(drawn), decimals=_DECIMALS)
    return script_safe(whole) if for_script else whole


def _simplified(geoms: NDArray[np.object_], tolerance_m: float) -> NDArray[np.object_]:
    """Simplify on shared borders in metres: degrees are stretched to about metres and back."""
    box = shapely.total_bounds(geoms) if len(geoms) else np.full(4, np.nan)
    if not np.isfinite(box).all() or tolerance_m <= 0:
        return geoms
    middle = np.radians((box[1] + box[3]) / 2)
    stretch = np.array([_METRES_PER_DEGREE * np.cos(middle), _METRES_PER_DEGREE])
    metric = shapely.transform(geoms, lambda xy: xy * stretch)
    return np.asarray(
        shapely.transform(simplify_shared(metric, tolerance_m), lambda xy: xy / stretch)
    )


def _across_m(box: NDArray[np.float64]) -> float:
    """The longer side of a box of longitude and latitude, in metres."""
    narrow = np.cos(np.radians((box[1] + box[3]) / 2))
    return float(max((box[2] - box[0]) * narrow, box[3] - box[1]) * _METRES_PER_DEGREE)


def _grown(box: NDArray[np.float64]) -> tuple[float, float, float, float]:
    west, south, east, north = box.tolist()
    least, narrower = _LEAST_BEYOND_M / _METRES_PER_DEGREE, float(np.cos(np.radians(south)))
    high, wide = north - south, (east - west) * narrower
    up = max(high * _CONTEXT_BEYOND, least, (wide * _TALLEST - high) / 2)
    across = max(wide * _CONTEXT_BEYOND, least, (high * _WIDEST - wide) / 2) / narrower
    return west - across, south - up, east + across, north + up
