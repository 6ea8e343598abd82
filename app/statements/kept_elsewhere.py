"""Keeps statements of use as another database kept them: signed ones as papers that never change, and the draft."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, NamedTuple

import orjson
from pydantic import ValidationError
from sqlalchemy.orm import Session

from app.access.audit import record
from app.access.queries import Actor
from app.resources.methods.dates import is_financial_year
from app.statements.actions import StatementInvalid, check_programme, newest_statement
from app.statements.gathering import gather_statements
from app.statements.methods.words_said import contact_faults, signing_faults
from app.statements.queries import StatementAsked, work_out
from app.statements.schemas import SignOff, Words
from app.statements.tables import StatementOfUse
from boundaries.errors import Fault
from boundaries.methods.shape import wrong_shape


class KeptStatement(NamedTuple):
    """A statement as it was written; signed_at and figures None: the draft."""

    programme: str
    year: str
    number: int
    words: Any
    sign_off: Any
    signed_at: datetime | None
    figures: Any


def keep_statement(
    session: Session, actor: Actor | str, slug: str, kept: KeptStatement, now: datetime, day: date
) -> StatementOfUse:
    """Keep a statement that follows those that are here, or other words of the draft.

    Raises StatementInvalid, UnknownProgramme.
    """
    check_programme(session, slug, kept.programme)
    asked = StatementAsked(kept.year, kept.programme)
    newest = newest_statement(session, slug, asked)
    draft = newest if newest is not None and newest.signed_at is None else None
    words, sign_off, faults = _checked(kept, day)
    awaited = 1 if newest is None else newest.revision + (draft is None)
    if kept.number != awaited:
        hint = f"the next of that programme and year is {awaited}"
        faults.append(_fault("number", kept.number, hint, "numbers-in-order"))
    if not is_financial_year(kept.year):
        faults.append(_fault("year", kept.year, "a year such as 2001-02", "financial-year"))
    if kept.signed_at is not None and kept.signed_at > now:
        faults.append(
            _fault("signed_at", kept.signed_at, "it lies in the future", "signed-before-now")
        )
    if (kept.signed_at is None) != (kept.figures is None):
        hint = "a signed statement has its figures, a draft has none"
        faults.append(_fault("signed_at", kept.signed_at, hint, "figures-of-the-signed"))
    elif kept.figures is not None and not faults:
        found = gather_statements(session, slug, day, programme_id=kept.programme)
        like = orjson.loads(orjson.dumps(work_out(found, kept.programme, kept.year)))
        if (wrong := wrong_shape(kept.figures, like)) is not None:
            faults.append(_fault("figures", "", wrong, "shape-of-a-statement"))
    if faults:
        raise StatementInvalid("; ".join(fault.detail for fault in faults), faults)
    row = draft or StatementOfUse(
        partnership_slug=slug,
        programme_id=kept.programme,
        financial_year=kept.year,
        revision=kept.number,
    )
    row.words, row.sign_off = words, sign_off
    row.signed_at, row.figures = kept.signed_at, kept.figures
    session.add(row)
    session.flush()
    detail = {
        "year": kept.year,
        "revision": row.revision,
        "programme": kept.programme,
        "brought": True,
    }
    subject = f"statement:{slug}/{kept.programme}/{kept.year}"
    record(session, actor, "write" if kept.signed_at is None else "sign", subject, detail)
    return row


def _checked(kept: KeptStatement, day: date) -> tuple[dict[str, Any], dict[str, Any], list[Fault]]:
    """Check what people wrote as it is checked when they write it here."""
    try:
        words = Words.model_validate(kept.words).model_dump(mode="json", exclude_unset=True)
        sign_off = SignOff.model_validate(kept.sign_off).model_dump(mode="json", exclude_unset=True)
    except ValidationError as wrong:
        faults = [
            _fault("words", "", f"{each['loc']}: {each['msg']}",
                   str(each["type"]).replace("_", "-"))
            for each in wrong.errors()
        ]  # fmt: skip
        return {}, {}, faults
    found = contact_faults(words, sign_off)
    if kept.signed_at is not None:
        found += signing_faults(sign_off, day)
    return (
        words,
        sign_off,
        [each if each.rule else each._replace(rule="signing-needs") for each in found],
    )


def _fault(field: str, value: object, hint: str, rule: str) -> Fault:
    return Fault(f"{field}: {hint}", f"/{field}", value=str(value)[:80], rule=rule)
