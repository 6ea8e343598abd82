"""Atlases of invented outlines: squares, and ragged shapes over one another."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from boundaries.methods.atlas import Atlas, chart

EVER = 10**7


def bound(
    layers: list[NDArray[np.object_]], lives: list[tuple[int, int]] | None = None,
    often: list[bool] | None = None,
) -> Atlas:  # fmt: skip
    """Put layers of outlines into one atlas; `often` names those that most questions are about."""
    corners = runs = 0
    charts = []
    for number, shapes in enumerate(layers):
        charts.append(chart(shapes, number, corners, runs))
        corners += len(charts[-1]["corner"])
        runs += len(charts[-1]["run_first"])
    arrays = {name: np.concatenate([each[name] for each in charts]) for name in charts[0]}
    areas = len(arrays["area_layer"])
    spans = np.array(lives or [(-EVER, EVER)] * areas, dtype=np.int64).reshape(-1, 2)
    return Atlas(arrays, spans[:, 0], spans[:, 1], None if often is None else np.array(often))


def star(
    rng: np.random.Generator, corners: int, x: float, y: float, size: float
) -> shapely.Polygon:
    turn = np.sort(rng.uniform(0, 2 * np.pi, corners))
    far = size * rng.uniform(0.3, 1.0, corners)
    return shapely.Polygon(np.column_stack([x + far * np.cos(turn), y + far * np.sin(turn)]))


def squares(*origins: tuple[float, float], side: float = 100.0) -> NDArray[np.object_]:
    return np.array([shapely.box(x, y, x + side, y + side) for x, y in origins], dtype=object)


def ragged_shapes() -> NDArray[np.object_]:
    """Outlines of many and few corners, with holes and islands, over one another."""
    rng = np.random.default_rng(8)
    shapes: list[shapely.Geometry] = []
    for corners in (3, 5, 16, 17, 18, 33, 800):
        for _ in range(4):
            x, y = rng.uniform(0, 4000, 2)
            outer = star(rng, corners, x, y, 900)
            hole = shapely.buffer(shapely.Point(x, y), 60)
            island = shapely.box(x + 1200, y, x + 1300, y + 50)
            shapes.append(shapely.union(shapely.difference(outer, hole), island))
    return np.array(shapes, dtype=object)
