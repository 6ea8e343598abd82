"""The forms of a partnership's papers: its strategy, the assessor's notes on its accreditation, its statements of use.

A paper is sent whole. What was published or signed never changes: saving begins the next version.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import quote, urlencode

import orjson
from pydantic import BaseModel, ConfigDict
from pydantic import Field as Checked
from sqlalchemy.orm import Session

from app.access.queries import Actor
from app.dependencies import content_etag, today
from app.pages.record_fields import Field, Group, Typed
from app.pages.record_kind import SAVE, Button, Offered, RecordKind, Stored
from app.partnerships.queries import get_partnership
from app.statements.actions import remove_draft, write_statement
from app.statements.queries import StatementAsked, statements_of_use
from app.statements.schemas import StatementGiven
from app.strategies import written
from app.strategies.accreditation import lock_note, write_note
from app.strategies.accreditation_routes import NoteGiven, note_etag
from app.strategies.methods.criteria import CRITERIA
from app.strategies.methods.strategy_words import (
    LEARNING_STATUSES,
    NO_WORDS,
    PLAN_STATUSES,
)
from app.strategies.plan_queries import list_actions
from app.strategies.queries import list_targets
from app.strategies.strategy_given import StrategyGiven
from app.strategies.strategy_routes import draft_etag
from boundaries.errors import NotFound

PUBLISH, SIGN = "publish", "sign"


def _find_strategy(session: Session, key: str) -> Stored:
    row = written.newest_written(session, key)
    is_draft = row is not None and row.published_on is None
    if row is None:
        note = "Nothing is written yet. A draft is seen by nobody but its editors."
    elif is_draft:
        note = f"This is the draft of version {row.version}. It is seen by nobody but its editors."
    else:
        note = f"Version {row.version} is published and stays as it is: "
        note += f"what you save here begins version {row.version + 1}."
    words = NO_WORDS if row is None else row.words
    return Stored(
        {**words, "reason": row.reason if row is not None and is_draft else None}, draft_etag(key, row), key,
        f"/partnerships/{key}/strategy", f"strategy of {get_partnership(session, key).name}", note, is_draft,
    )  # fmt: skip


def _write_strategy(session: Session, actor: Actor, key: str, said: StrategyGiven, do: str) -> None:
    written.write_strategy(
        session, actor, key, said.words(), said.reason, today(), publish=do == PUBLISH
    )


def _of_strategy(session: Session, _typed: Typed, stored: Stored | None) -> Offered:
    """Offer what an objective may name: the partnership's targets and the national ones, and its actions."""
    slug = None if stored is None else stored.partnership
    if slug is None:
        return {}
    own, national = list_targets(session, slug), list_targets(session)
    return {
        "targets": [(row.id, row.title) for row in (*own, *national)],
        "actions": [(row.id, row.title) for row in list_actions(session, slug, None)],
    }


def _note_of(key: str) -> tuple[str, str]:
    slug, _, criterion = key.partition(":")
    return slug, criterion


def _find_note(session: Session, key: str) -> Stored:
    slug, criterion = _note_of(key)
    row = lock_note(session, slug, criterion)
    body = {} if row is None else {"words": row.words, "role": row.role}
    return Stored(
        body, note_etag(criterion, row), slug, f"/partnerships/{slug}/accreditation#{criterion}",
        f"assessor's note: {CRITERIA[criterion].lower()}", may_remove=False,
    )  # fmt: skip


def _write_note(session: Session, actor: Actor, key: str, said: NoteGiven, _do: str) -> None:
    slug, criterion = _note_of(key)
    write_note(session, actor, slug, criterion, said.words, said.role, today())


def _may_note(actor: Actor, _stored: Stored) -> bool:
    return actor.is_administrator


def _statement_of(key: str) -> tuple[str, StatementAsked]:
    slug, year, programme = (*key.split(":", 2), "", "")[:3]
    if not (year and programme):
        raise NotFound("a statement of use is of a partnership, a year and a programme")
    return slug, StatementAsked(year, programme)


