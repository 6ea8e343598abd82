"""Reconciles files of money with what was stored, refused and put where in a partnership's ledger."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from app.resources.methods.ledger import STAGES
from app.resources.methods.reconciliation import Held, Turned, Went, reconcile, totals
from app.resources.partnership_money import LedgerAsked, shared_ground
from app.resources.queries import get_file
from app.resources.summing import LedgerGround, read_cells
from boundaries.database import named_sql


def reconcile_partnership(
    session: Session, slug: str, index_id: str | None, day: date
) -> dict[str, Any]:
    """Say of every file that a partnership reads what came in, what was refused, and where each penny went.

    `balanced` where no file has a difference. Raises what `shared_ground` raises.
    """
    shared = shared_ground(session, slug, LedgerAsked(index_id=index_id), day)
    parameters = shared.ground.parameters
    held = _held(session, parameters, None)
    went: list[Went] = []
    for stage in STAGES:
        if any(each.stage == stage for each in held):
            ground = shared.ground.of_stage(session, stage)
            went += _went(session, ground, stage)
    bodies = reconcile(
        _files(session, parameters, None), held, went,
        _turned(session, parameters, None),
    )  # fmt: skip
    return {
        "partnership": slug, "index": shared.index_id, "files": bodies, "totals": totals(bodies),
        "balanced": not any(body["differences"] for body in bodies),
    }  # fmt: skip


def reconcile_file(session: Session, file_id: str) -> dict[str, Any]:
    """Say of one file what came in, what was stored and what was refused. Raises UnknownResourceFile."""
    get_file(session, file_id)
    asked: dict[str, Any] = {"demo": False, "slug": None, "districts": []}
    body = reconcile(
        _files(session, asked, file_id), _held(session, asked, file_id), None,
        _turned(session, asked, file_id),
    )[0]  # fmt: skip
    return body | {"balanced": not body["differences"]}


def _held(session: Session, parameters: dict[str, Any], file_id: str | None) -> list[Held]:
    rows = session.execute(named_sql(__file__, "file_sums"), parameters | {"file_id": file_id})
    return [Held(*row) for row in rows]


def _files(
    session: Session, parameters: dict[str, Any], file_id: str | None
) -> list[dict[str, Any]]:
    rows = session.execute(named_sql(__file__, "files_read"), parameters | {"file_id": file_id})
    return [dict(row) for row in rows.mappings()]


def _turned(session: Session, parameters: dict[str, Any], file_id: str | None) -> list[Turned]:
    ids = [each["id"] for each in _files(session, parameters, file_id)]
    rows = session.execute(named_sql(__file__, "refused_sums"), {"files": ids})
    return [Turned(*row) for row in rows]


def _went(session: Session, ground: LedgerGround, stage: str) -> Iterator[Went]:
    for cell in read_cells(session, ground, year=None, by="file"):
        yield Went(str(cell.key), stage, cell.currency, cell.stands, cell.lines, cell.pence)
