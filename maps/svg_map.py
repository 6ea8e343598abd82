"""One routine that draws a map as SVG for page, print, PDF and readers without JavaScript.

Looks are presentation attributes, so the picture is the same inside a page, alone in a file and in a
PDF; every text is escaped. What could not be drawn is said on the picture, never left out silently.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Literal
from xml.sax.saxutils import quoteattr

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from maps.layers import DRAWING_ORDER, Layer, MapClass, Role, attributions
from maps.palettes import AMBER, INK, NO_DATA, NO_DATA_LINE, OUTLINE, PAPER, SEA, text_colour_on
from maps.svg_furniture import Furniture, circle_label, leader, name_text, note_lines
from maps.svg_labels import (
    Room,
    circle_radii,
    inner_points,
    place_circles,
    place_names,
    push_apart,
    text_width,
)
from maps.svg_paths import (
    TENTHS,
    TOLERANCE_PX,
    View,
    clip_to_view,
    cut_to_view,
    fit_view,
    path_texts,
    simplify_shared,
)

Links = Mapping[str, str] | Callable[[str], str]
_MANY_LABELS = 30


def extent_of(
    layers: Sequence[Layer], roles: Sequence[Role] = ("neighbourhood", "choropleth", "outline")
) -> tuple[float, float, float, float]:
    """Find west, south, east, north (metres) of the first of `roles` that has any shape.

    Raises ValueError when no layer of these roles has a shape.
    """
    for role in roles:
        boxes = [
            layer.frame.total_bounds for layer in layers if layer.role == role and len(layer.frame)
        ]
        known = np.array([box for box in boxes if np.isfinite(box).all()])
        if len(known):
            west, south = known[:, :2].min(axis=0).tolist()
            east, north = known[:, 2:].max(axis=0).tolist()
            return west, south, east, north
    raise ValueError("no layer has a shape to show")


def draw_map(
    layers: Sequence[Layer],
    *,
    title: str,
    width: int = 840,
    height: int = 630,
    extent: tuple[float, float, float, float] | None = None,
    labels: Literal["flat", "percent"] = "flat",
    table_id: str = "",
    table_caption: str = "",
    scale_bar: bool = True,
    credited: bool = True,
    locator: gpd.GeoDataFrame | None = None,
    links: Links | None = None,
    map_id: str = "map",
    tolerance_px: float = TOLERANCE_PX,
) -> str:
    """Draw layers as one `<svg class="mapsvg">` text.

    Parameters
    ----------
    layers : in any order; drawn from the ground up by role. Only `choropleth` shapes carry
        `data-code`, one path per row of the frame and in its order, so that shapes and table rows
        can be counted against each other; neighbourhoods carry `data-neighbourhood`, amounts
        `data-point`.
    width, height : pixels. With `labels="percent"` they must be 4 to 3: the picture then scales with
        its box (CSS class `percent`) while texts keep their size; "flat" is for print and files.
    extent : west, south, east, north in metres; default the neighbourhoods, else the areas.
    title, table_id, table_caption : for screen readers; the title says which table has the figures.
    credited : the publishers' words stand on the picture; False where they stand beside it, as on a paper.
    locator : a frame of the country's outline (same grid); drawn small with a mark where this is.
    links : code to address; shapes become links, which the keyboard skips (the table has them).
    map_id : prefix of ids inside the picture; must differ between two maps on a page.
    tolerance_px : how far a border may be from where it runs, in pixels; borders that two share stay shut.

    Raises
    ------
    ValueError : nothing to show, or a shape of picture that "percent" cannot keep.
    """
    if labels == "percent" and width * 3 != height * 4:
        raise ValueError("labels='percent' needs a width of four thirds of the height")
    piled = sorted(layers, key=lambda layer: DRAWING_ORDER.index(layer.role))
    view = fit_view(extent or extent_of(layers), width, height)
    room = Room(width, height)
    furniture = Furniture(view, room, labels)
    ground: list[str] = [
        f'<rect width="{width * TENTHS}" height="{height * TENTHS}" fill="{SEA}"/>'
    ]
    above: list[str] = []
    notes: list[str] = []
    if scale_bar:
        above.append(furniture.scale_bar())
    above.append(furniture.attribution(attributions(piled) if credited else ""))
    if locator is not None:
        above.append(furniture.locator(locator))
    for layer in piled:
        if layer.role in ("context", "choropleth", "outline", "neighbourhood"):
            ground.append(_draw_shapes(layer, view, links, map_id, tolerance_px))
            gone = int((layer.frame.geometry.isna() | layer.frame.geometry.is_empty).sum())
            if gone and layer.role != "context":
                notes.append(f"{gone} of {len(layer.frame)} have no outline: {layer.name}")
    texts: list[str] = []
    for layer in piled:
        if layer.role == "point":
            shapes, said = _draw_amounts(layer, view, room)
            ground.append(shapes)
            notes += said
    for layer in piled:
        if layer.role == "neighbourhood" or (layer.role == "choropleth" and any(layer.labels)):
            drawn, said = _draw_circles(layer, view, room, furniture)
            texts += drawn
            notes += said
    for layer in piled:
        if layer.role in ("place", "context"):
            texts += _draw_names(layer, view, room, furniture)
    above.append(note_lines(notes, furniture))
    about = _title_text(title, table_id, table_caption)
    return _wrap(ground, texts + above, about, furniture, links is not None, table_id, map_id)


def draw_locator(
    frame: gpd.GeoDataFrame,
    at: tuple[float, float],
    *,
    title: str,
    width: int = 64,
    height: int = 76,
) -> str:
    """Draw a country small, with an amber mark at `at` (easting, northing), as its own SVG."""
    box = frame.total_bounds
    view = fit_view((box[0], box[1], box[2], box[3]), width, height, margin=0.02)
    paths = path_texts(simplify_shared(_shapes(frame), 0.4 / view.scale), view)
    (x, y), *_ = view.to_pixels(np.array([at], dtype=float)).tolist()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="locator" role="img" width="{width}"'
        f' height="{height}" viewBox="0 0 {width} {height}"><title>{escape(title)}</title>'
        f'<g transform="scale({1 / TENTHS})" fill="#d5dadd" stroke="none">'
        + "".join(f'<path d="{d}"/>' for d in paths if d)
        + f'</g><circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{AMBER}" stroke="{INK}"'
        ' stroke-width="1.5"/></svg>'
    )


def _title_text(title: str, table_id: str, table_caption: str) -> str:
    if table_caption:
        return f"{title}. The same figures are in the table “{table_caption}”."
    return f"{title}. The same figures are in the table below." if table_id else title


def _wrap(
    ground: list[str],
    above: list[str],
    about: str,
    furniture: Furniture,
    linked: bool,
    table_id: str,
    map_id: str,
) -> str:
    width, height = int(furniture.view.width), int(furniture.view.height)
    role = "group" if linked else "img"
    details = f" aria-details={quoteattr(table_id)}" if table_id else ""
    head = (
        f'xmlns="http://www.w3.org/2000/svg" role="{role}"'
        f" aria-labelledby={quoteattr(map_id + '-title')}{details}"
        ' font-family="Helvetica Neue, Arial, Liberation Sans, sans-serif"'
    )
    name = f"<title id={quoteattr(map_id + '-title')}>{escape(about)}</title>"
    hatch = (
        f'<defs><pattern id={quoteattr(map_id + "-hatch")} width="80" height="80"'
        ' patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        f'<rect width="80" height="80" fill="{NO_DATA}"/>'
        f'<path d="M0 0v80" stroke="{NO_DATA_LINE}" stroke-width="30"/></pattern></defs>'
    )
    shapes = "\n".join(part for part in ground if part)
    words = "\n".join(part for part in above if part)
    if furniture.mode == "percent":
        return (
            f'<svg class="mapsvg percent" {head}>{name}<svg width="100%" height="100%"'
            f' viewBox="0 0 {width * TENTHS} {height * TENTHS}">{hatch}{shapes}</svg>\n{words}</svg>'
        )
    return (
        f'<svg class="mapsvg" {head} width="{width}" height="{height}"'
        f' viewBox="0 0 {width} {height}">{name}{hatch}'
        f'<g transform="scale({1 / TENTHS})">{shapes}</g>\n{words}</svg>'
    )


def _shapes(frame: gpd.GeoDataFrame) -> NDArray[np.object_]:
    return np.asarray(frame.geometry.array, dtype=object)


def _draw_shapes(
    layer: Layer, view: View, links: Links | None, map_id: str, tolerance_px: float
) -> str:
    cut = cut_to_view if layer.role == "choropleth" else clip_to_view
    geoms = cut(_shapes(layer.frame), view)
    paths = path_texts(simplify_shared(geoms, tolerance_px / view.scale), view)
    rows = list(zip(layer.codes, layer.names, layer.row_classes, paths, strict=True))
    if layer.role == "choropleth":
        look = layer.classes[0].style
        inside = "".join(_area(*row, links, map_id) for row in rows)
        return (
            f'<g class="areas" stroke="{look.stroke}" stroke-width="{look.width * TENTHS:g}"'
            f' stroke-linejoin="round" fill-rule="evenodd">{inside}</g>'
        )
    if layer.role == "neighbourhood":
        look = layer.classes[0].style
        casing = "".join(f'<path d="{d}"/>' for *_, d in rows if d)
        ink = "".join(
            f'<path data-neighbourhood={quoteattr(code)} d="{d}"><title>{escape(name)}</title></path>'
            for code, name, _, d in rows
        )
        line = 'fill="none" stroke-linejoin="round"'
        return (
            f'<g class="casing" {line} stroke="{PAPER}" stroke-width="{look.casing * TENTHS:g}">'
            f'{casing}</g><g class="neighbourhoods" {line} stroke="{look.stroke}"'
            f' stroke-width="{look.width * TENTHS:g}">{ink}</g>'
        )
    return (
        f'<g class="{layer.role}" fill-rule="evenodd">'
        + "".join(f'<path d="{d}"{_look(klass, map_id)}/>' for _, _, klass, d in rows if d)
        + "</g>"
    )


def _area(
    code: str, name: str, klass: MapClass, path: str, links: Links | None, map_id: str
) -> str:
    fill = f"url(#{map_id}-hatch)" if klass.style.hatch else klass.style.fill
    shape = (
        f"<path data-code={quoteattr(code)} fill={quoteattr(fill)}"
        f' d="{path}"><title>{escape(f"{name}: {klass.label}")}</title></path>'
    )
    if links is None:
        return shape
    address = links.get(code) if isinstance(links, Mapping) else links(code)
    return f'<a href={quoteattr(address)} tabindex="-1">{shape}</a>' if address else shape


def _look(klass: MapClass, map_id: str) -> str:
    look = klass.style
    fill = f"url(#{map_id}-hatch)" if look.hatch else look.fill
    dashes = " ".join(f"{float(d) * TENTHS:g}" for d in look.dash.split())
    return (
        f' fill={quoteattr(fill)} stroke="{look.stroke}" stroke-width="{look.width * TENTHS:g}"'
        + (f' stroke-dasharray="{dashes}"' if dashes else "")
    )


def _draw_amounts(layer: Layer, view: View, room: Room) -> tuple[str, list[str]]:
    """Draw amounts in the ground group (tenths of a pixel), largest at the bottom."""
    anchors = view.to_pixels(inner_points(_shapes(layer.frame)))
    values = layer.values
    seen = np.array([not np.isnan(x) and room.is_inside(x, y) for x, y in anchors.tolist()], bool)
    notes = []
    if outside := int(len(seen) - seen.sum()):
        notes.append(f"{outside} of {len(seen)} lie outside this picture: {layer.name}")
    radii = circle_radii(values, min(44.0, 0.062 * view.width))
    centres = anchors.copy()
    centres[seen] = push_apart(anchors[seen], radii[seen])
    edge = radii[:, None] + 2
    centres = np.clip(centres, edge, np.array([view.width, view.height]) - edge)
    parts, leaders = [], []
    for row in sorted(np.flatnonzero(seen).tolist(), key=lambda r: (-radii[r], r)):
        (x, y), r = centres[row].tolist(), float(radii[row])
        room.taken.append((x - r, y - r, x + r, y + r))
        if np.hypot(x - anchors[row, 0], y - anchors[row, 1]) > max(r, 4):
            leaders.append(leader(x, y, *anchors[row].tolist(), unit=TENTHS))
        look = layer.row_classes[row].style
        fill = PAPER if np.isnan(values[row]) else look.fill
        about = "; ".join([layer.names[row], *(f"{h}: {t}" for h, t in layer.shown_fields[row])])
        parts.append(
            f'<circle data-point={quoteattr(layer.codes[row])} cx="{x * TENTHS:.0f}"'
            f' cy="{y * TENTHS:.0f}" r="{r * TENTHS:.0f}" fill="{fill}" stroke="{look.stroke}"'
            f' stroke-width="{look.width * TENTHS:g}"><title>{escape(about)}</title></circle>'
        )
        lines = [line for line in layer.labels[row].split("\n") if line]
        if lines and max(text_width(line, 12) for line in lines) < 1.75 * r:
            top = y - 7 * (len(lines) - 1)
            parts += [
                f'<text x="{x * TENTHS:.0f}" y="{(top + 14 * n + 4.3) * TENTHS:.0f}"'
                f' font-size="{12 * TENTHS}" text-anchor="middle" fill="{text_colour_on(fill)}">'
                f"{escape(line)}</text>"
                for n, line in enumerate(lines)
            ]
    return f'<g class="amounts">{"".join(leaders)}{"".join(parts)}</g>', notes


def _draw_circles(
    layer: Layer, view: View, room: Room, furniture: Furniture
) -> tuple[list[str], list[str]]:
    radius = 14.0 if len(layer.frame) <= _MANY_LABELS else 10.5
    points = view.to_pixels(inner_points(_shapes(layer.frame)))
    amounts = list(room.taken)
    placed, dropped = place_circles(points, layer.labels, radius, room)
    drawn = []
    for spot in placed:
        x, y = spot.anchor
        # a line that ends under an amount's circle would cross out its number
        covered = any(box[0] < x < box[2] and box[1] < y < box[3] for box in amounts)
        row = spot.row
        drawn.append(
            circle_label(
                spot, layer.labels[row], radius, layer.names[row], furniture, lead=not covered
            )
        )
    notes = [f"{len(dropped)} labels had no room: see the table"] if dropped else []
    return drawn, notes


def _draw_names(layer: Layer, view: View, room: Room, furniture: Furniture) -> list[str]:
    shapes = clip_to_view(_shapes(layer.frame), view, beyond_px=-6)
    shapes = np.array(
        [None if g is None or shapely.is_empty(g) else g for g in shapes], dtype=object
    )
    points = view.to_pixels(inner_points(shapes))
    size, colour = (13, INK) if layer.role == "place" else (12, OUTLINE)
    return [
        name_text(spot.x, spot.y, layer.labels[spot.row], size, colour, furniture)
        for spot in place_names(points, layer.labels, size, room)
    ]
