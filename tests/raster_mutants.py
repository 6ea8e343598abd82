"""Wrong edits of what reads, sums and draws rasters."""

from __future__ import annotations

from tests.mutant import Mutant

RASTER_MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "a hole drawn the other way round is ground",
        "app/rasters/methods/zones.py",
        "np.where((turned > 0) == is_hole, -1.0, 1.0)",
        "np.where(turned > 0, 1.0, -1.0)",
        "tests/app/rasters/test_zones.py",
    ),
    Mutant(
        "the last column goes on beyond the grid",
        "app/rasters/methods/zones.py",
        "grown = np.minimum(borders.middle[pieces], columns) - inside",
        "grown = borders.middle[pieces] - inside",
        "tests/app/rasters/test_zones.py",
    ),
    Mutant(
        "levels are added",
        "app/rasters/zones.py",
        'if raster.nature == "intensive":',
        'if raster.nature == "level":',
        "tests/app/rasters/test_rasters_served.py",
    ),
    Mutant(
        "an area that a grid half reaches is known",
        "app/rasters/queries.py",
        "RasterValue.share_with_value >= whole",
        "RasterValue.share_with_value > 0",
        "tests/app/rasters/test_weights.py",
    ),
    Mutant(
        "an ASCII grid that is cut off is filled with what was in memory",
        "boundaries/raster_files.py",
        "if at < len(cells):",
        "if at < 0:",
        "tests/boundaries/test_raster_files.py",
    ),
    Mutant(
        "infinite cells are summed",
        "boundaries/raster_files.py",
        '(band.infinite, "cells-finite", "infinite"),',
        '(0, "cells-finite", "infinite"),',
        "tests/boundaries/test_raster_files.py",
    ),
    Mutant(
        "a table of points stands on its head",
        "app/rasters/readers/points.py",
        "at = (rows - 1 - row_up) * across + column",
        "at = row_up * across + column",
        "tests/app/rasters/test_points.py",
    ),
    Mutant(
        "a break belongs to the class above it",
        "app/rasters/methods/tiles.py",
        'np.searchsorted(np.asarray(breaks, dtype=float), cells, side="left")',
        'np.searchsorted(np.asarray(breaks, dtype=float), cells, side="right")',
        "tests/app/rasters/test_tiles.py",
    ),
)
