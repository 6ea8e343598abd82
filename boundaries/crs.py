"""Turns places between British National Grid and longitude and latitude, always by OSTN15.

It refuses coordinates that cannot be what they claim, and never falls back to PROJ's silent
Helmert transform inside Great Britain (METHODS.md 1.6: that is wrong by 1.75 m on average). The
European and the world datum (ETRS89, WGS84) are taken as one, as Ordnance Survey does.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeVar, cast

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from pyproj import Transformer
from pyproj.exceptions import CRSError, ProjError

from boundaries.errors import Invalid, Unavailable
from boundaries.ostn15 import (
    EAST,
    GRID_NAME,
    GRID_VERSION,
    NATIONAL_GRID,
    NORTH,
    OSGB36_TO_ETRS89_BY_HELMERT,
    SOUTH,
    WEST,
    ensure_grid,
)

if TYPE_CHECKING:
    import geopandas

BNG = 27700
WGS84 = 4326
WEB_MERCATOR = 3857  # of web tiles; by formula from longitude and latitude, without a datum
BNG_NAME = f"EPSG:{BNG}"  # as users say it
# Systems whose longitudes and latitudes are the same numbers as WGS84 to a few centimetres.
LON_LAT_SYSTEMS = frozenset({4326, 4258, 4937, 4979})

Bounds = tuple[float, float, float, float]
Geometries = TypeVar("Geometries", bound="NDArray[np.object_] | geopandas.GeoSeries")

# England with a margin of some kilometres, west south east north.
ENGLAND_LON_LAT: Bounds = (-6.6, 49.8, 1.9, 55.9)
ENGLAND_BNG: Bounds = (80_000.0, 4_000.0, 657_000.0, 660_000.0)
# The extent of the National Grid's lettered squares, in metres.
NATIONAL_GRID_EXTENT: Bounds = (0.0, 0.0, 700_000.0, 1_300_000.0)


# The lattice of the datum grid, in degrees: no outline that is kept reaches beyond it.
GRID_LON_LAT: Bounds = (WEST, SOUTH, EAST, NORTH)
BOX_MARGIN_M = 20.0


class _Pair(NamedTuple):
    """The transforms in use: through the grid, and the Helmert one for ground beyond the grid."""

    grid: Path
    by_grid: Transformer
    beyond: Transformer


# Blocks large enough that a thread is worth its start.
POINTS_A_THREAD = 250_000

_lock = threading.Lock()
_in_use: _Pair | None = None
_told = threading.local()


def use_grid(folder: Path) -> Path:
    """Use (making it when absent) the OSTN15 grid kept in `folder`; give the file's path.

    A composition root calls this once with `settings.data_dir / "proj"`. Without it the first
    transform keeps the grid in the user's cache folder, or in a folder of this process alone where
    that cannot be written. Also tells pyproj of the folder, so that GeoPandas' own `to_crs` agrees.
    """
    global _in_use
    with _lock:
        _in_use = _open(ensure_grid(folder))
        return _in_use.grid


def _open(grid: Path) -> _Pair:
    folder = str(grid.parent)
    if folder not in pyproj.datadir.get_data_dir().split(":"):
        pyproj.datadir.append_data_dir(folder)
    to_degrees = "+step +proj=unitconvert +xy_in=rad +xy_out=deg"
    shift = f'+step +proj=hgridshift +grids="{grid}"'
    try:
        by_grid = Transformer.from_pipeline(
            f"+proj=pipeline +step +inv {NATIONAL_GRID} {shift} {to_degrees}"
        )
    except ProjError as error:
        raise Unavailable(f"PROJ cannot read the OSTN15 grid {grid}: {error}") from error
    helmert = OSGB36_TO_ETRS89_BY_HELMERT.removeprefix("+proj=pipeline ")
    beyond = Transformer.from_pipeline(
        f"+proj=pipeline +step +inv {NATIONAL_GRID} {to_degrees} {helmert}"
    )
    return _Pair(grid, by_grid, beyond)


def _pair() -> _Pair:
    if _in_use is None:
        try:
            use_grid(Path.home() / ".cache" / "bounds" / "proj")
        except (OSError, RuntimeError):  # no home, or one that cannot be written
            own = Path(tempfile.mkdtemp(prefix="bounds-proj-"))
            atexit.register(shutil.rmtree, own, ignore_errors=True)
            use_grid(own)
    assert _in_use is not None
    if getattr(_told, "grid", None) != _in_use.grid:
        # PROJ looks for files thread by thread: one that has begun does not see a folder added by another.
        pyproj.datadir.set_data_dir(pyproj.datadir.get_data_dir())
        _told.grid = _in_use.grid
    return _in_use


def grid_folder() -> Path:
    """Give the folder whose grid is in use, to hand to another process's `use_grid`."""
    return _pair().grid.parent.parent


