"""HTTP face of imports that run on while nobody waits: begun with a file, asked after, cancelled, begun again."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path as FilePath
from typing import IO, Annotated, Any

import orjson
from anyio import to_thread
from fastapi import APIRouter, BackgroundTasks, Depends, Path, Query, Request
from fastapi.responses import JSONResponse, Response
from starlette.datastructures import UploadFile

from app.access.cookies import page_actor
from app.access.queries import Actor, find_actor
from app.dependencies import Paging, ReadSession, WriteSession, signed_in
from app.disk_room import check_import
from app.imports import actions
from app.imports.kinds import BoundariesSaid, IndicatorsSaid, RecordSaid, ResourcesSaid
from app.imports.queries import get_run, list_runs, may_see, run_body
from app.imports.running import Runs, clear_old
from app.vintages.sent import BODIES
from boundaries.errors import Fault, Invalid

router = APIRouter(prefix="/imports", tags=["imports"])
RunId = Annotated[str, Path(max_length=80)]
SignedIn = Annotated[Actor, Depends(signed_in)]
CHUNK = 1 << 20


def runs_of(request: Request) -> Runs:
    """The imports that this process cares for, begun with the first."""
    state = request.app.state
    if not hasattr(state, "runs"):
        state.runs = Runs(state.engine, state.settings)
    kept: Runs = state.runs
    return kept


def check_room_for(request: Request) -> None:
    """See that what is being sent has its room before a byte of it is taken. Raises DiskShort (507)."""
    settings = request.app.state.settings
    said = request.headers.get("content-length", "")
    size = int(said) if said.isdigit() else settings.max_upload_bytes
    check_import(settings, min(size, settings.max_upload_bytes))


async def keep_upload(request: Request, sent: UploadFile) -> actions.KeptFile:
    """Write a form's file to disk, where its import reads it."""
    run_id, path = _new_path(request)
    with kept_whole(path) as opened:
        while chunk := await sent.read(CHUNK):
            opened.write(chunk)
    # Elsewhere: hashing the largest file takes a second, in which nobody else would be served.
    digest, size = await to_thread.run_sync(actions.digest_of, path)
    return actions.KeptFile(run_id, (sent.filename or "file")[:200], digest, size)


@contextmanager
def kept_whole(path: FilePath) -> Iterator[IO[bytes]]:
    """Open a file to be written; what is not written to its end, because the sender went away, is removed."""
    is_whole = False
    try:
        with path.open("wb") as opened:
            yield opened
        is_whole = True
    finally:
        if not is_whole:
            path.unlink(missing_ok=True)


def _new_path(request: Request) -> tuple[str, FilePath]:
    folder = runs_of(request).folder
    check_room_for(request)
    folder.mkdir(parents=True, exist_ok=True)
    clear_old(folder, time.time())
    run_id = actions.new_id()
    return run_id, actions.kept_path(folder, run_id)


async def read_file(request: Request) -> AsyncIterator[actions.KeptFile]:
    """Keep the file of a form (field `file`) or of the body on disk; gone again where its import is not begun."""
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media == "multipart/form-data":
        async with request.form(max_files=1, max_fields=10) as form:
            found = form.get("file")
            if not isinstance(found, UploadFile):
                fault = Fault("send the file in the field 'file'", pointer="/file")
                raise Invalid("the form has no file", [fault])
            kept = await keep_upload(request, found)
    else:
        run_id, path = _new_path(request)
        with kept_whole(path) as opened:
            async for chunk in request.stream():
                opened.write(chunk)
        name = request.query_params.get("name", "file")[:200]
        digest, size = await to_thread.run_sync(actions.digest_of, path)
        kept = actions.KeptFile(run_id, name, digest, size)
    is_begun = False
    try:
        yield kept
        is_begun = True
    finally:
        if not is_begun:
            actions.kept_path(runs_of(request).folder, kept.run_id).unlink(missing_ok=True)


Kept = Annotated[actions.KeptFile, Depends(read_file)]


def _begin(
    request: Request, session: WriteSession, actor: Actor, kind: str, file: actions.KeptFile,
    after: BackgroundTasks,
) -> Response:  # fmt: skip
    given = {
        name: request.query_params.getlist(name) for name in request.query_params if name != "name"
    }
    run_id = actions.begin_run(session, actor, kind, given, file)
    return _accepted(request, session, run_id, after)


