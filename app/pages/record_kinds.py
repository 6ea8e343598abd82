"""The records that an editor keeps by form: their fields, how each is read from text, and the actions that keep them.

A form goes through the very models and actions of the API: what one refuses the other does too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import orjson
from pydantic import BaseModel, ValidationError
from sqlalchemy.orm import Session

from app.access.queries import Actor
from app.dependencies import content_etag, today, version_etag
from app.partnerships import actions as partnerships
from app.partnerships.methods.members import SECTORS
from app.partnerships.queries import as_body, get_partnership
from app.partnerships.schemas import Changes, NewPartnership
from app.problems import NotAllowed
from app.resources import own_programmes
from app.resources.methods.programme_record import Record
from app.resources.programme_queries import show_programme
from app.resources.programme_schemas import NewProgramme, ProgrammeChanges
from app.strategies import actions as targets
from app.strategies import plan
from app.strategies.evaluate import target_body
from app.strategies.plan_queries import action_body
from app.strategies.plan_routes import ActionFields, NewAction
from app.strategies.schemas import NewTarget, TargetFields
from app.strategies.targets import as_row
from boundaries.errors import Fault, Invalid, NotFound

How = Literal["text", "lines", "members", "steps", "words"]
_MEMBER = ("name", "sector", "role", "joined", "left", "communities")


class Field(NamedTuple):
    """One field of a form: the API's own name, the words beside it, how it is asked for."""

    name: str
    words: str
    how: How = "text"
    must: bool = False


class Stored(NamedTuple):
    """A record as it is stored: its fields as the API gives them, its ETag, whose it is, its own page."""

    body: Mapping[str, Any]
    etag: str
    partnership: str | None
    page: str


@dataclass(frozen=True)
class RecordKind:
    """One kind of record: its fields, the API's models of a new one and of changes, and its reads and writes.

    find locks the row where it is read to be changed, so that nobody writes in between.
    """

    title: str
    fields: tuple[Field, ...]
    new: type[BaseModel]
    changes: type[BaseModel]
    find: Callable[[Session, str], Stored]
    make: Callable[[Session, Actor, Any], str]
    change: Callable[[Session, Actor, str, Any], None]


def to_text(value: Any, how: How) -> str:
    """Write a stored value as the form shows it; empty for none."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if how == "members":
        return "\n".join(_member_line(each) for each in value)
    if how == "steps":
        return "\n".join(f"{each['period']} = {each['figure']}" for each in value)
    if how == "lines":
        return "\n".join(str(each) for each in value)
    return str(value)


def _member_line(member: Mapping[str, Any]) -> str:
    parts = [member.get(name) or "" for name in _MEMBER[:-1]]
    parts.append(", ".join(member.get("communities") or []))
    return " | ".join(str(part) for part in parts).rstrip(" |")


def from_text(written: str, how: How) -> Any:
    """Read what was typed into a field; None for an empty one."""
    lines = [line.strip() for line in written.splitlines() if line.strip()]
    if how == "lines":
        return lines
    if how == "members":
        return [_member(line) for line in lines]
    if how == "steps":
        return [_step(line) for line in lines]
    return written or None


def _step(line: str) -> dict[str, str]:
    period, _, figure = line.partition("=")
    return {"period": period.strip(), "figure": figure.strip()}


def _member(line: str) -> dict[str, Any]:
    parts = [part.strip() for part in line.split("|")]
    said: dict[str, Any] = {
        name: part for name, part in zip(_MEMBER, parts, strict=False) if part and name != "communities"
    }  # fmt: skip
    if len(parts) >= len(_MEMBER):
        said["communities"] = [each.strip() for each in parts[5].split(",") if each.strip()]
    return said


def checked(model: type[BaseModel], given: Mapping[str, Any]) -> Any:
    """Check what was typed by the API's own model. Raises Invalid with every fault by field."""
    try:
        return model.model_validate(given)
    except ValidationError as error:
        faults = [
            Fault(str(each["msg"]).removeprefix("Value error, "), pointer="/" + "/".join(str(p) for p in each["loc"]))
            for each in error.errors()
        ]  # fmt: skip
        raise Invalid("; ".join(f"{f.pointer[1:]}: {f.detail}" for f in faults), faults) from error


def _require(actor: Actor, slug: str | None) -> None:
    if not (actor.is_administrator if slug is None else actor.may_edit(slug)):
        raise NotFound(f"there is no partnership {slug!r} that this token may change")


def _find_partnership(session: Session, key: str) -> Stored:
    row = partnerships.lock_partnership(session, key)
    return Stored(as_body(row), version_etag(row.slug, row.version), row.slug, f"/partnerships/{row.slug}")  # fmt: skip


def _make_partnership(session: Session, actor: Actor, said: NewPartnership) -> str:
    slug = partnerships.slug_of(said.name)
    if not actor.may_edit(slug):
        raise NotAllowed("this token may not make a partnership of that name")
    row = partnerships.create_partnership(
        session, actor, name=said.name, kind=said.kind, authorities=said.authorities,
        members=[each.model_dump() for each in said.members], lead=said.lead, valid_from=said.valid_from,
        valid_to=said.valid_to, day=today(),
    )  # fmt: skip
    return f"/partnerships/{row.slug}"


def _change_partnership(session: Session, actor: Actor, key: str, said: Changes) -> None:
    partnerships.change_partnership(
        session, actor, key, said.model_dump(exclude_unset=True), today()
    )


def _progress(slug: str) -> str:
    return f"/partnerships/{slug}/progress"


