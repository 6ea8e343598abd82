"""Keeps versions of a strategy as another database kept them: published ones as papers that never change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple, NoReturn

from sqlalchemy.orm import Session

from app.access.audit import record
from app.access.queries import Actor
from app.partnerships.methods.members import holds_contact
from app.strategies.methods.strategy_words import check_words, fold
from app.strategies.plan_queries import list_actions
from app.strategies.queries import list_targets
from app.strategies.tables import WrittenStrategy
from app.strategies.written import StrategyInvalid, newest_written, write_strategy
from boundaries.errors import Fault


class KeptStrategy(NamedTuple):
    """A version as it was written; published_on None: the draft. sign_offs : member and signed_on of each."""

    version: int
    words: Mapping[str, Any]
    reason: str
    published_on: date | None
    sign_offs: Sequence[Mapping[str, Any]]


def keep_strategy(
    session: Session, actor: Actor | str, slug: str, kept: KeptStrategy, day: date
) -> WrittenStrategy:
    """Keep one version, the next after those that are here, or other words of the draft.

    A published version may name a target or an action that is no more: it is a paper of its day. One that
    is here already takes only sign-offs that it lacks. Raises UnknownPartnership, StrategyInvalid.
    """
    newest = newest_written(session, slug)
    here = session.get(WrittenStrategy, (slug, kept.version))
    if here is not None and here.published_on is not None:
        _same_paper(here, kept)
    elif here is None and kept.version != (1 if newest is None else newest.version + 1):
        after = 0 if newest is None else newest.version
        _refuse("version", kept.version, f"the next version is {after + 1}", "versions-in-order")
    _check_signed(kept, day)
    if here is not None and here.published_on is not None:
        row = here
    elif kept.published_on is None:
        row = write_strategy(session, actor, slug, kept.words, kept.reason, day)
    else:
        row = _keep_paper(session, actor, slug, kept, newest, day)
    signed = {fold(each["member"]) for each in row.sign_offs}
    more = [
        {"member": str(each["member"]).strip(), "signed_on": str(each["signed_on"])}
        for each in kept.sign_offs
        if fold(str(each["member"])) not in signed
    ]
    if more:
        row.sign_offs = [*row.sign_offs, *more]
        row.revision += 1
        session.flush()
        detail = {"version": row.version, "members": [each["member"] for each in more]}
        record(session, actor, "sign", f"strategy:{slug}", detail)
    return row


def _keep_paper(
    session: Session, actor: Actor | str, slug: str, kept: KeptStrategy, newest: WrittenStrategy | None,
    day: date,
) -> WrittenStrategy:  # fmt: skip
    """Keep a version that was published elsewhere, whatever it links to that is no more."""
    assert kept.published_on is not None, "asked only of a paper"
    if kept.published_on > day:
        _refuse(
            "published_on", kept.published_on, "it lies in the future", "published-before-today"
        )
    if newest is not None and newest.published_on and newest.published_on > kept.published_on:
        hint = f"version {newest.version} was published on {newest.published_on}"
        _refuse("published_on", kept.published_on, hint, "versions-in-order")
    for name in ("vision", "objectives"):
        if not kept.words[name] or not str(kept.words[name]).strip():
            _refuse(name, "", "needed before it is published", f"{name}-required")
    links = {
        kind: {one for each in kept.words["objectives"] for one in each[kind]}
        for kind in ("targets", "actions")
    }
    faults = list(check_words(kept.words, links["targets"], links["actions"]))
    if faults:
        raise StrategyInvalid("; ".join(fault.detail for fault in faults), faults)
    row = newest if newest is not None and newest.version == kept.version else None
    if row is None:
        row = WrittenStrategy(
            partnership_slug=slug, version=kept.version, words={}, reason="", sign_offs=[], revision=0,
            made_by=str(actor),
        )  # fmt: skip
        session.add(row)
    row.words, row.reason, row.published_on = (
        dict(kept.words),
        kept.reason.strip(),
        kept.published_on,
    )
    row.revision += 1
    session.flush()
    record(
        session, actor, "publish", f"strategy:{slug}",
        {"version": row.version, "revision": row.revision, "reason": row.reason, "brought": True},
    )  # fmt: skip
    return row


def links_that_are_no_more(session: Session, slug: str, words: Mapping[str, Any]) -> list[str]:
    """Name the targets and actions that some words link to and that are not held."""
    held = {row.id for row in (*list_targets(session, slug), *list_targets(session))}
    held |= {row.id for row in list_actions(session, slug)}
    named = [one for each in words["objectives"] for one in (*each["targets"], *each["actions"])]
    return sorted({one for one in named if one not in held})


def _same_paper(here: WrittenStrategy, kept: KeptStrategy) -> None:
    same = (dict(here.words), here.reason, here.published_on) == (
        dict(kept.words), kept.reason.strip(), kept.published_on,
    )  # fmt: skip
    if not same:
        hint = f"version {kept.version} was published on {here.published_on} and never changes"
        _refuse("version", kept.version, hint, "published-never-changes")


def _check_signed(kept: KeptStrategy, day: date) -> None:
    seen: set[str] = set()
    for at, each in enumerate(kept.sign_offs):
        member, signed_on = str(each["member"]), each["signed_on"]
        here = f"sign_offs/{at}"
        if kept.published_on is None:
            _refuse(
                f"{here}/member", member, "a draft is signed by nobody", "signed-after-published"
            )
        if not kept.published_on <= signed_on <= day:
            hint = f"a day from {kept.published_on}, when it was published, to {day}"
            _refuse(f"{here}/signed_on", signed_on, hint, "signed-after-published")
        if fold(member) in seen:
            _refuse(f"{here}/member", member, "it signed this version twice", "member-once")
        if holds_contact(member):
            hint = "people's addresses and numbers are not kept in a public paper"
            _refuse(f"{here}/member", "", hint, "no-personal-contact")
        seen.add(fold(member))


def _refuse(pointer: str, value: object, hint: str, rule: str) -> NoReturn:
    detail = f"{pointer.rpartition('/')[2]}: {hint}"
    raise StrategyInvalid(detail, [Fault(detail, f"/{pointer}", value=str(value)[:80], rule=rule)])
