"""Where a saved partnership stands, for its overview: who sits on it, what is missing, what to do; computes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from app.neighbourhoods.queries import newest_versions
from app.partnerships.methods.members import register
from app.partnerships.queries import get_partnership
from app.priorities.queries import list_designations
from app.strategies.plan_queries import list_actions
from app.strategies.queries import list_targets


@dataclass(frozen=True)
class Lack:
    """One thing that a partnership has not got yet: what, where it is done (a part of its page or a form), and how."""

    words: str
    page: str
    step: str


@dataclass(frozen=True)
class Standing:
    """The register of a day by sector, and what is lacking."""

    members: dict[str, Any]
    lacks: list[Lack]


def standing_of(session: Session, slug: str, day: date) -> Standing:
    """Say who sits on a partnership and what nobody has written yet. Raises UnknownPartnership."""
    row = get_partnership(session, slug)
    members = register(row.members, row.lead, day)
    steps: Sequence[tuple[object, str, str, str]] = (
        (members["total"], "No member is named.", f"/desk/records/partnerships/{slug}/edit", "Name the members"),
        (row.lead, "No lead is named.", f"/desk/records/partnerships/{slug}/edit", "Name who leads"),
        (
            list_designations(session, slug), "No list of priority areas is saved: the list above follows the rule in "
            "the address.", "/priorities", "Choose the rule",
        ),
        (newest_versions(session, slug), "No neighbourhood is saved.", "/build", "Build one"),
        (list_targets(session, slug), "No target of its own is kept.", "/progress", "See how targets are judged"),
        (list_actions(session, slug), "No action is kept.", "/progress", "See what was agreed"),
    )  # fmt: skip
    return Standing(
        members, [Lack(words, page, step) for there, words, page, step in steps if not there]
    )
