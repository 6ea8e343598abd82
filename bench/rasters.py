"""Measures the sums of a grid of England over all its small areas, beside exactextract in the same run.

Run as `python -m bench.rasters MIRROR`. The grid is generated: 1 km cells over England, most of them small and
some large, as people are. Printed: seconds of computing of both (one process each), their ratio, and how far the
sums differ: in all from exactextract, whose shares of cells are floats of 32 bits, and area by area from
cutting every cell with GEOS for a sample. Exit code 1 where the ratio is 0.75 or more or the sums are not equal
to 1e-9.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from app.rasters.methods.zones import Grid, add_up, cut_borders
from app.sources.catalogue import get_dataset
from bench.topology import read_areas
from boundaries.crs import BNG

LAYER = "lsoa-2021-12-bgc"
GRID = Grid(700, 700, 0.0, 700_000.0, 1000.0, 1000.0)
SAMPLE, ROWS = 1_000, 256
BAR, EQUAL = 0.75, 1e-9


def cells_of_people(grid: Grid = GRID) -> NDArray[np.float64]:
    """Generate people by cell: most cells hold few, some thousands."""
    return np.random.default_rng(2026).gamma(0.3, 300, (grid.rows, grid.columns))


def sum_ours(zones: NDArray[np.object_], cells: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum the cells over zones along their borders."""
    borders = cut_borders(zones, GRID)
    found = np.zeros(len(zones))
    for first, pieces in borders.blocks(ROWS):
        found += add_up(borders, pieces, first, cells[first : first + ROWS])
    return found


def sum_theirs(frame: gpd.GeoDataFrame, cells: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum the cells over zones by exactextract, in the order of its that is quicker here."""
    from exactextract import exact_extract
    from exactextract.raster import NumPyRasterSource

    source = NumPyRasterSource(cells, *GRID.box, srs_wkt=frame.crs.to_wkt())
    told = exact_extract(source, frame, ["sum"], strategy="raster-sequential", output="pandas")
    return told["sum"].to_numpy()


def sum_by_cutting(zones: NDArray[np.object_], cells: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cut every cell with every zone by GEOS."""
    found = np.zeros(len(zones))
    for at, zone in enumerate(zones):
        part = GRID.part(zone.bounds)
        assert part is not None, "every small area lies on the grid"
        grid, top, left = part
        west = grid.west + np.arange(grid.columns) * grid.cell_width
        south = grid.north - (np.arange(grid.rows) + 1) * grid.cell_height
        wests, souths = np.meshgrid(west, south)
        boxes = shapely.box(wests, souths, wests + grid.cell_width, souths + grid.cell_height)
        shares = shapely.area(shapely.intersection(boxes, zone)) / grid.cell_area
        window = cells[top : top + grid.rows, left : left + grid.columns]
        found[at] = (shares * window).sum()
    return found


def run(mirror: Path) -> bool:
    """Measure and print; says whether the bar was met."""
    zones = read_areas(mirror, get_dataset(LAYER))
    cells = cells_of_people()
    frame = gpd.GeoDataFrame({"zone": range(len(zones))}, geometry=list(zones), crs=BNG)
    spent = []
    for measure in (lambda: sum_ours(zones, cells), lambda: sum_theirs(frame, cells)):
        began = time.process_time()
        found = measure()
        spent.append((time.process_time() - began, found))
    (ours_s, ours), (theirs_s, theirs) = spent
    sample = np.random.default_rng(1).choice(len(zones), SAMPLE, replace=False)
    cut = sum_by_cutting(zones[sample], cells)
    in_all = abs(ours.sum() / theirs.sum() - 1)
    each = float(np.abs(ours[sample] / cut - 1).max())
    apart = float(np.abs(ours / theirs - 1).max())
    print(f"{len(zones):,} small areas of {LAYER} on {GRID.columns} x {GRID.rows} cells of 1 km:")
    print(
        f"  along borders {ours_s:.2f} s, exactextract {theirs_s:.2f} s of computing: {ours_s / theirs_s:.3f}"
    )
    print(
        f"  sums in all differ by {in_all:.1e}; area by area from exactextract by {apart:.1e} at most"
    )
    print(f"  and from cutting by GEOS, {SAMPLE:,} areas, by {each:.1e} at most")
    return ours_s < BAR * theirs_s and in_all < EQUAL and each < EQUAL


if __name__ == "__main__":
    sys.exit(0 if run(Path(sys.argv[1])) else 1)
