"""The page of a partnership's reconciliation: every file of money, and where each row and penny went."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse

from app.dependencies import Heavy, ReadSession, today
from app.pages.kept import kept_text
from app.pages.rendering import fill, written_page
from app.pages.works import thanks
from app.partnerships.queries import get_partnership
from app.resources.methods.reconciliation import OTHER_CURRENCY, WENT
from app.resources.reconciling import reconcile_partnership

router = APIRouter(include_in_schema=False)
WENT_WORDS = {
    "neighbourhoods": "Priority neighbourhoods", "rest_of_partnership": "Rest of the partnership",
    "outside": "Outside", "not_placed": "Not placed",
    "paid_here_place_unknown": "Recipient here, place unknown",
    "paid_elsewhere_place_unknown": "Recipient elsewhere, place unknown",
    OTHER_CURRENCY: "Not in pounds",
}  # fmt: skip
assert set(WENT_WORDS) == set(WENT)


@router.get(
    "/partnerships/{slug}/reconciliation", response_class=HTMLResponse, dependencies=[Heavy]
)
def reconciliation_page(
    request: Request,
    session: ReadSession,
    slug: Annotated[str, Path(max_length=120)],
    index: Annotated[str | None, Query(max_length=60)] = None,
) -> HTMLResponse:
    """Every file that a partnership reads: rows and pence in, stored and refused, and where each penny went."""
    row = get_partnership(session, slug)

    def make() -> str:
        body = reconcile_partnership(session, slug, index, today())
        return fill(
            request, "reconciliation.html", body=body, name=row.name, slug=slug, demo=row.demo, words=WENT_WORDS,
            with_lines=[file for file in body["files"] if file["holds_lines"]],
            beside=[file for file in body["files"] if not file["holds_lines"]],
            thanks=thanks(session, files=[file["id"] for file in body["files"]]),
        )  # fmt: skip

    return written_page(request, kept_text(request, session, make))
