"""The page of the gap: neighbourhoods against what is around them, over time; works without scripts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from app.dependencies import AsAt, Heavy, ReadSession
from app.findings.asking import Slug
from app.indicators.editions import MEASURES
from app.neighbourhoods.queries import list_neighbourhoods
from app.pages.gap_receipts import gap_receipts
from app.pages.kept import kept_text
from app.pages.missing_view import or_missing
from app.pages.place_receipts import Receipt
from app.pages.rendering import fill, written_page
from app.partnerships.queries import get_partnership
from app.priorities.queries import list_designations
from app.strategies.gap import DEFAULT, gap_of
from app.strategies.gap_ground import PRIORITIES, SAVED, NothingSaved
from app.strategies.gap_routes import Indicator, Whose
from app.strategies.methods.gap import CANNOT_TELL, CLOSING, NOT_TOLD, WIDENING

router = APIRouter(include_in_schema=False)
# A mark beside each word, so that no colour is needed to tell them apart.
MARKS = {CLOSING: "▼", WIDENING: "▲", NOT_TOLD: "≈", CANNOT_TELL: "?"}
# What may be chosen beside the indices: series of districts that tell the partnership against England.
_DISTRICT_SERIES = {
    "health-life-expectancy": "Life expectancy (districts)", "health-unemployment": "Unemployment (districts)",
    "health-teenage-pregnancy": "Teenage pregnancy (districts)", "health-personal-crime": "Personal crime (districts)",
    "health-pupil-attainment": "Pupil attainment (districts)",
}  # fmt: skip


@dataclass(frozen=True)
class GapView:
    """What the template reads: the API's body (None: nothing is saved, and why), and what may be chosen."""

    body: dict[str, Any] | None
    why: str
    slug: str
    name: str
    demo: bool
    indicator: str
    choices: dict[str, str]
    grounds: dict[str, str]
    query: str
    receipts: list[Receipt]
    inputs: list[str]
    day: date

    def mark(self, verdict: str) -> str:
        """Give the mark of a verdict."""
        return MARKS[verdict]


@router.get("/partnerships/{slug}/gap", response_class=HTMLResponse, dependencies=[Heavy])
def gap_page(
    request: Request, session: ReadSession, slug: Slug, day: AsAt, indicator: Indicator = DEFAULT,
    neighbourhoods: Whose = None,
) -> HTMLResponse:  # fmt: skip
    """Whether the gap closes; the series and whose gap it is are in the address."""

    def make() -> str:
        partnership = get_partnership(session, slug)
        body, why = None, ""
        try:
            body = gap_of(session, slug, indicator, neighbourhoods, day)
        except NothingSaved as error:  # the page says what to do next
            why = error.detail
        grounds = {PRIORITIES: "the saved priorities"} if list_designations(session, slug) else {}
        saved = list_neighbourhoods(session, slug)
        if saved:
            grounds[SAVED] = "each saved neighbourhood, and all together"
        grounds |= {one.slug: one.name for one in saved}
        asked = {"indicator": indicator} | (
            {"neighbourhoods": neighbourhoods} if neighbourhoods else {}
        )
        choices = dict(MEASURES)
        if not partnership.demo:
            choices |= _DISTRICT_SERIES
        choices.setdefault(indicator, indicator if body is None else body["indicator"]["title"])
        view = GapView(
            body,
            why,
            slug,
            partnership.name,
            partnership.demo,
            indicator,
            choices,
            grounds,
            f"?{urlencode(asked)}",
            [] if body is None else gap_receipts(slug, day, body),
            [] if body is None else _inputs(body),
            day,
        )
        return fill(request, "gap.html", view=view)

    return written_page(
        request, kept_text(request, session, or_missing(request, session, slug, "Gap", make))
    )


def _inputs(body: dict[str, Any]) -> list[str]:
    """Name what the figures are made of: the indicator in each period that has values."""
    periods = [each["title"] for each in body["periods"] if not each["reason"]]
    return [f"{body['indicator']['title']}: {', '.join(periods)}"]
