"""HTTP face of relations: what one area covers, lies within, overlaps and touches; a whole table as CSV."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response, StreamingResponse

from app.areas.overlap_tables import csv_pieces, find_pair, keep_pair
from app.areas.relation_rows import relation_sheet
from app.areas.relations import MAX_TOLERANCE_M, relations_body
from app.areas.routes import Code, read_type
from app.dependencies import AsAt, Heavy, Paging, ReadSession, today
from app.exports.csv import MEDIA_TYPE, write_csv
from app.sessions import reading
from app.whole_files import send_whole

router = APIRouter(tags=["areas"])
Tolerance = Annotated[
    float | None,
    Query(
        ge=0, le=MAX_TOLERANCE_M, allow_inf_nan=False,
        description="what is thinner is a sliver, metres; default: the tolerances of both layers, added",
    ),
]  # fmt: skip
Type = Annotated[
    str | None, Query(description="an area type; default: those that people ask about")
]


def _answer(
    request: Request, session: ReadSession, page: Paging, code: str, asked_for: str, day: AsAt,
    type: str | None, tolerance_m: float | None,
) -> dict[str, Any]:  # fmt: skip
    """Give one page of an area's relations, with what is said of all of them."""
    key = page.after_key(str, str)
    asked = day if "as_at" in request.query_params else None
    body = relations_body(session, code, (asked_for,), read_type(type), asked, today(), tolerance_m)
    items = body.pop("items")
    after = [item for item in items if key is None or (item["type"], item["code"]) > key]
    shown = after[: page.limit]
    last = [shown[-1]["type"], shown[-1]["code"]] if len(after) > page.limit else None
    return page.answer(request, shown, len(items), last) | body


@router.get("/areas/{code}/covers", dependencies=[Heavy])
def covers(
    request: Request, session: ReadSession, page: Paging, code: Code, day: AsAt, type: Type = None,
    tolerance_m: Tolerance = None,
) -> dict[str, Any]:  # fmt: skip
    """Areas that lie in this one but for slivers, with the shares that both have of each other."""
    return _answer(request, session, page, code, "covers", day, type, tolerance_m)


@router.get("/areas/{code}/within", dependencies=[Heavy])
def within(
    request: Request, session: ReadSession, page: Paging, code: Code, day: AsAt, type: Type = None,
    tolerance_m: Tolerance = None,
) -> dict[str, Any]:  # fmt: skip
    """Areas in which this one lies but for slivers."""
    return _answer(request, session, page, code, "within", day, type, tolerance_m)


@router.get("/areas/{code}/overlaps", dependencies=[Heavy])
def overlaps(
    request: Request, session: ReadSession, page: Paging, code: Code, day: AsAt, type: Type = None,
    tolerance_m: Tolerance = None,
) -> dict[str, Any]:  # fmt: skip
    """Areas that share ground with this one while neither lies in the other."""
    return _answer(request, session, page, code, "overlaps", day, type, tolerance_m)


@router.get("/areas/{code}/touches", dependencies=[Heavy])
def touches(
    request: Request, session: ReadSession, page: Paging, code: Code, day: AsAt, type: Type = None,
    tolerance_m: Tolerance = None,
) -> dict[str, Any]:  # fmt: skip
    """Areas that meet this one and share nothing with it but slivers."""
    return _answer(request, session, page, code, "touches", day, type, tolerance_m)


@router.get("/areas/{code}/relations.csv", response_class=Response, dependencies=[Heavy])
def relation_table(
    request: Request, session: ReadSession, code: Code, day: AsAt, type: Type = None, tolerance_m: Tolerance = None,
    people: Annotated[bool, Query(description="count the people of each and of both too, by their postcodes")] = False,
) -> Response:  # fmt: skip
    """All areas of one type (districts by default) that share ground with this one, with the m² of each and of both."""
    asked = day if "as_at" in request.query_params else None
    sheet = relation_sheet(
        session, code, read_type(type) or "lad", asked, today(), tolerance_m, with_people=people
    )
    name = "".join(each for each in code if each.isalnum())
    headers = {"Content-Disposition": f'attachment; filename="{name}-{sheet.name}.csv"'}
    return Response(write_csv(sheet), media_type=MEDIA_TYPE, headers=headers)


@router.get(
    "/overlaps/{type_a}/{type_b}.csv", dependencies=[Heavy], response_class=StreamingResponse
)
def overlap_table(
    request: Request, type_a: str, type_b: str, day: AsAt,
    demo: Annotated[bool, Query(description="the invented county's areas")] = False,
) -> StreamingResponse:  # fmt: skip
    """Every pair of areas of two types that share ground on a day, with shares by area, postcodes and people.

    Two large layers that were never compared are refused (409), with the command that compares them.
    """
    state = request.app.state
    with reading(state.engine, state.settings.statement_timeout_s) as session:
        pair = find_pair(session, type_a, type_b, day, demo=demo)
    keep_pair(state.engine, pair, state.settings.statement_timeout_s, in_a_request=True)
    headers = {
        "Content-Disposition": f'attachment; filename="{type_a}-{type_b}-{day}.csv"',
        "Bounds-Releases": f"{pair.a.id}, {pair.b.id}",
        "Bounds-Attribution": pair.attribution.encode("ascii", "replace").decode(),
    }
    return send_whole(request, csv_pieces(state.engine, pair), "text/csv; charset=utf-8", headers)
