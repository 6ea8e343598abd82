"""What every renderer draws: a Layer is a frame of shapes, the look of its classes, its words.

Knows no database and no file. A Layer that could not be drawn honestly (unknown class, duplicate
code, metres taken for degrees) is refused with ValueError when it is made, not when it is drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from maps.classes import DEPRIVATION_BANDS, deprivation_bands
from maps.geojson import BRITISH_NATIONAL_GRID
from maps.palettes import (
    AMBER,
    DIVERGING,
    INK,
    LAND,
    LAND_EDGE,
    NO_DATA,
    OUTLINE,
    PAPER,
    PLUM,
    veiled,
)

Role = Literal["context", "choropleth", "outline", "neighbourhood", "place", "point"]
#: from the bottom of the picture to the top
DRAWING_ORDER: tuple[Role, ...] = (
    "context",
    "choropleth",
    "outline",
    "neighbourhood",
    "point",
    "place",
)


class Style(NamedTuple):
    """How a shape looks: widths in screen pixels, `dash` as in SVG, `casing` a white line beneath."""

    fill: str = "none"
    stroke: str = PAPER
    width: float = 1.0
    dash: str = ""
    hatch: bool = False
    casing: float = 0.0


class MapClass(NamedTuple):
    """One entry of a layer's key: the value of column `klass`, the words for it, its look."""

    key: str
    label: str
    style: Style


NO_DATA_CLASS = MapClass("no-data", "No data", Style(fill=NO_DATA, hatch=True))
# The ground around a place is seen through so much white.
VEIL = 0.55
MISSING_TEXT = "\u2013"

# A layer that rests on several works names them with this between.
BETWEEN_LINES = " · "


@dataclass(frozen=True, eq=False)
class Layer:
    """Shapes of one kind, in British National Grid, with their look and their words.

    Parameters
    ----------
    name : the layer's name in the key and the layer switch.
    frame : columns code (unique text), name; optional label (short text on the map), klass (key of
        a class; missing = no data), value (number; sizes points, may be missing), geom_wgs84 (the
        same shapes in longitude and latitude, needed by Leaflet, Folium and GeoJSON).
        Row order is the table's order: greatest need first.
    role : what the shapes are for; decides where in the pile they are drawn.
    classes : the classes of column `klass`; with exactly one, the column may be left out.
    fields : (column, heading) pairs shown for a chosen shape and in the table beside the map.
    attribution : the publisher's words, shown on the map.
    shown : switched on when a map with layer switches opens.

    Raises
    ------
    ValueError : missing columns, duplicate or missing codes, a class that is not in `classes`,
        another coordinate system than British National Grid, outlines with a fill.
    """

    name: str
    frame: gpd.GeoDataFrame
    role: Role
    classes: tuple[MapClass, ...]
    fields: tuple[tuple[str, str], ...] = ()
    attribution: str = ""
    shown: bool = field(default=True)

    def __post_init__(self) -> None:
        """Refuse a layer that could not be drawn honestly."""
        absent = [c for c in ("code", "name") if c not in self.frame.columns]
        absent += [column for column, _ in self.fields if column not in self.frame.columns]
        if self.role == "point" and "value" not in self.frame.columns:
            absent.append("value")
        if absent:
            raise ValueError(f"layer {self.name!r} lacks the columns {', '.join(absent)}")
        codes = self.frame["code"]
        if codes.isna().any() or codes.duplicated().any():
            raise ValueError(f"layer {self.name!r} has missing or duplicate codes")
        if self.frame.crs is None or self.frame.crs.to_epsg() != BRITISH_NATIONAL_GRID:
            raise ValueError(f"layer {self.name!r} is not in British National Grid")
        if self.role not in DRAWING_ORDER:
            raise ValueError(f"layer {self.name!r} has an unknown role {self.role!r}")
        if self.role == "outline" and any(each.style.fill != "none" for each in self.classes):
            raise ValueError(f"layer {self.name!r} of outlines would cover what lies under it")
        if not self.classes:
            raise ValueError(f"layer {self.name!r} has no classes")
        if "klass" in self.frame.columns:
            known = {c.key for c in self.classes} | {NO_DATA_CLASS.key}
            strange = set(self.frame["klass"].dropna()) - known
            if strange:
                raise ValueError(f"layer {self.name!r} has unknown classes {sorted(strange)}")
        elif len(self.classes) != 1:
            raise ValueError(f"layer {self.name!r} has several classes but no column klass")

    @cached_property
    def row_classes(self) -> list[MapClass]:
        """The class of each row, in row order; rows without one are NO_DATA_CLASS."""
        if "klass" not in self.frame.columns:
            return [self.classes[0]] * len(self.frame)
        by_key = {c.key: c for c in (NO_DATA_CLASS, *self.classes)}
        keys = self.frame["klass"]
        return [
            NO_DATA_CLASS if gone else by_key[key]
            for key, gone in zip(keys, keys.isna(), strict=True)
        ]

    @cached_property
    def codes(self) -> list[str]:
        """The code of each row as text."""
        return [str(code) for code in self.frame["code"]]

    @cached_property
    def names(self) -> list[str]:
        """The name of each row; the code where the name is missing."""
        return self._texts("name", self.codes)

    @cached_property
    def labels(self) -> list[str]:
        """The short text drawn on the map for each row; empty where there is none."""
        if "label" not in self.frame.columns:
            return [""] * len(self.frame)
        return self._texts("label", [""] * len(self.frame))

    @cached_property
    def values(self) -> np.ndarray:
        """Column `value` as floats, NaN where missing (all NaN without the column)."""
        if "value" not in self.frame.columns:
            return np.full(len(self.frame), np.nan)
        return np.asarray(pd.to_numeric(self.frame["value"]), dtype=float)

    @cached_property
    def shown_fields(self) -> list[list[tuple[str, str]]]:
        """For each row its (heading, text) pairs, as tooltip, panel and table all show them."""
        columns = [(heading, list(self.frame[column])) for column, heading in self.fields]
        return [
            [(heading, shown_value(values[row])) for heading, values in columns]
            for row in range(len(self.frame))
        ]

    def _texts(self, column: str, otherwise: Sequence[str]) -> list[str]:
        values = self.frame[column]
        return [
            spare if gone else str(value)
            for value, gone, spare in zip(values, values.isna(), otherwise, strict=True)
        ]


