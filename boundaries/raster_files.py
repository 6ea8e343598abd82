"""Reads a GeoTIFF or ASCII grid of a user's, checks every cell, and writes it as a cloud-optimised GeoTIFF.

It refuses what has no system, is rotated, is larger than its bound (told from the header, before a
cell is read), holds infinite values or a picture. Meant for the limited subprocess: `untrusted`.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from boundaries import crs as coordinates
from boundaries.errors import Fault, Refused
from boundaries.gdal_drivers import lock_down_gdal

lock_down_gdal()

# Width x height x bands x bytes, as stored (SAFETY.md C3).
MAX_BYTES = 2_000_000_000
MAX_BANDS = 100
CELLS_A_BLOCK = 4_000_000
# No count and no level is below this: it is a mark for "no value" that the file does not declare.
_MARK = -1e30
_TIFF = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
_HEAD_KEYS = {
    "ncols", "nrows", "xllcorner", "xllcenter", "yllcorner", "yllcenter", "cellsize", "nodata_value",
}  # fmt: skip
_ASCII = re.compile(rb"\s*(ncols|nrows|xll|yll|cellsize)", re.IGNORECASE)
# A tile of a page reads one block of the file; overviews are means, so a coarse tile shows the level.
_STORED = {
    "driver": "COG", "compress": "DEFLATE", "predictor": "YES", "blocksize": 256, "bigtiff": "IF_SAFER",
    "overview_resampling": "AVERAGE",
}  # fmt: skip


class UnreadableRaster(Refused):
    """A grid that is not taken, with the first place where each fault stands."""

    slug = "unreadable-raster"
    title = "The raster was refused"


class RasterTooLarge(UnreadableRaster):
    """A grid of more cells than are read, by its own header; none was read."""

    slug = "raster-too-large"
    title = "The raster is too large"


@dataclass(frozen=True)
class Place:
    """Where a grid's cells lie: `bng` in metres or `lon-lat` in degrees, rows from north to south."""

    system: Literal["bng", "lon-lat"]
    columns: int
    rows: int
    west: float
    north: float
    cell_width: float
    cell_height: float


@dataclass
class BandCells:
    """What the cells of one band are in all: `total` of those with a value, lowest and highest of them."""

    label: str
    cells_with_value: int = 0
    cells_without: int = 0
    lowest: float | None = None
    highest: float | None = None
    total: float = 0.0
    infinite: int = 0
    below: int = 0
    marked: int = 0
    first_bad: tuple[int, int] = field(default=(0, 0))

    def take(self, cells: NDArray[np.float64], first_row: int) -> None:
        """Count some rows of cells, NaN where there is no value; keep where the first strange one stands."""
        known = cells[~np.isnan(cells)]
        self.cells_with_value += known.size
        self.cells_without += cells.size - known.size
        if not known.size:
            return
        lowest, highest = float(known.min()), float(known.max())
        self.lowest = lowest if self.lowest is None else min(self.lowest, lowest)
        self.highest = highest if self.highest is None else max(self.highest, highest)
        strange = np.isinf(cells) | (cells < 0)
        if strange.any() and self.first_bad == (0, 0):
            row, column = np.argwhere(strange)[0]
            self.first_bad = (first_row + int(row) + 1, int(column) + 1)
        self.infinite += int(np.isinf(known).sum())
        self.marked += int((known < _MARK).sum())
        self.below += int((known < 0).sum())
        if not self.infinite:
            self.total += float(known.sum())


def read_raster(
    path: Path, target: Path, *, name: str, crs: str | None, nodata: float | None, is_count: bool
) -> dict[str, Any]:
    """Read one file of cells, write it to `target` cloud-optimised, and tell what it holds.

    Parameters
    ----------
    name : the file's name as its sender knows it; crs : its system, where it states none
    nodata : the value that means "no value", where the file declares none
    is_count : cells are counts of something, which are never below 0

    Returns
    -------
    `place` (Place) and `bands` (BandCells), as plain values. Raises UnreadableRaster, RasterTooLarge.
    """
    with path.open("rb") as file:
        start = file.read(4096)
    try:
        if start.startswith(_TIFF):
            return _read_tiff(path, target, name, crs, nodata, is_count=is_count)
        if _ASCII.match(start):
            return _read_ascii(path, target, name, crs, nodata, is_count=is_count)
    finally:
        _working(target).unlink(missing_ok=True)
    why = "neither a GeoTIFF nor an ASCII grid, by its first bytes"
    raise refuse(name, why, "first-bytes")


