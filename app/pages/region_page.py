"""A region's page: all its partnerships for a regional office, with roll-ups that reconcile."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse

from app.dependencies import AsAt, Heavy, ReadSession
from app.pages.rendering import page
from app.regions.region import partnerships_of_region
from app.regions.sheets import steps

router = APIRouter(include_in_schema=False)


@router.get("/regions/{code}", response_class=HTMLResponse, dependencies=[Heavy])
def region_page(
    request: Request, session: ReadSession, day: AsAt, code: Annotated[str, Path(max_length=40)],
    stage: Annotated[str, Query(max_length=40)] = "awarded",
) -> HTMLResponse:  # fmt: skip
    """All partnerships of a region: alignment, priorities, money, progress, accreditation."""
    body = partnerships_of_region(session, code, day, stage=stage)
    query = urlencode({"as_at": day, "stage": stage})
    return page(request, "region.html", body=body, steps=steps(body), query=query)