def shown_value(value: object) -> str:
    """Write one value as text for a reader: 1412 is "1,412", 0.5 is "0.5", missing is an en dash.

    Text is given back as it is: money and dates are formatted by whoever knows what they are.
    """
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return MISSING_TEXT
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, int | np.integer):
        return f"{int(value):,}"
    if isinstance(value, float | np.floating):
        return f"{float(value):,.2f}".rstrip("0").rstrip(".")
    return str(value)


def attributions(layers: Sequence[Layer]) -> str:
    """Join the layers' attribution lines, each once, in drawing order."""
    lines = (line for layer in layers for line in layer.attribution.split(BETWEEN_LINES))
    return BETWEEN_LINES.join(dict.fromkeys(line for line in lines if line))


def context_layer(frame: gpd.GeoDataFrame, *, name: str, attribution: str = "") -> Layer:
    """Make the ground around: pale land with dashed edges on a sea background."""
    look = Style(fill=LAND, stroke=LAND_EDGE, width=1, dash="4 3")
    one = (MapClass("land", name, look),)
    bare = frame.drop(columns="klass", errors="ignore")
    return Layer(name, bare, "context", one, (), attribution)


def veiled_layer(frame: gpd.GeoDataFrame, *, name: str, attribution: str = "") -> Layer:
    """Shade the ground around by the bands of `deprivation_layer` under a white veil, so that it stands behind.

    Column `decile` as there; ground without one is pale land.
    """
    classes = (
        *(
            MapClass(key, words, Style(fill=veiled(fill, VEIL), stroke=PAPER, width=0.8))
            for key, words, _first, _last, fill in DEPRIVATION_BANDS
        ),
        MapClass("land", name, Style(fill=LAND, stroke=LAND_EDGE, width=0.8, dash="4 3")),
    )
    bands = deprivation_bands(frame["decile"])
    return Layer(
        name, frame.assign(klass=bands.where(bands.notna(), "land")), "context", classes, (), attribution
    )  # fmt: skip


