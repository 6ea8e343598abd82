"""Forms of an editor's records: a new one, or a change of one that nobody else changed meanwhile.

A form works without scripts: a button that asks for one more row sends it, and gets it back as it was filled.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session
from starlette.datastructures import FormData

from app.access.cookies import page_actor
from app.access.queries import Actor
from app.dependencies import Heavy, WriteSession
from app.pages.desk_choices import partnerships_offered, series_offered
from app.pages.desk_forms import (
    DeskActor,
    SentForm,
    desk_page,
    status_for,
    text_of,
    to_sign_in,
)
from app.pages.record_fields import (
    Field,
    Group,
    Typed,
    faults_by_part,
    from_text,
    given_by,
    labels,
    sent_texts,
    stored_texts,
    with_rows,
)
from app.pages.record_kind import SAVE, RecordKind, Stored, checked
from app.pages.record_kinds import RECORDS
from app.pages.rendering import PRIVATE
from app.partnerships.queries import get_partnership
from app.problems import Stale
from boundaries.errors import BoundsError, Fault, Invalid, NotFound

router = APIRouter(prefix="/desk/records", include_in_schema=False)
Kind = Annotated[str, Path(max_length=40)]
Key = Annotated[str, Path(max_length=400)]
Of = Annotated[str, Query(max_length=120)]
MORE = "more:"


def _kind(name: str) -> RecordKind:
    if name not in RECORDS:
        raise NotFound(f"there is no kind of record {name[:80]!r}: there are {', '.join(RECORDS)}")
    return RECORDS[name]


def _find(session: Session, actor: Actor, kind: str, key: str) -> Stored:
    """Get a record that this actor may change, locked. Raises NotFound, in the same words for another's."""
    record = _kind(kind)
    stored = record.find(session, key)
    if not record.may(actor, stored):
        raise NotFound(f"there is no {record.title} {key[:80]!r} that this token may change")
    return stored


def _form(
    request: Request, session: Session, actor: Actor, kind: str, key: str, typed: Typed,
    stored: Stored | None = None, problem: BoundsError | None = None, now: Typed | None = None,
    more: str = "",
) -> HTMLResponse:  # fmt: skip
    record = _kind(kind)
    parts = [each for each in record.parts if isinstance(each, Group) or not (key and each.fixed)]
    typed = with_rows(parts, typed, more)
    named = labels(record.parts, typed | (now or {}))
    differs = [
        (named.get(name, name), now.get(name, ""), typed.get(name, ""))
        for name in dict.fromkeys([*now, *typed])
        if now.get(name, "") != typed.get(name, "")
    ] if now is not None else []  # fmt: skip
    faults = faults_by_part(problem, named)
    return desk_page(
        request, "record_form.html", actor, status=status_for(problem), kind=kind, key=key, record=record,
        parts=parts, typed=typed, stored=stored, problem=problem, faults=faults, named=named, clash=differs,
        offers={**_offered(session, actor, record), **record.offers(session, typed, stored)}, more=more,
        of="" if stored is None or not stored.partnership else get_partnership(session, stored.partnership).name,
    )  # fmt: skip


def _offered(
    session: Session, actor: Actor, record: RecordKind
) -> dict[str, list[tuple[str, str]]]:
    """Give what every form may offer: the partnerships somebody may change, the series held."""
    names = {part.name for part in record.parts}
    offered = {}
    if "partnership" in names:
        offered["partnership"] = partnerships_offered(session, actor)
    if "indicator" in names:
        offered["indicator"] = series_offered(session)
    return offered


def _asks_for_more(form: FormData, record: RecordKind) -> str:
    """Name the group that another row is asked of; empty where the form is sent to be kept."""
    asked = text_of(form, "do").removeprefix(MORE)
    return asked if any(isinstance(p, Group) and p.name == asked for p in record.parts) else ""


def _done(form: FormData, record: RecordKind) -> str:
    """Say which button sent the form; what no button says is the first one's."""
    asked = text_of(form, "do")
    return asked if any(each.do == asked for each in record.buttons) else SAVE


def _given(record: RecordKind, typed: Typed) -> dict[str, Any]:
    return record.shape(given_by(record.parts, typed))


# A statement's figures are worked out anew for its form, which takes a place among the heavy questions.
@router.get("/statements/{key:path}/edit", response_class=HTMLResponse, dependencies=[Heavy])
def statement_form(request: Request, session: WriteSession, key: Key) -> Response:
    """A statement's form, filled with what was written so far, beside its figures of today."""
    return edit_form(request, session, "statements", key)


@router.post("/statements/{key:path}/edit", response_class=Response, dependencies=[Heavy])
def change_statement(
    request: Request, session: WriteSession, actor: DeskActor, form: SentForm, key: Key
) -> Response:
    """Keep a statement's draft, or sign it with the figures that its form showed."""
    return change(request, session, actor, form, "statements", key)


