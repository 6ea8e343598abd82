"""HTTP face of the printed accreditation."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from app.dependencies import AsAt, Heavy, ReadSession
from app.partnerships.queries import get_partnership
from app.reports.accreditation_paper import make_accreditation_paper
from app.strategies.accreditation import accreditation_of
from app.strategies.accreditation_routes import Slug

router = APIRouter(tags=["exports"])


@router.get("/partnerships/{slug}/accreditation.pdf", response_class=Response, dependencies=[Heavy])
def accreditation_paper(session: ReadSession, slug: Slug, day: AsAt) -> Response:
    """The accreditation as PDF/UA: each piece of evidence as in the JSON, with room for the assessor's note."""
    demo = get_partnership(session, slug).demo
    body = make_accreditation_paper(accreditation_of(session, slug, day), day, demo=demo)
    headers = {"Content-Disposition": f'inline; filename="{slug}-accreditation.pdf"'}
    return Response(body, media_type="application/pdf", headers=headers)
