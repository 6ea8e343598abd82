"""What stands on a drawn map besides its shapes: scale bar, attribution, notes, labels, locator.

The same marks are written in two ways: "flat" in pixels, "percent" in shares of the picture, so that
texts keep their size when the picture is scaled by a page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal
from xml.sax.saxutils import quoteattr

import geopandas as gpd
import numpy as np

from maps.palettes import AMBER, INK, MUTED, PAPER
from maps.svg_labels import Placed, Room, text_width
from maps.svg_paths import TENTHS, View, fit_view, path_texts, simplify_shared

_STEPS_M: list[int] = [
    step * 10**power for power in range(1, 7) for step in (1, 2, 5)
]  # 10 m to 5,000 km


def scale_step(scale: float, most_px: float) -> int:
    """Choose the longest round distance (1, 2 or 5 times a power of ten, in metres) that fits.

    `scale` is pixels per metre; nothing shorter than 10 m is offered.
    """
    fitting = [step for step in _STEPS_M if step * scale <= most_px]
    return fitting[-1] if fitting else _STEPS_M[0]


@dataclass
class Furniture:
    """Writes marks for one picture in one of the two modes and keeps their room taken."""

    view: View
    room: Room
    mode: Literal["flat", "percent"]

    def at(self, x: float, y: float) -> tuple[str, str]:
        """Write a place in the picture's own unit."""
        if self.mode == "percent":
            return f"{100 * x / self.view.width:.2f}%", f"{100 * y / self.view.height:.2f}%"
        return f"{x:.1f}", f"{y:.1f}"

    def scale_bar(self) -> str:
        """Draw a scale bar at the bottom left: a line with ends and its length in words."""
        metres = scale_step(self.view.scale, self.view.width * 0.2)
        long = metres * self.view.scale
        words = f"{metres // 1000:,} km" if metres >= 1000 else f"{metres} m"
        x, y = 14.0, self.view.height - 16.0
        self.room.take((8, y - 14, x + long + 12 + text_width(words, 12), self.view.height))
        parts = []
        for colour, wide in ((PAPER, 5), (INK, 2)):
            for x1, y1, x2, y2 in (
                (x, y, x + long, y),
                (x, y - 5, x, y + 1),
                (x + long, y - 5, x + long, y + 1),
            ):
                a, b = self.at(x1, y1), self.at(x2, y2)
                parts.append(
                    f'<line x1="{a[0]}" y1="{a[1]}" x2="{b[0]}" y2="{b[1]}" stroke="{colour}"'
                    f' stroke-width="{wide}"/>'
                )
        text = _haloed(*self.at(x + long, y), words, 12, INK, dx=6, anchor="start")
        return f'<g class="scalebar">{"".join(parts)}{text}</g>'

    def attribution(self, words: str) -> str:
        """Write the publishers' words at the bottom right, on as many lines as they need."""
        if not words:
            return ""
        # in a scaled picture the text keeps its size: its lines must fit a phone's width
        size, most = 10.5, 290.0 if self.mode == "percent" else self.view.width * 0.66
        lines = [""]
        for word in words.split():
            longer = f"{lines[-1]} {word}".strip()
            if lines[-1] and text_width(longer, size) > most:
                lines.append(word)
            else:
                lines[-1] = longer
        wide = max(text_width(line, size) for line in lines) + 10
        tall = 14.0 * len(lines) + 4
        left, top = self.view.width - wide, self.view.height - tall
        self.room.take((left, top, self.view.width, self.view.height))
        if self.mode == "percent":
            texts = [
                _haloed("100%", "100%", line, size, INK, dx=-5, dy=13 + 14 * n - tall, anchor="end")
                for n, line in enumerate(lines)
            ]
            return f'<g class="attribution">{"".join(texts)}</g>'
        texts = [
            f'<text x="{self.view.width - 5:g}" y="{top + 13 + 14 * n:g}" font-size="{size}"'
            f' text-anchor="end" fill="{INK}">{escape(line)}</text>'
            for n, line in enumerate(lines)
        ]
        return (
            f'<g class="attribution"><rect x="{left:.1f}" y="{top:.1f}" width="{wide:.1f}"'
            f' height="{tall:g}" fill="{PAPER}" fill-opacity=".85"/>{"".join(texts)}</g>'
        )

    def locator(self, frame: gpd.GeoDataFrame) -> str:
        """Draw a country small at the top right with a mark where this picture lies."""
        wide, tall = 64.0, 76.0
        left = self.view.width - wide - 10
        self.room.take((left, 10, left + wide, 10 + tall))
        box = frame.total_bounds
        small = fit_view((box[0], box[1], box[2], box[3]), wide, tall)
        geoms = np.asarray(frame.geometry.array, dtype=object)
        paths = path_texts(simplify_shared(geoms, 0.4 / small.scale), small)
        west, south, east, north = self.view.ground
        (x, y), *_ = small.to_pixels(np.array([[(west + east) / 2, (south + north) / 2]])).tolist()
        px, py = self.at(left, 10)
        return (
            f'<svg class="locator" x="{px}" y="{py}" width="{wide:g}" height="{tall:g}"'
            f' viewBox="0 0 {wide * TENTHS:g} {tall * TENTHS:g}">'
            f'<rect width="{wide * TENTHS:g}" height="{tall * TENTHS:g}" fill="{PAPER}"/>'
            '<g fill="#d5dadd">' + "".join(f'<path d="{d}"/>' for d in paths if d) + "</g>"
            f'<circle cx="{x * TENTHS:.0f}" cy="{y * TENTHS:.0f}" r="35" fill="{AMBER}"'
            f' stroke="{INK}" stroke-width="15"/></svg>'
        )


