"""The page of what was written of one public record; works without scripts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from app.access.history import history_of
from app.dependencies import ReadSession
from app.findings import words
from app.neighbourhoods.queries import get_neighbourhood
from app.pages.queries import names_of, partnership_names
from app.pages.record_fields import Group, choice_words
from app.pages.record_kinds import RECORDS
from app.pages.rendering import fill, written_page
from boundaries.errors import NotFound
from boundaries.gss import is_gss_code

router = APIRouter(include_in_schema=False)
MOST_SHOWN = 200
NOT_SAID = "not said"
# The form that keeps a kind of record has the words of its fields.
_FORMS = {
    "partnership": "partnerships", "target": "targets", "action": "actions", "programme": "programmes",
    "managers": "managers", "services": "services", "budgets": "budgets", "strategy": "strategies",
    "statement": "statements", "accreditation": "notes",
}  # fmt: skip
_ONE = {
    "managers": "manager",
    "services": "agreement on a service",
    "budgets": "budget",
    "plan": "map of areas",
}
_VERBS = {
    "create": "made", "change": "changed", "remove": "removed", "publish": "published", "sign": "signed",
    "designate": "designated", "import": "brought in", "load": "loaded", "warm": "made ready", "serve": "served",
    "withdraw": "withdrawn", "plan": "made", "save": "saved", "grow": "grown",
}  # fmt: skip
_SAID_BESIDE = (
    "version",
    "reason",
    "member",
    "members",
    "on",
    "year",
    "criterion",
    "role",
    "made",
    "changed_too",
)


@dataclass(frozen=True)
class Told:
    """One field of a write: its words, what it was, and what it became; empty where that was not kept."""

    field: str
    was: str
    now: str


@dataclass(frozen=True)
class Write:
    """One write: when, by which role, what was done, each field, and what else was said."""

    when: str
    who: str
    verb: str
    fields: list[Told]
    beside: list[str]


@dataclass(frozen=True)
class HistoryView:
    """What the template reads: whose history it is, its newest writes, and how many there are."""

    kind: str
    record_id: str
    noun: str
    name: str
    page: str
    writes: list[Write]
    total: int


def say(value: object, names: Mapping[str, str]) -> str:
    """Write a field's value in words: areas by name, days as days, lists one after another."""
    if value is None or value in ([], {}, ""):
        return NOT_SAID
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return "; ".join(say(each, names) for each in value)
    if isinstance(value, dict):
        return _say_parts(value, names)
    text = str(value)
    return f"{names[text]} ({text})" if text in names else _say_text(text)


def _say_text(text: str) -> str:
    try:
        return words.day(text) if len(text) == len("2026-11-30") else choice_words(text)
    except ValueError:
        return choice_words(text)


def _say_parts(value: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """Write what has parts: its name or title first, the others by their words."""
    head = next((each for each in ("name", "title") if value.get(each)), None)
    rest = ", ".join(
        f"{key.replace('_', ' ')}: {say(part, names)}"
        for key, part in value.items()
        if key != head and part not in (None, [], {}, "")
    )
    if head is None:
        return rest or NOT_SAID
    return f"{value[head]} ({rest})" if rest else str(value[head])


def _labels(kind: str) -> dict[str, str]:
    """Give the words of a record's fields as its form has them."""
    parts = RECORDS[_FORMS[kind]].parts if kind in _FORMS else ()
    found = {
        part.name: part.one.capitalize() + "s" if isinstance(part, Group) else part.short
        for part in parts
    }
    return {name: said for name, said in found.items() if said}


def _codes(value: object) -> Iterator[str]:
    """Find the codes of areas in what was written."""
    if isinstance(value, dict):
        for each in value.values():
            yield from _codes(each)
    elif isinstance(value, list):
        for each in value:
            yield from _codes(each)
    elif isinstance(value, str) and is_gss_code(value):
        yield value


def _fields(
    event: Mapping[str, Any], labels: Mapping[str, str], names: Mapping[str, str]
) -> list[Told]:
    """List the fields of one write: of a change each before and after, of a first or last write all."""

    def called(field: str) -> str:
        return labels.get(field, field.replace("_", " ").capitalize())

    if event["changed"]:
        return [
            Told(called(field), say(was, names), say(now, names))
            for field, (was, now) in event["changed"].items()
        ]
    before, after = event.get("before") or {}, event.get("after") or {}
    kept = [
        Told(called(field), say(before[field], names) if field in before else "",
             say(after[field], names) if field in after else "")
        for field in dict.fromkeys([*before, *after])
    ]  # fmt: skip
    told = [each for each in kept if {each.was, each.now} - {"", NOT_SAID}]
    return told or [Told(called(field), "", "") for field in event.get("fields", [])]


def _moment(at: datetime) -> str:
    return f"{words.day(at.date())}, {at:%H:%M} UTC"


def _named(
    session: Session, kind: str, record_id: str, events: list[dict[str, Any]]
) -> tuple[str, str]:
    """Give the name of a record and the address of its page, empty where there is none."""
    if kind in ("partnership", "strategy"):
        name = partnership_names(session).get(record_id)
        if name is not None:
            return name, f"/partnerships/{record_id}" + ("/strategy" if kind == "strategy" else "")
    if kind == "neighbourhood":
        try:
            return get_neighbourhood(session, record_id).name, f"/neighbourhoods/{record_id}"
        except NotFound:
            pass
    for event in events:
        for kept in (event.get("after"), event.get("before")):
            for field in ("name", "title", "service", "role"):
                if kept and isinstance(kept.get(field), str):
                    return kept[field], ""
    return record_id, ""


@router.get("/history/{kind}/{record_id:path}", response_class=HTMLResponse)
def history_page(
    request: Request,
    session: ReadSession,
    kind: Annotated[str, Path(max_length=40)],
    record_id: Annotated[str, Path(max_length=220)],
) -> HTMLResponse:
    """Who (as a role) wrote what of a record, and when; before and after of each field."""
    events, total = history_of(session, kind, record_id, before=None, limit=MOST_SHOWN)
    labels, names = _labels(kind), names_of(session, set(_codes(events)))
    writes = [
        Write(
            _moment(event["at"]), event["who"], _VERBS.get(event["verb"], event["verb"]),
            _fields(event, labels, names),
            [
                f"{field.replace('_', ' ')}: {say(event[field], names)}"
                for field in _SAID_BESIDE if event.get(field) not in (None, [])
            ],
        )
        for event in events
    ]  # fmt: skip
    name, page = _named(session, kind, record_id, events)
    view = HistoryView(kind, record_id, _ONE.get(kind, kind), name, page, writes, total)
    return written_page(request, fill(request, "history.html", view=view))