def _accepted(
    request: Request, session: WriteSession, run_id: str, after: BackgroundTasks
) -> Response:
    # After the answer, and so after the commit: the process that runs it reads the row.
    after.add_task(runs_of(request).start, run_id)
    body = run_body(get_run(session, run_id), whole=True)
    return JSONResponse(body, 202, {"Location": f"/api/v1/imports/{run_id}"}, background=after)


@router.post("/indicators", status_code=202, openapi_extra=BODIES)
def begin_indicators(
    request: Request, session: WriteSession, actor: SignedIn, said: Annotated[IndicatorsSaid, Query()],
    file: Kept, after: BackgroundTasks,
) -> Response:  # fmt: skip
    """Begin to bring a table of indicators in; `dry_run=true` only rehearses it. Ask after it at `Location`."""
    assert said is not None, "checked with every fault by the action"
    return _begin(request, session, actor, "indicators", file, after)


@router.post("/resources", status_code=202, openapi_extra=BODIES)
def begin_resources(
    request: Request, session: WriteSession, actor: SignedIn, said: Annotated[ResourcesSaid, Query()],
    file: Kept, after: BackgroundTasks,
) -> Response:  # fmt: skip
    """Begin to bring a file of money or services in; `dry_run=true` only rehearses it. Ask after it at `Location`."""
    assert said is not None, "checked with every fault by the action"
    return _begin(request, session, actor, "resources", file, after)


@router.post("/record", status_code=202, openapi_extra=BODIES)
def begin_record(
    request: Request, session: WriteSession, actor: SignedIn, said: Annotated[RecordSaid, Query()],
    file: Kept, after: BackgroundTasks,
) -> Response:  # fmt: skip
    """Begin to bring a partnership's record in, or (`table`) its members, targets or actions alone.

    JSON or a workbook as they are exported, or a table as CSV. All rows are stored or none; `dry_run=true`
    only rehearses it.
    """
    assert said is not None, "checked with every fault by the action"
    return _begin(request, session, actor, "record", file, after)


@router.post("/boundaries", status_code=202, openapi_extra=BODIES)
def begin_boundaries(
    request: Request, session: WriteSession, actor: SignedIn, said: Annotated[BoundariesSaid, Query()],
    file: Kept, after: BackgroundTasks,
) -> Response:  # fmt: skip
    """Begin to bring a file of boundaries in (administrators); `dry_run=true` only rehearses it."""
    assert said is not None, "checked with every fault by the action"
    return _begin(request, session, actor, "boundaries", file, after)


@router.get("")
def list_all(
    request: Request, page: Paging, session: WriteSession, actor: SignedIn, response: Response
) -> dict[str, Any]:
    """The imports that this token may see, newest first."""
    key = page.after_key(str, str)
    rows, total = list_runs(session, actor, before=key, limit=page.limit + 1)
    shown = rows[: page.limit]
    last = [shown[-1].begun_at.isoformat(), shown[-1].id] if len(rows) > page.limit else None
    response.headers["Cache-Control"] = "private, no-store"
    bodies = [{**run_body(row, whole=False), "file": row.file_name} for row in shown]
    return page.answer(request, bodies, total, last)


@router.get("/{run_id}", response_class=Response)
def show(request: Request, session: ReadSession, run_id: RunId) -> Response:
    """One import: how far it is, and its report; with a token that may, what the file's rows hold too."""
    row = get_run(session, run_id)
    body = run_body(row, whole=may_see(reader(request, session), row))
    return Response(
        orjson.dumps(body), media_type="application/json", headers={"Cache-Control": "private, no-store"}
    )  # fmt: skip


def reader(request: Request, session: ReadSession) -> Actor | None:
    """Who asks, by token or cookie; None for everybody else."""
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return find_actor(session, secret.strip())
    return page_actor(request, session)


@router.delete("/{run_id}", status_code=204)
def cancel(session: WriteSession, actor: SignedIn, run_id: RunId) -> Response:
    """Cancel an import that runs: it ends within seconds, and nothing of it is stored."""
    actions.cancel_run(session, actor, get_run(session, run_id))
    return Response(status_code=204)


@router.post("/{run_id}/repeat", status_code=202)
def repeat(
    request: Request, session: WriteSession, actor: SignedIn, run_id: RunId, after: BackgroundTasks,
    dry_run: Annotated[bool | None, Query(description="false: store what was rehearsed")] = None,
) -> Response:  # fmt: skip
    """Begin an ended import again with the same file: after an interruption, or to store what was rehearsed."""
    stores = None if dry_run is None else not dry_run
    made = actions.repeat_run(
        session, actor, get_run(session, run_id), runs_of(request).folder, stores=stores
    )
    return _accepted(request, session, made, after)
