"""HTTP face of rasters: which are held, what one is, its values over areas and its tiles."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from app.dependencies import AsAt, Heavy, Paging, ReadSession
from app.exports import csv
from app.rasters import queries
from app.rasters.asking import AskedZones, ask_zones
from app.rasters.schemas import (
    raster_body,
    raster_line,
    tilejson_body,
    value_items,
    values_sheet,
    zones_body,
)
from app.rasters.tiles import raster_tile, tile_numbers

router = APIRouter(tags=["rasters"])

RasterId = Annotated[str, Path(max_length=120)]
AreaType = Annotated[str, Query(max_length=20, description="type of area, e.g. lsoa, wd, lad")]
Within = Annotated[
    str | None, Query(max_length=40, description="code of a region, county, district, ward or parish")
]  # fmt: skip
Band = Annotated[int | None, Query(ge=1, le=100, description="default the last, the newest year")]
# Text, so that what is no number is a tile that is not there.
TileNumber = Annotated[str, Path(max_length=120)]
# A tile follows from the stored cells: it changes when the raster is loaded again, and then its ETag does.
_AN_HOUR = {"Cache-Control": "public, max-age=3600"}


@router.get("/rasters")
def rasters(request: Request, session: ReadSession, page: Paging) -> dict[str, Any]:
    """Rasters held, in order of id."""
    rows = queries.list_rasters(session)
    key = page.after_key(str)
    left = [row for row in rows if key is None or row.id > key[0]]
    shown = left[: page.limit]
    items = [raster_line(row, queries.bands_of(session, row.id)) for row in shown]
    return page.answer(
        request, items, len(rows), [shown[-1].id] if len(left) > len(shown) else None
    )


@router.get("/rasters/{raster_id}")
def one_raster(session: ReadSession, raster_id: RasterId) -> dict[str, Any]:
    """One raster: lattice, bands with their classes and sums, source, and what is kept of it by release.

    Of a count `inside` lies in the areas of a release and `outside` in none of them: together all of it.
    """
    raster = queries.get_raster(session, raster_id)
    body = raster_body(raster, queries.bands_of(session, raster.id))
    return body | {"releases": zones_body(raster, queries.zone_tables_of(session, raster.id))}


@router.get("/rasters/{raster_id}/values.csv", response_class=Response, dependencies=[Heavy])
def values_csv(
    session: ReadSession, raster_id: RasterId, day: AsAt, area_type: AreaType = "lsoa",
    within: Within = None, band: Band = None,
) -> Response:  # fmt: skip
    """The values as CSV, one row an area; empty where no cell of an area has one."""
    asked = ask_zones(session, raster_id, area_type=area_type, day=day, band=band, within=within)
    items = value_items(asked.frame, queries.names_of(session, list(asked.frame.index)))
    name = "".join(each for each in asked.raster.id if each.isalnum() or each in "-_")
    return Response(
        csv.write_csv(values_sheet(asked.raster, asked.band, items)),
        media_type=csv.MEDIA_TYPE,
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


@router.get("/rasters/{raster_id}/values", dependencies=[Heavy])
def values(
    request: Request, session: ReadSession, page: Paging, raster_id: RasterId, day: AsAt,
    area_type: AreaType = "lsoa", within: Within = None, band: Band = None,
) -> dict[str, Any]:  # fmt: skip
    """A band over areas in order of code: counts summed, levels averaged, by exact shares of cells.

    `share_with_value` says of how much of an area's ground the value speaks; null where no cell has one.
    Areas that the raster does not reach are not listed.
    """
    asked = ask_zones(session, raster_id, area_type=area_type, day=day, band=band, within=within)
    key = page.after_key(str)
    left = asked.frame if key is None else asked.frame[asked.frame.index > key[0]]
    shown = left.iloc[: page.limit]
    items = value_items(shown, queries.names_of(session, list(shown.index)))
    last = [str(shown.index[-1])] if len(left) > len(shown) else None
    return page.answer(request, items, len(asked.frame), last) | _said(asked)


def _said(asked: AskedZones) -> dict[str, Any]:
    return {
        "raster": asked.raster.id, "band": asked.band.band, "label": asked.band.label,
        "unit": asked.raster.unit, "nature": asked.raster.nature, "area_type": asked.area_type,
        "release": asked.release_id,
    }  # fmt: skip


@router.get("/rasters/{raster_id}/tilejson.json")
def tilejson(
    request: Request, session: ReadSession, raster_id: RasterId, band: Band = None
) -> dict[str, Any]:
    """Where the tiles of a band are, as TileJSON: for QGIS and Leaflet."""
    raster = queries.get_raster(session, raster_id)
    one = queries.get_band(session, raster, band)
    return tilejson_body(raster, one, request.app.state.settings.base_url)


@router.get(
    "/rasters/{raster_id}/tiles/{z}/{y}/{x}.png",
    response_class=Response,
    responses={200: {"content": {"image/png": {}}}},
    dependencies=[Heavy],
)
def tile(
    session: ReadSession, raster_id: RasterId,
    z: TileNumber, y: TileNumber, x: TileNumber, band: Band = None,
) -> Response:  # fmt: skip
    """A WebMercator tile of 256 pixels in the classes of its band, clear where there is no value."""
    raster = queries.get_raster(session, raster_id)
    one = queries.get_band(session, raster, band)
    drawn = raster_tile(raster, one, *tile_numbers(z, y, x))
    return Response(drawn, media_type="image/png", headers=_AN_HOUR)
