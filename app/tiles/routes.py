"""HTTP face of vector tiles, by the names of OGC API Tiles: one tile, and where they are (TileJSON)."""

from __future__ import annotations

import gzip
import re
from collections.abc import AsyncIterator
from datetime import date
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import FileResponse, Response

from app.codings import takes_gzip
from app.dependencies import ReadSession, content_etag, heavy, today
from app.problems import BadRequest
from app.sessions import reads_of
from app.tiles.archive import ENDING, finished_archive
from app.tiles.archive import MEDIA_TYPE as MEDIA_TYPE_OF_ALL
from app.tiles.door import HEADERS, MEDIA_TYPE
from app.tiles.finished import finished_tile, kept_layers, tile_gate
from app.tiles.methods.tile_grid import DEEPEST, is_tile
from app.tiles.queries import Shown, asked_layer
from boundaries.crs import ENGLAND_LON_LAT
from boundaries.errors import Fault, NotFound

router = APIRouter(include_in_schema=False)

# As with features: a name too long for any is 404.
Collection = Annotated[str, Path()]
# Text, so that what is no number is a tile that is not there.
TileNumber = Annotated[str, Path()]
Instant = Annotated[
    str | None, Query(max_length=40, description="the day, YYYY-MM-DD; default today")
]
Index = Annotated[
    str | None, Query(max_length=60, description="classes its small areas; councils by their share of its worst tenth")
]  # fmt: skip
Indicator = Annotated[
    str | None, Query(max_length=120, description="classes the areas that it has values of by fifths, 1 the worst")
]  # fmt: skip
Release = Annotated[
    str | None,
    Query(max_length=120, description="the release to be drawn, whichever draws the day"),
]
_NUMBER = re.compile(r"0|[1-9]\d{0,6}", re.ASCII)
_INSTANT = re.compile(r"(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}:\d{2}(\.\d+)?Z)?", re.ASCII)


async def _turn(request: Request) -> AsyncIterator[None]:
    """Hold one of the places for tiles while the route runs. Raises Busy (503)."""
    gate = tile_gate(request.app.state)
    await gate.enter()
    try:
        yield
    finally:
        gate.leave()


class AreaTileOutside(NotFound):
    """No tile has those numbers at that level, or the level is deeper than tiles are drawn."""

    slug = "area-tile-outside"
    title = "No such tile of areas"


@router.get("/collections/{collection}/tiles/WebMercatorQuad/tilejson.json")
def tilejson(
    request: Request, session: ReadSession, collection: Collection, datetime: Instant = None, index: Index = None,
    indicator: Indicator = None, release: Release = None,
) -> dict[str, Any]:  # fmt: skip
    """Where a collection's tiles are, what they carry and from whom (TileJSON 3.0)."""
    shown = Shown(collection, _day(datetime), index, indicator, release)
    layer = asked_layer(session, kept_layers(request.app.state), shown)
    given = {"datetime": datetime, "index": index, "indicator": indicator, "release": release}
    asked = [f"{name}={quote(value)}" for name, value in given.items() if value]
    base = (
        f"{request.app.state.settings.base_url}/ogc/collections/{collection}/tiles/WebMercatorQuad"
    )
    fields = {"code": "GSS code", "name": "name"}
    if index is not None:
        fields["class"] = "1 the most deprived to 5"
    elif indicator is not None:
        fields["class"] = "1 the worst fifth to 5, or the highest where neither end is the worse"
    told = {}
    if layer.missing:
        told["description"] = (
            f"Areas alive on {shown.day}, drawn by {layer.release_id}; {layer.missing} alive then are not drawn."
        )
    return {
        "tilejson": "3.0.0", "name": f"{collection} ({layer.release_id})", **told, "scheme": "xyz",
        "tiles": [f"{base}/{{z}}/{{y}}/{{x}}" + ("?" + "&".join(asked) if asked else "")],
        "minzoom": 0, "maxzoom": DEEPEST, "bounds": list(ENGLAND_LON_LAT),
        "attribution": layer.attribution,
        "vector_layers": [
            {"id": layer.collection, "fields": fields, "minzoom": 0, "maxzoom": DEEPEST}
        ],
    }  # fmt: skip


@router.get(
    "/collections/{collection}/tiles/WebMercatorQuad.pmtiles",
    dependencies=[Depends(heavy, scope="function")],
)
def archive(
    request: Request, collection: Collection, datetime: Instant = None, index: Index = None,
    indicator: Indicator = None, release: Release = None,
) -> Response:  # fmt: skip
    """All tiles of levels 5 to 12 as one file (PMTiles); parts of it by `Range`, as maps ask."""
    asked = Shown(collection, _day(datetime), index, indicator, release)
    made = finished_archive(request.app.state, asked, reads_of(request))
    headers = {**HEADERS, "Vary": "Accept", "ETag": f'"{made.layer.stamp}"'}
    return FileResponse(
        made.path, media_type=MEDIA_TYPE_OF_ALL, filename=f"{collection}{ENDING}", headers=headers
    )


@router.get(
    "/collections/{collection}/tiles/WebMercatorQuad/{z}/{row}/{column}",
    dependencies=[Depends(_turn)],
)
def tile(
    request: Request, collection: Collection, z: TileNumber, row: TileNumber, column: TileNumber,
    datetime: Instant = None, index: Index = None, indicator: Indicator = None, release: Release = None,
) -> Response:  # fmt: skip
    """One tile of a collection as a Mapbox Vector Tile; empty where England is not."""
    place = _numbers(z, row, column)
    asked = Shown(collection, _day(datetime), index, indicator, release)
    found = finished_tile(request.app.state, asked, place, reads_of(request))
    headers = {**HEADERS, "ETag": content_etag(found)}
    if takes_gzip(request.headers.get("accept-encoding", "")):
        return Response(
            found, media_type=MEDIA_TYPE, headers={**headers, "Content-Encoding": "gzip"}
        )
    return Response(gzip.decompress(found), media_type=MEDIA_TYPE, headers=headers)


def _day(written: str | None) -> date:
    """Read `datetime`: a day, or an instant of it. Raises BadRequest (400) for intervals and anything else."""
    if written is None:
        return today()
    found = _INSTANT.fullmatch(written)
    try:
        if found is None:
            raise ValueError
        return date.fromisoformat(found[1])
    except ValueError:
        raise BadRequest(
            f"datetime must be a day written YYYY-MM-DD, not {written[:40]!r}; tiles show one day",
            [Fault("must be one day", pointer="/datetime", value=written[:40])],
        ) from None


def _numbers(z: str, row: str, column: str) -> tuple[int, int, int]:
    if all(_NUMBER.fullmatch(each) for each in (z, row, column)):
        numbers = int(z), int(row), int(column)
        if is_tile(*numbers):
            return numbers
    detail = f"tiles are drawn to level {DEEPEST}, and level z has 2^z rows and columns"
    raise AreaTileOutside(detail, [Fault(detail, value=f"{z}/{row}/{column}"[:80])])
