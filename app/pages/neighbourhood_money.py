"""The money of the ledger in one neighbourhood, located and estimated apart; None where it cannot be placed there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.profiles.profile import Profile
from app.resources.methods.ledger import (
    ESTIMATED,
    LOCATED,
    NEIGHBOURHOODS,
    Neighbourhood,
    sum_pence,
)
from app.resources.queries import GroundNotLoaded, build_ledger

MOST_LINES = 100


@dataclass(frozen=True)
class NeighbourhoodMoney:
    """Lines placed in the neighbourhood, the largest first, and their sums; `reason` where there are none to tell."""

    lines: list[dict[str, Any]]
    in_all: int
    located_pence: int
    estimated_pence: int
    reason: str = ""


def neighbourhood_money(session: Session, made: Profile) -> NeighbourhoodMoney:
    """Place awarded money against a neighbourhood made of whole small areas."""
    subject, areas = made.ground.subject, made.ground.areas
    nothing = NeighbourhoodMoney([], 0, 0, 0)
    if not subject.is_whole_areas:
        reason = (
            "Lines of money are placed by whole small areas, and this ground is not made of them."
        )
        return NeighbourhoodMoney(nothing.lines, 0, 0, 0, reason)
    codes = tuple(str(code) for code in subject.shares.index)
    districts = sorted({str(code) for code in areas.district.reindex(list(codes)).dropna()})
    around = subject.partnership if subject.partnership is not None else subject.shares.index
    group = Neighbourhood(1, subject.title, codes, made.body["ground"]["people"])
    try:
        ledger = build_ledger(
            session, authorities=districts, groups=[group], partnership_slug=subject.partnership_slug,
            area_set=areas.index.area_set, areas=sorted({*codes, *(str(code) for code in around)}),
        )  # fmt: skip
    except GroundNotLoaded as error:
        return NeighbourhoodMoney(nothing.lines, 0, 0, 0, error.detail)
    inside = [line for line in ledger.lines if line["bucket"] == NEIGHBOURHOODS]
    inside.sort(key=lambda line: (-line["amount_pence"], line["id"]))
    return NeighbourhoodMoney(
        inside[:MOST_LINES], len(inside),
        sum_pence(line for line in inside if line["certainty"] == LOCATED),
        sum_pence(line for line in inside if line["certainty"] == ESTIMATED),
    )  # fmt: skip
