"""HTTP face of areas: lists, and one by code."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from app.areas.finding import find_areas, names_kept
from app.areas.queries import (
    area_body,
    drawn_by,
    full_area,
    history_body,
    outline_of,
)
from app.dependencies import AsAt, Paging, ReadSession, Simplify, simplified_header
from boundaries.area_types import AREA_TYPES
from boundaries.errors import Fault, Invalid
from boundaries.levels import level_at_or_below, level_geojson
from boundaries.queries import LayerMissing, get_area, search_areas

router = APIRouter(tags=["areas"])
Code = Annotated[str, Path(max_length=40)]
BOX_PARTS = 4


def read_box(written: str | None) -> list[float] | None:
    """Read `west,south,east,north` in degrees; raises Invalid."""
    if written is None:
        return None
    try:
        box = [float(part) for part in written.split(",")]
    except ValueError:
        box = []
    good = (
        len(box) == BOX_PARTS
        and all(abs(part) <= 180 for part in box)
        and box[0] < box[2]
        and box[1] < box[3]
    )
    if not good:
        raise Invalid(
            "bbox is west,south,east,north in degrees",
            [Fault("four numbers", "/bbox", value=written[:80])],
        )
    return box


def read_type(written: str | None) -> str | None:
    """Check an area type; raises Invalid naming those there are."""
    if written is not None and written not in AREA_TYPES:
        raise Invalid(
            f"there is no area type {written[:40]!r}; there are {', '.join(AREA_TYPES)}",
            [Fault("unknown area type", "/type", value=written[:40])],
        )
    return written


@router.get("/areas")
def list_areas(
    request: Request,
    session: ReadSession,
    page: Paging,
    day: AsAt,
    type: Annotated[str | None, Query()] = None,
    q: Annotated[str | None, Query(max_length=100)] = None,
    within: Annotated[str | None, Query(max_length=40)] = None,
    bbox: Annotated[str | None, Query(max_length=120)] = None,
) -> dict[str, Any]:
    """Areas living on a day, by type, words, parent or box.

    With `q` each has `matched`: why the words mean it (a name it bears or bore, a code of any scheme). Where none
    lives on the day, those that ended or begin are listed; where there is none, those spelt much alike.
    """
    key = page.after_key(str)
    after, box = key[0] if key else None, read_box(bbox)
    whys: dict[str, str] = {}
    if q and q.strip():
        found, total = find_areas(
            session, names_kept(request, session), q, day, area_type=read_type(type), within=within,
            bbox=box, after=after, limit=page.limit + 1,
        )  # fmt: skip
        rows, whys = [row for row, _ in found], {row.code: why for row, why in found}
    else:
        rows, total = search_areas(
            session, area_type=read_type(type), within=within, day=day, after=after,
            limit=page.limit + 1, bbox=box,
        )  # fmt: skip
    shown = rows[: page.limit]
    layers = {}
    for row in shown:
        kind = (row.type, row.demo)
        if kind not in layers:
            layers[kind] = drawn_by(session, row, day)
    items = [
        area_body(row, layer.id if (layer := layers[(row.type, row.demo)]) is not None else None)
        for row in shown
    ]
    for item in items:
        if item["code"] in whys:
            item["matched"] = whys[item["code"]]
    more = len(rows) > page.limit
    return page.answer(request, items, total, [shown[-1].code] if more else None)


@router.get("/areas/{code}.geojson", response_class=Response)
def area_geojson(
    session: ReadSession, code: Code, request: Request, day: AsAt, simplify: Simplify = None
) -> Response:
    """One area's outline as a GeoJSON feature in WGS84; with `simplify` of a level that neighbours share."""
    asked = day if "as_at" in request.query_params else None
    body = full_area(session, code, asked, day)
    outline = outline_of(session, get_area(session, code, day), day, asked)
    if outline is None:
        raise LayerMissing(f"no outline of {body['name']} ({body['code']}) is loaded")
    level_m = None if simplify is None else level_at_or_below(session, outline[0], simplify)
    drawn = level_m and level_geojson(session, outline[0], body["code"], level_m)
    box = [drawn[edge] for edge in ("west", "south", "east", "north")] if drawn else body["bbox"]
    properties = {
        key: body[key]
        for key in ("code", "name", "type", "release", "valid_from", "valid_to", "status")
    }
    feature = {
        "type": "Feature",
        "id": body["code"],
        "bbox": [round(edge, 7) for edge in box],  # as fine as the outline's own numbers
        "geometry": orjson.Fragment((drawn or outline[1])["geometry"]),
        "properties": {
            **properties, "attribution": body["source"]["attribution"],
            "simplified_m": level_m if drawn else 0,
        },
    }  # fmt: skip
    return Response(
        orjson.dumps(feature), media_type="application/geo+json",
        headers=simplified_header(level_m if drawn else None),
    )  # fmt: skip


@router.get("/areas/{code}/history")
def area_history(session: ReadSession, code: Code, day: AsAt) -> dict[str, Any]:
    """What an area followed and what followed it, link after link, with the share of people passed on."""
    return history_body(session, code, day)


@router.get("/areas/{code}")
def one_area(session: ReadSession, code: Code, request: Request, day: AsAt) -> dict[str, Any]:
    """One area: its life, figures, parents, successors and source."""
    asked = day if "as_at" in request.query_params else None
    return full_area(session, code, asked, day)