def deprivation_layer(
    frame: gpd.GeoDataFrame,
    *,
    name: str,
    decile_column: str = "decile",
    fields: tuple[tuple[str, str], ...] = (),
    attribution: str = "",
) -> Layer:
    """Shade small areas by national deprivation band (five classes, dark = most deprived).

    `decile_column` holds 1 to 10; a missing decile is hatched as "No data".
    """
    classes = tuple(
        MapClass(key, words, Style(fill=fill, stroke=PAPER, width=1.1))
        for key, words, _first, _last, fill in DEPRIVATION_BANDS
    )
    banded = frame.assign(klass=deprivation_bands(frame[decile_column]))
    return Layer(name, banded, "choropleth", classes, fields, attribution)


def outline_layer(
    frame: gpd.GeoDataFrame, *, name: str, dashed: bool = False, attribution: str = ""
) -> Layer:
    """Draw outlines without fill: solid for one whole, dashed for its parts."""
    look = Style(stroke=OUTLINE, width=1.4, dash="6 4" if dashed else "")
    one = (MapClass("outline", name, look),)
    bare = frame.drop(columns="klass", errors="ignore")
    return Layer(name, bare, "outline", one, (), attribution)


def misaligned_layer(
    frame: gpd.GeoDataFrame,
    *,
    name: str,
    fields: tuple[tuple[str, str], ...] = (),
    role: Role = "choropleth",
    attribution: str = "",
) -> Layer:
    """Fill the pieces on which two outlines part ways: `klass` is missing, sticks-out or outside.

    With role `outline` they are lines over the areas of another layer, each kind of its own colour and dashes.
    """
    looks = (
        ("missing", "Left out", DIVERGING[0], "2 3"),
        ("sticks-out", "Taken in", DIVERGING[-1], ""),
        ("outside", "In no council", DIVERGING[-2], "9 3"),
    )
    lines = role == "outline"  # of a place that straddles the pieces are all of it
    classes = tuple(
        MapClass(key, words, Style(stroke=colour, width=2.4, dash=dash) if lines
                 else Style(fill=colour, stroke=INK, width=1.2))
        for key, words, colour, dash in looks
    )  # fmt: skip
    return Layer(name, frame, role, classes, fields, attribution)


def comparison_layer(
    frame: gpd.GeoDataFrame,
    *,
    name: str,
    fields: tuple[tuple[str, str], ...] = (),
    attribution: str = "",
) -> Layer:
    """Fill areas by what became of them between two lists: `klass` is kept, added or dropped."""
    looks = (
        ("kept", "In both lists", PLUM[1]),
        ("added", "Added", DIVERGING[-2]),
        ("dropped", "Dropped", DIVERGING[1]),
    )
    classes = tuple(
        MapClass(key, words, Style(fill=fill, stroke=INK, width=1.2)) for key, words, fill in looks
    )
    return Layer(name, frame, "choropleth", classes, fields, attribution)


def neighbourhood_layer(
    frame: gpd.GeoDataFrame,
    *,
    name: str = "Priority neighbourhood",
    fields: tuple[tuple[str, str], ...] = (),
    attribution: str = "",
) -> Layer:
    """Outline neighbourhoods in ink over a white casing; `label` is drawn in a circle."""
    look = Style(stroke=INK, width=3, casing=6)
    one = (MapClass("neighbourhood", name, look),)
    bare = frame.drop(columns="klass", errors="ignore")
    return Layer(name, bare, "neighbourhood", one, fields, attribution)


def money_layer(
    frame: gpd.GeoDataFrame,
    *,
    name: str = "Money (area of circle)",
    fields: tuple[tuple[str, str], ...] = (),
    attribution: str = "",
) -> Layer:
    """Draw amounts as amber circles whose area is in proportion to `value`."""
    look = Style(fill=AMBER, stroke=INK, width=1.6)
    one = (MapClass("money", name, look),)
    return Layer(
        name, frame.drop(columns="klass", errors="ignore"), "point", one, fields, attribution
    )


def place_layer(frame: gpd.GeoDataFrame, *, name: str = "Place names") -> Layer:
    """Write names only (column label, else name), dropped where they would overlap."""
    one = (MapClass("place", name, Style()),)
    if "label" not in frame.columns:
        frame = frame.assign(label=frame["name"])
    return Layer(name, frame.drop(columns="klass", errors="ignore"), "place", one)