def transform_in_use() -> str:
    """Name the coordinate operation in use, for health and for the record kept with a release.

    Raises Unavailable where the grid does not give Ordnance Survey's check point (Caister water
    tower) within 0.15 m: nothing should be imported then.
    """
    pair = _pair()
    easting, northing = point_to_bng(1.716073973, 52.658007833)
    off_m = float(np.hypot(easting - 651_409.804, northing - 313_177.450))
    if not off_m < 0.15:
        raise Unavailable(
            f"the OSTN15 grid {pair.grid} puts Ordnance Survey's check point {off_m:.2f} m away"
        )
    return f"OSGB36 to WGS84 by OSTN15 (generated grid {GRID_NAME}, {GRID_VERSION})"


def _transform(
    coordinates: NDArray[np.float64], direction: Literal["to lon-lat", "to grid"]
) -> NDArray[np.float64]:
    if len(coordinates) <= POINTS_A_THREAD:
        return _transform_block(coordinates, direction)
    # PROJ works outside Python's lock, and pyproj keeps a context for each thread.
    _pair()
    blocks = np.array_split(coordinates, -(-len(coordinates) // POINTS_A_THREAD))
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as threads:
        done = threads.map(lambda block: _transform_block(block, direction), blocks)
        return np.concatenate(list(done))


def _transform_block(
    coordinates: NDArray[np.float64], direction: Literal["to lon-lat", "to grid"]
) -> NDArray[np.float64]:
    pair = _pair()
    way = "FORWARD" if direction == "to lon-lat" else "INVERSE"
    x, y = coordinates[:, 0], coordinates[:, 1]
    new = np.column_stack(pair.by_grid.transform(x, y, direction=way))
    lost = ~np.isfinite(new).all(axis=1)
    if lost.any():
        new[lost] = np.column_stack(pair.beyond.transform(x[lost], y[lost], direction=way))
    return new


def _transform_all(
    geometries: Any, direction: Literal["to lon-lat", "to grid"], from_crs: int, to_crs: int
) -> Any:
    if hasattr(geometries, "to_crs"):  # a GeoSeries; geopandas is not imported for this
        stated = geometries.crs
        if stated is not None and stated.to_epsg() != from_crs:
            raise Invalid(f"these geometries are in {stated.to_string()}, not EPSG:{from_crs}")
        moved = _transform_all(geometries.to_numpy(), direction, from_crs, to_crs)
        return type(geometries)(moved, index=geometries.index, name=geometries.name, crs=to_crs)
    flat = flattened(np.asarray(geometries, dtype=object))
    return shapely.transform(flat, lambda points: _transform(points, direction))


def flattened(geometries: NDArray[np.object_]) -> NDArray[np.object_]:
    """Give geometries without heights: the same ones where none has any, which is nearly always."""
    has_heights = bool(shapely.has_z(geometries).any())
    return np.asarray(shapely.force_2d(geometries), dtype=object) if has_heights else geometries


def to_wgs84(geometries: Geometries) -> Geometries:
    """Carry geometries from British National Grid to longitude and latitude.

    Takes an array of shapely geometries (None stays None) or a GeoSeries, whose stated system must
    then be British National Grid; gives the same kind, two-dimensional. METHODS.md 1.6.
    """
    return cast(Geometries, _transform_all(geometries, "to lon-lat", BNG, WGS84))


def to_bng(geometries: Geometries) -> Geometries:
    """Carry geometries from longitude and latitude to British National Grid, metres.

    Takes an array of shapely geometries (None stays None) or a GeoSeries, whose stated system must
    then be WGS84; gives the same kind, two-dimensional. METHODS.md 1.6.
    """
    return cast(Geometries, _transform_all(geometries, "to grid", WGS84, BNG))


def point_to_bng(lon: float, lat: float) -> tuple[float, float]:
    """Give easting and northing in metres of one point; raises Invalid where there is none."""
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise Invalid(f"{lon}, {lat} is not a longitude (-180 to 180) and a latitude (-90 to 90)")
    new = _transform(np.array([[lon, lat]], dtype=np.float64), "to grid")[0]
    if not np.isfinite(new).all():
        raise Invalid(f"{lon}, {lat} is too far from Great Britain for the National Grid")
    return float(new[0]), float(new[1])


def points_to_bng(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give easting and northing of many points, rows of lon and lat near Britain; not finite where there is none."""
    return _transform(points, "to grid")


def point_to_lonlat(easting: float, northing: float) -> tuple[float, float]:
    """Give longitude and latitude in degrees of one grid point; raises Invalid off the grid."""
    west, south, east, north = NATIONAL_GRID_EXTENT
    if not (west <= easting <= east and south <= northing <= north):
        raise Invalid(f"{easting}, {northing} is outside the National Grid (700 by 1,300 km)")
    new = _transform(np.array([[easting, northing]], dtype=np.float64), "to lon-lat")[0]
    return float(new[0]), float(new[1])


def box_in_metres(bounds: Bounds) -> Bounds | None:
    """Give a box of the National Grid that holds all of a box of degrees; None where that lies off the grid.

    Boxes in degrees are curved in metres: the edges are followed at every tenth of a degree, and a
    margin holds what they bulge in between (at most 1.2 m in 300 random boxes).
    """
    left, bottom, right, top = GRID_LON_LAT
    west, south, east, north = bounds
    west, south, east, north = (
        max(west, left),
        max(south, bottom),
        min(east, right),
        min(north, top),
    )
    if west > east or south > north:
        return None
    edge = shapely.segmentize(shapely.box(west, south, east, north), 0.1)
    metres = _transform(shapely.get_coordinates(edge), "to grid")
    low, high = metres.min(axis=0) - BOX_MARGIN_M, metres.max(axis=0) + BOX_MARGIN_M
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def looks_like_bng(bounds: Bounds) -> bool:
    """Say whether bounds claimed to be degrees hold metres of the National Grid instead."""
    west, south, east, north = bounds
    beyond_degrees = max(abs(west), abs(east)) > 180 or max(abs(south), abs(north)) > 90
    left, bottom, right, top = NATIONAL_GRID_EXTENT
    inside = left <= west and east <= right and bottom <= south and north <= top
    return beyond_degrees and inside


def lonlat_swapped(bounds: Bounds) -> bool:
    """Say whether bounds fall in England only when read as latitude first."""
    west, south, east, north = bounds
    return touches_england(bounds=(south, west, north, east)) and not touches_england(bounds)


def touches_england(bounds: Bounds) -> bool:
    """Say whether longitude and latitude bounds touch the box round England."""
    west, south, east, north = bounds
    left, bottom, right, top = ENGLAND_LON_LAT
    return west <= right and east >= left and south <= top and north >= bottom


def is_lon_lat(bounds: Bounds) -> bool:
    """Say whether bounds can be degrees at all."""
    west, south, east, north = bounds
    return -180 <= west <= east <= 180 and -90 <= south <= north <= 90


def recognise(crs: Any) -> Literal["bng", "lon-lat", "other"]:
    """Say which of the two systems a stated one is; raises Invalid for one that PROJ cannot read.

    Reads anything pyproj does (`EPSG:27700`, WKT of a `.prj`). Esri's wording of the British
    National Grid has no EPSG number and is recognised by its projection and ellipsoid.
    """
    try:
        stated = pyproj.CRS.from_user_input(crs)
    except CRSError as error:
        raise Invalid(f"{crs!r} is not a coordinate reference system that PROJ knows") from error
    number = stated.to_epsg(min_confidence=60)
    if number == BNG:
        return "bng"
    if number in LON_LAT_SYSTEMS or (stated.to_authority() or ("", ""))[1] in {"CRS84", "CRS:84"}:
        return "lon-lat"
    if stated.is_bound and stated.source_crs is not None:
        return recognise(stated.source_crs)
    return "other"


def other_to_bng(geometries: NDArray[np.object_], crs: Any) -> NDArray[np.object_]:
    """Carry geometries of a third system to the National Grid: by PROJ to degrees, then OSTN15."""
    to_degrees = Transformer.from_crs(pyproj.CRS.from_user_input(crs), WGS84, always_xy=True)

    def move(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(to_degrees.transform(points[:, 0], points[:, 1]))

    flat = shapely.force_2d(geometries)
    return to_bng(np.asarray(shapely.transform(flat, move), dtype=object))