def _find_target(session: Session, key: str) -> Stored:
    row = targets.lock_target(session, key)
    slug = row.partnership_slug
    return Stored(target_body(as_row(row)), version_etag(row.id, row.revision), slug, _progress(slug))  # fmt: skip


def _make_target(session: Session, actor: Actor, said: NewTarget) -> str:
    _require(actor, said.partnership)
    targets.make_target(session, actor, said.partnership, said.said(), today())
    return _progress(said.partnership)


def _change_target(session: Session, actor: Actor, key: str, said: TargetFields) -> None:
    targets.change_target(session, actor, key, said.changes(), today())


def _find_action(session: Session, key: str) -> Stored:
    row = plan.lock_action(session, key)
    slug = row.partnership_slug
    return Stored(action_body(row, today()), version_etag(row.id, row.revision), slug, _progress(slug))  # fmt: skip


def _make_action(session: Session, actor: Actor, said: NewAction) -> str:
    _require(actor, said.partnership)
    get_partnership(session, said.partnership)
    plan.make_action(session, actor, said.partnership, said.said())
    return _progress(said.partnership)


def _change_action(session: Session, actor: Actor, key: str, said: ActionFields) -> None:
    plan.change_action(session, actor, key, said.said())


def _find_programme(session: Session, key: str) -> Stored:
    row = own_programmes.lock_programme(session, key)
    body = show_programme(session, row.id)
    slug = row.partnership_slug
    page = "/data" if slug is None else f"/partnerships/{slug}/resources"
    return Stored(body, content_etag(orjson.dumps(body)), slug, page)


def _make_programme(session: Session, actor: Actor, said: NewProgramme) -> str:
    _require(actor, said.partnership)
    plain = said.as_plain()
    slug, name = plain.pop("partnership", None), plain.pop("id", None)
    own_programmes.create_programme(
        session, actor, Record(**plain), partnership=slug, day=today(), name=name
    )
    return "/data" if slug is None else f"/partnerships/{slug}/resources"


def _change_programme(session: Session, actor: Actor, key: str, said: ProgrammeChanges) -> None:
    own_programmes.change_programme(session, actor, key, said.as_plain(), today())


_OF = Field("partnership", "Partnership (its slug)", "text", must=True)
RECORDS: Mapping[str, RecordKind] = {
    "partnerships": RecordKind(
        "partnership",
        (
            Field("name", "Name", must=True),
            Field("kind", f"Kind: {', '.join(partnerships.KINDS)}"),
            Field("authorities", "Councils by code or name, one a line", "lines", must=True),
            Field("members", "Members, one a line: name | sector | role | joined | left | communities. An organisation"
                  f" or a role, never a person. Sectors: {', '.join(SECTORS)}", "members"),
            Field("lead", "Lead"),
            Field("valid_from", "From the day (YYYY-MM-DD)"),
            Field("valid_to", "Until before the day"),
        ),
        NewPartnership, Changes, _find_partnership, _make_partnership, _change_partnership,
    ),
    "programmes": RecordKind(
        "programme",
        (
            Field("partnership", "Partnership (its slug; administrators may leave it out)"),
            Field("title", "Title", must=True),
            Field("funder", "Funder", must=True),
            Field("theme", "Theme"),
            Field("money_kind", "Kind of money: revenue or capital"),
            Field("period", "Period in words"),
            Field("first_year", "First year (2001-02)"),
            Field("last_year", "Last year"),
        ),
        NewProgramme, ProgrammeChanges, _find_programme, _make_programme, _change_programme,
    ),
    "targets": RecordKind(
        "target",
        (
            _OF,
            Field("title", "What is promised", must=True),
            Field("theme", "Theme"),
            Field("kind", "Kind: level, floor, ratio or tail-gap", must=True),
            Field("scope", "Judged for: districts (each) or whole"),
            Field("indicator", "Id of the series that judges it"),
            Field("measure", "What is measured, where no series is held"),
            Field("unit", "Unit"),
            Field("higher_is_worse", "Is a higher figure worse? true or false, where no series is held"),
            Field("threshold", "Figure to reach"),
            Field("reduction_share", "or the share of a gap to close (0 to 1)"),
            Field("tail_share", "Tail of a gap: its share of people (0 to 1)"),
            Field("baseline_period", "Baseline: its period", must=True),
            Field("baseline_value", "Baseline: its figure, where the series does not hold it"),
            Field("due_period", "Due: the period", must=True),
            Field("path", "Path: linear or stepped"),
            Field("milestones", "Steps of a stepped path, one a line: 2025 = 12.5", "steps"),
            Field("source", "Where it was promised", "words"),
        ),
        NewTarget, TargetFields, _find_target, _make_target, _change_target,
    ),
    "actions": RecordKind(
        "action",
        (
            _OF,
            Field("title", "What is to be done", must=True),
            Field("theme", "Theme"),
            Field("owner", "Owner: an organisation or a role, never a person", must=True),
            Field("neighbourhoods", "Neighbourhoods by slug, one a line; none: the whole partnership", "lines"),
            Field("targets", "Targets that it serves, by id, one a line", "lines"),
            Field("programmes", "Programmes that pay for it, by id, one a line", "lines"),
            Field("starts_on", "Starts on (YYYY-MM-DD)"),
            Field("due_on", "Due on (YYYY-MM-DD)", must=True),
            Field("status", "Status: planned, under way, done or dropped"),
            Field("note", "Note", "words"),
        ),
        NewAction, ActionFields, _find_action, _make_action, _change_action,
    ),
}  # fmt: skip
