"""Reads of posts, service agreements and devolved budgets, and what the ledger knows beside each budget."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.agreements.methods.checks import BUDGETS, FIELDS, MANAGERS, SERVICES, plain_words, stand_of
from app.agreements.tables import (
    AgreedStandard,
    DevolvedBudget,
    ManagingPost,
    OfNeighbourhood,
)
from app.neighbourhoods.figures import ground_figures
from app.neighbourhoods.queries import get_neighbourhood, get_version
from app.neighbourhoods.tables import Neighbourhood
from app.partnerships.queries import get_partnership
from app.resources.ground_money import money_in_ground
from app.resources.methods.ledger import ESTIMATED, LOCATED
from app.resources.tables import Programme, ResourceLine
from boundaries.errors import NotFound
from boundaries.footprints import read_ground

Row = OfNeighbourhood
TABLES: dict[str, type[Row]] = {
    MANAGERS: ManagingPost, SERVICES: AgreedStandard, BUDGETS: DevolvedBudget,
}  # fmt: skip
# Never added to each other: what was awarded may have been paid since.
STAGES = ("awarded", "paid")
_COLUMNS = {"programme": "programme_id", "year": "financial_year"}


class UnknownAgreement(NotFound):
    """No post, service agreement or devolved budget of that id is kept."""

    slug = "unknown-agreement"
    title = "No such agreement"


def column_of(field: str) -> str:
    """Name the column that keeps a field."""
    return _COLUMNS.get(field, field)


def list_records(
    session: Session, kind: str, partnership: str | None = None, neighbourhood: str | None = None
) -> list[Row]:
    """List the records of a kind: all, one partnership's, or one neighbourhood's, in order of neighbourhood and id.

    Raises UnknownPartnership, UnknownNeighbourhood.
    """
    table = TABLES[kind]
    query = select(table).order_by(table.neighbourhood, table.id)
    if partnership is not None:
        get_partnership(session, partnership)
        own = select(Neighbourhood.slug).where(Neighbourhood.partnership_slug == partnership)
        query = query.where(table.neighbourhood.in_(own))
    if neighbourhood is not None:
        get_neighbourhood(session, neighbourhood)
        query = query.where(table.neighbourhood == neighbourhood)
    return list(session.scalars(query))


def get_record(session: Session, kind: str, record_id: str) -> Row:
    """One record. Raises UnknownAgreement."""
    row = session.get(TABLES[kind], record_id)
    if row is None:
        raise UnknownAgreement(
            f"there is no {record_id[:80]!r} among {kind}; /api/v1/agreements/{kind} lists them"
        )
    return row


def record_body(kind: str, row: Row, day: date) -> dict[str, Any]:
    """Write a record as the API sends it; a review due before a day and not ended is said to be overdue."""
    body = {"id": row.id, "neighbourhood": row.neighbourhood} | {
        field: getattr(row, column_of(field)) for field in FIELDS[kind]
    }
    if isinstance(row, AgreedStandard):
        body["review_overdue"] = row.review_on < day and row.status != "ended"
    if isinstance(row, ManagingPost):
        begun = row.starts_on is None or row.starts_on <= day
        body["in_post"] = begun and (row.ends_on is None or row.ends_on > day)
    return body


def agreed_for(session: Session, slug: str, day: date) -> dict[str, Any]:
    """Give all that is agreed for one neighbourhood, each budget beside the money that is known there.

    Raises UnknownNeighbourhood.
    """
    body: dict[str, Any] = {
        kind: [record_body(kind, row, day) for row in list_records(session, kind, neighbourhood=slug)]
        for kind in TABLES
    }  # fmt: skip
    if body[BUDGETS]:
        _beside_ledger(session, slug, body[BUDGETS])
    return {"neighbourhood": slug, "as_at": day, **body}


def _words_of_own(
    session: Session, partnership: str | None, programmes: Sequence[str | None]
) -> dict[str, frozenset[str]]:
    """Give the words that name each of some programmes of a partnership's own: lines of published files bear them too.

    Such a line draws on no programme of one partnership's; beside a budget of its ground it is told all the same.
    """
    query = select(Programme.id, Programme.title).where(
        Programme.partnership_slug == partnership,
        Programme.id.in_({one for one in programmes if one}),
    )
    return {
        row.id: frozenset(map(plain_words, (row.id, row.title))) for row in session.execute(query)
    }


def _beside_ledger(session: Session, slug: str, budgets: list[dict[str, Any]]) -> None:
    """Set beside each budget what is known in the neighbourhood of its programme and year, by stage."""
    row = get_neighbourhood(session, slug)
    footprint = get_version(session, slug).footprint_id
    named = _words_of_own(session, row.partnership_slug, [each["programme"] for each in budgets])
    ground, figures = read_ground(session, footprint), ground_figures(session, footprint)
    for stage in STAGES:
        money = money_in_ground(
            session, ground, figures, partnership_slug=row.partnership_slug, stage=stage
        )
        lines = {line["id"]: line for line in money.lines}
        linked = session.execute(
            select(ResourceLine.id, ResourceLine.programme_id).where(
                ResourceLine.id.in_(lines), ResourceLine.programme_id.is_not(None)
            )
        )
        drawn = {row.id: row.programme_id for row in linked}
        for each in budgets:
            own = [
                line for key, line in lines.items()
                if each["programme"] is not None and line["financial_year"] == each["year"]
                and (drawn.get(key) == each["programme"]
                     or plain_words(line["programme"]) in named.get(each["programme"], ()))
            ]  # fmt: skip
            pence = {
                sure: sum(line["amount_pence"] for line in own if line["certainty"] == sure)
                for sure in (LOCATED, ESTIMATED)
            }
            words, left = stand_of(each["amount_pence"], pence[LOCATED], pence[ESTIMATED])
            each.setdefault("known", {})[stage] = {
                "lines": len(own), "located_pence": pence[LOCATED], "estimated_pence": pence[ESTIMATED],
                "left_pence": left, "stands": words if each["programme"] else "linked to no programme",
            }  # fmt: skip
