"""An editor's imports on pages: a form that begins one, the list of them, and each with its steps, rows and faults."""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import APIRouter, BackgroundTasks, Depends, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session
from starlette.datastructures import FormData, UploadFile

from app.access.browsers import keep_open
from app.access.cookies import FORM_FIELD, browser_secret, page_actor
from app.access.queries import Actor
from app.dependencies import ReadSession, WriteSession
from app.imports import actions
from app.imports.actions import KeptFile
from app.imports.kinds import KINDS
from app.imports.queries import KILLED, LISTS, RunRow, UnknownImport, get_run, list_runs, may_see
from app.imports.routes import keep_upload, runs_of
from app.pages.desk_choices import file_choices
from app.pages.desk_forms import (
    DeskActor,
    SentForm,
    desk_page,
    faults_by_field,
    status_for,
    to_sign_in,
)
from app.pages.rendering import PRIVATE
from app.problems import NotAllowed
from app.resources.readers.plain_rows import OPTIONAL, REQUIRED
from app.row_counts import CHECKING, PLACING, READING, STORING, SURVEYING, UNITS
from boundaries.errors import BoundsError, Fault, Invalid, NotFound

router = APIRouter(include_in_schema=False)
Kind = Annotated[str, Path(max_length=40)]
RunId = Annotated[str, Path(max_length=80)]
MOST_LISTED = 100
MOST_FAULTS = 200
_WAITING, _ENDED = "waiting", "ended"
_STEPS = {
    _WAITING: "Waiting for its turn", READING: "Reading the file", CHECKING: "Checking every row",
    PLACING: "Finding the place of every row", STORING: "Storing every row",
    SURVEYING: "Checking the outlines and measuring their borders", _ENDED: "Ended",
}  # fmt: skip
# Field, its words, how it is asked for, and whether it must be there.
FIELDS: dict[str, tuple[tuple[str, str, str, bool], ...]] = {
    "indicators": (
        ("partnership", "Partnership; none: everybody's", "choice", False),
        ("id", "Id of the indicator: small letters, figures, hyphens", "text", True),
        ("title", "Title", "text", False),
        ("code_column", "Heading of the column of area codes", "text", True),
        ("value", "Headings of values, one a line; further ones as HEADING=ID", "lines", True),
        ("unit", "Unit", "text", True),
        ("direction", "Direction", "choice", True),
        ("nature", "Nature", "choice", True),
        ("release", "Areas of the codes", "choice", True),
        ("period", "Period of all rows", "text", False),
        ("period_column", "or the heading of the column of periods", "text", False),
        ("publisher", "Publisher", "text", False),
        ("licence", "Licence", "text", False),
        ("confidential", "Confidential: counts below 10 are never shown", "tick", False),
    ),
    "resources": (
        ("partnership", "Partnership; none: everybody's", "choice", False),
        ("map", "Columns with other headings, one a line: what=Project title", "lines", False),
        ("place", "Words of the file and the place they mean, one a line: Ore=E05009999", "lines", False),
        ("mapping", "or the name of a saved mapping", "text", False),
    ),
    "record": (
        ("partnership", "Partnership", "choice", True),
        ("table", "Table, where it is one alone", "choice", False),
    ),
    "boundaries": (
        ("type", "Area type", "choice", True),
        ("release", "Day of the publication", "day", True),
        ("code_column", "Heading of the codes", "text", False),
        ("name_column", "Heading of the names", "text", False),
        ("layer", "Layer, where the file has several", "text", False),
        ("publisher", "Publisher", "text", False),
        ("licence", "Licence", "text", False),
        ("attribution", "Attribution", "text", False),
        ("partial", "The file holds some places only", "tick", False),
    ),
}  # fmt: skip

