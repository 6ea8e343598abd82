"""Opens the cells of a raster that is stored; says so where its file is gone, and never reads another in its place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from app.rasters.methods.zones import Grid
from app.rasters.tables import Raster
from boundaries.errors import Fault, Unavailable
from boundaries.importing import sha256_of

# Where the files stand, as the OSTN15 grid has its folder: one for the process, named by its root.
_folder: Path | None = None


class RasterFileLacking(Unavailable):
    """The table knows the raster and its file is not in the folder, or is not the one that was stored."""

    slug = "raster-file-lacking"
    title = "The raster's file is not here"


def use_folder(folder: Path) -> Path:
    """Name the folder that the stored files stand in; it need not exist yet."""
    global _folder
    _folder = folder
    return folder


def folder() -> Path:
    """Give the folder of the stored files. Raises RasterFileLacking where no root has named one."""
    if _folder is None:
        raise RasterFileLacking("no folder of rasters was named")
    return _folder


def grid_of(raster: Raster) -> Grid:
    """Give the lattice that a raster's cells lie on."""
    return Grid(
        raster.columns, raster.rows, raster.west, raster.north, raster.cell_width, raster.cell_height
    )  # fmt: skip


def check_file(raster: Raster) -> None:
    """Read the stored file whole and see that it is the one stored. Raises RasterFileLacking."""
    path = _path_of(raster)
    if sha256_of(path) != raster.stored_sha256:
        raise _lacking(raster, "its file has changed since it was stored")


def is_here(raster: Raster) -> bool:
    """Say whether the stored file is in its folder, as long as it was."""
    path = folder() / raster.stored_file
    return path.is_file() and path.stat().st_size == raster.stored_bytes


@contextmanager
def opened(raster: Raster) -> Iterator[Any]:
    """Open the stored cells as a dataset of rasterio's: float bands, NaN for no value. Raises RasterFileLacking."""
    import rasterio  # at first use: it would slow every start

    path = _path_of(raster)
    try:
        with (
            rasterio.Env(GDAL_PAM_ENABLED="NO", GDAL_DISABLE_READDIR_ON_OPEN="TRUE"),
            rasterio.open(path, driver="GTiff") as file,
        ):
            yield file
    except rasterio.errors.RasterioError as error:
        raise _lacking(raster, "its file cannot be read") from error


def read_cells(
    file: Any, band: int, first_row: int, first_column: int, rows: int, columns: int,
    shape: tuple[int, int] | None = None,
) -> np.ndarray[Any, np.dtype[np.float64]]:  # fmt: skip
    """Read a window of one band as float64; with a `shape` (rows, columns) from the overview nearest to it."""
    from rasterio.windows import Window

    window = Window(first_column, first_row, columns, rows)
    cells = file.read(band, window=window, out_shape=shape)
    return np.asarray(cells, dtype=np.float64)


def _path_of(raster: Raster) -> Path:
    path = folder() / raster.stored_file
    if not is_here(raster):
        raise _lacking(raster, "its file is not in the folder of rasters, or was cut off")
    return path


def _lacking(raster: Raster, why: str) -> RasterFileLacking:
    told = f"{raster.id}: {why}; bring it in again with bounds import raster or bounds load"
    return RasterFileLacking(told, [Fault(why, value=raster.id)])
