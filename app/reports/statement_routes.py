"""HTTP face of the printed statement of use."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from app.dependencies import AsAt, Heavy, Reader, ReadSession, for_reader
from app.reports.statement_paper import make_statement_document, make_statement_paper
from app.reports.word import MEDIA_TYPE as WORD
from app.statements.queries import statements_of_use
from app.statements.routes import Asked, Slug

router = APIRouter(tags=["exports"])


@router.get(
    "/partnerships/{slug}/statement-of-use.pdf", response_class=Response, dependencies=[Heavy]
)
def statement_paper(
    session: ReadSession, actor: Reader, slug: Slug, asked: Asked, day: AsAt
) -> Response:
    """The statement of use as PDF/UA: every figure of it stands in the JSON of the same address."""
    body = make_statement_paper(statements_of_use(session, slug, asked, day))
    headers = {"Content-Disposition": f'inline; filename="{slug}-statement-of-use.pdf"'}
    return Response(body, media_type="application/pdf", headers=headers | for_reader(actor))


@router.get(
    "/partnerships/{slug}/statement-of-use.docx", response_class=Response, dependencies=[Heavy]
)
def statement_document(
    session: ReadSession, actor: Reader, slug: Slug, asked: Asked, day: AsAt
) -> Response:
    """The same statement as a Word file, with real tables."""
    body = make_statement_document(statements_of_use(session, slug, asked, day))
    headers = {"Content-Disposition": f'attachment; filename="{slug}-statement-of-use.docx"'}
    return Response(body, media_type=WORD, headers=headers | for_reader(actor))
