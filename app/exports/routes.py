"""HTTP face of whole layers: every layer held, of a place, as GeoJSON."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response

from app.dependencies import AsAt, Heavy, ReadSession, Simplify, simplified_header
from app.exports.geojson import (
    MEDIA_TYPE,
    crs_headers,
    refuse_simplified_metres,
    wants_metres,
    write_collection,
)
from app.exports.queries import layer_text

router = APIRouter(tags=["exports"])

Crs = Annotated[
    str | None, Query(max_length=40, description="EPSG code; default longitude, latitude")
]


@router.get("/layers/{layer}.geojson", response_class=Response, dependencies=[Heavy])
def layer_geojson(
    session: ReadSession,
    day: AsAt,
    layer: Annotated[str, Path(max_length=80, description="an area type, e.g. wd, or a release")],
    within: Annotated[str | None, Query(max_length=40, description="code of a place")] = None,
    crs: Crs = None,
    simplify: Simplify = None,
) -> Response:
    """A layer as GeoJSON: an area type as drawn on a day, or one release; of a place or whole, perhaps simplified."""
    in_metres = wants_metres(crs)
    refuse_simplified_metres(simplify, in_metres=in_metres)
    found = layer_text(
        session, layer, within=within, day=day, in_metres=in_metres, simplify_m=simplify
    )
    body = write_collection(found.features, found.about, in_metres=in_metres)
    headers = {**crs_headers(in_metres=in_metres), **simplified_header(found.about["simplified_m"])}
    return Response(body, media_type=MEDIA_TYPE, headers=headers)
