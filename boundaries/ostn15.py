"""Makes the OSTN15 datum grid that PROJ needs and no Python wheel or Debian package carries.

It refuses to guess: where the library that holds OSTN15 has no value (the open sea), the grid
carries the seven-parameter Helmert shift, so that a transform never fails and never jumps by the
hundred metres between the two datums.

Source: METHODS.md 1.6. OSTN15 is Ordnance Survey's transformation, published under a BSD licence:
(c) Copyright and database rights Ordnance Survey Limited 2016, (c) Crown copyright and database
rights Land & Property Services 2016 and/or (c) Ordnance Survey Ireland 2016. All rights reserved.
"""

from __future__ import annotations

import fcntl
import os
import struct
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer

Floats = NDArray[np.float64]

# The name under which proj.db looks for the grid (its table grid_alternatives).
GRID_NAME = "OSTN15_NTv2_OSGBtoETRS.gsb"
# Raised whenever the lattice or the way of filling it changes: an old cache is then left alone.
GRID_VERSION = "ostn15-1"
# The lattice in degrees on the Airy ellipsoid: all of the National Grid's 700 by 1,250 km.
STEP_DEGREES = 0.02
SOUTH, NORTH = 49.0, 61.6
WEST, EAST = -9.2, 3.2

AIRY = "+ellps=airy"
NATIONAL_GRID = (
    "+proj=tmerc +lat_0=49 +lon_0=-2 +k=0.9996012717 +x_0=400000 +y_0=-100000 +ellps=airy"
)
# Ordnance Survey's published single Helmert for the whole country, OSGB36 to ETRS89.
HELMERT = (
    "+proj=helmert +x=446.448 +y=-125.157 +z=542.06 +rx=0.15 +ry=0.247 +rz=0.842 +s=-20.489 "
    "+convention=position_vector"
)
OSGB36_TO_ETRS89_BY_HELMERT = (
    "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad "
    f"+step +proj=push +v_3 +step +proj=cart {AIRY} +step {HELMERT} "
    "+step +inv +proj=cart +ellps=GRS80 +step +proj=pop +v_3 "
    "+step +proj=unitconvert +xy_in=rad +xy_out=deg"
)
AIRY_DEGREES_TO_NATIONAL_GRID = (
    f"+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad +step {NATIONAL_GRID}"
)


def lattice() -> tuple[Floats, Floats]:
    """Give the nodes' longitudes and latitudes, degrees on the Airy ellipsoid, south-east first.

    NTv2 stores rows from south to north and, inside a row, nodes from east to west.
    """
    rows = round((NORTH - SOUTH) / STEP_DEGREES) + 1
    columns = round((EAST - WEST) / STEP_DEGREES) + 1
    lats = SOUTH + STEP_DEGREES * np.arange(rows)
    lons = EAST - STEP_DEGREES * np.arange(columns)
    lon, lat = np.meshgrid(lons, lats)
    return lon, lat


