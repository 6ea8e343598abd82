"""HTTP face of targets and of a partnership's progress against them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import JSONResponse, Response

from app.access.queries import Actor
from app.dependencies import (
    AsAt,
    Heavy,
    IfMatch,
    Paging,
    ReadSession,
    WriteSession,
    require_unchanged,
    signed_in,
    today,
    version_etag,
)
from app.exports import csv, xlsx
from app.exports.csv import write_csv
from app.exports.xlsx import write_xlsx
from app.partnerships.queries import get_partnership
from app.strategies import actions
from app.strategies.evaluate import Place, evaluate_targets, target_body
from app.strategies.judged import districts_judged
from app.strategies.progress import place_of_partnership, progress_of
from app.strategies.queries import get_target, list_targets
from app.strategies.schemas import NewTarget, TargetFields
from app.strategies.sheets import progress_sheets
from app.strategies.tables import Target
from app.strategies.target_rows import target_sheet
from app.strategies.targets import UnknownTarget, as_row
from boundaries.errors import Fault, Invalid, NotFound

router = APIRouter(tags=["targets"])
Slug = Annotated[str, Path(max_length=120)]
TargetId = Annotated[str, Path(max_length=120)]
Partnership = Annotated[str | None, Query(max_length=120, description="slug of a partnership")]
Areas = Annotated[
    str | None, Query(max_length=4000, description="codes of districts with commas between")
]


@router.get("/targets")
def targets(
    request: Request, session: ReadSession, page: Paging, partnership: Partnership = None
) -> dict[str, Any]:
    """Targets of a partnership, or the national floor targets of 2001 with the nearest ones that held series judge."""
    if partnership is not None:
        get_partnership(session, partnership)
    rows = list_targets(session, partnership)
    key = page.after_key(str)
    left = [row for row in rows if key is None or row.id > key[0]]
    shown = left[: page.limit]
    last = [shown[-1].id] if len(left) > len(shown) else None
    return page.answer(request, [target_body(row) for row in shown], len(rows), last)


@router.post("/targets", status_code=201)
def make(
    session: WriteSession, actor: Annotated[Actor, Depends(signed_in)], given: NewTarget
) -> JSONResponse:
    """Keep a target of a partnership: what is to reach which figure by when, judged by which series."""
    if not actor.may_edit(given.partnership):
        raise NotFound(f"there is no partnership {given.partnership!r} that this token may change")
    row = actions.make_target(session, actor, given.partnership, given.said(), today())
    headers = {"Location": f"/api/v1/targets/{row.id}", "ETag": version_etag(row.id, row.revision)}
    return JSONResponse(target_body(as_row(row)), status_code=201, headers=headers)


@router.get("/targets/{target_id}")
def one(session: ReadSession, target_id: TargetId, response: Response) -> dict[str, Any]:
    """One target, national or a partnership's."""
    row = get_target(session, target_id)
    if row.revision:
        response.headers["ETag"] = version_etag(row.id, row.revision)
    return target_body(row)


@router.get("/targets/{target_id}/evaluation", dependencies=[Heavy])
def evaluation(
    session: ReadSession, target_id: TargetId, day: AsAt, areas: Areas = None,
    partnership: Partnership = None,
) -> dict[str, Any]:  # fmt: skip
    """Judge a target for districts, for a partnership, or (neither given) for every district its series has.

    Met, on track, off track or cannot tell, each with the reason, the figure, and what was asked of it by then, as
    far as figures go by `as_at`.
    """
    row = get_target(session, target_id)
    if areas is not None and partnership is not None:
        detail = "give either areas or partnership"
        raise Invalid(detail, [Fault(detail, pointer="/areas")])
    slug = partnership or (row.partnership_slug if areas is None else None)
    if slug is not None:
        place = place_of_partnership(session, slug, day, [row])
    else:
        place = Place("districts", districts_judged(session, row, areas), {})
    return evaluate_targets(session, [row], place, day)[0] | {"as_at": day}


@router.get("/targets/{target_id}/rows.csv", response_class=Response, dependencies=[Heavy])
def rows_csv(
    session: ReadSession, target_id: TargetId, day: AsAt,
    period: Annotated[str | None, Query(max_length=40, description="of the series, e.g. 2019; else the newest")] = None,
    partnership: Partnership = None,
) -> Response:  # fmt: skip
    """What a target's figures of a period are made of: each area's value and weight, and who is in the tail."""
    row = get_target(session, target_id)
    slug = partnership or row.partnership_slug
    place = (
        Place("districts", districts_judged(session, row, None), {})
        if slug is None
        else place_of_partnership(session, slug, day, [row])
    )
    headers = {"Content-Disposition": f'attachment; filename="{row.id}-rows.csv"'}
    written = write_csv(target_sheet(session, row, place, period))
    return Response(written, media_type=csv.MEDIA_TYPE, headers=headers)


def _to_change(
    session: WriteSession, actor: Annotated[Actor, Depends(signed_in)], match: IfMatch, target_id: TargetId
) -> Target:  # fmt: skip
    row = actions.lock_target(session, target_id)
    if not actor.may_edit(row.partnership_slug):
        raise UnknownTarget(f"there is no target {target_id[:80]!r} that can be changed")
    require_unchanged(session, match, f"target:{row.id}", row.id, row.revision)
    return row


ToChange = Annotated[Target, Depends(_to_change)]
SignedIn = Annotated[Actor, Depends(signed_in)]


@router.patch("/targets/{target_id}")
def change(
    session: WriteSession, row: ToChange, actor: SignedIn, given: TargetFields, response: Response
) -> dict[str, Any]:
    """Change some fields of a target; send the ETag you read as If-Match, so that nobody's change is lost."""
    changed = actions.change_target(session, actor, row.id, given.changes(), today())
    response.headers["ETag"] = version_etag(changed.id, changed.revision)
    return target_body(as_row(changed))


@router.delete("/targets/{target_id}", status_code=204)
def remove(session: WriteSession, row: ToChange, actor: SignedIn) -> None:
    """Remove a target; send the ETag you read as If-Match."""
    actions.remove_target(session, actor, row.id)


@router.get("/partnerships/{slug}/progress", dependencies=[Heavy])
def progress(session: ReadSession, slug: Slug, day: AsAt) -> dict[str, Any]:
    """A partnership's own targets and the national ones, each judged for it: the word, the reason, every period."""
    return progress_of(session, slug, day)


@router.get("/partnerships/{slug}/progress.csv", response_class=Response, dependencies=[Heavy])
def progress_csv(session: ReadSession, slug: Slug, day: AsAt) -> Response:
    """Who stands how by each target, as CSV."""
    sheet = progress_sheets(progress_of(session, slug, day))[0]
    headers = {"Content-Disposition": f'attachment; filename="{slug}-progress.csv"'}
    return Response(write_csv(sheet), media_type=csv.MEDIA_TYPE, headers=headers)


@router.get("/partnerships/{slug}/progress.xlsx", response_class=Response, dependencies=[Heavy])
def progress_xlsx(session: ReadSession, slug: Slug, day: AsAt) -> Response:
    """The same as a workbook, with every period on a sheet of its own."""
    book = write_xlsx(progress_sheets(progress_of(session, slug, day)))
    headers = {"Content-Disposition": f'attachment; filename="{slug}-progress.xlsx"'}
    return Response(book, media_type=xlsx.MEDIA_TYPE, headers=headers)