def store_cells(
    cells: NDArray[np.float64], place: Place, labels: Sequence[str], target: Path, *, name: str, is_count: bool
) -> dict[str, Any]:  # fmt: skip
    """Write bands of cells (band, row, column; NaN for no value) to `target`; tells what `read_raster` tells."""

    def strips(band: int) -> Iterator[tuple[int, NDArray[np.float64]]]:
        yield 0, cells[band - 1]

    try:
        return _store(place, list(labels), strips, "float64", target, name, is_count=is_count)
    finally:
        _working(target).unlink(missing_ok=True)


def check_size(place: Place, bands: int, bytes_a_cell: int, name: str) -> None:
    """See that a grid is within the bound, by its header alone. Raises RasterTooLarge, UnreadableRaster."""
    if not 1 <= bands <= MAX_BANDS:
        raise refuse(name, f"it has {bands} bands; 1 to {MAX_BANDS} are read", "bands-bounded")
    size = place.columns * place.rows * bands * bytes_a_cell
    if size > MAX_BYTES:
        raise RasterTooLarge(
            f"{name}: {place.columns:,} x {place.rows:,} cells in {bands} bands are {size / 1e9:,.1f} GB; "
            f"at most {MAX_BYTES / 1e9:g} GB are read, and none was",
            [Fault("The grid has too many cells.", file=name, rule="cells-bounded")],
        )


def system_of(stated: str | None, given: str | None, name: str) -> Literal["bng", "lon-lat"]:
    """Say which system a grid is in, by the file or by its sender, who may not contradict it.

    Raises UnreadableRaster where nobody states one, where the two differ, and for a third system: to carry
    cells from one grid to another changes what they count.
    """
    if stated is None and given is None:
        raise refuse(
            name,
            f"it has no coordinate system; say which with --crs EPSG:{coordinates.BNG}",
            "system-stated",
        )
    systems = [coordinates.recognise(each) for each in (stated, given) if each is not None]
    if systems[0] == "other":
        raise refuse(
            name, "its system is neither British National Grid nor longitude and latitude", "system-known"
        )  # fmt: skip
    if len(set(systems)) > 1:
        raise refuse(
            name, f"it states {systems[0]} and --crs says {systems[1]}", "system-once", value=given or ""
        )  # fmt: skip
    return systems[0]


def refuse(
    name: str, why: str, rule: str, *, row: int | None = None, column: str = "", value: str = ""
) -> UnreadableRaster:
    """Make the refusal of a whole grid, with its one fault."""
    said = why[0].upper() + why[1:] + "."
    fault = Fault(said, file=name, row=row, column=column, value=value[:80], rule=rule)
    return UnreadableRaster(f"{name}: {why}.", [fault])


def _working(target: Path) -> Path:
    return target.with_suffix(".working")


