"""HTTP face of the printed report of progress."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from app.dependencies import AsAt, Heavy, ReadSession
from app.partnerships.queries import get_partnership
from app.reports.progress_paper import make_progress_paper
from app.strategies.report import report_of
from app.strategies.report_routes import Slug, Year

router = APIRouter(tags=["exports"])


@router.get(
    "/partnerships/{slug}/progress/report.pdf", response_class=Response, dependencies=[Heavy]
)
def progress_paper(session: ReadSession, slug: Slug, day: AsAt, year: Year = None) -> Response:
    """The report of progress as PDF/UA: every figure of it stands in the JSON of the same address."""
    demo = get_partnership(session, slug).demo
    body = make_progress_paper(report_of(session, slug, day, year), day, demo=demo)
    headers = {"Content-Disposition": f'inline; filename="{slug}-progress.pdf"'}
    return Response(body, media_type="application/pdf", headers=headers)
