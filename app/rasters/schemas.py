"""What is told of rasters on the wire, where it differs from the rows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from app.exports.sheets import Sheet
from app.rasters.importing import RasterReport
from app.rasters.methods.tiles import DEEPEST
from app.rasters.stored import grid_of
from app.rasters.tables import Raster, RasterBand, RasterZoneTable
from app.rasters.tiles import legend
from app.rasters.zones import box_in_degrees


def raster_line(raster: Raster, bands: Sequence[RasterBand]) -> dict[str, Any]:
    """One raster as lists show it."""
    return {
        "id": raster.id, "title": raster.title, "unit": raster.unit, "nature": raster.nature,
        "nodata_means": raster.nodata_means, "coverage": raster.coverage, "system": raster.system,
        "columns": raster.columns, "rows": raster.rows, "cell_width": raster.cell_width,
        "cell_height": raster.cell_height,
        "bands": [{"band": band.band, "label": band.label} for band in bands],
    }  # fmt: skip


def raster_body(raster: Raster, bands: Sequence[RasterBand]) -> dict[str, Any]:
    """One raster whole: its lattice, its bands with what their cells hold, its source and licence."""
    return raster_line(raster, bands) | {
        "bounds": list(grid_of(raster).box),
        "bands": [band_body(band) for band in bands],
        "demo": raster.demo,
        "source": {
            "publisher": raster.publisher, "licence": raster.licence, "attribution": raster.attribution,
            "dataset": raster.dataset_id, "file": raster.source_file, "sha256": raster.sha256,
        },
        "stored": {"bytes": raster.stored_bytes, "sha256": raster.stored_sha256},
        "loaded_at": raster.loaded_at.isoformat(),
    }  # fmt: skip


def band_body(band: RasterBand) -> dict[str, Any]:
    """One band: how many cells have a value, and what they hold in all."""
    return {
        "band": band.band, "label": band.label, "cells_with_value": band.cells_with_value,
        "cells_without": band.cells_without, "lowest": band.lowest, "highest": band.highest,
        "total": band.total,
        "classes": [{"label": words, "colour": colour} for words, colour in legend(band)],
    }  # fmt: skip


def zones_body(raster: Raster, kept: Sequence[RasterZoneTable]) -> list[dict[str, Any]]:
    """What is kept by release: of a count how much lies inside its areas, and how much in none."""
    told = []
    for each in kept:
        line: dict[str, Any] = {
            "release": each.release_id, "band": each.band, "areas": each.areas,
            "areas_without_value": each.areas_without, "computed_at": each.computed_at.isoformat(),
        }  # fmt: skip
        if raster.nature == "extensive":
            line |= {"inside": each.inside, "outside": each.outside}
        told.append(line)
    return told


def report_body(report: RasterReport) -> dict[str, Any]:
    """What became of a file."""
    left_out = {"infinite", "below", "marked", "first_bad"}
    return {
        "name": report.name, "id": report.id, "stored": report.stored, **report.place,
        "bands": [{k: v for k, v in band.items() if k not in left_out} for band in report.bands],
        "stored_bytes": report.stored_bytes, "areas": dict(report.areas),
        "notes": [note.as_line() for note in report.notes],
    }  # fmt: skip


def value_items(frame: pd.DataFrame, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Values by code: null where no cell has one; share_with_value says of how much of the ground it speaks."""
    return [
        {
            "code": str(code), "name": names.get(str(code)), "value": None if math.isnan(value) else value,
            "share_with_value": share,
        }
        for code, value, share in zip(
            frame.index, frame["value"].tolist(), frame["share_with_value"].tolist(), strict=True
        )
    ]  # fmt: skip


def values_sheet(raster: Raster, band: RasterBand, items: Sequence[Mapping[str, Any]]) -> Sheet:
    """The values as a sheet."""
    rows = [{**item, "unit": raster.unit, "band": band.label or str(band.band)} for item in items]
    return Sheet(
        "values", raster.title,
        (("code", "text"), ("name", "text"), ("band", "text"), ("value", "number"), ("unit", "text"),
         ("share_with_value", "number")),
        rows,
    )  # fmt: skip


def tilejson_body(raster: Raster, band: RasterBand, base_url: str) -> dict[str, Any]:
    """Where the tiles of a band are (TileJSON 3.0); rows count from the north."""
    path = f"/api/v1/rasters/{raster.id}/tiles/{{z}}/{{y}}/{{x}}.png?band={band.band}"
    return {
        "tilejson": "3.0.0", "name": f"{raster.title} {band.label}".strip(), "scheme": "xyz",
        "tiles": [f"{base_url}{path}"], "minzoom": 0, "maxzoom": DEEPEST,
        "bounds": [round(edge, 6) for edge in box_in_degrees(raster)],
        "attribution": raster.attribution,
    }  # fmt: skip
