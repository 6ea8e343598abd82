"""The page of a partnership's progress: what was promised, how it goes, and why; works without scripts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from app.dependencies import AsAt, Heavy, ReadSession, today
from app.findings.asking import Slug
from app.pages.kept import kept_text
from app.pages.missing_view import or_missing
from app.pages.place_receipts import Receipt
from app.pages.plan_receipts import progress_receipts, target_receipts
from app.pages.rendering import fill, written_page
from app.partnerships.queries import get_partnership
from app.resources.methods.dates import is_financial_year
from app.strategies.methods.judge import CANNOT_TELL, MET, OFF_TRACK, ON_TRACK
from app.strategies.methods.promise import year_of
from app.strategies.plan_queries import names_of_links
from app.strategies.report import report_of
from app.strategies.report_routes import Year

router = APIRouter(include_in_schema=False)
# A mark beside each word, so that no colour is needed to tell them apart.
MARKS = {MET: "✓", ON_TRACK: "▲", OFF_TRACK: "▼", CANNOT_TELL: "?"}


@dataclass(frozen=True)
class ProgressView:
    """What the template reads: the body, names of what actions name, years to pick, the day, the way back."""

    body: dict[str, Any]
    names: dict[str, str]
    slug: str
    demo: bool
    years: tuple[str, ...]
    day: date
    is_today: bool
    back: str

    @property
    def query(self) -> str:
        """What the downloads are asked with, so that they hold the page's own figures."""
        asked = {} if self.is_today else {"as_at": str(self.day)}
        asked |= {"year": self.body["year"]} if self.body["year"] else {}
        return f"?{urlencode(asked)}" if asked else ""

    @property
    def targets_query(self) -> str:
        """What the tables of targets alone are asked with: they know days, and no financial years."""
        until = self.body["as_at"]
        return "" if self.is_today and not self.body["year"] else f"?as_at={until}"

    @property
    def receipts(self) -> list[Receipt]:
        """Where the targets' figures and the money on the page come from, figure by figure."""
        return [
            *target_receipts(self.slug, self.body["as_at"], self.body),
            *progress_receipts(self.slug, self.body),
        ]

    @property
    def inputs(self) -> list[str]:
        """What the receipts rest on."""
        targets = [*self.body["targets"], *self.body["national"]]
        series = {each["series"]["title"] for each in targets if each["series"]}
        return [*sorted(series), *(one["title"] for one in self.body["spent"]["sources"])]

    @property
    def attributions(self) -> list[str]:
        """Whose figures stand on the page, each once."""
        targets = [*self.body["targets"], *self.body["national"]]
        found = {each["series"]["attribution"] for each in targets if each["series"]}
        found |= {one["attribution"] for one in self.body["spent"]["sources"] if one["attribution"]}
        return sorted(found | set(self.body["moved"].get("indicator", {}).get("attribution", ())))

    def mark(self, status: str) -> str:
        """Give the mark of a status."""
        return MARKS[status]

    def moved(self, target: dict[str, Any], subject: dict[str, Any]) -> str:
        """Say by an arrow and a word whether a figure is better or worse than at the baseline."""
        figure, baseline = subject["figure"], subject["baseline"]
        if figure is None or baseline is None:
            return "–"
        if figure == baseline:
            return "= unchanged"
        falls_well = target["higher_is_worse"] or target["kind"] == "tail-gap"
        better = (figure < baseline) == falls_well
        return f"{'▼' if figure < baseline else '▲'} {'better' if better else 'worse'}"


@router.get("/partnerships/{slug}/progress", response_class=HTMLResponse, dependencies=[Heavy])
def progress_page(
    request: Request, session: ReadSession, slug: Slug, day: AsAt, year: Year = None
) -> HTMLResponse:
    """What was promised, what was spent and what moved; the year is in the address."""

    def make() -> str:
        body = report_of(session, slug, day, year)
        view = ProgressView(
            body,
            names_of_links(session, body["actions"]),
            slug,
            get_partnership(session, slug).demo,
            _years(body),
            day,
            day == today(),
            _back(request),
        )
        return fill(request, "progress.html", view=view)

    return written_page(
        request, kept_text(request, session, or_missing(request, session, slug, "Progress", make))
    )


def _back(request: Request) -> str:
    """Keep the rule that the other pages ask for in the way back to them; the year is this page's own."""
    kept = [
        (name, value)
        for name, value in request.query_params.multi_items()
        if name not in ("as_at", "year")
    ]
    return f"?{urlencode(kept)}" if kept else ""


def _years(body: dict[str, Any]) -> tuple[str, ...]:
    """List the financial years of which some series has figures or money lies inside, the newest first."""
    periods = {
        each["period"] for target in (*body["targets"], *body["national"]) for each in target["by_period"]
    }  # fmt: skip
    years = {int(year) for period in periods if (year := year_of(period)) is not None}
    written = {f"{year}-{(year + 1) % 100:02d}" for year in years}
    written |= {row["year"] for stage in body["spent"]["stages"] for row in stage["years"]}
    return tuple(sorted((each for each in written if is_financial_year(each)), reverse=True))
