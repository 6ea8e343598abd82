"""TopoJSON: every shape comes back corner by corner, and a border that two share is written once."""

from __future__ import annotations

import itertools
import json
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from maps.layers import context_layer
from maps.leaflet import map_geojson, map_topology
from maps.topojson import topology
from tests.maps.squares import frame, layers, square


def unfolded(text: bytes) -> tuple[dict[str, Any], list[shapely.Geometry | None]]:
    """Read a Topology as its specification says; written apart from what writes it and from map.js."""
    told = json.loads(text)
    scale, start = told["transform"]["scale"], told["transform"]["translate"]
    lines = [
        [(x * scale[0] + start[0], y * scale[1] + start[1]) for x, y in np.cumsum(arc, axis=0)]
        for arc in told["arcs"]
    ]

    def ring(numbers: list[int]) -> list[tuple[float, float]]:
        points: list[tuple[float, float]] = []
        for number in numbers:
            line = lines[number] if number >= 0 else lines[~number][::-1]
            assert not points or np.allclose(points[-1], line[0], atol=1e-9), (
                "borders meet end to end"
            )
            points += line[1:] if points else line
        return points

    found: list[shapely.Geometry | None] = []
    for one in told["objects"]["map"]["geometries"]:
        if one["type"] == "Point":
            found.append(shapely.Point(np.array(one["coordinates"]) * scale + start))
        elif one["type"] is None:
            found.append(None)
        else:
            parts = [one["arcs"]] if one["type"] == "Polygon" else one["arcs"]
            rings = [[ring(numbers) for numbers in part] for part in parts]
            made = [shapely.Polygon(outer, holes) for outer, *holes in rings]
            found.append(made[0] if one["type"] == "Polygon" else shapely.MultiPolygon(made))
    return told, found


def written(shapes: list[shapely.Geometry | None], grid: float = 0.25) -> bytes:
    return topology(shapes, [{"n": n} for n in range(len(shapes))], (grid, grid))


def borders(told: dict[str, Any]) -> int:
    return sum(len(arc) - 1 for arc in told["arcs"])


def test_two_squares_write_their_common_side_once() -> None:
    told, back = unfolded(written([shapely.box(0, 50, 1, 51), shapely.box(1, 50, 2, 51)]))
    # Seven sides in all: 4 + 4, of which one is common.
    assert borders(told) == 7
    assert back[0].equals(shapely.box(0, 50, 1, 51))
    assert back[1].equals(shapely.box(1, 50, 2, 51))


def test_a_hole_and_what_fills_it_share_their_border() -> None:
    inside = shapely.Polygon([(0.25, 50.5), (0.5, 50.25), (0.75, 50.5), (0.5, 50.75)])
    around = shapely.box(0, 50, 1, 51).difference(inside)
    told, back = unfolded(written([around, inside]))
    assert borders(told) == 8
    assert back[0].equals(around)
    assert back[1].equals(inside)


def test_what_is_missing_keeps_its_row_and_points_are_points() -> None:
    _, back = unfolded(written([None, shapely.Point(-1.25, 50.5), shapely.Polygon()]))
    assert back[0] is None
    assert back[2] is None
    assert back[1].equals_exact(shapely.Point(-1.25, 50.5), 1e-9)


def test_lines_are_refused() -> None:
    with pytest.raises(ValueError, match="polygons and points"):
        written([shapely.LineString([(0, 50), (1, 51)])])


@settings(deadline=None)  # whatever else the machine has to do
@given(st.lists(st.lists(st.integers(0, 3), min_size=6, max_size=6), min_size=5, max_size=5))
def test_any_division_of_a_grid_comes_back_and_no_side_is_written_twice(
    grid: list[list[int]],
) -> None:
    """Cells of a chequered ground joined by number: parts, holes, islands, corners that only touch."""
    cells: dict[int, list[shapely.Polygon]] = {}
    for (y, row), x in itertools.product(enumerate(grid), range(6)):
        cells.setdefault(row[x], []).append(shapely.box(x, 50 + y, x + 1, 51 + y))
    shapes = [shapely.union_all(some) for some in cells.values()]
    told, back = unfolded(written([*shapes, shapely.MultiPolygon()], grid=1.0))
    for before, after in zip(shapes, back, strict=False):
        assert shapely.normalize(before).equals(shapely.normalize(after))
        assert after.exterior.is_ccw if after.geom_type == "Polygon" else True
    sides: set[tuple[float, ...]] = set()
    for arc in told["arcs"]:
        for a, b in itertools.pairwise(np.cumsum(arc, axis=0).tolist()):
            side = tuple(min(a, b) + max(a, b))
            assert side not in sides
            sides.add(side)


def test_the_map_holds_the_same_features_in_both_forms_and_half_the_borders() -> None:
    plain = json.loads(map_geojson(layers(hostile=True)))
    told, back = unfolded(map_topology(layers(hostile=True)))
    assert told["bbox"] == pytest.approx(plain["bbox"])
    both = list(zip(plain["features"], told["objects"]["map"]["geometries"], back, strict=True))
    assert len(both) == 12
    for feature, folded, shape in both:
        assert folded["properties"] == feature["properties"]
        if feature["geometry"] is None:
            assert shape is None
        else:
            expected = shapely.from_geojson(json.dumps(feature["geometry"]))
            # a metre at most: the squares are a kilometre wide
            assert shapely.hausdorff_distance(expected, shape) < 2e-5


def test_ground_around_that_lies_wholly_beyond_the_map_is_not_sent() -> None:
    far = context_layer(frame([{"code": "X1", "name": "Far"}], [square(500)]), name="Far")
    told, back = unfolded(map_topology([*layers(hostile=False), far]))
    assert len(back) == 12
    near, _ = unfolded(map_topology(layers(hostile=False)))
    assert told == near
    assert len(json.loads(map_geojson([*layers(hostile=False), far]))["features"]) == len(back)
