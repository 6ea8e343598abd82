"""Forms of an editor's records: a new one, or a change of one that nobody else changed meanwhile."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session

from app.access.cookies import page_actor
from app.access.queries import Actor
from app.dependencies import WriteSession
from app.pages.desk_forms import (
    PRIVATE,
    DeskActor,
    SentForm,
    desk_page,
    faults_by_field,
    status_for,
    text_of,
    to_sign_in,
)
from app.pages.record_kinds import RECORDS, RecordKind, Stored, checked, from_text, to_text
from app.problems import Stale
from boundaries.errors import BoundsError, NotFound

router = APIRouter(prefix="/desk/records", include_in_schema=False)
Kind = Annotated[str, Path(max_length=40)]
Key = Annotated[str, Path(max_length=220)]
Of = Annotated[str, Query(max_length=120)]
MOST_SHOWN = 60


def _kind(name: str) -> RecordKind:
    if name not in RECORDS:
        raise NotFound(f"there is no kind of record {name[:80]!r}: there are {', '.join(RECORDS)}")
    return RECORDS[name]


def _find(session: Session, actor: Actor, kind: str, key: str) -> Stored:
    """Get a record that this actor may change, locked. Raises NotFound, in the same words for another's."""
    stored = _kind(kind).find(session, key)
    slug = stored.partnership
    if not (actor.is_administrator if slug is None else actor.may_edit(slug)):
        raise NotFound(f"there is no {_kind(kind).title} {key[:80]!r} that this token may change")
    return stored


def _texts(kind: RecordKind, body: Any) -> dict[str, str]:
    return {field.name: to_text(body.get(field.name), field.how) for field in kind.fields}


def _form(
    request: Request, actor: Actor, kind: str, key: str, typed: dict[str, str], etag: str,
    problem: BoundsError | None = None, now: dict[str, str] | None = None,
) -> HTMLResponse:  # fmt: skip
    record = _kind(kind)
    clash = [] if now is None else [f for f in record.fields if now[f.name] != typed[f.name]]
    return desk_page(
        request, "record_form.html", actor, status=status_for(problem), kind=kind, key=key,
        title=record.title, fields=[f for f in record.fields if not (key and f.name == "partnership")],
        typed=typed, etag=etag, problem=problem, faults=faults_by_field(problem), clash=clash, now=now,
    )  # fmt: skip


@router.get("/{kind}/new", response_class=HTMLResponse)
def new_form(request: Request, session: WriteSession, kind: Kind, partnership: Of = "") -> Response:
    """The empty form of a new record."""
    actor = page_actor(request, session)
    if actor is None:
        return to_sign_in(request)
    of = partnership or actor.partnership_slug or ""
    return _form(request, actor, kind, "", {**_texts(_kind(kind), {}), "partnership": of}, "")


@router.post("/{kind}/new", response_class=Response)
def make(
    request: Request, session: WriteSession, actor: DeskActor, form: SentForm, kind: Kind
) -> Response:
    """Keep a new record and lead on to where it shows; a faulty form comes back as it was filled."""
    record = _kind(kind)
    typed = {field.name: text_of(form, field.name) for field in record.fields}
    given = {
        field.name: read
        for field in record.fields
        if (read := from_text(typed[field.name], field.how)) not in (None, [])
    }
    try:
        with session.begin_nested():
            leads_to = record.make(session, actor, checked(record.new, given))
    except BoundsError as problem:
        return _form(request, actor, kind, "", typed, "", problem)
    return RedirectResponse(leads_to, 303, PRIVATE)


@router.get("/{kind}/{key}/edit", response_class=HTMLResponse)
def edit_form(request: Request, session: WriteSession, kind: Kind, key: Key) -> Response:
    """A record's form, filled with what is stored."""
    actor = page_actor(request, session)
    if actor is None:
        return to_sign_in(request)
    stored = _find(session, actor, kind, key)
    return _form(request, actor, kind, key, _texts(_kind(kind), stored.body), stored.etag)


@router.post("/{kind}/{key}/edit", response_class=Response)
def change(
    request: Request, session: WriteSession, actor: DeskActor, form: SentForm, kind: Kind, key: Key
) -> Response:
    """Change the fields that differ from what is stored; where somebody saved since, both are shown."""
    record = _kind(kind)
    stored = _find(session, actor, kind, key)
    now = _texts(record, stored.body)
    typed = now | {
        field.name: "\n".join(text_of(form, field.name).splitlines())
        for field in record.fields
        if field.name != "partnership"
    }
    if text_of(form, "etag") != stored.etag:
        clash = Stale(
            "somebody saved it since you opened this form; nothing of yours is stored yet"
        )
        return _form(request, actor, kind, key, typed, stored.etag, clash, now)
    given = {
        field.name: from_text(typed[field.name], field.how)
        for field in record.fields
        if typed[field.name] != now[field.name]
    }
    if given:
        try:
            with session.begin_nested():
                record.change(session, actor, key, checked(record.changes, given))
        except BoundsError as problem:
            return _form(request, actor, kind, key, typed, stored.etag, problem)
    return RedirectResponse(stored.page, 303, PRIVATE)