def _read_tiff(
    path: Path, target: Path, name: str, crs: str | None, nodata: float | None, *, is_count: bool
) -> dict[str, Any]:
    import rasterio
    from rasterio.enums import ColorInterp
    from rasterio.errors import NotGeoreferencedWarning
    from rasterio.windows import Window

    # No side files: neither a .aux.xml nor a .tfw that lies beside it speaks for the file.
    quiet = {"GDAL_PAM_ENABLED": "NO", "GDAL_CACHEMAX": 64, "GTIFF_IGNORE_READ_ERRORS": False}
    try:
        with (
            rasterio.Env(**quiet),
            warnings.catch_warnings(action="ignore", category=NotGeoreferencedWarning),
            rasterio.open(path, driver="GTiff") as file,
        ):
            kinds = {np.dtype(kind) for kind in file.dtypes}
            if any(kind.kind not in "uif" for kind in kinds):
                raise refuse(name, "its cells are not plain numbers", "cells-are-numbers")
            looks = set(file.colorinterp) & {ColorInterp.red, ColorInterp.palette}
            if looks:
                raise refuse(name, "it is a picture in colours, not figures", "cells-are-numbers")
            place = _place_of(file, name, crs)
            exact = all(np.can_cast(kind, np.float32) for kind in kinds)
            stored = "float32" if exact else "float64"
            check_size(place, file.count, np.dtype(stored).itemsize, name)
            rows = max(1, CELLS_A_BLOCK // place.columns)

            def strips(band: int) -> Iterator[tuple[int, NDArray[np.float64]]]:
                scale, offset = file.scales[band - 1], file.offsets[band - 1]
                for first in range(0, place.rows, rows):
                    window = Window(0, first, place.columns, min(rows, place.rows - first))
                    read = file.read(band, window=window, masked=True)
                    cells = read.astype(np.float64).filled(np.nan)
                    if nodata is not None:
                        cells[cells == nodata] = np.nan
                    yield first, cells if (scale, offset) == (1, 0) else cells * scale + offset

            labels = [text or "" for text in file.descriptions]
            return _store(place, labels, strips, stored, target, name, is_count=is_count)
    except rasterio.errors.RasterioError as error:
        why = str(error.__cause__ or error).replace(str(path), name)[:200]
        raise refuse(name, f"it cannot be read: {why}", "file-whole") from error


def _place_of(file: Any, name: str, crs: str | None) -> Place:
    turned = file.transform
    if turned.is_identity:
        raise refuse(name, "it does not say where its cells lie", "cells-placed")
    if turned.b or turned.d or turned.a <= 0 or turned.e >= 0:
        raise refuse(
            name, "its rows do not run from west to east and from north to south: it is rotated", "north-up"
        )  # fmt: skip
    system = system_of(file.crs.to_wkt() if file.crs else None, crs, name)
    numbers = (turned.c, turned.f, turned.a, -turned.e)
    if not np.isfinite(numbers).all():
        raise refuse(name, "its place is not finite", "cells-placed")
    return Place(system, file.width, file.height, *numbers)


def _read_ascii(
    path: Path, target: Path, name: str, crs: str | None, nodata: float | None, *, is_count: bool
) -> dict[str, Any]:
    """Read an ASCII grid. Not by GDAL, which reads a word as 0 and rows that are missing as 0 too."""
    with path.open("rb") as file:
        head, first = _ascii_head(file, name)
        place = _ascii_place(head, system_of(None, crs, name), name)
        check_size(place, 1, 8, name)
        cells = np.empty(place.columns * place.rows)
        at = 0
        for words in _ascii_words(first, file):
            if at + len(words) > len(cells):
                raise refuse(
                    name, f"it holds more than the {len(cells):,} cells it says", "file-whole"
                )
            try:
                cells[at : at + len(words)] = np.array(words).astype(np.float64)
            except ValueError:
                raise _word_found(words, at, place.columns, name) from None
            at += len(words)
    if at < len(cells):
        raise refuse(name, f"it is cut off: it holds {at:,} of {len(cells):,} cells", "file-whole")
    for mark in (head.get("nodata_value"), nodata):
        if mark is not None:
            cells[cells == mark] = np.nan
    return store_cells(
        cells.reshape(1, place.rows, place.columns), place, [""], target, name=name, is_count=is_count
    )  # fmt: skip


def _ascii_head(file: Any, name: str) -> tuple[dict[str, float], bytes]:
    head: dict[str, float] = {}
    while True:
        line = file.readline(10_000)
        words = line.split()
        key = words[0].decode("ascii", "replace").lower() if words else ""
        if key not in _HEAD_KEYS:
            return head, line
        try:
            head[key] = float(words[1])
        except (IndexError, ValueError):
            said = line.decode("ascii", "replace").strip()
            raise refuse(name, f"its head says no number of {key}", "head", value=said) from None


def _ascii_place(head: dict[str, float], system: Literal["bng", "lon-lat"], name: str) -> Place:
    size = head.get("cellsize", 0.0)
    counts = [head.get(key, 0.0) for key in ("ncols", "nrows")]
    sides = [
        head.get(f"{axis}llcorner", head.get(f"{axis}llcenter", np.nan) - size / 2)
        for axis in ("x", "y")
    ]
    sound = all(0 < n < 2**31 and n == int(n) for n in counts) and 0 < size < np.inf
    if not sound or not np.isfinite(sides).all():
        why = "its head does not say ncols, nrows, the lower left corner and cellsize as numbers"
        raise refuse(name, why, "head")
    columns, rows = int(counts[0]), int(counts[1])
    return Place(system, columns, rows, sides[0], sides[1] + rows * size, size, size)


def _ascii_words(first: bytes, file: Any) -> Iterator[list[bytes]]:
    """Give the words of a file in blocks, none cut in two."""
    left = first
    while block := file.read(1 << 20):
        block = left + block
        end = max(block.rfind(b" "), block.rfind(b"\n"), block.rfind(b"\t")) + 1
        left = block[end:]
        if words := block[:end].split():
            yield words
        if len(left) > 10_000:
            break
    if words := left.split():
        yield words


def _word_found(words: list[bytes], at: int, columns: int, name: str) -> UnreadableRaster:
    for place, word in enumerate(words, at):
        try:
            float(word)
        except ValueError:
            said = word.decode("ascii", "replace")
            row, column = divmod(place, columns)
            return refuse(
                name, f"the cell in row {row + 1}, column {column + 1} is no number", "cells-are-numbers",
                row=row + 1, column=str(column + 1), value=said,
            )  # fmt: skip
    raise AssertionError("one of the words was no number")


def _store(
    place: Place, labels: list[str], strips: Any, kind: str, target: Path, name: str, *, is_count: bool
) -> dict[str, Any]:  # fmt: skip
    """Write the strips of every band to a plain file, and that to a cloud-optimised one."""
    import rasterio
    from rasterio.shutil import copy
    from rasterio.transform import from_origin
    from rasterio.windows import Window

    working = _working(target)
    number = coordinates.BNG if place.system == "bng" else coordinates.WGS84
    profile = {
        "driver": "GTiff", "width": place.columns, "height": place.rows, "count": len(labels),
        "dtype": kind, "nodata": np.nan, "crs": rasterio.CRS.from_epsg(number), "bigtiff": "IF_SAFER",
        "transform": from_origin(place.west, place.north, place.cell_width, place.cell_height),
        "interleave": "band",
    }  # fmt: skip
    bands = [BandCells(label) for label in labels]
    with rasterio.Env(GDAL_PAM_ENABLED="NO", GDAL_CACHEMAX=64):
        with rasterio.open(working, "w", **profile) as file:
            for index, band in enumerate(bands, start=1):
                for first, cells in strips(index):
                    band.take(cells, first)
                    window = Window(0, first, place.columns, len(cells))
                    file.write(cells.astype(kind), index, window=window)
        _check_cells(bands, name, is_count=is_count)
        copy(working, target, **_STORED)
    told = [asdict(band) for band in bands]
    return {"place": asdict(place), "bands": told}


def _check_cells(bands: Sequence[BandCells], name: str, *, is_count: bool) -> None:
    """Refuse what no sum survives: infinite cells, an undeclared mark, counts below 0, no value at all."""
    faults = []
    for number, band in enumerate(bands, start=1):
        row, column = band.first_bad
        for cells, rule, why in (
            (band.infinite, "cells-finite", "infinite"),
            (band.marked, "no-value-declared",
             f"below {_MARK:g}: a mark for no value that the file does not declare; give --nodata"),
            (band.below if is_count else 0, "counts-not-below-0",
             f"below 0 (lowest {band.lowest or 0:g}), which no count is; if that marks no value, give --nodata"),
        ):  # fmt: skip
            if cells:
                are = "cells are" if cells > 1 else "cell is"
                said = f"Band {number}: {cells:,} {are} {why}."
                faults.append(Fault(said, file=name, row=row, column=str(column), rule=rule))
                break
    if not faults and not any(band.cells_with_value for band in bands):
        faults.append(Fault("No cell has a value.", file=name, rule="cells-have-values"))
    if faults:
        raise UnreadableRaster(f"{name}: {faults[0].detail}", faults)
