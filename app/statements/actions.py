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
from app.resources.programme_queries import UnknownProgramme
from app.resources.readers.frames import clean_text
from app.resources.tables import Programme
from app.statements.gathering import gather_statements
from app.statements.methods.words_said import contact_faults, signing_faults
from app.statements.queries import StatementAsked, UnknownStatement, check_year, work_out
from app.statements.tables import StatementOfUse
from boundaries.errors import Conflict, Fault, Invalid


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
    check_year(asked.year)
    lock_partnership(session, slug)  # whoever else writes a statement of it waits
    kept = {name: clean_text(text) for name, text in words.items()}
    agreed = _tidy(sign_off)
    faults = contact_faults(kept, agreed)
    if sign:
        faults += signing_faults(agreed, day)
    if faults:
        raise StatementInvalid("; ".join(dict.fromkeys(f.detail for f in faults)), faults)
    check_programme(session, slug, asked.programme_id)
    row = _draft(session, slug, asked, revise=revise)
    row.words, row.sign_off = kept, agreed
    if sign:
        found = gather_statements(
            session, slug, day, programme_id=asked.programme_id, index_id=asked.index_id
        )
        row.figures = orjson.loads(orjson.dumps(work_out(found, asked.programme_id, asked.year)))
        row.signed_at = func.now()
    session.add(row)
    session.flush()
    detail = {"year": asked.year, "revision": row.revision, "programme": asked.programme_id}
    subject = f"statement:{slug}/{asked.programme_id}/{asked.year}"
    record(session, actor, "sign" if sign else "write", subject, detail)
    return row


def remove_draft(session: Session, actor: Actor | str, slug: str, asked: StatementAsked) -> None:
    """Remove the draft of a statement; what was signed stays. Raises UnknownStatement, StatementSigned."""
    lock_partnership(session, slug)
    newest = newest_statement(session, slug, asked)
    if newest is None:
        raise UnknownStatement("nothing was written of that programme and year")
    if newest.signed_at is not None:
        raise StatementSigned(f"revision {newest.revision} is signed and never removed")
    session.delete(newest)
    session.flush()
    subject = f"statement:{slug}/{asked.programme_id}/{asked.year}"
    record(session, actor, "remove", subject, {"revision": newest.revision})


def _tidy(sign_off: Mapping[str, Any]) -> dict[str, Any]:
    """Take blanks and characters that cannot be stored out of a sign-off's texts."""
    signatories = [
        {name: clean_text(each[name]) or "" for name in ("role", "organisation")}
        for each in sign_off.get("signatories") or ()
    ]
    return {
        "prepared_by_role": clean_text(sign_off.get("prepared_by_role")),
        "agreed_on": sign_off.get("agreed_on"), "signatories": signatories,
    }  # fmt: skip


def check_programme(session: Session, slug: str, programme_id: str) -> None:
    """Refuse a programme that is not there, or is another partnership's own. Raises UnknownProgramme."""
    row = session.get(Programme, programme_id)
    if row is None or row.partnership_slug not in (None, slug):
        raise UnknownProgramme(f"there is no programme {programme_id[:80]!r} here")


def newest_statement(session: Session, slug: str, asked: StatementAsked) -> StatementOfUse | None:
    """Get the newest statement of a programme and year, signed or not; None where nothing was written."""
    return session.scalar(
        select(StatementOfUse)
        .where(
            StatementOfUse.partnership_slug == slug,
            StatementOfUse.programme_id == asked.programme_id,
            StatementOfUse.financial_year == asked.year,
        )
        .order_by(StatementOfUse.revision.desc())
        .limit(1)
    )


def _draft(session: Session, slug: str, asked: StatementAsked, *, revise: bool) -> StatementOfUse:
    """Get the draft to write on: the one there is, a first one, or (revise) that which follows a signed one."""
    newest = newest_statement(session, slug, asked)
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
