"""HTTP face of releases: what is loaded and answers, what was repaired, where lookups and outlines differ."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from app.areas import releases
from app.areas.routes import read_type
from app.dependencies import Paging, ReadSession
from app.exports import csv
from app.exports.csv import write_csv

router = APIRouter(tags=["releases"])
ReleaseId = Annotated[str, Path(max_length=100)]


@router.get("/releases")
def list_all(
    request: Request,
    session: ReadSession,
    page: Paging,
    type: Annotated[str | None, Query()] = None,
) -> dict[str, Any]:
    """Releases by type and day of publication: their state, their checks, and which draw today."""
    key = page.after_key(str)
    rows = releases.release_bodies(session, read_type(type))
    start = next((n + 1 for n, row in enumerate(rows) if key and row["id"] == key[0]), 0)
    shown = rows[start : start + page.limit]
    more = start + page.limit < len(rows)
    return page.answer(request, shown, len(rows), [shown[-1]["id"]] if more else None)


@router.get("/releases/{release_id}")
def read(session: ReadSession, release_id: ReleaseId) -> dict[str, Any]:
    """One release with the checks it passed before it was served."""
    return releases.one_release(session, release_id)


@router.get("/releases/{release_id}/findings")
def findings(
    request: Request, session: ReadSession, release_id: ReleaseId, page: Paging
) -> dict[str, Any]:
    """What was repaired or refused of a release, feature by feature, with the square metres."""
    releases.one_release(session, release_id)
    key = page.after_key(int)
    rows, total = releases.findings_of(session, release_id, key[0] if key else 0, page.limit + 1)
    shown = rows[: page.limit]
    return page.answer(
        request, shown, total, [shown[-1]["number"]] if len(rows) > page.limit else None
    )


@router.get("/releases/{release_id}/findings.csv", response_class=Response)
def findings_csv(session: ReadSession, release_id: ReleaseId) -> Response:
    """The same, all of it, as CSV."""
    releases.one_release(session, release_id)
    headers = {"Content-Disposition": f'attachment; filename="{release_id}-findings.csv"'}
    written = write_csv(releases.findings_sheet(session, release_id))
    return Response(written, media_type=csv.MEDIA_TYPE, headers=headers)


@router.get("/releases/{release_id}/mended")
def mended(
    request: Request, session: ReadSession, release_id: ReleaseId, page: Paging
) -> dict[str, Any]:
    """The areas whose edges were made to match before simplifying, with the square metres each took and gave."""
    releases.one_release(session, release_id)
    key = page.after_key(str)
    rows = releases.mended_of(session, release_id)
    start = next((n + 1 for n, row in enumerate(rows) if key and row["code"] == key[0]), 0)
    shown = rows[start : start + page.limit]
    more = start + page.limit < len(rows)
    return page.answer(request, shown, len(rows), [shown[-1]["code"]] if more else None)


@router.get("/lookup-disagreements")
def list_disagreements(request: Request, session: ReadSession, page: Paging) -> dict[str, Any]:
    """Where an official lookup and the outlines say different parents, with shares, and which is used."""
    key = page.after_key(str, str, str)
    rows = releases.disagreements(session)

    def place(row: dict[str, Any]) -> tuple[str, str, str]:
        return row["lookup"], row["parent_type"], row["child_code"]

    start = next((n + 1 for n, row in enumerate(rows) if key and place(row) == key), 0)
    shown = rows[start : start + page.limit]
    more = start + page.limit < len(rows)
    return page.answer(request, shown, len(rows), list(place(shown[-1])) if more else None)
