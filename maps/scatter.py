"""Draws a scatter of named dots as one SVG text: two measures against each other, the middle of each marked."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from html import escape
from typing import NamedTuple

from maps.palettes import INK, LAND_EDGE, MUTED, PAPER, PLUM

WIDTH, HEIGHT = 520, 400
_LEFT, _RIGHT, _TOP, _BOTTOM = 84, 32, 16, 56
_TICKS = 5
# Dots nearer than this share one writing: a line's height up, two digits and a gap across.
_NEAR_ACROSS, _NEAR_UP = 22.0, 14.0
_SPAN_FROM, _LONGEST_MARKS, _MARKS_SHOWN = 3, 32, 6
Place = Callable[[float, float], tuple[float, float]]


class Dot(NamedTuple):
    """One dot: a short mark written beside it, its name, both values, and whether it is pointed out (a diamond)."""

    mark: str
    name: str
    x: float
    y: float
    pointed_out: bool = False


class Axis(NamedTuple):
    """An axis: its title, how a value is written, and a value to mark with a line across."""

    title: str
    before: str = ""
    after: str = ""
    middle: float | None = None

    def words(self, value: float) -> str:
        """Write a value of this axis."""
        shown = f"{value:,.0f}" if value >= 1 or value == 0 else f"{value:.2g}"
        return f"{self.before}{shown}{self.after}"


def draw_scatter(dots: Sequence[Dot], x: Axis, y: Axis, *, title: str) -> str:
    """Draw dots on two axes that begin at 0.

    Values are finite and at least 0. Names and titles may hold anything: they are escaped. Dots pointed out
    are diamonds, so that colour alone says nothing. Raises ValueError for a value that cannot be drawn.
    """
    if any(not math.isfinite(value) or value < 0 for dot in dots for value in (dot.x, dot.y)):
        raise ValueError("a value cannot be drawn: it is not finite, or below 0")
    most_x = round_up(max((dot.x for dot in dots), default=0.0))
    most_y = round_up(max((dot.y for dot in dots), default=0.0))
    across, up = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM

    def place(horizontal: float, vertical: float) -> tuple[float, float]:
        return (
            round(_LEFT + across * horizontal / most_x, 1),
            round(_TOP + up * (1 - vertical / most_y), 1),
        )

    said = escape(title, quote=True)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="mapsvg scatter" role="img" aria-label="{said}"'
        f' width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" font-size="13" fill="{INK}">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{PAPER}"/>',
    ]
    for step in range(_TICKS + 1):
        right, _ = place(most_x * step / _TICKS, 0)
        _, high = place(0, most_y * step / _TICKS)
        parts += [
            f'<path d="M{_LEFT} {high}H{WIDTH - _RIGHT}M{right} {_TOP}V{HEIGHT - _BOTTOM}" stroke="{LAND_EDGE}"'
            ' stroke-width=".5" fill="none"/>',
            f'<text x="{right}" y="{HEIGHT - _BOTTOM + 18}" text-anchor="middle" fill="{MUTED}">'
            f"{escape(x.words(most_x * step / _TICKS))}</text>",
            f'<text x="{_LEFT - 8}" y="{high + 4}" text-anchor="end" fill="{MUTED}">'
            f"{escape(y.words(most_y * step / _TICKS))}</text>",
        ]
    parts += _middles(x, y, place, most_x, most_y)
    parts += [
        f'<text x="{_LEFT + across / 2}" y="{HEIGHT - 14}" text-anchor="middle">{escape(x.title)}</text>',
        f'<text transform="translate(16 {_TOP + up / 2}) rotate(-90)" text-anchor="middle">{escape(y.title)}</text>',
    ]
    at = [place(dot.x, dot.y) for dot in dots]
    parts += [_dot(dot, *where, x, y) for dot, where in zip(dots, at, strict=True)]
    parts += _marks([dot.mark for dot in dots], at)
    return "".join([*parts, "</svg>"])


def round_up(most: float) -> float:
    """Give the least 1, 2, 2.5 or 5 times a power of ten that is at least `most`; 1 for 0."""
    if most <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(most))
    return next(
        step * power for step in (1.0, 2.0, 2.5, 5.0, 10.0) if step * power >= most * (1 - 1e-12)
    )


def _middles(x: Axis, y: Axis, at: Place, most_x: float, most_y: float) -> list[str]:
    lines = []
    if x.middle is not None and 0 <= x.middle <= most_x:
        right, _ = at(x.middle, 0)
        lines.append(f"M{right} {_TOP}V{HEIGHT - _BOTTOM}")
    if y.middle is not None and 0 <= y.middle <= most_y:
        _, high = at(0, y.middle)
        lines.append(f"M{_LEFT} {high}H{WIDTH - _RIGHT}")
    if not lines:
        return []
    path = "".join(lines)
    return [f'<path d="{path}" stroke="{INK}" stroke-dasharray="5 4" fill="none"/>']


def _dot(dot: Dot, right: float, high: float, x: Axis, y: Axis) -> str:
    said = escape(f"{dot.name}: {x.words(dot.x)}, {y.words(dot.y)}")
    if dot.pointed_out:
        shape = f'<path d="M{right} {high - 8}l8 8l-8 8l-8 -8z" fill="{PAPER}" stroke="{PLUM[0]}" stroke-width="2.5"/>'
    else:
        shape = f'<circle cx="{right}" cy="{high}" r="6" fill="{PLUM[2]}" stroke="{PLUM[0]}"/>'
    return f"<g><title>{said}</title>{shape}</g>"


def _marks(marks: Sequence[str], at: Sequence[tuple[float, float]]) -> list[str]:
    """Write the marks beside their dots; those of dots that lie on one another stand together, each once."""
    groups: list[tuple[tuple[float, float], list[str]]] = []
    for mark, (right, high) in zip(marks, at, strict=True):
        near = (
            own for (r, h), own in groups
            if abs(r - right) < _NEAR_ACROSS and abs(h - high) < _NEAR_UP
        )  # fmt: skip
        found = next(near, None)
        if found is None:
            groups.append(((right, high), [mark]))
        else:
            found.append(mark)
    return [_beside(together(own), right, high) for (right, high), own in groups]


def together(marks: Sequence[str]) -> str:
    """Write marks in a row, numbers that follow one another as a span: "1, 2, 4–6"; what is too long is counted."""
    spans: list[list[str]] = []
    for mark in marks:
        last = spans[-1][-1] if spans else ""
        if mark.isdecimal() and last.isdecimal() and int(mark) == int(last) + 1:
            spans[-1].append(mark)
        else:
            spans.append([mark])
    said = [
        f"{span[0]}\N{EN DASH}{span[-1]}" if len(span) >= _SPAN_FROM else ", ".join(span)
        for span in spans
    ]
    whole = ", ".join(said)
    if len(whole) <= _LONGEST_MARKS:
        return whole
    shown = [*marks[:_MARKS_SHOWN]]
    return f"{', '.join(shown)} and {len(marks) - len(shown)} more"


def _beside(words: str, right: float, high: float) -> str:
    """Write words beside a dot, on the side that has room, in paper's colour beneath so that no line crosses them."""
    left = right > WIDTH - 60
    where = f'x="{right - 11 if left else right + 11}" y="{high + 4}" text-anchor="{"end" if left else "start"}"'
    said = escape(words)
    return (
        f'<text {where} stroke="{PAPER}" stroke-width="4" stroke-linejoin="round" aria-hidden="true">{said}</text>'
        f"<text {where}>{said}</text>"
    )
