"""HTTP face of planned areas: made and taken away by administrators, read by anybody."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from app.areas.plans import PlanGiven, drop_plan, make_plan, plan_bodies, plan_body, report_body
from app.dependencies import Administrator, Heavy, Paging, ReadSession, WriteSession

router = APIRouter(tags=["areas"])
PlanSlug = Annotated[str, Path(max_length=80)]


@router.post("/areas", status_code=201, dependencies=[Heavy])
def plan_areas(
    session: WriteSession, actor: Administrator, given: PlanGiven, response: Response
) -> dict[str, Any]:
    """Plan areas that are made of living ones on a day to come, on which these end."""
    report = make_plan(session, actor, given.as_plan(), commit=True)
    response.headers["Location"] = f"/api/v1/plans/{report.slug}"
    return report_body(report)


@router.get("/plans")
def list_all(request: Request, session: ReadSession, page: Paging) -> dict[str, Any]:
    """Plans in order of slug, each with the areas that it makes."""
    key = page.after_key(str)
    every = plan_bodies(session)
    after = [body for body in every if key is None or body["plan"] > key[0]]
    shown = after[: page.limit]
    last = [shown[-1]["plan"]] if len(after) > page.limit else None
    return page.answer(request, shown, len(every), last)


@router.get("/plans/{plan}")
def read(session: ReadSession, plan: PlanSlug) -> dict[str, Any]:
    """One plan with the areas that it makes."""
    return plan_body(session, plan)


@router.delete("/plans/{plan}", status_code=204, dependencies=[Heavy])
def remove(session: WriteSession, actor: Administrator, plan: PlanSlug) -> None:
    """Take a plan away: its areas are gone, and what it ended lives on."""
    drop_plan(session, actor, plan, commit=True)
