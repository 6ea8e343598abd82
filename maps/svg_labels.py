"""Where numbers, circles and names go on a drawn map so that none covers another.

Labels are placed in rank order; one that finds no room is dropped and counted, never drawn over
another. Text widths are estimated from Arial's metrics, on the wide side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray

_NARROW = frozenset("iljtfrI.,:;'!|()[] -")
_WIDE = frozenset("mwMW@%")
_DIRECTIONS = [(np.cos(a), np.sin(a)) for a in np.arange(8) * np.pi / 4]


def text_width(text: str, size: float) -> float:
    """Estimate the width in pixels of text set in Arial at `size` pixels."""
    ems = sum(
        0.31 if c in _NARROW else 0.87 if c in _WIDE else 0.68 if c.isupper() else 0.56
        for c in text
    )
    return ems * size


@dataclass
class Room:
    """The boxes already taken on a picture of `width` by `height` pixels."""

    width: float
    height: float
    taken: list[tuple[float, float, float, float]] = field(default_factory=list)

    def is_free(self, box: tuple[float, float, float, float]) -> bool:
        """Say whether a box (left, top, right, bottom) is inside the picture and meets no other."""
        left, top, right, bottom = box
        if left < 0 or top < 0 or right > self.width or bottom > self.height:
            return False
        return all(
            right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top
            for other in self.taken
        )

    def take(self, box: tuple[float, float, float, float]) -> bool:
        """Take a box if it is free; say whether it was."""
        free = self.is_free(box)
        if free:
            self.taken.append(box)
        return free

    def is_inside(self, x: float, y: float) -> bool:
        """Say whether a point lies in the picture."""
        return 0 <= x <= self.width and 0 <= y <= self.height


@dataclass(frozen=True)
class Placed:
    """A label's row and place in pixels; `anchor` is the point it speaks of."""

    row: int
    x: float
    y: float
    anchor: tuple[float, float]

    @property
    def is_moved(self) -> bool:
        """Whether the label stands away from its point, so that it needs a leader line."""
        return (self.x - self.anchor[0]) ** 2 + (self.y - self.anchor[1]) ** 2 > 1


def inner_points(geoms: NDArray[np.object_]) -> NDArray[np.float64]:
    """Find for each shape a point well inside its largest part (n, 2); NaN where there is none.

    For polygons it is the centre of the largest circle that fits inside, to a fiftieth of the
    shape's size; for points the point itself.
    """
    found = np.full((len(geoms), 2), np.nan)
    for row, geom in enumerate(geoms):
        if geom is None or geom.is_empty:
            continue
        if shapely.get_dimensions(geom) < 2:  # 2 = areas
            found[row] = shapely.get_coordinates(shapely.point_on_surface(geom))[0]
            continue
        parts = shapely.get_parts(geom)
        largest = parts[int(np.argmax(shapely.area(parts)))]
        west, south, east, north = largest.bounds
        try:
            circle = shapely.maximum_inscribed_circle(
                largest, tolerance=max(east - west, north - south) / 50
            )
            found[row] = shapely.get_coordinates(circle)[0]
        except shapely.GEOSException:
            found[row] = shapely.get_coordinates(largest.representative_point())[0]
    return found


def place_circles(
    points: NDArray[np.float64], labels: Sequence[str], radius: float, room: Room
) -> tuple[list[Placed], list[int]]:
    """Place one circle per label at its pixel point or close by, in row order.

    Returns the placed circles and the rows dropped for want of room; points outside the picture and
    rows without a label are neither.
    """
    placed, dropped = [], []
    for row, (x, y) in enumerate(points.tolist()):
        if not labels[row] or np.isnan(x) or not room.is_inside(x, y):
            continue
        tries = [(x, y)] + [
            (x + reach * radius * dx, y + reach * radius * dy)
            for reach in (1.2, 2.1, 3.2, 4.4)
            for dx, dy in _DIRECTIONS
        ]
        for cx, cy in tries:
            box = (cx - radius - 1, cy - radius - 1, cx + radius + 1, cy + radius + 1)
            if room.take(box):
                placed.append(Placed(row, cx, cy, (x, y)))
                break
        else:
            dropped.append(row)
    return placed, dropped


def place_names(
    points: NDArray[np.float64], names: Sequence[str], size: float, room: Room
) -> list[Placed]:
    """Place names centred on their pixel points, or just above or below, where there is room."""
    placed = []
    for row, (x, y) in enumerate(points.tolist()):
        if not names[row] or np.isnan(x) or not room.is_inside(x, y):
            continue
        half = text_width(names[row], size) / 2
        for cy in (y, y - 1.3 * size, y + 1.3 * size):
            if room.take((x - half - 2, cy - 0.7 * size, x + half + 2, cy + 0.7 * size)):
                placed.append(Placed(row, x, cy, (x, cy)))
                break
    return placed


def circle_radii(
    values: NDArray[np.float64], largest_px: float, smallest_px: float = 3.5
) -> NDArray[np.float64]:
    """Give each value the radius of a circle whose area is in proportion to it.

    The largest value has `largest_px`; circles too small to see are drawn at `smallest_px` (the
    number stands in the table). Missing and negative values and zero have `smallest_px`.
    """
    top = np.nanmax(values) if np.isfinite(values).any() else 0.0
    if top <= 0:
        return np.full(len(values), smallest_px)
    share = np.clip(np.nan_to_num(values, nan=0.0), 0, None) / top
    return np.maximum(np.sqrt(share) * largest_px, smallest_px)


def push_apart(
    points: NDArray[np.float64], radii: NDArray[np.float64], rounds: int = 60
) -> NDArray[np.float64]:
    """Move overlapping circles apart, the smaller one more, each as little as it takes.

    Points (n, 2) in pixels; circles at the very same point leave it in fixed directions, so that
    the same input always gives the same picture. More than 400 circles are left where they are.
    """
    n = len(points)
    moved = points.astype(float).copy()
    if not 1 < n <= 400:  # each round costs n squared
        return moved
    golden = np.arange(n) * 2.399963
    moved += np.column_stack([np.cos(golden), np.sin(golden)]) * 0.01
    weight = radii**2
    for _ in range(rounds):
        gap = moved[:, None, :] - moved[None, :, :]
        far = np.sqrt((gap**2).sum(axis=2))
        need = radii[:, None] + radii[None, :] + 1 - far
        np.fill_diagonal(need, 0)
        need = np.clip(need, 0, None)
        if not need.any():
            break
        part = weight[None, :] / (weight[:, None] + weight[None, :])
        direction = gap / np.maximum(far, 1e-9)[:, :, None]
        moved += (direction * (need * part)[:, :, None]).sum(axis=1) * 0.6
    return moved
