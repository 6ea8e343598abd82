"""The colours maps are drawn in, measured for contrast and for colour-blind readers.

The plum ramp runs dark (most deprived) to pale; its lightness falls evenly and neighbouring steps
stay apart under simulated deuteranopia, protanopia and tritanopia (tests/maps/test_palettes.py).
Amber means money and nothing else.
"""

from __future__ import annotations

INK = "#14202b"
MUTED = "#4a5763"
PAPER = "#ffffff"
SEA = "#dce8ee"
LAND = "#f3f1ec"
LAND_EDGE = "#b9b6ae"
OUTLINE = "#6b7780"
AMBER = "#ffb81c"
NO_DATA = "#e6e6e6"
NO_DATA_LINE = "#8a949c"

PLUM = ("#3b0f4f", "#76307f", "#ad6aa0", "#d3acc4", "#efe2e6")
DIVERGING = ("#8c4a00", "#d08b3c", "#f0d9b0", "#f2f2ef", "#b9d8d6", "#4f97ab", "#1d4b70")


def relative_luminance(colour: str) -> float:
    """Give the WCAG 2 relative luminance (0 black to 1 white) of a `#rrggbb` colour.

    Raises ValueError for anything else. Source: WCAG 2.2, definition of relative luminance.
    """
    if len(colour) != 7 or not colour.startswith("#"):
        raise ValueError(f"not a #rrggbb colour: {colour!r}")
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast_ratio(one: str, other: str) -> float:
    """Give the WCAG 2 contrast ratio (1 to 21) of two `#rrggbb` colours, in either order."""
    dark, light = sorted((relative_luminance(one), relative_luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def text_colour_on(fill: str) -> str:
    """Choose ink or white for text on `fill`, whichever contrasts more."""
    return INK if contrast_ratio(INK, fill) >= contrast_ratio(PAPER, fill) else PAPER


def veiled(colour: str, white: float) -> str:
    """Mix a `#rrggbb` colour with white, of which it then holds the share `white` (0 to 1)."""
    channels = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(c + (255 - c) * white):02x}" for c in channels)


def ramp(classes: int) -> tuple[str, ...]:
    """Pick `classes` (1 to 5) plum steps, darkest first, spread over the whole ramp.

    Raises ValueError for more classes than the ramp can keep apart.
    """
    if not 1 <= classes <= len(PLUM):
        raise ValueError(f"the plum ramp has 1 to {len(PLUM)} classes, not {classes}")
    if classes == 1:
        return (PLUM[0],)
    last = len(PLUM) - 1
    return tuple(PLUM[round(step * last / (classes - 1))] for step in range(classes))
