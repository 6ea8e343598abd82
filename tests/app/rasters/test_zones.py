"""Sums of cells over zones: worked by hand, held against cutting by GEOS and against exactextract."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from app.rasters.methods.zones import Grid, add_up, cut_borders

# Three columns and two rows of 100 m, the north-west corner at (1000, 2200).
GRID = Grid(3, 2, 1000.0, 2200.0, 100.0, 100.0)
CELLS = np.array([[1.0, 2.0, 4.0], [8.0, 16.0, 32.0]])


def sums(zones: list[shapely.Geometry], grid: Grid = GRID, cells=CELLS, rows: int = 2):
    borders = cut_borders(np.array(zones, dtype=object), grid)
    found = np.zeros(len(zones))
    for first, pieces in borders.blocks(rows):
        found += add_up(borders, pieces, first, cells[first : first + rows])
    return found


def cut_by_geos(zones: list[shapely.Geometry], grid: Grid, cells) -> np.ndarray:
    """Cut every cell with every zone: the same question the long way."""
    found = []
    for zone in zones:
        total = 0.0
        for row in range(grid.rows):
            for column in range(grid.columns):
                west = grid.west + column * grid.cell_width
                north = grid.north - row * grid.cell_height
                cell = shapely.box(west, north - grid.cell_height, west + grid.cell_width, north)
                total += shapely.intersection(zone, cell).area / grid.cell_area * cells[row, column]
        found.append(total)
    return np.array(found)


def test_a_zone_inside_one_cell_takes_its_share_of_it() -> None:
    # 50 m by 20 m of the 100 m cell that holds 16: a tenth.
    assert sums([shapely.box(1120, 2030, 1170, 2050)]) == pytest.approx([1.6], rel=1e-12)


def test_a_zone_over_four_cells_takes_a_quarter_of_each() -> None:
    assert sums([shapely.box(1050, 2050, 1150, 2150)]) == pytest.approx([(1 + 2 + 8 + 16) / 4])


def test_a_slanting_border_cuts_cells_exactly() -> None:
    # Below the diagonal from the south-west corner: half of 8, all of 16, half of 2.
    triangle = shapely.Polygon([(1000, 2000), (1200, 2000), (1200, 2200)])
    assert sums([triangle]) == pytest.approx([4 + 16 + 1])


def test_a_hole_is_taken_out_however_its_ring_runs() -> None:
    hole = [(1110, 2010), (1110, 2090), (1190, 2090), (1190, 2010), (1110, 2010)]
    around = [(1100, 2000), (1200, 2000), (1200, 2100), (1100, 2100)]
    for inner in (hole, hole[::-1]):
        for outer in (around, around[::-1]):
            assert sums([shapely.Polygon(outer, [inner])]) == pytest.approx([16 * 0.36])


def test_what_lies_beyond_the_grid_adds_nothing() -> None:
    wide = shapely.box(-5000, 1000, 9000, 9000)
    beside = [shapely.box(500, 2000, 900, 2200), shapely.box(1400, 2000, 1600, 2100)]
    above = shapely.box(1000, 2300, 1300, 2400)
    assert sums([wide, *beside, above]) == pytest.approx([63, 0, 0, 0])
    # Half in: the west half of column one, from beyond the edge.
    assert sums([shapely.box(900, 1900, 1050, 2300)]) == pytest.approx([4.5])


def test_an_empty_zone_and_no_zone_are_nought() -> None:
    assert sums([shapely.MultiPolygon(), shapely.box(1000, 2000, 1300, 2200)]).tolist() == [0, 63]
    assert len(sums([])) == 0


def test_rows_read_one_by_one_sum_as_all_at_once() -> None:
    zones = [shapely.Point(1150, 2100).buffer(80), shapely.box(1020, 2000, 1280, 2190)]
    assert sums(zones, rows=1) == pytest.approx(sums(zones), rel=1e-14)


def test_the_area_of_a_zone_is_told_in_cells_wherever_it_lies() -> None:
    zones = np.array([shapely.box(0, 0, 200, 50), shapely.box(1000, 2000, 1300, 2200)])
    assert cut_borders(zones, GRID).area == pytest.approx([1, 6])


def test_zones_that_tile_the_grid_share_out_all_of_it() -> None:
    # Voronoi cells of fixed points, cut to the grid: they tile it and cross its lines anywhere.
    seeds = shapely.MultiPoint(
        [(1013, 2017), (1270, 2190), (1111, 2101), (1203, 2044), (1060, 2160)]
    )
    whole = shapely.box(*GRID.box)
    tiles = [
        shapely.intersection(part, whole)
        for part in shapely.get_parts(shapely.voronoi_polygons(seeds, extend_to=whole))
    ]
    assert sums(tiles).sum() == pytest.approx(63, rel=1e-12)


# Corners on a lattice of half cells and between: edges along the lines of the grid and through its corners.
corner = st.tuples(st.integers(-2, 8), st.integers(-2, 6))


@settings(max_examples=60, deadline=None)
@given(st.lists(corner, min_size=3, max_size=7), st.integers(0, 3))
def test_any_zone_is_summed_as_geos_cuts_it(corners: list[tuple[int, int]], shift: int) -> None:
    drawn = shapely.Polygon([(1000 + 50 * x + shift * 7, 2000 + 50 * y) for x, y in corners])
    zone = shapely.make_valid(drawn)
    parts = [p for p in shapely.get_parts(zone) if p.geom_type == "Polygon"]
    zones = [shapely.MultiPolygon(parts)] if zone.geom_type == "GeometryCollection" else [zone]
    if zone.area == 0:
        return
    assert sums(zones, rows=1) == pytest.approx(cut_by_geos(zones, GRID, CELLS), rel=1e-9, abs=1e-9)


def test_sums_are_those_of_exactextract() -> None:
    exactextract = pytest.importorskip("exactextract")
    geopandas = pytest.importorskip("geopandas")
    from exactextract.raster import NumPyRasterSource

    random = np.random.default_rng(7)
    grid = Grid(40, 30, 0.0, 3000.0, 100.0, 100.0)
    cells = random.gamma(0.5, 100, (30, 40))
    zones = [
        shapely.Point(*at).buffer(size, quad_segs=5)
        for at, size in zip(
            random.uniform(0, 3000, (60, 2)), random.uniform(20, 700, 60), strict=True
        )
    ]
    frame = geopandas.GeoDataFrame({"zone": range(60)}, geometry=zones, crs=27700)
    source = NumPyRasterSource(cells, *grid.box, srs_wkt=frame.crs.to_wkt())
    theirs = exactextract.exact_extract(source, frame, ["sum"], output="pandas")["sum"]
    # Its shares of cells are floats of 32 bits: seven figures.
    assert sums(zones, grid, cells, rows=8) == pytest.approx(theirs.to_numpy(), rel=1e-6, abs=1e-6)
