"""HTTP face of rehearsals: a plan in, what it would do out; nothing is stored."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from app.dependencies import Heavy, ReadSession, today
from app.rehearsals.plans import plan_of
from app.rehearsals.rehearse import rehearse
from app.rehearsals.schemas import RehearsalQuestion

router = APIRouter(tags=["rehearsals"])


@router.post("/rehearsals", dependencies=[Heavy])
def rehearsal(session: ReadSession, question: RehearsalQuestion) -> dict[str, Any]:
    """Group councils into unitaries that do not exist yet: who would live where, what straddles, where money lands.

    People and pence are the same before and after. Neighbourhoods and designations are divided by people and
    ground; each line of money lands whole, or lies across several and is listed.
    """
    plan = plan_of(question.model_dump(exclude={"as_at", "stage"}))
    return rehearse(session, plan, as_at=question.as_at, today=today(), stage=question.stage)
