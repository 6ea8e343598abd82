"""The page of rehearsals: a plan typed or pasted into a form, and what it would do; works without scripts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from app.dependencies import Heavy, ReadSession, today
from app.pages.rendering import page
from app.rehearsals.plans import MOST_LETTERS, guess_how, read_plan
from app.rehearsals.rehearse import rehearse
from boundaries.errors import BoundsError, Fault, Invalid, NotFound, Refused

router = APIRouter(include_in_schema=False)
EXAMPLE = """name = "Hertfordshire in two"
day = 2028-04-01

[[unitaries]]
name = "West Hertfordshire"
councils = ["Dacorum", "Hertsmere", "St Albans", "Three Rivers", "Watford"]

[[unitaries]]
name = "East Hertfordshire and the north"
councils = ["Broxbourne", "East Hertfordshire", "North Hertfordshire", "Stevenage", "Welwyn Hatfield"]
"""


@dataclass(frozen=True)
class RehearsalView:
    """What the template reads: the plan as written, its answer, or why there is none."""

    written: str
    example: str
    body: dict[str, Any] | None = None
    problem: str = ""
    faults: tuple[Fault, ...] = ()


@router.get("/rehearsals", response_class=HTMLResponse, dependencies=[Heavy])
def rehearsal_page(
    request: Request, session: ReadSession,
    plan: Annotated[str, Query(max_length=MOST_LETTERS)] = "",
) -> HTMLResponse:  # fmt: skip
    """Group councils into unitaries that do not exist yet, and read what that would do."""
    if not plan.strip():
        return page(request, "rehearsals.html", view=RehearsalView("", EXAMPLE))
    try:
        read = read_plan(plan.encode(), guess_how(plan))
        body = rehearse(session, read, as_at=None, today=today())
    except (Invalid, NotFound, Refused) as problem:
        answer = page(request, "rehearsals.html", view=_refused(plan, problem))
        answer.status_code = 422
        return answer
    return page(request, "rehearsals.html", view=RehearsalView(plan, EXAMPLE, body))


def _refused(plan: str, problem: BoundsError) -> RehearsalView:
    return RehearsalView(plan, EXAMPLE, problem=problem.detail, faults=problem.faults)
