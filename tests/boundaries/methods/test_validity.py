from __future__ import annotations

import numpy as np
import pytest
import shapely
from shapely import MultiPolygon, Point, Polygon, box

from boundaries.errors import Invalid
from boundaries.methods.validity import MAX_VERTICES, check_polygon, repair

BOW_TIE = Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])


def with_number(number: float) -> Polygon:
    with np.errstate(invalid="ignore"):
        return Polygon([(0, 0), (number, 1), (1, 1)])


def areas(*shapes: object) -> np.ndarray:
    held = np.empty(len(shapes), dtype=object)
    held[:] = shapes
    return held


def test_valid_areas_become_multipolygons_and_are_not_listed() -> None:
    mended, findings = repair(areas(box(0, 0, 1, 1), MultiPolygon([box(0, 0, 1, 1)])))
    assert [shape.geom_type for shape in mended] == ["MultiPolygon", "MultiPolygon"]
    assert findings.empty


def test_overlapping_parts_are_united_and_both_areas_listed() -> None:
    # Two 2 x 2 squares that share 1 x 1: 8 counted twice, 7 of ground (linework would give 6).
    mended, findings = repair(areas(MultiPolygon([box(0, 0, 2, 2), box(1, 1, 3, 3)])))
    assert mended[0].area == 7
    row = findings.iloc[0]
    assert (row.kind, row.area_before_m2, row.area_after_m2) == ("repaired", 8, 7)


def test_a_hole_half_outside_its_shell_and_nested_shells_follow_the_structure() -> None:
    outside = Polygon(box(0, 0, 4, 4).exterior, [box(3, 3, 5, 4).exterior])  # 16 less 1 in common
    nested = MultiPolygon([box(0, 0, 10, 10), box(4, 4, 6, 6)])
    mended, _ = repair(areas(outside, nested))
    assert [shape.area for shape in mended] == [15, 100]


@pytest.mark.parametrize(
    ("shape", "reason"),
    [
        (None, "no geometry"),
        (Polygon(), "no geometry"),
        (Point(1, 1), "not an area but a Point"),
        (with_number(np.nan), "a coordinate is not a number"),
        (Polygon(box(0, 0, 4, 4).exterior, [box(0, 0, 4, 4).exterior]), "nothing is left"),
    ],
)
def test_what_cannot_be_an_area_is_refused_and_listed(shape: object, reason: str) -> None:
    mended, findings = repair(areas(box(0, 0, 1, 1), shape))
    assert mended[1] is None
    assert findings.position.tolist() == [1]
    assert findings.kind.tolist() == ["refused"]
    assert findings.reason[0].startswith(reason)


def test_only_polygons_of_a_collection_are_kept() -> None:
    mixed = shapely.GeometryCollection([box(0, 0, 1, 1), Point(5, 5)])
    mended, findings = repair(areas(mixed))
    assert mended[0].equals(box(0, 0, 1, 1))
    assert findings.kind.tolist() == ["repaired"]


@pytest.mark.parametrize(
    ("shape", "reason"),
    [
        (None, "empty"),
        (Polygon(), "empty"),
        (Point(0, 51), "not an area but a Point"),
        (BOW_TIE, "crosses itself at 1, 1"),
        (box(577_000, 108_000, 585_000, 113_000), r"looks? like British National Grid"),
        (box(50.8, 0.5, 50.9, 0.7), "swapped"),
        (box(-200, 51, 0, 52), "outside -180 to 180"),
        (with_number(np.inf), "not a number"),
    ],
)
def test_a_users_outline_is_refused_with_its_reason(shape: Polygon, reason: str) -> None:
    with pytest.raises(Invalid, match=reason) as caught:
        check_polygon(shape, pointer="/geometry")
    assert caught.value.faults[0].pointer == "/geometry"


def test_degrees_given_as_metres_are_refused() -> None:
    with pytest.raises(Invalid, match="look like degrees"):
        check_polygon(box(0.5, 50.8, 0.7, 50.9), system="bng")
    check_polygon(box(577_000, 108_000, 585_000, 113_000), system="bng")


def test_the_vertex_limit_is_inclusive() -> None:
    def disc(vertices: int) -> Polygon:
        turn = np.linspace(0, 2 * np.pi, vertices - 1, endpoint=False)
        return Polygon(np.column_stack([np.cos(turn), 51 + np.sin(turn)]))

    check_polygon(disc(MAX_VERTICES))
    with pytest.raises(Invalid, match="50,001 vertices"):
        check_polygon(disc(MAX_VERTICES + 1))


def test_a_shell_within_a_shell_is_a_hole_where_another_area_lies_there() -> None:
    nested = MultiPolygon([box(0, 0, 10, 10), box(4, 4, 6, 6)])
    alone, _ = repair(areas(nested))
    assert alone[0].area == 100  # nothing says that it is a hole
    mended, findings = repair(areas(nested, box(4, 4, 6, 6)))
    assert [shape.area for shape in mended] == [96, 4]
    row = findings.iloc[0]
    assert (row.kind, row.area_before_m2, row.area_after_m2) == ("repaired", 104, 96)
    assert row.reason.endswith("what another area covers is a hole")


def test_a_hole_is_opened_only_where_most_of_it_is_another_areas() -> None:
    nested = MultiPolygon([box(0, 0, 10, 10), box(4, 4, 6, 6)])
    mended, findings = repair(areas(nested, box(5.5, 4, 7, 6)))  # a quarter of the shell
    assert mended[0].area == 100
    assert "hole" not in findings.iloc[0].reason.partition("[")[2]
