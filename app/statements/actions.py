"""Writes of statements of use: words and sign-off of a draft, and the signing that freezes it with its figures."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import orjson
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.access.audit import record
from app.access.queries import Actor
from app.partnerships.actions import lock_partnership
from app.resources.readers.frames import clean_text
from app.statements.methods.words_said import contact_faults, signing_faults
from app.statements.queries import StatementAsked, statements_of_use
from app.statements.tables import StatementOfUse
from boundaries.errors import Conflict, Fault, Invalid

_ABOUT = ("state", "revision", "signed_at", "words", "sign_off", "newer")


class StatementInvalid(Invalid):
    """A statement of use was written in a way that cannot be kept, or lacks what signing needs."""

    slug = "statement-invalid"
    title = "That statement cannot be kept"


class StatementSigned(Conflict):
    """A signed statement never changes: send `revise` to begin its next revision."""

    slug = "statement-signed"
    title = "That statement is signed"


def write_statement(
    session: Session,
    actor: Actor | str,
    slug: str,
    asked: StatementAsked,
    words: Mapping[str, str | None],
    sign_off: Mapping[str, Any],
    day: date,
    *,
    sign: bool = False,
    revise: bool = False,
) -> StatementOfUse:
    """Keep the words and sign-off of one programme's statement for one year; `sign` freezes it with today's figures.

    A signed one stays as it is: `revise` begins its next revision. Texts with an e-mail address or a
    telephone number are refused. Raises StatementInvalid, StatementSigned, UnknownProgramme.
    """
    if asked.programme_id is None or asked.year is None:
        missing = [
            Fault("name the programme", "/programme"),
            Fault("name the year", "/year"),
        ]
        raise StatementInvalid("a statement is of one programme and one year", missing)
    lock_partnership(session, slug)  # whoever else writes a statement of it waits
    kept = {name: clean_text(text) for name, text in words.items()}
    faults = contact_faults(kept, sign_off)
    if sign:
        faults += signing_faults(sign_off, day)
    if faults:
        raise StatementInvalid("; ".join(dict.fromkeys(f.detail for f in faults)), faults)
    body = statements_of_use(session, slug, asked._replace(revision=None), day)
    (statement,) = body["statements"]
    row = _draft(session, slug, asked, revise=revise)
    row.words, row.sign_off = kept, dict(sign_off)
    if sign:
        row.figures = orjson.loads(
            orjson.dumps({key: value for key, value in statement.items() if key not in _ABOUT})
        )
        row.signed_at = func.now()
    session.add(row)
    session.flush()
    detail = {"year": asked.year, "revision": row.revision, "programme": asked.programme_id}
    subject = f"statement:{slug}/{asked.programme_id}/{asked.year}"
    record(session, actor, "sign" if sign else "write", subject, detail)
    return row


def _draft(session: Session, slug: str, asked: StatementAsked, *, revise: bool) -> StatementOfUse:
    """Get the draft to write on: the one there is, a first one, or (revise) that which follows a signed one."""
    newest = session.scalar(
        select(StatementOfUse)
        .where(
            StatementOfUse.partnership_slug == slug,
            StatementOfUse.programme_id == asked.programme_id,
            StatementOfUse.financial_year == asked.year,
        )
        .order_by(StatementOfUse.revision.desc())
        .limit(1)
    )
    if newest is not None and newest.signed_at is None:
        return newest
    if newest is not None and not revise:
        raise StatementSigned(
            f"revision {newest.revision} was signed on {newest.signed_at:%Y-%m-%d} and never changes; "
            "send revise to begin the next one"
        )
    return StatementOfUse(
        partnership_slug=slug, programme_id=asked.programme_id, financial_year=asked.year,
        revision=1 if newest is None else newest.revision + 1,
    )  # fmt: skip
