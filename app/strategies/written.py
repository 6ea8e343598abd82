"""Writes of strategies: a draft, its publishing, members' sign-off; each checked and audited in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.audit import record
from app.access.queries import Actor
from app.partnerships.actions import lock_partnership
from app.partnerships.methods.members import register
from app.strategies.methods.strategy_words import check_words, fold
from app.strategies.tables import PlannedAction, Target, WrittenStrategy
from app.strategies.targets import national_targets
from app.strategies.written_queries import UnknownStrategy, list_written
from boundaries.errors import Conflict, Fault, Invalid


class StrategyInvalid(Invalid):
    """A strategy was written in a way that cannot be kept, or lacks what publishing needs."""

    slug = "strategy-invalid"
    title = "That strategy cannot be kept"


class AlreadySigned(Conflict):
    """The member signed this version before; nothing was changed."""

    slug = "strategy-already-signed"
    title = "Already signed"


def newest_written(session: Session, slug: str) -> WrittenStrategy | None:
    """Get the newest version of a strategy to change it; whoever else means to waits. Raises UnknownPartnership."""
    lock_partnership(session, slug)
    return next(iter(list_written(session, slug)), None)


def write_strategy(
    session: Session, actor: Actor | str, slug: str, words: Mapping[str, Any], reason: str,
    day: date, *, publish: bool = False,
) -> WrittenStrategy:  # fmt: skip
    """Keep the words of a strategy's draft; `publish` shows it to everybody from a day and freezes it.

    Where the newest version is published the next one begins, and nobody has signed that. Raises
    UnknownPartnership, StrategyInvalid.
    """
    newest = newest_written(session, slug)
    _check(session, slug, words, reason, publish=publish)
    if newest is None or newest.published_on is not None:
        version = 1 if newest is None else newest.version + 1
        newest = WrittenStrategy(
            partnership_slug=slug, version=version, words={}, reason="", sign_offs=[], revision=0,
            made_by=str(actor),
        )  # fmt: skip
        session.add(newest)
    before = dict(newest.words)
    newest.words, newest.reason, newest.made_by = dict(words), reason.strip(), str(actor)
    newest.revision += 1
    if publish:
        newest.published_on = day
    session.flush()
    changed = sorted(name for name in words if before.get(name) != words[name])
    record(
        session, actor, "publish" if publish else "write", f"strategy:{slug}",
        {"version": newest.version, "revision": newest.revision, "fields": changed, "reason": newest.reason},
    )  # fmt: skip
    return newest


def remove_strategy_draft(session: Session, actor: Actor | str, slug: str) -> None:
    """Remove the draft; what was published stays. Raises UnknownStrategy."""
    newest = newest_written(session, slug)
    if newest is None or newest.published_on is not None:
        raise UnknownStrategy(f"no draft of a strategy of {slug!r} is kept")
    session.delete(newest)
    session.flush()
    record(session, actor, "remove", f"strategy:{slug}", {"version": newest.version})


def sign_strategy(
    session: Session, actor: Actor | str, slug: str, member: str, signed_on: date, day: date
) -> WrittenStrategy:
    """Keep that a member signed the newest published version.

    The member sits on the partnership on the day it signed, which lies between the publishing and
    today. Raises UnknownStrategy, StrategyInvalid, AlreadySigned.
    """
    partnership = lock_partnership(session, slug)
    rows = [row for row in list_written(session, slug) if row.published_on is not None]
    if not rows:
        raise UnknownStrategy(f"no strategy of {slug!r} is published, so none can be signed")
    row = rows[0]
    assert row.published_on is not None, "chosen so"
    if not row.published_on <= signed_on <= day:
        detail = f"signed_on: a day from {row.published_on}, when it was published, to {day}"
        fault = Fault(detail, "/signed_on", value=str(signed_on), rule="signed-after-published")
        raise StrategyInvalid(detail, [fault])
    sitting = {
        fold(each["name"]): str(each["name"])
        for sector in register(partnership.members, partnership.lead, signed_on)["sectors"]
        for each in sector["members"]
    }
    if fold(member) not in sitting:
        detail = f"member: {member[:80]!r} was no member of the partnership on {signed_on}"
        raise StrategyInvalid(
            detail, [Fault(detail, "/member", value=member[:80], rule="is-a-member")]
        )
    if any(fold(each["member"]) == fold(member) for each in row.sign_offs):
        raise AlreadySigned(f"{sitting[fold(member)]} signed version {row.version} before")
    row.sign_offs = [
        *row.sign_offs,
        {"member": sitting[fold(member)], "signed_on": signed_on.isoformat()},
    ]
    row.revision += 1
    session.flush()
    detail_kept = {"version": row.version, "member": sitting[fold(member)], "on": str(signed_on)}
    record(session, actor, "sign", f"strategy:{slug}", detail_kept)
    return row


def _check(
    session: Session, slug: str, words: Mapping[str, Any], reason: str, *, publish: bool
) -> None:
    own = session.scalars(select(Target.id).where(Target.partnership_slug == slug))
    planned = session.scalars(
        select(PlannedAction.id).where(PlannedAction.partnership_slug == slug)
    )
    faults = list(check_words(words, {*own, *national_targets()}, set(planned)))
    if not reason.strip():
        faults.append(
            Fault("reason: say why this version is written", "/reason", rule="reason-required")
        )
    if publish and not str(words["vision"]).strip():
        faults.append(
            Fault("vision: needed before it is published", "/vision", rule="vision-required")
        )
    if publish and not words["objectives"]:
        said = "objectives: at least one before it is published"
        faults.append(Fault(said, "/objectives", rule="objective-required"))
    if faults:
        raise StrategyInvalid("; ".join(fault.detail for fault in faults), faults)
