"""Writes of posts, service agreements and devolved budgets, each checked and audited in the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from app.access.audit import as_trail, changed_between, record
from app.access.queries import Actor
from app.agreements.methods.checks import FIELDS, NAMED_BY, check_record
from app.agreements.queries import TABLES, Row, UnknownAgreement, column_of
from app.neighbourhoods.queries import get_neighbourhood
from app.partnerships.actions import slug_of
from app.resources.tables import Programme
from boundaries.errors import Conflict, Fault, Invalid


class AgreementInvalid(Invalid):
    """A post, a service agreement or a budget was said in a way that cannot be kept."""

    slug = "agreement-invalid"
    title = "That cannot be kept"


class AgreementExists(Conflict):
    """The neighbourhood has one of that name."""

    slug = "agreement-exists"
    title = "That exists"


def make_record(
    session: Session, actor: Actor | str, kind: str, neighbourhood: str, said: Mapping[str, Any], *,
    known_as: str | None = None,
) -> Row:  # fmt: skip
    """Keep a record of a kind for a neighbourhood, under an id that it had elsewhere or one made of its words.

    Raises UnknownNeighbourhood, AgreementInvalid, AgreementExists.
    """
    place = get_neighbourhood(session, neighbourhood)
    _check(session, kind, said, place.partnership_slug)
    name = " ".join(str(said[field]) for field in NAMED_BY[kind])
    record_id = known_as or f"{neighbourhood}-{slug_of(name)}"[:160]
    if session.get(TABLES[kind], record_id) is not None:
        raise AgreementExists(
            f"there is already {record_id!r} among {kind}: change it, or name this one otherwise"
        )
    given = {
        column_of(field): _tidy(said[field])
        for field in FIELDS[kind]
        if said.get(field) is not None
    }
    row = TABLES[kind](id=record_id, neighbourhood=neighbourhood, made_by=str(actor), **given)
    session.add(row)
    session.flush()
    record(session, actor, "create", f"{kind}:{record_id}", {"after": _plain(kind, row)})
    return row


def lock_record(session: Session, kind: str, record_id: str) -> Row:
    """Get a record to change it; whoever else means to waits until this transaction ends. Raises UnknownAgreement."""
    row = session.get(TABLES[kind], record_id, with_for_update=True)
    if row is None:
        raise UnknownAgreement(f"there is no {record_id[:80]!r} among {kind} that can be changed")
    return row


def change_record(
    session: Session, actor: Actor | str, kind: str, record_id: str, changes: Mapping[str, Any]
) -> Row:
    """Change some fields of a record; what comes of it is checked whole. Raises UnknownAgreement, AgreementInvalid."""
    row = lock_record(session, kind, record_id)
    before = _plain(kind, row)
    now = {field: getattr(row, column_of(field)) for field in FIELDS[kind]}
    _check(
        session,
        kind,
        now | dict(changes),
        get_neighbourhood(session, row.neighbourhood).partnership_slug,
    )
    for field, value in changes.items():
        setattr(row, column_of(field), _tidy(value))
    row.revision += 1
    session.flush()
    after = _plain(kind, row)
    detail = {"changed": changed_between(before, after), "revision": row.revision}
    record(session, actor, "change", f"{kind}:{record_id}", detail)
    return row


def remove_record(session: Session, actor: Actor | str, kind: str, record_id: str) -> None:
    """Remove a record; the trail keeps what it was. Raises UnknownAgreement."""
    row = lock_record(session, kind, record_id)
    was = _plain(kind, row)
    session.delete(row)
    session.flush()
    record(session, actor, "remove", f"{kind}:{record_id}", {"before": was})


def partnership_of(session: Session, neighbourhood: str) -> str | None:
    """Name the partnership whose neighbourhood it is. Raises UnknownNeighbourhood."""
    return get_neighbourhood(session, neighbourhood).partnership_slug


def _check(session: Session, kind: str, said: Mapping[str, Any], partnership: str | None) -> None:
    faults = list(check_record(kind, said))
    name = " ".join(str(said.get(field) or "") for field in NAMED_BY[kind])
    if not faults and not slug_of(name):
        field = NAMED_BY[kind][0]
        faults.append(
            Fault(f"{field}: at least one of a-z or 0-9", f"/{field}", rule="name-required")
        )
    programme_id = said.get("programme")
    if programme_id is not None:
        programme = session.get(Programme, programme_id)
        if programme is None or programme.partnership_slug not in (None, partnership):
            detail = f"programme: {programme_id[:80]!r} is no programme that is held for this partnership"
            faults.append(
                Fault(detail, "/programme", value=programme_id[:80], rule="programme-is-held")
            )
    if faults:
        raise AgreementInvalid("; ".join(fault.detail for fault in faults), faults)


def _tidy(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def _plain(kind: str, row: Row) -> dict[str, Any]:
    """Write the fields as the trail keeps them."""
    return as_trail({field: getattr(row, column_of(field)) for field in FIELDS[kind]})
