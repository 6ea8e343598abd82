"""POSTs sent under an Idempotency-Key: begun, stored in the write's own transaction, answered again; runs none itself.

A try whose process died before its commit has stored nothing: another may begin at once where the process was of this
machine and is no more, else after GIVEN_UP. The first, should it come back to life, finds that its turn is over and
stores nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from secrets import token_hex
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.access.own_process import is_gone, own_name
from app.access.queries import find_actor
from app.access.tables import SentOnce
from boundaries.errors import Conflict, Invalid

KEPT = timedelta(hours=24)
GIVEN_UP = timedelta(minutes=10)
MAX_BODY = 1_000_000


class KeyReused(Invalid):
    """The Idempotency-Key was sent before with another request or another body; nothing was done."""

    slug = "idempotency-key-reused"
    title = "That key was used for something else"


class StillRunning(Conflict):
    """The same request under the same Idempotency-Key is being worked on; ask again shortly."""

    slug = "still-running"
    title = "The same request is under way"


class AnswerLost(Conflict):
    """The request was done before, and its answer cannot be given again: read what is stored."""

    slug = "answer-lost"
    title = "Done before"


class Turn(NamedTuple):
    """One try of a request under a key."""

    token_id: int
    key: str
    run: str


class KeptAnswer(NamedTuple):
    """What a request was answered, and the digest of the body that it carried."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    body_sha256: str


def begin_once(session: Session, secret: str, key: str, asked: str) -> Turn | KeptAnswer | None:
    """Begin a request under a key, or give what it was answered; None where the token does not work.

    Raises KeyReused, StillRunning, AnswerLost.
    """
    actor = find_actor(session, secret)
    if actor is None:
        return None
    session.execute(delete(SentOnce).where(SentOnce.begun_at < func.now() - KEPT))
    turn = Turn(actor.token_id, key, f"{token_hex(8)}@{own_name()}")
    dead = _dead_run(session, turn)
    # One statement, so that of two at once one has the turn; the other waits for its commit.
    begun = session.execute(
        insert(SentOnce)
        .values(token_id=actor.token_id, key=key, run=turn.run, asked=asked)
        .on_conflict_do_update(
            index_elements=[SentOnce.token_id, SentOnce.key],
            set_={"run": turn.run, "begun_at": func.now()},
            where=and_(
                SentOnce.asked == asked, SentOnce.status.is_(None), ~SentOnce.is_stored,
                or_(SentOnce.begun_at < func.now() - GIVEN_UP, SentOnce.run == dead),
            ),
        )
        .returning(SentOnce.run)
    ).one_or_none()  # fmt: skip
    return turn if begun is not None else _answered(session, turn, asked)


def _dead_run(session: Session, turn: Turn) -> str | None:
    """The try of before, where its process ended in the middle of it."""
    run = session.scalar(
        select(SentOnce.run).where(SentOnce.token_id == turn.token_id, SentOnce.key == turn.key)
    )
    return run if run is not None and is_gone(run.partition("@")[2]) else None


def _answered(session: Session, turn: Turn, asked: str) -> KeptAnswer:
    found = session.execute(
        select(
            SentOnce.asked, SentOnce.is_stored, SentOnce.status, SentOnce.headers, SentOnce.body,
            SentOnce.body_sha256, SentOnce.run, SentOnce.begun_at < func.now() - GIVEN_UP,
        ).where(SentOnce.token_id == turn.token_id, SentOnce.key == turn.key)
    ).one_or_none()  # fmt: skip
    if found is None:
        raise StillRunning("the same request has just ended; send it again")
    was_asked, is_stored, status, headers, body, body_sha256, run, is_given_up = found
    if was_asked != asked:
        raise KeyReused("this Idempotency-Key was sent with another address before: make a new one")
    is_given_up = is_given_up or is_gone(run.partition("@")[2])
    if status is None and not (is_stored and is_given_up):
        raise StillRunning("the same request is being worked on; ask again in some seconds")
    if status is None or body is None:
        where = (headers or {}).get("location", "what is stored")
        raise AnswerLost(f"this was done, and its answer is not kept: read {where}")
    return KeptAnswer(status, headers or {}, body, body_sha256 or "")


def store_once(session: Session, turn: Turn) -> None:
    """Note in the write's own transaction that it is done. Raises StillRunning where the turn is another's."""
    done = session.execute(
        update(SentOnce).where(*_mine(turn)).values(is_stored=True).returning(SentOnce.key)
    ).one_or_none()
    if done is None:
        raise StillRunning("this try took too long and another has begun; nothing was stored")


def keep_answer(session: Session, turn: Turn, answer: KeptAnswer) -> None:
    """Keep what a request was answered, to be given again for a day."""
    body = answer.body if len(answer.body) <= MAX_BODY else None
    session.execute(
        update(SentOnce)
        .where(*_mine(turn))
        .values(
            status=answer.status, headers=dict(answer.headers), body=body, body_sha256=answer.body_sha256
        )
    )  # fmt: skip


def forget_once(session: Session, turn: Turn) -> None:
    """Free the key of a request that stored nothing: it may be mended and sent again."""
    session.execute(delete(SentOnce).where(*_mine(turn), ~SentOnce.is_stored))


def _mine(turn: Turn) -> tuple[ColumnElement[bool], ...]:
    return (
        SentOnce.token_id == turn.token_id, SentOnce.key == turn.key, SentOnce.run == turn.run
    )  # fmt: skip