# Which files are taken, in a sentence above the form.
TAKES = {
    "indicators": (
        "A CSV or XLSX with a row of headings, a column of area codes and one or more columns of figures: "
        "a blank is missing, * is suppressed, neither is nought."
    ),
    "resources": (
        "360Giving (JSON, CSV, XLSX), Open Referral UK, GeoJSON points, or a table (CSV, XLSX) with the columns "
        f"{', '.join(REQUIRED)}, and if wanted {', '.join(OPTIONAL)}."
    ),
    "record": "A partnership's record as it is taken away: JSON, a workbook (XLSX), or a table of it as CSV.",
    "boundaries": "GeoPackage, zipped Shapefile, GeoJSON, FlatGeobuf or GeoParquet.",
}


def _form_page(
    request: Request, session: Session, actor: Actor, kind: str, typed: dict[str, str], problem: BoundsError | None
) -> HTMLResponse:  # fmt: skip
    return desk_page(
        request, "import_form.html", actor, status=status_for(problem), kind=kind, title=KINDS[kind].title,
        fields=FIELDS[kind], takes=TAKES[kind], offers=file_choices(session, actor, kind), typed=typed, problem=problem,
        faults=faults_by_field(problem),
        named={name: re.split("[:,(]", words)[0].strip() for name, words, *_ in FIELDS[kind]} | {"file": "File"},
    )  # fmt: skip


def _known(kind: str) -> str:
    if kind not in KINDS:
        raise NotFound(f"there is no kind of file {kind[:80]!r}: there are {', '.join(KINDS)}")
    return kind


@router.get("/desk/import/{kind}", response_class=HTMLResponse)
def import_form(request: Request, session: ReadSession, kind: Kind) -> Response:
    """The form that takes a file of one kind."""
    actor = page_actor(request, session)
    if actor is None:
        return to_sign_in(request)
    if KINDS[_known(kind)].for_administrators and not actor.is_administrator:
        raise NotAllowed("boundaries are everybody's: only an administrator's token brings them in")
    return _form_page(
        request, session, actor, kind, {"partnership": actor.partnership_slug or ""}, None
    )


async def _sent_file(request: Request, actor: DeskActor, form: SentForm) -> KeptFile | None:
    """Keep the form's file on disk, for who is signed in; None where none was chosen."""
    assert actor is not None, "nobody else's file is kept"
    sent = form.get("file")
    if not isinstance(sent, UploadFile) or not sent.filename:
        return None
    return await keep_upload(request, sent)


@router.post("/desk/import/{kind}", response_class=Response)
def begin_import(
    request: Request, session: WriteSession, actor: DeskActor, form: SentForm, kind: Kind,
    kept: Annotated[KeptFile | None, Depends(_sent_file)], after: BackgroundTasks,
) -> Response:  # fmt: skip
    """Begin to rehearse the file and lead on to its page; a faulty form is shown again as it was filled."""
    _known(kind)
    typed = {name: "\n".join(_texts(form, name)) for name, *_ in FIELDS[kind]}
    if kept is None:
        missing = Invalid("choose a file", [Fault("choose a file", pointer="/file")])
        return _form_page(request, session, actor, kind, typed, missing)
    given = {
        name: typed[name].splitlines() if how == "lines" else [typed[name]]
        for name, _, how, _ in FIELDS[kind]
    }
    try:
        run_id = actions.begin_run(session, actor, kind, {**given, "dry_run": ["true"]}, kept)
    except BoundsError as problem:
        actions.kept_path(runs_of(request).folder, kept.run_id).unlink(missing_ok=True)
        return _form_page(request, session, actor, kind, typed, problem)
    return _on_to(request, run_id, after)


def _texts(form: FormData, name: str) -> list[str]:
    return [each for each in form.getlist(name) if isinstance(each, str) and name != FORM_FIELD]


def _on_to(request: Request, run_id: str, after: BackgroundTasks) -> Response:
    after.add_task(runs_of(request).start, run_id)
    return RedirectResponse(f"/jobs/{run_id}", 303, PRIVATE, background=after)


@router.get("/jobs", response_class=HTMLResponse)
def jobs(request: Request, session: ReadSession) -> Response:
    """The imports that the signed-in editor may see, newest first."""
    actor = page_actor(request, session)
    if actor is None:
        return to_sign_in(request)
    rows, total = list_runs(session, actor, before=None, limit=MOST_LISTED)
    return desk_page(request, "jobs.html", actor, rows=rows, total=total, kinds=KINDS)


