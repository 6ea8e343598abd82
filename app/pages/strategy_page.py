"""The pages of a partnership's strategy and of its accreditation; they work without scripts and on paper."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from app.dependencies import AsAt, Heavy, ReadSession
from app.findings.asking import Slug
from app.pages.kept import kept_text
from app.pages.missing_view import or_missing
from app.pages.rendering import fill, written_page
from app.partnerships.queries import get_partnership
from app.strategies.accreditation import accreditation_of
from app.strategies.methods.criteria import MISSING, PARTLY, SHOWN
from app.strategies.plan_queries import action_body, list_actions
from app.strategies.queries import list_targets
from app.strategies.targets import national_targets
from app.strategies.written_queries import strategy_of

router = APIRouter(include_in_schema=False)
# A mark beside each word, so that no colour is needed to tell them apart.
MARKS = {SHOWN: "✓", PARTLY: "◐", MISSING: "○"}


@dataclass(frozen=True)
class StrategyView:
    """What the template reads: the API's body, the targets and actions that it names, by id."""

    body: dict[str, Any]
    slug: str
    demo: bool
    targets: dict[str, str]
    actions: dict[str, dict[str, Any]]


@dataclass(frozen=True)
class AccreditationView:
    """What the template reads: the API's body and the marks of its states."""

    body: dict[str, Any]
    slug: str
    demo: bool

    def mark(self, state: str) -> str:
        """Give the mark of a state."""
        return MARKS[state]


@router.get("/partnerships/{slug}/strategy", response_class=HTMLResponse)
def strategy_page(request: Request, session: ReadSession, slug: Slug, day: AsAt) -> HTMLResponse:
    """The published strategy: vision, objectives with their targets and actions, learning plan, plans, who signed."""

    def make() -> str:
        body = strategy_of(session, slug, day)
        known = {**{row.id: row.title for row in list_targets(session, slug)},
                 **{key: row.title for key, row in national_targets().items()}}  # fmt: skip
        actions = {row.id: action_body(row, day) for row in list_actions(session, slug)}
        view = StrategyView(body, slug, get_partnership(session, slug).demo, known, actions)
        return fill(request, "strategy.html", view=view)

    return written_page(request, kept_text(request, session, make))


@router.get("/partnerships/{slug}/accreditation", response_class=HTMLResponse, dependencies=[Heavy])
def accreditation_page(
    request: Request, session: ReadSession, slug: Slug, day: AsAt
) -> HTMLResponse:
    """The six criteria, each with its evidence, what is missing, and room for the assessor's note."""

    def make() -> str:
        body = accreditation_of(session, slug, day)
        view = AccreditationView(body, slug, get_partnership(session, slug).demo)
        return fill(request, "accreditation.html", view=view)

    told = or_missing(request, session, slug, "Accreditation", make)
    return written_page(request, kept_text(request, session, told))
