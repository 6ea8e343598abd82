"""The page of a partnership's register of members; works without scripts and on paper."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from app.dependencies import AsAt, ReadSession
from app.findings.asking import Slug
from app.pages.kept import kept_text
from app.pages.rendering import fill, written_page
from app.partnerships.lead_history import Lead, leads_of
from app.partnerships.methods.members import as_kept, register
from app.partnerships.queries import get_partnership

router = APIRouter(include_in_schema=False)
# A field that a member does not say stands empty.
_NOT_SAID: dict[str, Any] = {"role": None, "communities": [], "joined": None, "left": None}


@dataclass(frozen=True)
class MembersView:
    """What the template reads: the register of a day, who has left or is to join, and who led since when."""

    body: dict[str, Any]
    slug: str
    name: str
    demo: bool
    day: date
    others: list[dict[str, Any]]
    leads: list[Lead]


@router.get("/partnerships/{slug}/members", response_class=HTMLResponse)
def members_page(request: Request, session: ReadSession, slug: Slug, day: AsAt) -> HTMLResponse:
    """Who sits on a partnership by sector, who leads, and who is for the partnership to look for."""

    def make() -> str:
        row = get_partnership(session, slug)
        body = register(row.members, row.lead, day)
        sitting = [each for sector in body["sectors"] for each in sector["members"]]
        for sector in body["sectors"]:
            sector["members"] = [_told(each) for each in sector["members"]]
        others = [_told(kept) for kept in map(as_kept, row.members) if kept not in sitting]
        view = MembersView(
            body, slug, row.name, row.demo, day, others, leads_of(session, slug, row.lead)
        )
        return fill(request, "members.html", view=view)

    return written_page(request, kept_text(request, session, make))


def _told(member: dict[str, Any]) -> dict[str, Any]:
    """Give a member every field, days as days."""
    days = {name: date.fromisoformat(member[name]) for name in ("joined", "left") if name in member}
    return _NOT_SAID | member | days