def etrs89_of_nodes(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Carry lattice nodes from OSGB36 to ETRS89 degrees: OSTN15 where it is defined, else Helmert.

    `convertbng` answers NaN one kilometre inside the edge of the National Grid and, in its other
    direction only, at St Mary's (Scilly); sampling it from the grid side avoids the second.
    """
    from convertbng.cutil import convert_osgb36_to_ll

    project = Transformer.from_pipeline(AIRY_DEGREES_TO_NATIONAL_GRID)
    easting, northing = project.transform(lon.ravel(), lat.ravel())
    new_lon, new_lat = convert_osgb36_to_ll(easting, northing)
    helmert = Transformer.from_pipeline(OSGB36_TO_ETRS89_BY_HELMERT)
    fill_lon, fill_lat = helmert.transform(lon.ravel(), lat.ravel())
    known = np.isfinite(new_lon) & np.isfinite(new_lat)
    return (
        np.where(known, new_lon, fill_lon).reshape(lon.shape),
        np.where(known, new_lat, fill_lat).reshape(lat.shape),
    )


def _record(key: str, value: bytes) -> bytes:
    """Write one 16-byte NTv2 header record: an 8-character key and an 8-byte value."""
    return key.encode("ascii").ljust(8) + value


def _text(value: str) -> bytes:
    return value.encode("ascii").ljust(8)[:8]


def _whole(value: int) -> bytes:
    return struct.pack("<ii", value, 0)


def _real(value: float) -> bytes:
    return struct.pack("<d", value)


def grid_bytes() -> bytes:
    """Build the NTv2 file: one sub-grid of latitude and longitude shifts in seconds of arc.

    NTv2 counts longitude positive to the west, so the longitude shift changes sign. The accuracy
    columns hold -1: not stated.
    """
    lon, lat = lattice()
    new_lon, new_lat = etrs89_of_nodes(lon, lat)
    shifts = np.full((lon.size, 4), -1.0, dtype="<f4")
    shifts[:, 0] = ((new_lat - lat) * 3600.0).ravel()
    shifts[:, 1] = ((lon - new_lon) * 3600.0).ravel()
    overview = [
        _record("NUM_OREC", _whole(11)),
        _record("NUM_SREC", _whole(11)),
        _record("NUM_FILE", _whole(1)),
        _record("GS_TYPE", _text("SECONDS")),
        _record("VERSION", _text(GRID_VERSION)),
        _record("SYSTEM_F", _text("OSGB36")),
        _record("SYSTEM_T", _text("ETRS89")),
        _record("MAJOR_F", _real(6377563.396)),
        _record("MINOR_F", _real(6356256.909)),
        _record("MAJOR_T", _real(6378137.0)),
        _record("MINOR_T", _real(6356752.314)),
    ]
    sub_grid = [
        _record("SUB_NAME", _text("OSTN15")),
        _record("PARENT", _text("NONE")),
        _record("CREATED", _text("")),
        _record("UPDATED", _text("")),
        _record("S_LAT", _real(SOUTH * 3600.0)),
        _record("N_LAT", _real(NORTH * 3600.0)),
        _record("E_LONG", _real(-EAST * 3600.0)),
        _record("W_LONG", _real(-WEST * 3600.0)),
        _record("LAT_INC", _real(STEP_DEGREES * 3600.0)),
        _record("LONG_INC", _real(STEP_DEGREES * 3600.0)),
        _record("GS_COUNT", _whole(lon.size)),
    ]
    end = _record("END", _real(3.33e32))
    return b"".join([*overview, *sub_grid, shifts.tobytes(), end])


def ensure_grid(folder: Path) -> Path:
    """Give the grid file under `folder`, making it on the first call (about half a second).

    The file appears whole or not at all: it is written beside its place and renamed, so any number
    of processes may ask at once (one makes it, the others wait). Its folder carries the version, so a
    newer Bounds never reads an older lattice. Raises OSError where the folder cannot be written.
    """
    place = folder / GRID_VERSION
    grid = place / GRID_NAME
    if _is_whole(grid):
        return grid
    place.mkdir(parents=True, exist_ok=True)
    with (place / ".lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # dropped with the file, also by a killed process
        if not _is_whole(grid):
            _write(grid, place)
    return grid


def _write(grid: Path, place: Path) -> None:
    handle, draft = tempfile.mkstemp(prefix=".ostn15-", dir=place)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(grid_bytes())
            out.flush()
            os.fsync(out.fileno())
        # The database's own user and other processes may read it; mkstemp made it private.
        Path(draft).chmod(0o644)
        Path(draft).replace(grid)
    finally:
        Path(draft).unlink(missing_ok=True)


def _is_whole(grid: Path) -> bool:
    """Say whether the file has the length that its lattice needs (a torn copy has not)."""
    rows = round((NORTH - SOUTH) / STEP_DEGREES) + 1
    columns = round((EAST - WEST) / STEP_DEGREES) + 1
    return grid.is_file() and grid.stat().st_size == 16 * (22 + rows * columns + 1)
