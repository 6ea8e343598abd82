"""What a plan would do to what is saved here: neighbourhoods, designations and money, or why that cannot be told."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from app.rehearsals.grounds import Grounds, read_grounds
from app.rehearsals.methods.regroup import Part, Piece
from app.rehearsals.money import money_landing
from app.rehearsals.split import split_designations, split_neighbourhoods
from app.resources.queries import SETS
from boundaries.errors import NotFound


def reach_of(
    session: Session, pieces: Sequence[Piece], parts: Sequence[Part], unitaries: Sequence[str],
    names: Mapping[str, str], day: date, *, demo: bool, stage: str,
) -> dict[str, Any]:  # fmt: skip
    """Divide neighbourhoods, designations and money over the ground that would follow.

    Returns neighbourhoods, designations, money and notes; one whose geography is not loaded is None, and a
    note says why: nothing that cannot be told is told as none.
    """
    known: dict[str, Grounds] = {}

    def grounds_of(area_set: str) -> Grounds:
        if area_set not in known:
            known[area_set] = read_grounds(
                session, pieces, parts, unitaries, names, day, demo=demo, area_set=area_set
            )
        return known[area_set]

    told: dict[str, Any] = {"neighbourhoods": None, "designations": None, "money": None}
    notes: list[str] = []
    asked: dict[str, Callable[[], dict[str, Any]]] = {
        "neighbourhoods": lambda: split_neighbourhoods(session, grounds_of(SETS[0]), demo=demo),
        "designations": lambda: split_designations(session, grounds_of, demo=demo),
        "money": lambda: money_landing(session, grounds_of(SETS[0]), stage),
    }
    for name, find in asked.items():
        try:
            told[name] = find()
        except NotFound as problem:
            notes.append(f"Nothing is said of {name}: {problem.detail}.")
    cut = sorted({code for grounds in known.values() for code in grounds.cut})
    if cut:
        notes.append(
            f"{len(cut)} small area{'' if len(cut) == 1 else 's'} would be cut by the plan; lines and selected "
            "areas there are told where most of the people would go."
        )
    return told | {"notes": notes}
