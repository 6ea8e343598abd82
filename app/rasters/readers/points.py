"""Reads a table of points on a regular grid (x, y and values) into cells; guesses no place and no number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.vintages.readers.numbers import Numbers, read_numbers
from app.vintages.readers.records import Records, open_records
from boundaries.errors import Fault
from boundaries.raster_files import Place, UnreadableRaster, check_size, refuse, system_of

EASTWARD = ("x", "easting", "eastings", "lon", "lng", "longitude")
NORTHWARD = ("y", "northing", "northings", "lat", "latitude")
# A point may lie so far from the lattice, in cells: rounding of what was written, not another lattice.
_OFF = 0.01
_MOST_SHOWN = 100


@dataclass(frozen=True)
class PointGrid:
    """Points as cells: `cells` (band, row, column), NaN where no point stands or its value is missing.

    labels : the headings of the values. points : rows of the table. missing : values that say there is none.
    """

    place: Place
    labels: tuple[str, ...]
    cells: NDArray[np.float64]
    points: int
    missing: int
    notes: tuple[Fault, ...]


def is_table(path: Path) -> bool:
    """Say whether a file begins like a table of points: a line of text with an x or easting among its titles."""
    with path.open("rb") as file:
        line = file.readline(10_000).removeprefix(b"\xef\xbb\xbf").decode("latin-1").lower()
    words = {word.strip(' "\r\n') for word in line.replace(";", ",").replace("\t", ",").split(",")}
    return bool(words & set(EASTWARD)) and bool(words & set(NORTHWARD))


def read_points(
    path: Path, name: str, *, crs: str | None, values: Sequence[str] = (), nodata: float | None = None
) -> PointGrid:  # fmt: skip
    """Read points into cells of which they are the middles.

    Parameters
    ----------
    crs : the system of x and y, which a table never states
    values : headings of the values, each a band; the last column where none is named
    nodata : a number that means "no value"; words such as MISSING and blanks always do

    Raises
    ------
    UnreadableRaster with a fault a row: text for a number, a point off the lattice, two points of one cell;
    RasterTooLarge; TableRefused for what is no table.
    """
    system = system_of(None, crs, name)
    records = open_records(path, name)
    headings = [heading.lower() for heading in records.header]
    axes = [_find(headings, words, name) for words in (EASTWARD, NORTHWARD)]
    bands = _bands(records, headings, axes, values, name)
    lines, columns = _columns(records, [*axes, *bands], name)
    faults = [
        _fault(name, lines[row], records.header[at], "it is no number", cells[row], "cells-are-numbers")
        for at, cells, numbers in columns
        for row in (*numbers.bad, *(np.flatnonzero(numbers.missing).tolist() if at in axes else ()))
    ]  # fmt: skip
    if faults:
        raise _refused(name, faults)
    x, y, *read = (_floats(numbers) for _, _, numbers in columns)
    if not len(x):
        raise refuse(name, "it has no rows", "cells-have-values")
    (column, west, width), (row_up, south, height) = (
        _lattice(points, lines, records.header[at], name)
        for points, at in zip((x, y), axes, strict=True)
    )
    rows, across = int(row_up.max()) + 1, int(column.max()) + 1
    place = Place(system, across, rows, west, south + rows * height, width, height)
    check_size(place, len(bands), 8, name)
    at = (rows - 1 - row_up) * across + column
    _refuse_doubles(at, lines, name)
    cells = np.full((len(bands), rows * across), np.nan)
    for band, known in enumerate(read):
        cells[band, at] = np.where(known == nodata, np.nan, known) if nodata is not None else known
    missing = int(np.isnan(cells[:, at]).sum())
    labels = tuple(records.header[band] for band in bands)
    return PointGrid(
        place, labels, cells.reshape(len(bands), rows, across), len(x), missing, records.notes
    )


def _find(headings: list[str], words: Sequence[str], name: str) -> int:
    for word in words:
        if word in headings:
            return headings.index(word)
    raise refuse(name, f"no column is called {' or '.join(words[:2])}", "columns-found")


def _bands(
    records: Records, headings: list[str], axes: list[int], values: Sequence[str], name: str
) -> list[int]:
    if not values:
        last = len(headings) - 1
        if last in axes:
            raise refuse(name, "no column of values stands behind x and y", "columns-found")
        return [last]
    found = []
    for heading in values:
        if heading.strip().lower() not in headings:
            known = ", ".join(records.header[:20])
            why = f"no column is called {heading[:60]!r}; there are {known}"
            raise refuse(name, why, "columns-found", value=heading)
        found.append(headings.index(heading.strip().lower()))
    return found


def _columns(
    records: Records, wanted: list[int], name: str
) -> tuple[list[int], list[tuple[int, list[str], Numbers]]]:
    """Read the wanted columns whole, every row as long as the header; and the number of each row in the file."""
    read: list[list[str]] = [[] for _ in wanted]
    lines: list[int] = []
    faults = []
    for row, cells in records.rows():
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(records.header):
            why = f"the row has {len(cells)} cells and the header {len(records.header)}"
            faults.append(_fault(name, row, "", why, "", "row-fits-header"))
            continue
        lines.append(row)
        for column, at in zip(read, wanted, strict=True):
            column.append(cells[at])
    if faults:
        raise _refused(name, faults)
    return lines, [
        (at, column, read_numbers(column)) for at, column in zip(wanted, read, strict=True)
    ]


def _floats(numbers: Numbers) -> NDArray[np.float64]:
    known = np.asarray(numbers.values, dtype=np.float64) / 10.0**numbers.digits
    known[numbers.missing] = np.nan
    return known


def _lattice(
    points: NDArray[np.float64], lines: list[int], heading: str, name: str
) -> tuple[NDArray[np.int64], float, float]:
    """Lay middles on a lattice: each one's number, where the first cell begins, and how wide a cell is."""
    different = np.unique(points)
    if len(different) < 2:
        raise refuse(
            name, f"all of {heading} is {different[0]:g}: one row of points tells no size of cell", "regular-grid"
        )  # fmt: skip
    step = float(np.diff(different).min())
    # The least step is rounded as it was written; the whole span over its whole number of steps is not.
    steps = round((different[-1] - different[0]) / step)
    step = float(different[-1] - different[0]) / steps
    number = (points - different[0]) / step
    nearest = np.rint(number)
    off = np.flatnonzero(np.abs(number - nearest) > _OFF)
    if len(off):
        raise _refused(
            name,
            [
                _fault(name, lines[row], heading, f"the point lies between two of a lattice of {step:g}",
                       f"{points[row]:g}", "regular-grid")
                for row in off[:_MOST_SHOWN]
            ],
        )  # fmt: skip
    return nearest.astype(np.int64), float(different[0]) - step / 2, step


def _refuse_doubles(at: NDArray[np.int64], lines: list[int], name: str) -> None:
    order = np.argsort(at, kind="stable")
    same = order[1:][at[order][1:] == at[order][:-1]]
    if len(same):
        raise _refused(
            name,
            [
                _fault(name, lines[row], "", "another point stands in the same cell", "", "cell-once")
                for row in np.sort(same)[:_MOST_SHOWN]
            ],
        )  # fmt: skip


def _fault(name: str, row: int, column: str, why: str, value: str, rule: str) -> Fault:
    said = why[0].upper() + why[1:] + "."
    return Fault(said, file=name, row=row, column=column, value=value[:80], rule=rule)


def _refused(name: str, faults: list[Fault]) -> UnreadableRaster:
    more = f" and {len(faults) - 1:,} more" if len(faults) > 1 else ""
    return UnreadableRaster(f"{name}: {faults[0].as_line()}{more}", faults[:_MOST_SHOWN])