@router.get("/{kind}/new", response_class=HTMLResponse)
def new_form(
    request: Request, session: WriteSession, kind: Kind, partnership: Of = "", neighbourhood: Of = ""
) -> Response:  # fmt: skip
    """The empty form of a new record, for the place that it is to be of."""
    actor = page_actor(request, session)
    if actor is None:
        return to_sign_in(request)
    record = _kind(kind)
    if record.make is None:
        raise NotFound(f"a {record.title} is not begun: it is opened from its partnership's page")
    of = {
        "partnership": partnership or actor.partnership_slug or "",
        "neighbourhood": neighbourhood,
    }
    return _form(request, session, actor, kind, "", stored_texts(record.parts, {}) | of)


@router.post("/{kind}/new", response_class=Response)
def make(
    request: Request, session: WriteSession, actor: DeskActor, form: SentForm, kind: Kind
) -> Response:
    """Keep a new record and lead on to where it shows; a faulty form comes back as it was filled."""
    record = _kind(kind)
    if record.make is None or record.new is None:
        raise NotFound(f"a {record.title} is not begun: it is opened from its partnership's page")
    typed = sent_texts(record.parts, form, {})
    more = _asks_for_more(form, record)
    if more:
        return _form(request, session, actor, kind, "", typed, more=more)
    try:
        with session.begin_nested():
            leads_to = record.make(session, actor, checked(record.new, _given(record, typed)))
    except BoundsError as problem:
        return _form(request, session, actor, kind, "", typed, problem=problem)
    return RedirectResponse(leads_to, 303, PRIVATE)


@router.get("/{kind}/{key:path}/edit", response_class=HTMLResponse)
def edit_form(request: Request, session: WriteSession, kind: Kind, key: Key) -> Response:
    """A record's form, filled with what is stored."""
    actor = page_actor(request, session)
    if actor is None:
        return to_sign_in(request)
    stored = _find(session, actor, kind, key)
    typed = stored_texts(_kind(kind).parts, stored.body)
    return _form(request, session, actor, kind, key, typed, stored)


@router.post("/{kind}/{key:path}/edit", response_class=Response)
def change(
    request: Request, session: WriteSession, actor: DeskActor, form: SentForm, kind: Kind, key: Key
) -> Response:
    """Change the fields that differ from what is stored; where somebody saved since, both are shown."""
    record = _kind(kind)
    stored = _find(session, actor, kind, key)
    now = stored_texts(record.parts, stored.body)
    typed = sent_texts(record.parts, form, now)
    more, do = _asks_for_more(form, record), _done(form, record)
    if more:
        # With the tag it came with: whoever saved meanwhile is told of when it is sent to be kept.
        as_sent = stored._replace(etag=text_of(form, "etag"))
        return _form(request, session, actor, kind, key, typed, as_sent, more=more)
    if text_of(form, "etag") != stored.etag:
        clash = Stale(
            "somebody saved it since you opened this form; nothing of yours is stored yet"
        )
        return _form(request, session, actor, kind, key, typed, stored, clash, now)
    given = _changed(record, typed, now, do)
    if given:
        try:
            with session.begin_nested():
                record.change(session, actor, key, checked(record.changes, given), do)
        except BoundsError as problem:
            return _form(request, session, actor, kind, key, typed, stored, problem)
    return RedirectResponse(stored.page, 303, PRIVATE)


def _changed(record: RecordKind, typed: Typed, now: Typed, do: str) -> Mapping[str, Any]:
    """Give what a form changes: of a record that is sent whole all of it, unless nothing is to be done."""
    if record.whole:
        return _given(record, typed) if typed != now or do != SAVE else {}
    fields = [each for each in record.parts if isinstance(each, Field) and not each.fixed]
    changed = {
        field.name: from_text(typed[field.name], field.how)
        for field in fields
        if typed[field.name] != now[field.name]
    }
    for group in (each for each in record.parts if isinstance(each, Group)):
        rows, before = (given_by([group], texts).get(group.name, []) for texts in (typed, now))
        changed |= {group.name: rows} if rows != before else {}
    return changed


@router.post("/{kind}/{key:path}/remove", response_class=Response)
def remove(
    request: Request, session: WriteSession, actor: DeskActor, form: SentForm, kind: Kind, key: Key
) -> Response:
    """Remove a record that nobody changed meanwhile, once somebody has said that it is meant."""
    record = _kind(kind)
    if record.remove is None:
        raise NotFound(f"a {record.title} is not removed by form")
    stored = _find(session, actor, kind, key)
    typed = stored_texts(record.parts, stored.body)
    try:
        if stored.etag != text_of(form, "etag"):
            raise Stale("somebody saved it since you opened this form; it was not removed")
        if text_of(form, "sure") != "yes":
            raise Invalid("not removed", [Fault("tick the box if you mean it", "/sure")])
        with session.begin_nested():
            record.remove(session, actor, key)
    except BoundsError as problem:
        return _form(request, session, actor, kind, key, typed, stored, problem)
    leads_to = "/desk" if kind == "partnerships" or not stored.partnership else stored.page
    return RedirectResponse(leads_to, 303, PRIVATE)
