"""HTTP face of partnerships: align a list of codes or an outline; list, read, make, change and remove one."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

import orjson
import shapely
from fastapi import APIRouter, Path, Query, Request, Response

from app.dependencies import (
    AsAt,
    Editor,
    Heavy,
    IfMatch,
    Paging,
    ReadSession,
    WriteSession,
    not_modified,
    require_unchanged,
    today,
    version_etag,
)
from app.partnerships import actions
from app.partnerships.alignment import align_ground, outline_body
from app.partnerships.area_alignment import align_areas
from app.partnerships.methods.members import register
from app.partnerships.queries import (
    as_body,
    body_on,
    get_partnership,
    ground_of_partnership,
    list_partnerships,
)
from app.partnerships.schemas import Changes, NewPartnership, Question
from app.partnerships.tiers import authority_layer
from app.problems import NotAllowed
from boundaries.crs import BNG, WGS84
from boundaries.errors import Fault, Invalid
from boundaries.queries import LayerMissing, layer_on
from boundaries.untrusted import check_depth, judge_uploaded_outline, parse_outline

router = APIRouter(tags=["partnerships"])
Slug = Annotated[str, Path(max_length=100)]
SYSTEMS: dict[str | None, Literal["lon-lat", "bng"]] = {
    None: "lon-lat",
    f"EPSG:{WGS84}": "lon-lat",
    f"EPSG:{BNG}": "bng",
}


def read_outline(geometry: dict[str, Any], crs: str | None) -> shapely.MultiPolygon:
    """Check an outline that somebody sent and bring it to British National Grid; raises Invalid."""
    if crs not in SYSTEMS:
        raise Invalid(
            f"crs is EPSG:{WGS84} or EPSG:{BNG}",
            [Fault("unknown system", "/crs", value=str(crs)[:40])],
        )
    check_depth(geometry)
    outline = parse_outline(geometry, system=SYSTEMS[crs])
    parts = shapely.get_parts(outline)
    return shapely.multipolygons(parts)


@router.post("/align", dependencies=[Heavy])
def align(session: ReadSession, question: Question) -> dict[str, Any]:
    """Say whether some codes, or an outline, are the same as councils, a union, a part, or straddle them."""
    day = question.as_at or today()
    if (question.codes is None) == (question.geometry is None):
        raise Invalid("send either codes or geometry", [Fault("one of the two", "/codes")])
    if question.codes is not None:
        return align_areas(
            session, question.codes, day, name=question.name, tolerance_m=question.tolerance_m
        )
    assert question.geometry is not None, "checked above"
    outline = read_outline(question.geometry, question.crs)
    layer = authority_layer(session, day, outline.bounds, demo=False)
    demo = not len(layer.codes)
    if demo:
        invented = (
            authority_layer(session, day, outline.bounds, demo=True)
            if _has_demo(session, day)
            else layer
        )
        demo, layer = bool(len(invented.codes)), invented
    drawn = layer_on(session, "lad", day, demo=demo)
    found = judge_uploaded_outline(
        outline, layer, tolerance_m=question.tolerance_m, layer_tolerance_m=drawn.tolerance_m
    )
    return outline_body(session, outline, found, day, name=question.name, demo=demo)


@router.get("/areas/{code}/alignment", dependencies=[Heavy])
def area_alignment(
    session: ReadSession, code: Annotated[str, Path(max_length=40)], day: AsAt
) -> dict[str, Any]:
    """How one area of any type (a police area, a health area, a ward) lies to local government on a day."""
    return align_areas(session, [code], day)


def _has_demo(session: ReadSession, day: date) -> bool:
    try:
        layer_on(session, "lad", day, demo=True)
    except LayerMissing:
        return False
    return True


@router.get("/partnerships")
def list_all(
    request: Request,
    session: ReadSession,
    page: Paging,
    day: AsAt,
    kind: Annotated[str | None, Query(max_length=40)] = None,
) -> dict[str, Any]:
    """Partnerships in order of slug; with `as_at` those that lived on that day."""
    key = page.after_key(str)
    rows, total = list_partnerships(
        session, after=key[0] if key else None, limit=page.limit + 1, kind=kind,
        day=day if "as_at" in request.query_params else None,
    )  # fmt: skip
    shown = rows[: page.limit]
    last = [shown[-1].slug] if len(rows) > page.limit else None
    return page.answer(request, [as_body(row) for row in shown], total, last)


@router.post("/partnerships", status_code=201)
def create(
    session: WriteSession, actor: Editor, given: NewPartnership, response: Response
) -> dict[str, Any]:
    """Make a partnership of councils, with an outline of its own, or both."""
    slug = actions.slug_of(given.name)
    if not actor.may_edit(slug):
        raise NotAllowed("this token may not make a partnership of that name")
    outline = None if given.geometry is None else read_outline(given.geometry, given.crs)
    row = actions.create_partnership(
        session, actor, name=given.name, kind=given.kind, authorities=given.authorities, outline=outline,
        members=[m.model_dump() for m in given.members], lead=given.lead, valid_from=given.valid_from,
        valid_to=given.valid_to, day=today(),
    )  # fmt: skip
    response.headers["Location"] = f"/api/v1/partnerships/{row.slug}"
    response.headers["ETag"] = version_etag(row.slug, row.version)
    return as_body(row)


@router.get("/partnerships/{slug}", response_class=Response)
def read(request: Request, session: ReadSession, slug: Slug, day: AsAt) -> Response:
    """One partnership; with `as_at` its authorities are in the codes of that day, where they are the same ground."""
    row = get_partnership(session, slug)
    if "as_at" in request.query_params:
        return Response(orjson.dumps(body_on(session, row, day)), media_type="application/json")
    etag = version_etag(row.slug, row.version)
    unchanged = not_modified(request, etag)
    if unchanged is not None:
        return unchanged
    return Response(
        orjson.dumps(as_body(row)), media_type="application/json", headers={"ETag": etag}
    )


@router.patch("/partnerships/{slug}")
def change(
    session: WriteSession,
    actor: Editor,
    slug: Slug,
    given: Changes,
    match: IfMatch,
    response: Response,
) -> dict[str, Any]:
    """Change some fields of a partnership; send the ETag you read as If-Match."""
    row = actions.lock_partnership(session, slug)
    require_unchanged(session, match, f"partnership:{slug}", row.slug, row.version)
    row = actions.change_partnership(
        session, actor, slug, given.model_dump(exclude_unset=True), today()
    )
    response.headers["ETag"] = version_etag(row.slug, row.version)
    return as_body(row)


@router.delete("/partnerships/{slug}", status_code=204)
def remove(session: WriteSession, actor: Editor, slug: Slug, match: IfMatch) -> None:
    """Remove a partnership and its designations, and revoke the tokens that are for it alone."""
    row = actions.lock_partnership(session, slug)
    require_unchanged(session, match, f"partnership:{slug}", row.slug, row.version)
    actions.remove_partnership(session, actor, slug)


@router.get("/partnerships/{slug}/members")
def members(session: ReadSession, slug: Slug, day: AsAt) -> dict[str, Any]:
    """Who sits on a partnership on a day, by sector; sectors and communities that nobody is there for."""
    row = get_partnership(session, slug)
    return {"slug": row.slug, "name": row.name, **register(row.members, row.lead, day)}


@router.get("/partnerships/{slug}/alignment")
def alignment(session: ReadSession, slug: Slug, day: AsAt) -> dict[str, Any]:
    """How a partnership lies to local government on a day."""
    return align_ground(session, ground_of_partnership(session, slug, day), day)
