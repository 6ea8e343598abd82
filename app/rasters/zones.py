"""What rasters are over areas and footprints: by exact shares of cells, computed once and kept.

A count is summed, a level is averaged over the ground that has a value; ground without one is said, and is
never taken for 0 unless the raster says that nobody is there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from app.rasters import queries
from app.rasters.actions import keep_of_footprint, keep_values
from app.rasters.methods.zones import Grid, add_up, cut_borders, within_grid
from app.rasters.stored import RasterFileLacking, check_file, grid_of, opened, read_cells
from app.rasters.tables import Raster, RasterBand
from boundaries.crs import to_bng, to_wgs84
from boundaries.footprints import Ground, outline_of_codes, read_ground
from boundaries.queries import DrawnBy, layer_on, outlines

# Rows of a block are whole tiles of the stored file, and a block is no more cells than this.
_TILE_ROWS = 256
_CELLS_A_BLOCK = 8_000_000
# Less than this share of a zone, or as little of it lacking, is rounding.
_NO_GROUND = 1e-9


@dataclass(frozen=True)
class ZoneFigures:
    """A band over zones: the value (NaN where no cell has one), and the share of each zone's ground with a value.

    on_grid : the share of each zone that the grid reaches. inside : sum of value times cells covered, over
    all zones.
    """

    band: int
    value: NDArray[np.float64]
    share_with_value: NDArray[np.float64]
    on_grid: NDArray[np.float64]
    inside: float


def figures_over(
    raster: Raster, bands: Sequence[int], zones: NDArray[np.object_]
) -> list[ZoneFigures]:
    """Compute bands of a raster over zones (British National Grid, valid). Raises RasterFileLacking."""
    placed = zones if raster.system == "bng" else to_wgs84(zones)
    found = grid_of(raster).part(shapely.total_bounds(placed)) if len(zones) else None
    if found is None:
        nothing, none = np.zeros(len(zones)), np.full(len(zones), np.nan)
        return [ZoneFigures(band, none, nothing, nothing, 0.0) for band in bands]
    grid, top, left = found
    borders = cut_borders(placed, grid)
    on_grid = within_grid(borders, grid.columns)
    summed = np.zeros((len(bands), len(zones)))
    known = np.zeros((len(bands), len(zones)))
    rows = _rows_a_block(grid)
    with opened(raster) as file:
        for first, pieces in borders.blocks(rows):
            high = min(rows, grid.rows - first)
            for at, band in enumerate(bands):
                cells = read_cells(file, band, top + first, left, high, grid.columns)
                has_value = ~np.isnan(cells)
                summed[at] += add_up(borders, pieces, first, np.where(has_value, cells, 0.0))
                if raster.nodata_means == "unknown":
                    known[at] += add_up(borders, pieces, first, has_value.astype(np.float64))
    if raster.nodata_means == "nobody":
        known[:] = on_grid
    return [
        _figures(raster, band, summed[at], known[at], on_grid, borders.area)
        for at, band in enumerate(bands)
    ]


def _rows_a_block(grid: Grid) -> int:
    return max(1, _CELLS_A_BLOCK // (grid.columns * _TILE_ROWS)) * _TILE_ROWS


def _figures(
    raster: Raster, band: int, summed: NDArray[np.float64], known: NDArray[np.float64],
    on_grid: NDArray[np.float64], area: NDArray[np.float64],
) -> ZoneFigures:  # fmt: skip
    def share(part: NDArray[np.float64]) -> NDArray[np.float64]:
        of_all = np.divide(part, area, out=np.zeros(len(area)), where=area > 0)
        of_all[of_all > 1 - _NO_GROUND] = 1.0
        of_all[of_all < _NO_GROUND] = 0.0
        return of_all

    has_value = share(known) > 0
    value = np.full(len(area), np.nan)
    value[has_value] = summed[has_value]
    if raster.nature == "intensive":
        value[has_value] /= known[has_value]
    return ZoneFigures(band, value, share(known), share(on_grid), float(summed.sum()))


def keep_layer(session: Session, raster: Raster, layer: DrawnBy) -> int:
    """Compute every band of a raster over the areas of one layer and keep it; gives how many areas it reaches.

    What was kept of the same layer is replaced. A layer that draws many years over each other is not kept.
    Raises RasterFileLacking.
    """
    if layer.temporal:
        return 0
    drawn = outlines(session, layer.id, box=box_in_metres(raster))
    bands = queries.bands_of(session, raster.id)
    figures = figures_over(raster, [band.band for band in bands], drawn.geometry.to_numpy())
    codes = drawn["code"].to_numpy(dtype=object)
    reached = 0
    for band, found in zip(bands, figures, strict=True):
        is_reached = found.on_grid > 0
        reached = int(is_reached.sum())
        keep_values(
            session, band, layer.id, codes[is_reached], found.value[is_reached],
            found.share_with_value[is_reached], found.inside,
        )  # fmt: skip
    return reached


def keep_current_layers(session: Session, raster: Raster, day: date) -> dict[str, int]:
    """Compute a raster over the small areas of both censuses and the layers of a day; areas reached by release."""
    check_file(raster)
    kept = {}
    for area_type, on in queries.layers_wanted(session, day, demo=raster.demo):
        layer = layer_on(session, area_type, on, demo=raster.demo)
        if layer.id not in kept and not layer.temporal:
            kept[layer.id] = keep_layer(session, raster, layer)
    return kept


def figures_of_footprint(session: Session, footprint_id: int) -> list[dict[str, Any]]:
    """Tell every raster that reaches a footprint; of an outline, which never changes, it is kept and then read.

    Of codes it is computed each time, for a newer layer may draw them otherwise; a reader does not keep.

    Returns, in order of raster and band: raster, title, band, label, value, unit, nature,
    share_with_value (of the footprint's ground), nodata_means, attribution, note. The value is None, with a
    note, where no cell has one or the raster's file is not here. A list of postcodes has no ground, and no
    figures. Raises UnknownFootprint, LayerMissing.
    """
    ground = read_ground(session, footprint_id)
    outline = _outline(session, ground)
    if outline is None:
        return []
    kept = queries.kept_of_footprint(session, footprint_id)
    told: list[dict[str, Any]] = []
    for raster in queries.list_rasters(session, demo=ground.demo):
        if grid_of(raster).part(_box_in(raster, outline)) is None:
            continue
        bands = queries.bands_of(session, raster.id)
        known = {
            band.band: kept[raster.id, band.band]
            for band in bands
            if (raster.id, band.band) in kept
        }
        note = ""
        if len(known) < len(bands):
            try:
                known = _compute(raster, bands, outline)
                if ground.outline is not None:
                    keep_of_footprint(session, raster.id, footprint_id, known)
            except RasterFileLacking:
                known, note = {}, "the raster's file is not here"
        told += [_told(raster, band, known.get(band.band), note) for band in bands]
    return told


def _compute(
    raster: Raster, bands: Sequence[RasterBand], outline: Any
) -> dict[int, tuple[float | None, float]]:
    zones = np.array([outline], dtype=object)
    found = {}
    for figures in figures_over(raster, [band.band for band in bands], zones):
        value = float(figures.value[0])
        found[figures.band] = (
            None if np.isnan(value) else value, float(figures.share_with_value[0])
        )  # fmt: skip
    return found


def _told(
    raster: Raster, band: RasterBand, found: tuple[float | None, float] | None, note: str
) -> dict[str, Any]:
    value, share = found if found is not None else (None, None)
    if value is None and not note:
        note = "no cell of this ground has a value"
    return {
        "raster": raster.id, "title": raster.title, "band": band.band, "label": band.label, "value": value,
        "unit": raster.unit, "nature": raster.nature, "share_with_value": share,
        "nodata_means": raster.nodata_means, "attribution": raster.attribution, "note": note or None,
    }  # fmt: skip


def _outline(session: Session, ground: Ground) -> Any | None:
    if ground.kind == "postcodes":
        return None
    if ground.outline is not None:
        return ground.outline
    assert ground.as_at is not None, "codes have a day"
    return outline_of_codes(session, ground.codes, ground.as_at, demo=ground.demo)[0]


def _box_in(raster: Raster, outline: Any) -> Sequence[float]:
    if raster.system == "bng":
        box: tuple[float, ...] = outline.bounds
        return box
    moved: tuple[float, ...] = to_wgs84(np.array([shapely.box(*outline.bounds)], dtype=object))[
        0
    ].bounds
    return moved


def box_in_metres(raster: Raster) -> tuple[float, float, float, float]:
    """Give west, south, east and north of a raster in metres."""
    box = grid_of(raster).box
    return box if raster.system == "bng" else _moved(box, 0.25, to_bng)


def box_in_degrees(raster: Raster) -> tuple[float, float, float, float]:
    """Give west, south, east and north of a raster in longitude and latitude."""
    box = grid_of(raster).box
    return box if raster.system == "lon-lat" else _moved(box, 10_000.0, to_wgs84)


def _moved(
    box: tuple[float, float, float, float], step: float, move: Any
) -> tuple[float, float, float, float]:
    # Sides are bent in the other system: their middles may lie beyond their ends.
    sides = shapely.segmentize(shapely.box(*box), step)
    west, south, east, north = move(np.array([sides], dtype=object))[0].bounds
    return west, south, east, north