def _find_statement(session: Session, key: str) -> Stored:
    slug, asked = _statement_of(key)
    told = statements_of_use(session, slug, asked, today())
    one = next(iter(told["statements"]), None)
    if one is None:
        raise NotFound(f"there is no programme {str(asked.programme_id)[:80]!r} here")
    signed = one["state"] == "signed"
    what = f"{one['programme']['title']}, {asked.year}"
    note = f"{one['sentence']} "
    note += (
        f"Revision {one['revision']} was signed on {str(one['signed_at'])[:10]} and stays as it is: what you save here"
        f" begins revision {one['revision'] + 1}."
        if signed
        else "Signing freezes the words below with these figures."
    )
    query = urlencode({"programme": asked.programme_id, "year": asked.year})
    return Stored(
        {**one["words"], **one["sign_off"]}, content_etag(orjson.dumps(told)), slug,
        f"/partnerships/{quote(slug)}/statement-of-use?{query}", f"statement of use: {what}", note,
        one["state"] == "draft",
    )  # fmt: skip


def _write_statement(
    session: Session, actor: Actor, key: str, said: StatementGiven, do: str
) -> None:
    slug, asked = _statement_of(key)
    plain = said.model_dump(mode="json")
    # The form says of a signed statement that saving begins the next revision; its tag tells of which.
    write_statement(
        session, actor, slug, asked, plain["words"], plain["sign_off"], today(), sign=do == SIGN,
        revise=True,
    )  # fmt: skip


def _shape_statement(given: dict[str, Any]) -> dict[str, Any]:
    agreed = ("prepared_by_role", "agreed_on", "signatories")
    return {
        "words": {name: value for name, value in given.items() if name not in agreed},
        "sign_off": {name: given[name] for name in agreed if name in given},
    }


def _remove_strategy(session: Session, actor: Actor, key: str) -> None:
    written.remove_strategy_draft(session, actor, key)


def _remove_statement(session: Session, actor: Actor, key: str) -> None:
    remove_draft(session, actor, *_statement_of(key))


class NoteSaid(NoteGiven):
    """A note as its form sends it: what is missing is said by the note's own rules."""

    model_config = ConfigDict(extra="forbid")

    words: Annotated[str, Checked(max_length=4000)] = ""
    role: Annotated[str, Checked(max_length=200)] = ""


_DRAFT = Button(SAVE, "Keep the draft")
_Model = type[BaseModel]
_STRATEGY: _Model = StrategyGiven
_STATEMENT: _Model = StatementGiven
PAPERS: Mapping[str, RecordKind] = {
    "strategies": RecordKind(
        "strategy",
        (
            Field("vision", "Vision: what the place is to be like", "words"),
            Group("objectives", "Objectives", "objective", (
                Field("title", "Objective", must=True),
                Field("theme", "Theme"),
                Field("words", "In words", "words"),
                Field("targets", "Targets that it serves", "ticks"),
                Field("actions", "Actions for it", "ticks"),
            )),
            Group("learning", "Learning plan", "thing to learn", (
                Field("title", "What is to be learnt", must=True),
                Field("by", "By whom: an organisation or a role"),
                Field("due_on", "By when", "day"),
                Field("status", "How it stands", "choice", choices=LEARNING_STATUSES),
            )),
            Group("plans", "Plans that it brings together", "plan", (
                Field("title", "Plan", must=True),
                Field("owner", "Whose: an organisation"),
                Field("part_of", "Part of: another plan of this list"),
                Field("status", "What became of it", "choice", choices=PLAN_STATUSES),
            )),
            Field("reason", "Why this version is written, in a sentence", must=True),
        ),
        _STRATEGY, _find_strategy, _write_strategy, remove=_remove_strategy, offers=_of_strategy,
        buttons=(_DRAFT, Button(PUBLISH, "Publish it to everybody")), whole=True,
        removing="The draft is removed; what was published stays.",
    ),
    "notes": RecordKind(
        "assessor's note",
        (
            Field("words", "What the assessor says of this criterion", "words", must=True),
            Field("role", "The assessor's post, never a name", must=True),
        ),
        NoteSaid, _find_note, _write_note, may=_may_note, whole=True,
    ),
    "statements": RecordKind(
        "statement of use",
        (
            Field("introduction", "Introduction", "words"),
            Field("outcomes", "Outcomes", "words"),
            Field("unallocated", "What the unallocated rest is kept for", "words"),
            Field("next", "What is next", "words"),
            Field("prepared_by_role", "Prepared by: a role, never a name"),
            Field("agreed_on", "Agreed by the partnership on the day", "day"),
            Group("signatories", "Who signs", "signatory", (
                Field("role", "Role", must=True), Field("organisation", "Organisation", must=True),
            )),
        ),
        _STATEMENT, _find_statement, _write_statement, remove=_remove_statement, shape=_shape_statement,
        buttons=(_DRAFT, Button(SIGN, "Sign it with these figures")), whole=True,
        removing="The draft is removed; what was signed stays.",
    ),
}  # fmt: skip
