"""The forms of what is agreed for a neighbourhood: posts that manage it, service agreements, devolved budgets."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from app.access.queries import Actor
from app.agreements import actions
from app.agreements.methods.checks import BUDGETS, FIELDS, MANAGERS, SERVICES, STATUSES
from app.agreements.queries import column_of
from app.agreements.routes import NewRecord, RecordFields, may_edit_ground
from app.dependencies import version_etag
from app.neighbourhoods.queries import UnknownNeighbourhood, list_neighbourhoods
from app.pages.record_fields import Field, Typed
from app.pages.record_kind import Offered, RecordKind, Stored
from app.partnerships.queries import get_partnership
from app.resources.programme_queries import list_programmes

MOST_OFFERED = 200


def _find(kind: str, session: Session, key: str) -> Stored:
    row = actions.lock_record(session, kind, key)
    body = {name: getattr(row, column_of(name)) for name in FIELDS[kind]}
    of = actions.partnership_of(session, row.neighbourhood)
    return Stored(
        body | {"neighbourhood": row.neighbourhood}, version_etag(row.id, row.revision), of,
        f"/neighbourhoods/{row.neighbourhood}#agreed", title=f"{_TITLES[kind]} of {row.neighbourhood}",
    )  # fmt: skip


def _make(kind: str, session: Session, actor: Actor, said: NewRecord) -> str:
    if not may_edit_ground(session, actor, said.neighbourhood):
        raise UnknownNeighbourhood(
            f"there is no neighbourhood {said.neighbourhood[:80]!r} that this token may change"
        )
    actions.make_record(session, actor, kind, said.neighbourhood, said.said())
    return f"/neighbourhoods/{said.neighbourhood}#agreed"


def _change(
    kind: str, session: Session, actor: Actor, key: str, said: RecordFields, _do: str
) -> None:
    actions.change_record(session, actor, kind, key, said.said())


def _remove(kind: str, session: Session, actor: Actor, key: str) -> None:
    actions.remove_record(session, actor, kind, key)


def _may(actor: Actor, stored: Stored) -> bool:
    """Say whether an actor may change it; nobody's ground is for who may edit every partnership."""
    if stored.partnership is None:
        return actor.is_administrator or actor.partnership_slug is None
    return actor.may_edit(stored.partnership)


def _offers(session: Session, typed: Typed, stored: Stored | None) -> Offered:
    """Offer the neighbourhoods of the partnership that was named, and the programmes that a budget may be of."""
    slug = typed.get("partnership") or (stored.partnership if stored is not None else None)
    named = typed.get("neighbourhood", "")
    places = list_neighbourhoods(session)
    slug = slug or next((each.partnership_slug for each in places if each.slug == named), None)
    if not slug:
        return {}
    return {
        "neighbourhood": [(one.slug, one.name) for one in places if one.partnership_slug == slug],
        "programme": programmes_offered(session, slug),
    }


def programmes_offered(session: Session, slug: str) -> list[tuple[str, str]]:
    """List the programmes of a partnership and those with a place in its districts, by id and title."""
    districts = get_partnership(session, slug).authorities
    own, _ = list_programmes(session, partnership=slug, after=None, limit=MOST_OFFERED)
    wider, _ = list_programmes(session, districts=districts, after=None, limit=MOST_OFFERED)
    return list({each["id"]: str(each["title"]) for each in (*own, *wider)}.items())


_TITLES = {
    MANAGERS: "post that manages a neighbourhood", SERVICES: "service agreement",
    BUDGETS: "devolved budget",
}  # fmt: skip
_OF = Field("neighbourhood", "Neighbourhood", "choice", must=True, fixed=True)
_NOTE = Field("note", "Note", "words")
_STARTS = Field("starts_on", "Starts on", "day")
_PARTS: Mapping[str, tuple[Field, ...]] = {
    MANAGERS: (
        Field("role", "The post: what it is called, never a person's name", must=True),
        Field("organisation", "Organisation that fills it", must=True),
        _STARTS, Field("ends_on", "Ends on", "day"),
    ),
    SERVICES: (
        Field("service", "Service", must=True),
        Field("provider", "Provider: an organisation", must=True),
        Field("standard", "Standard: what is promised, in words", "words", must=True),
        Field("measure", "How it is told whether it is kept"),
        Field("theme", "Theme"),
        _STARTS, Field("review_on", "Review by", "day", must=True),
        Field("status", "How it stands", "choice", choices=STATUSES),
    ),
    BUDGETS: (
        Field("fund", "Fund", must=True),
        Field("programme", "Programme that it is money of", "choice"),
        Field("year", "Financial year: the year of its April, 2026 for 2026-27", "year", must=True),
        Field("amount_pence", "Amount in pounds: 25000 or 25,000.50", "pounds", must=True),
        Field("decided_by", "Who decides: a body or a post", must=True),
    ),
}  # fmt: skip


def _kind(kind: str) -> RecordKind:
    with_kind: Mapping[str, Any] = {
        "find": partial(_find, kind), "make": partial(_make, kind), "change": partial(_change, kind),
        "remove": partial(_remove, kind),
    }  # fmt: skip
    return RecordKind(
        title=_TITLES[kind], parts=(_OF, *_PARTS[kind], _NOTE), changes=RecordFields, new=NewRecord,
        may=_may, offers=_offers, **with_kind,
    )  # fmt: skip


AGREEMENTS: Mapping[str, RecordKind] = {kind: _kind(kind) for kind in (MANAGERS, SERVICES, BUDGETS)}
