"""The key of a map: each class with its look, its words and how many shapes fall in it.

Written as HTML, so that it can be read, selected and printed; empty classes are listed with (0),
because "none here" is an answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup, escape

from maps.layers import NO_DATA_CLASS, Layer, Role, Style
from maps.palettes import NO_DATA_LINE


class LegendEntry(NamedTuple):
    """One line of the key: `shapes` is the number of rows of that class."""

    label: str
    shapes: int
    style: Style
    role: Role


def legend_entries(layers: Sequence[Layer]) -> list[LegendEntry]:
    """List the key of a map: every class of its areas, the other layers once, ground and names not.

    "No data" is listed only where a shape has none. The counts of one layer sum to its rows.
    """
    entries = []
    for layer in layers:
        if layer.role in ("context", "place"):
            continue
        counts = Counter(c.key for c in layer.row_classes)
        listed = list(layer.classes)
        if counts[NO_DATA_CLASS.key] and all(c.key != NO_DATA_CLASS.key for c in listed):
            listed.append(NO_DATA_CLASS)
        entries += [LegendEntry(c.label, counts[c.key], c.style, layer.role) for c in listed]
    return entries


def legend_html(entries: Sequence[LegendEntry], *, counts: bool = True) -> Markup:
    """Write the key as `<ul class="mapkey">`: swatch, words, for areas their count as in "10-20% (9)".

    Swatches are small inline pictures without style attributes, so they pass a strict content
    security policy and print; they are hidden from screen readers, for whom the words stand.
    """
    items = []
    for entry in entries:
        shown = counts and entry.role == "choropleth"  # the others are counted by their tables
        number = f' <span class="count">({entry.shapes:,})</span>' if shown else ""
        items.append(f"<li>{_swatch(entry)}<span>{escape(entry.label)}</span>{number}</li>")
    return Markup('<ul class="mapkey">' + "".join(items) + "</ul>")


def _swatch(entry: LegendEntry) -> str:
    look = entry.style
    start = '<svg class="swatch" width="22" height="16" aria-hidden="true" focusable="false">'
    dash = f' stroke-dasharray="{escape(look.dash)}"' if look.dash else ""
    if entry.role == "point":
        inside = (
            f'<circle cx="11" cy="8" r="7" fill="{escape(look.fill)}"'
            f' stroke="{escape(look.stroke)}" stroke-width="1.5"/>'
        )
    elif entry.role == "outline":
        inside = (
            f'<path d="M1 8h20" stroke="{escape(look.stroke)}" stroke-width="2" fill="none"{dash}/>'
        )
    elif entry.role == "neighbourhood":
        inside = (
            '<rect x="1.5" y="1.5" width="19" height="13" fill="#fff"'
            f' stroke="{escape(look.stroke)}" stroke-width="3"/>'
        )
    else:
        inside = (
            f'<rect x=".5" y=".5" width="21" height="15" fill="{escape(look.fill)}"'
            f' stroke="{NO_DATA_LINE}"/>'
        )
        if look.hatch:
            inside += (
                '<path d="M1 9l8-8M1 15L15 1M7 15L21 1M15 15l6-6"'
                f' stroke="{NO_DATA_LINE}" stroke-width="1"/>'
            )
    return start + inside + "</svg>"
