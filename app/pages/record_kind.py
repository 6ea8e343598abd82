"""What one kind of record is to its form: its fields and buttons, the API's models, and its reads and writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError
from sqlalchemy.orm import Session

from app.access.queries import Actor
from app.pages.record_fields import Part, Typed
from boundaries.errors import Fault, Invalid, NotFound

SAVE = "save"
Offered = Mapping[str, list[tuple[str, str]]]
# The checking library's kinds of fault and what its field asks for.
_RULES = (
    ("missing", "fill it in"), ("date_", "a day of the calendar, as 2026-11-30"),
    ("float_", "a number, as 12.5"), ("decimal_", "a number, as 12.5"), ("int_", "a whole number, as 12"),
)  # fmt: skip


class Stored(NamedTuple):
    """A record as it is stored: its fields as the API gives them, its ETag, whose it is, its own page.

    note says what saving will do, where that is not plain.
    """

    body: Mapping[str, Any]
    etag: str
    partnership: str | None
    page: str
    title: str = ""
    note: str = ""
    may_remove: bool = True


class Button(NamedTuple):
    """A button that sends a form: what it does, its words."""

    do: str
    words: str


def _nothing(_session: Session, _typed: Typed, _stored: Stored | None) -> Offered:
    return {}


def may_edit(actor: Actor, stored: Stored) -> bool:
    """Say whether an actor may change a record: its partnership's editor; an administrator where it has none."""
    if stored.partnership is None:
        return actor.is_administrator
    return actor.may_edit(stored.partnership)


@dataclass(frozen=True)
class RecordKind:
    """One kind of record: its form's parts, the API's models of a new one and of changes, and its reads and writes.

    find locks the row where it is read to be changed, so that nobody writes in between. `whole` records are
    sent whole, by one of several buttons; of the others only what differs is. offers gives what may be chosen
    of a field, by value and words; shape makes what was typed what the model takes.
    """

    title: str
    parts: tuple[Part, ...]
    changes: type[BaseModel]
    find: Callable[[Session, str], Stored]
    change: Callable[[Session, Actor, str, Any, str], None]
    new: type[BaseModel] | None = None
    make: Callable[[Session, Actor, Any], str] | None = None
    remove: Callable[[Session, Actor, str], None] | None = None
    may: Callable[[Actor, Stored], bool] = may_edit
    offers: Callable[[Session, Typed, Stored | None], Offered] = _nothing
    shape: Callable[[dict[str, Any]], dict[str, Any]] = dict
    buttons: tuple[Button, ...] = (Button(SAVE, "Save"),)
    whole: bool = False
    removing: str = "It is removed for good; the trail keeps what it was."


def checked(model: type[BaseModel], given: Mapping[str, Any]) -> Any:
    """Check what was typed by the API's own model. Raises Invalid with every fault by field."""
    try:
        return model.model_validate(given)
    except ValidationError as error:
        faults = [
            Fault(
                _rule_of(each["type"]) or str(each["msg"]).removeprefix("Value error, "),
                pointer="/" + "/".join(str(p) for p in each["loc"]),
            )
            for each in error.errors()
        ]  # fmt: skip
        raise Invalid("; ".join(f"{f.pointer[1:]}: {f.detail}" for f in faults), faults) from error


def _rule_of(kind: str) -> str:
    """Say in plain words what a field asks for, by the kind of its fault; empty where the model says it itself."""
    return next((words for start, words in _RULES if kind.startswith(start)), "")


def require_editor(actor: Actor, slug: str | None) -> None:
    """Check that an actor may write for a partnership. Raises NotFound, in the same words for one that is not there."""
    if not (actor.is_administrator if slug is None else actor.may_edit(slug)):
        raise NotFound(f"there is no partnership {slug!r} that this token may change")