@router.get("/jobs/{run_id}", response_class=HTMLResponse)
def job(request: Request, session: ReadSession, run_id: RunId) -> Response:
    """One import: its steps, how far it is, what came of each row; it runs on whether anybody looks or not."""
    actor = page_actor(request, session)
    if actor is None:
        return to_sign_in(request)
    row = _mine(get_run(session, run_id), actor)
    report = row.report or {}
    if row.status == "interrupted" and "detail" not in report:
        report = report | {"detail": KILLED}
    return desk_page(
        request, "job.html", actor, run=row, steps=_steps(row), title=KINDS[row.kind].title, report=report,
        unit=UNITS.get(row.step, "rows"), faults=_faults(report)[:MOST_FAULTS], faults_total=len(_faults(report)),
        counts=_counts(report, stores=row.stores),
        is_kept=actions.kept_path(runs_of(request).folder, row.id).is_file(),
    )  # fmt: skip


def _mine(row: RunRow, actor: Actor) -> RunRow:
    if not may_see(actor, row):
        raise UnknownImport(f"there is no import {row.id!r}")
    return row


def _steps(row: RunRow) -> list[tuple[str, str]]:
    """Name the steps that an import of this kind takes, each done, running or waiting."""
    left_out = {PLACING} if row.kind != "resources" else set()
    left_out |= set() if row.kind == "boundaries" else {SURVEYING}
    # Boundaries are rehearsed by storing them, and taking that back.
    left_out |= set() if row.stores or row.kind == "boundaries" else {STORING}
    names = [name for name in _STEPS if name not in left_out]
    at = names.index(row.step) if row.step in names else 0
    ended = row.status != "running"
    return [(_STEPS[name], _state(place, at, ended=ended)) for place, name in enumerate(names)]


def _state(place: int, at: int, *, ended: bool) -> str:
    if ended or place < at:
        return "done"
    return "running" if place == at else "waiting"


def _faults(report: dict[str, Any]) -> list[dict[str, Any]]:
    found = []
    for name in LISTS:
        listed = report.get(name)
        if name not in ("candidates", "lines") and isinstance(listed, list):
            found += [{**each, "list": name} for each in listed if isinstance(each, dict)]
    return found


def _counts(report: dict[str, Any], *, stores: bool) -> list[tuple[str, int]]:
    rows = report.get("rows")
    plain = rows if isinstance(rows, dict) else {}
    named = {
        "rows read": plain.get("in", report.get("rows_in")),
        "rows stored" if stores else "rows to store": plain.get(
            "stored", report.get("rows_stored")
        ),
        "rows refused": plain.get("refused", report.get("rows_refused")),
        "rows elsewhere": plain.get("elsewhere"),
        "areas that have a row": report.get("areas"),
        "outlines repaired": report.get("repaired"),
    }
    return [(name, count) for name, count in named.items() if isinstance(count, int)]


@router.post("/jobs/{run_id}/cancel", response_class=Response)
def cancel(_form: SentForm, session: WriteSession, actor: DeskActor, run_id: RunId) -> Response:
    """Cancel an import that runs."""
    actions.cancel_run(session, actor, get_run(session, run_id))
    return RedirectResponse(f"/jobs/{run_id}", 303, PRIVATE)


@router.post("/jobs/{run_id}/repeat", response_class=Response)
def repeat(
    request: Request, form: SentForm, session: WriteSession, actor: DeskActor, run_id: RunId,
    after: BackgroundTasks,
) -> Response:  # fmt: skip
    """Begin an ended import again, or store what was rehearsed."""
    keep_open(session, browser_secret(request))
    stores = True if form.get("store") == "yes" else None
    made = actions.repeat_run(
        session, actor, get_run(session, run_id), runs_of(request).folder, stores=stores
    )
    return _on_to(request, made, after)
