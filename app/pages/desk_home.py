"""An editor's own page: the partnerships to be changed, and of one of them every record with its form."""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session

from app.access.browsers import keep_open
from app.access.cookies import browser_secret, page_actor
from app.agreements.methods.checks import BUDGETS, KINDS, MANAGERS, NAMED_BY, SERVICES
from app.agreements.queries import column_of, list_records
from app.dependencies import WriteSession
from app.neighbourhoods.queries import list_neighbourhoods
from app.pages.desk_forms import desk_page, to_sign_in
from app.pages.record_fields import choice_words
from app.partnerships.queries import list_partnerships
from app.resources.programme_queries import list_programmes
from app.strategies.accreditation import notes_of
from app.strategies.methods.criteria import CRITERIA
from app.strategies.plan_queries import list_actions
from app.strategies.queries import list_targets
from app.strategies.written_queries import list_written

router = APIRouter(include_in_schema=False)
MOST_LISTED = 1000
_AGREED = {MANAGERS: "post", SERVICES: "service agreement", BUDGETS: "budget"}


class Entry(NamedTuple):
    """One record on the desk: its words, where its form is, what stands beside it."""

    words: str
    form: str
    beside: str = ""


class Ground(NamedTuple):
    """A neighbourhood on the desk with what is agreed for it."""

    slug: str
    name: str
    agreed: list[Entry]


@router.get("/desk", response_class=HTMLResponse)
def desk(
    request: Request, session: WriteSession, partnership: Annotated[str, Query(max_length=120)] = ""
) -> Response:
    """What the signed-in editor may do, and where."""
    actor = page_actor(request, session)
    if actor is None:
        return to_sign_in(request)
    keep_open(session, browser_secret(request))
    partnerships, total = list_partnerships(session, after=None, limit=MOST_LISTED)
    mine = [row for row in partnerships if actor.may_edit(row.slug)]
    chosen = partnership or actor.partnership_slug or ""
    of = next((row for row in mine if row.slug == chosen), None)
    return desk_page(
        request, "desk.html", actor, partnerships=mine, total=total, of=of,
        held={} if of is None else _held(session, of.slug), agreed=_AGREED, say=choice_words,
    )  # fmt: skip


def _held(session: Session, slug: str) -> dict[str, Any]:
    """List what is kept of one partnership, each with the address of its form."""
    programmes, _ = list_programmes(session, partnership=slug, after=None, limit=MOST_LISTED)
    notes = notes_of(session, slug)
    return {
        "strategy": _strategy_words(session, slug),
        "targets": [
            Entry(row.title, _form("targets", row.id))
            for row in list_targets(session, slug)
            if row.partnership_slug
        ],
        "actions": [
            Entry(row.title, _form("actions", row.id), f"due {row.due_on}, {row.status}")
            for row in list_actions(session, slug, None)
        ],
        "programmes": [
            Entry(str(row["title"]), _form("programmes", row["id"])) for row in programmes
        ],
        "notes": [
            Entry(title, _form("notes", f"{slug}:{key}"), "noted" if key in notes else "none yet")
            for key, title in CRITERIA.items()
        ],
        "grounds": _grounds(session, slug),
    }


def _form(kind: str, key: str) -> str:
    return f"/desk/records/{kind}/{key}/edit"


def _strategy_words(session: Session, slug: str) -> str:
    newest = next(iter(list_written(session, slug)), None)
    if newest is None:
        return "nothing is written yet"
    if newest.published_on is None:
        return f"version {newest.version} is a draft"
    return f"version {newest.version} is published, signed by {len(newest.sign_offs)}"


def _grounds(session: Session, slug: str) -> list[Ground]:
    by_ground: dict[str, list[Entry]] = {}
    for kind in KINDS:
        for row in list_records(session, kind, slug):
            words = " – ".join(str(getattr(row, column_of(name))) for name in NAMED_BY[kind])
            entry = Entry(words, _form(kind, row.id), _AGREED[kind])
            by_ground.setdefault(row.neighbourhood, []).append(entry)
    return [
        Ground(each.slug, each.name, by_ground.get(each.slug, []))
        for each in list_neighbourhoods(session, slug)
    ]
