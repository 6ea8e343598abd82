"""What kinds of resources the files hold: money given, programmes, mainstream budgets, sums, services and assets."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.resources.tables import (
    Budget,
    Outlet,
    ProgrammeAllocation,
    ProgrammeArea,
    RecipientSum,
    ResourceFile,
    ResourceLine,
)
from boundaries.errors import Fault, Invalid

# Buildings that a neighbourhood has and anyone may use; the rest of the services are given there.
ASSETS = ("library", "sports-facility", "childrens-centre", "food-bank")
KINDS: Mapping[str, tuple[str, str]] = {
    "award": ("lines of money: awards, refunds, regrants", "/api/v1/partnerships/{slug}/ledger"),
    "programme": ("eligible areas and allocations of programmes", "/api/v1/programmes"),
    "budget": ("parts of authorities' mainstream budgets", "/api/v1/budgets"),
    "sum": ("sums by the recipients' ward, which are no lines", "/api/v1/recipient-sums"),
    "service": ("places that give a service", "/api/v1/services"),
    "asset": ("those of them that are buildings for anyone's use", "/api/v1/services"),
}


def check_kind(kind: str | None) -> str | None:
    """Refuse a kind of resource that there is not. Raises Invalid."""
    if kind is not None and kind not in KINDS:
        raise Invalid(
            f"there is no kind of resource {kind[:40]!r}; there are {', '.join(KINDS)}",
            [Fault("unknown kind", "/kind", value=kind[:40])],
        )
    return kind


def _files_of(kind: str) -> list[Select[str]]:
    held: dict[str, list[Select[str]]] = {
        "award": [select(ResourceLine.file_id)],
        "programme": [select(ProgrammeArea.file_id), select(ProgrammeAllocation.file_id)],
        "budget": [select(Budget.file_id)],
        "sum": [select(RecipientSum.file_id)],
        "service": [select(Outlet.file_id)],
        "asset": [select(Outlet.file_id).where(Outlet.kind.in_(ASSETS))],
    }
    return held[kind]


def kinds_of_files(session: Session) -> dict[str, list[str]]:
    """Give each file's kinds of resources, in the order of KINDS; a file of refused rows alone has none."""
    found: dict[str, list[str]] = {}
    for kind in KINDS:
        here: set[str] = set()
        for query in _files_of(kind):
            held = query.where(query.selected_columns[0] == ResourceFile.id).correlate(ResourceFile)
            here |= set(session.scalars(select(ResourceFile.id).where(held.exists())))
        for file_id in here:
            found.setdefault(file_id, []).append(kind)
    return found