def circle_label(
    spot: Placed, label: str, radius: float, name: str, furniture: Furniture, *, lead: bool = True
) -> str:
    """Draw a number in a white circle, with (`lead`) a line to its place where it had to move."""
    x, y = furniture.at(spot.x, spot.y)
    size = 15.0 if radius > 12 else 11.5  # the two sizes of circle
    if text_width(label, size) > 1.8 * radius:
        size = max(8.0, size * 1.8 * radius / text_width(label, size))
    line = ""
    if lead and spot.is_moved:
        ax, ay = furniture.at(*spot.anchor)
        line = (
            f'<line x1="{x}" y1="{y}" x2="{ax}" y2="{ay}" stroke="{INK}" stroke-width="1.5"/>'
            f'<circle cx="{ax}" cy="{ay}" r="2.5" fill="{INK}"/>'
        )
    return (
        f'<g class="maplabel"><title>{escape(name)}</title>{line}'
        f'<circle cx="{x}" cy="{y}" r="{radius:g}" fill="{PAPER}" stroke="{INK}"'
        f' stroke-width="2"/><text x="{x}" y="{y}" dy="{size * 0.36:.1f}" font-size="{size:g}"'
        f' font-weight="bold" text-anchor="middle" fill="{INK}">{escape(label)}</text></g>'
    )


def leader(x: float, y: float, to_x: float, to_y: float, *, unit: int) -> str:
    """Draw a thin line from a moved mark to its true place, in `unit` steps per pixel."""
    return (
        f'<path d="M{x * unit:.0f} {y * unit:.0f}L{to_x * unit:.0f} {to_y * unit:.0f}"'
        f' stroke="{INK}" stroke-width="{1.3 * unit:g}" fill="none"/>'
        f'<circle cx="{to_x * unit:.0f}" cy="{to_y * unit:.0f}" r="{2 * unit}" fill="{INK}"/>'
    )


def name_text(x: float, y: float, name: str, size: float, colour: str, furniture: Furniture) -> str:
    """Write a place name with a white halo."""
    px, py = furniture.at(x, y)
    return f'<g class="placename">{_haloed(px, py, name, size, colour, dy=size * 0.34)}</g>'


def note_lines(notes: Sequence[str], furniture: Furniture) -> str:
    """Write what could not be drawn, above the scale bar."""
    parts = []
    for n, note in enumerate(reversed(notes)):
        x, y = furniture.at(14, furniture.view.height - 38 - 15 * n)
        parts.append(_haloed(x, y, note, 11.5, MUTED, anchor="start"))
    return f'<g class="mapnote">{"".join(parts)}</g>' if parts else ""


def _haloed(
    x: str,
    y: str,
    words: str,
    size: float,
    colour: str,
    *,
    dx: float = 0,
    dy: float = 0,
    anchor: str = "middle",
) -> str:
    """Write a text twice, white beneath: PDF writers do not know `paint-order`."""
    shift = (f' dx="{dx:g}"' if dx else "") + (f' dy="{dy:.1f}"' if dy else "")
    where = f'x="{x}" y="{y}"{shift} font-size="{size:g}" text-anchor={quoteattr(anchor)}'
    return (
        f'<text {where} fill="{PAPER}" stroke="{PAPER}" stroke-width="3" stroke-linejoin="round"'
        f' aria-hidden="true">{escape(words)}</text><text {where} fill="{colour}">'
        f"{escape(words)}</text>"
    )
