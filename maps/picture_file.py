"""A drawn map as a file of its own, for a paper or a slide: title, finding, map, key and sources on one picture.

Written as SVG, and as PNG of the same SVG. What the file says stands in it: nothing is fetched when it is opened.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from html import escape

from maps.layers import Layer
from maps.legend import LegendEntry, legend_entries
from maps.palettes import INK, MUTED, NO_DATA_LINE, PAPER
from maps.svg_labels import text_width
from maps.svg_map import draw_map, extent_of

WIDTH, MAP_HEIGHT = 840, 630
#: Pixels across of a PNG: the least that can be read, what is given unasked, and the most that is drawn.
LEAST_WIDTH, USUAL_WIDTH, MOST_WIDTH = 420, 1680, 2520
_EDGE, _TITLE, _WORDS, _KEY = 20, 24, 15, 13
_MOST_TITLE_LINES, _MOST_WORD_LINES = 3, 6
# What XML 1.0 has no way to write, though a name may hold it.
_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def picture_svg(
    layers: Sequence[Layer],
    *,
    title: str,
    finding: str = "",
    below: str = "",
    extent: tuple[float, float, float, float] | None = None,
    notice: str = "",
) -> str:
    """Draw layers as one SVG file: title and finding above, the key with its counts and a line below the map.

    finding : a sentence with the figure that the picture shows; also its description for who cannot see it.
    below : what the shading is of, and of which day. notice : said in bold above all, as for invented places.
    Every text is escaped, broken into lines, and cut after a few of them. Raises ValueError as draw_map does.
    """
    shown = extent or _with_room(extent_of(layers))
    inner = draw_map(
        layers, title=title, width=WIDTH, height=MAP_HEIGHT, labels="flat", extent=shown, map_id="picture-map",
    )  # fmt: skip
    room = WIDTH - 2 * _EDGE
    parts: list[str] = []
    y = float(_EDGE)
    for words, size, weight, most in (
        (notice, _WORDS, "bold", 2),
        (title, _TITLE, "bold", _MOST_TITLE_LINES),
        (finding, _WORDS, "normal", _MOST_WORD_LINES),
    ):
        for line in broken(words, size, room, most):
            y += size * 1.34
            parts.append(_text(_EDGE, y - size * 0.28, line, size, INK, weight))
        y += 6 if words else 0
    y += 6
    # A nested picture keeps its own pixels; its text is flat, so nothing is scaled twice.
    parts.append(inner.replace("<svg ", f'<svg x="0" y="{y:g}" ', 1))
    y += MAP_HEIGHT + 10
    rows, tall = _key(legend_entries(layers), y, room)
    parts += rows
    y += tall
    for line in broken(below, _KEY, room, _MOST_WORD_LINES):
        y += _KEY * 1.36
        parts.append(_text(_EDGE, y - 4, line, _KEY, MUTED, "normal"))
    height = int(y) + _EDGE
    written = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}"'
        f' viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="picture-title picture-words"'
        ' font-family="Helvetica Neue, Arial, Liberation Sans, sans-serif">'
        f'<title id="picture-title">{escape(title)}</title>'
        f'<desc id="picture-words">{escape(" ".join((notice, finding, below)).strip())}</desc>'
        f'<rect width="{WIDTH}" height="{height}" fill="{PAPER}"/>' + "\n".join(parts) + "</svg>\n"
    )
    return writable(written)


def writable(text: str) -> str:
    """Leave out the control characters that XML cannot hold; names in HTML may have them."""
    return _UNWRITABLE.sub("", text)


def picture_png(svg: str, width: int = USUAL_WIDTH) -> bytes:
    """Render an SVG file as a PNG, `width` pixels across. Raises ValueError outside 420 to 2,520."""
    if not LEAST_WIDTH <= width <= MOST_WIDTH:
        raise ValueError(f"a picture is {LEAST_WIDTH} to {MOST_WIDTH} pixels wide, not {width}")
    import resvg_py  # at first use: nothing else needs it

    made = resvg_py.svg_to_bytes(
        svg_string=svg, width=width, background=PAPER, languages=["en"], font_family="Liberation Sans",
        sans_serif_family="Liberation Sans", shape_rendering="geometric_precision",
        text_rendering="optimize_legibility", image_rendering="optimize_quality",
    )  # fmt: skip
    return _with_palette(bytes(made))


def _with_palette(png: bytes) -> bytes:
    """Write a PNG with a palette of 256: flat shades and edges of texts need no more, in a third of the bytes."""
    from PIL import Image

    packed = io.BytesIO()
    with Image.open(io.BytesIO(png)) as picture:
        # Nothing is see-through: the paper lies beneath. Dithering would speckle the flat shades.
        flat = picture.convert("RGB").quantize(256, dither=Image.Dither.NONE)
        flat.save(packed, "PNG", optimize=True)
    return packed.getvalue()


def _with_room(
    extent: tuple[float, float, float, float],
) -> tuple[float, float, float, float]:
    """Widen the ground shown a little, and more below, where the sources and the scale stand."""
    west, south, east, north = extent
    wide = max(east - west, north - south)
    return west - 0.05 * wide, south - 0.16 * wide, east + 0.05 * wide, north + 0.05 * wide


def broken(words: str, size: float, room: float, most: int) -> list[str]:
    """Break words into at most `most` lines that fit `room` pixels; what is cut ends in an ellipsis.

    A word that is longer than a line is broken where the line ends.
    """
    lines: list[str] = []
    line = ""
    for word in words.split():
        rest = word
        while rest:
            longer = f"{line} {rest}" if line else rest
            if text_width(longer, size) <= room:
                line, rest = longer, ""
            elif line:
                lines.append(line)
                line = ""
            else:
                fits = _that_fits(rest, size, room)
                lines.append(rest[:fits])
                rest = rest[fits:]
    if line:
        lines.append(line)
    if len(lines) > most:
        last = lines[most - 1]
        while last and text_width(f"{last}…", size) > room:
            last = last[:-1]
        return [*lines[: most - 1], f"{last.rstrip()}…"]
    return lines


def _that_fits(word: str, size: float, room: float) -> int:
    most = 1
    while most < len(word) and text_width(word[: most + 1], size) <= room:
        most += 1
    return most


def _key(entries: Sequence[LegendEntry], top: float, room: float) -> tuple[list[str], float]:
    """Write the key in rows from `top` down, and give its height."""
    parts: list[str] = []
    x, y, step = 0.0, top, 22.0
    for entry in entries:
        number = f" ({entry.shapes:,})" if entry.role == "choropleth" else ""
        words = broken(f"{entry.label}{number}", _KEY, room - 32, 1)[0] if entry.label else number
        wide = 30 + text_width(words, _KEY) + 16
        if x and x + wide > room:
            x, y = 0.0, y + step
        parts.append(_swatch(entry, _EDGE + x, y))
        parts.append(_text(_EDGE + x + 30, y + 12.5, words, _KEY, INK, "normal"))
        x += wide
    return parts, (y - top + step) if entries else 0.0


def _swatch(entry: LegendEntry, x: float, y: float) -> str:
    look = entry.style
    at = f'<g transform="translate({x:g} {y:g})">'
    if entry.role == "point":
        inside = (
            f'<circle cx="11" cy="8" r="7" fill="{escape(look.fill)}"'
            f' stroke="{escape(look.stroke)}" stroke-width="1.5"/>'
        )
    elif entry.role in ("outline", "neighbourhood"):
        wide = 3 if entry.role == "neighbourhood" else 2
        dash = f' stroke-dasharray="{escape(look.dash)}"' if look.dash else ""
        inside = (
            f'<rect x="1.5" y="1.5" width="19" height="13" fill="{PAPER}"'
            f' stroke="{escape(look.stroke)}" stroke-width="{wide}"{dash}/>'
        )
    else:
        inside = (
            f'<rect x=".5" y=".5" width="21" height="15" fill="{escape(look.fill)}"'
            f' stroke="{NO_DATA_LINE}"/>'
        )
        if look.hatch:
            inside += f'<path d="M1 9l8-8M1 15L15 1M7 15L21 1M15 15l6-6" stroke="{NO_DATA_LINE}"/>'
    return f"{at}{inside}</g>"


def _text(x: float, y: float, words: str, size: float, colour: str, weight: str) -> str:
    bold = ' font-weight="bold"' if weight == "bold" else ""
    return f'<text x="{x:g}" y="{y:.1f}" font-size="{size:g}"{bold} fill="{colour}">{escape(words)}</text>'
