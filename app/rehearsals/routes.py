"""HTTP face of rehearsals: a plan in, what it would do out; nothing is stored."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response

from app.dependencies import Heavy, ReadSession, today
from app.exports import csv
from app.exports.sheets import Kind, Sheet
from app.rehearsals.plans import MOST_LETTERS, guess_how, plan_of, read_plan
from app.rehearsals.rehearse import rehearse
from app.rehearsals.schemas import RehearsalQuestion

router = APIRouter(tags=["rehearsals"])
Written = Annotated[
    str, Query(max_length=MOST_LETTERS, description="a plan as TOML, JSON, or CSV: unitary, council, part")
]  # fmt: skip
PIECES: tuple[tuple[str, Kind], ...] = (
    ("unitary", "text"), ("code", "text"), ("name", "text"), ("council", "text"), ("people", "whole"),
    ("area_m2", "whole"), ("as_at", "day"), ("release", "text"), ("people_source", "text"), ("attribution", "text"),
)  # fmt: skip


@router.post("/rehearsals", dependencies=[Heavy])
def rehearsal(session: ReadSession, question: RehearsalQuestion) -> dict[str, Any]:
    """Group councils into unitaries that do not exist yet: who would live where, what straddles, where money lands.

    People and pence are the same before and after. Neighbourhoods and designations are divided by people and
    ground; each line of money lands whole, or lies across several and is listed.
    """
    plan = plan_of(question.model_dump(exclude={"as_at", "stage"}))
    return rehearse(session, plan, as_at=question.as_at, today=today(), stage=question.stage)


@router.get("/rehearsals", dependencies=[Heavy])
def rehearsal_of_address(session: ReadSession, plan: Written) -> dict[str, Any]:
    """The same of a plan that stands in the address, as the page of rehearsals tells it."""
    return rehearse(session, read_plan(plan.encode(), guess_how(plan)), as_at=None, today=today())


@router.get("/rehearsals.csv", response_class=Response, dependencies=[Heavy])
def rehearsal_pieces(session: ReadSession, plan: Written) -> Response:
    """Its councils, and parts of them, as CSV: the unitary that each would be in, its people and m²."""
    body = rehearse(session, read_plan(plan.encode(), guess_how(plan)), as_at=None, today=today())
    told = {name: body[name] for name in ("as_at", "release", "people_source", "attribution")}
    rows = [
        piece | told | {"unitary": one["name"]}
        for one in body["unitaries"]
        for piece in (*one["councils"], *one["parts"])
    ] + [piece | told for piece in body["not_taken"]]
    written = csv.write_csv(
        Sheet("pieces", "Councils by the unitary they would be in", PIECES, rows)
    )
    headers = {"Content-Disposition": 'attachment; filename="rehearsal.csv"'}
    return Response(written, media_type=csv.MEDIA_TYPE, headers=headers)
