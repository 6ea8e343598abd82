"""The printed paper: facts and one drawn map in, an accessible A4 PDF out; never fetches anything."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from sqlalchemy.orm import Session

from app.findings import words
from app.findings.gather import Findings
from app.findings.sketch import draw_place
from app.reports.facts import paper_facts
from app.reports.picture import draw_country, draw_picture
from maps.legend import legend_entries, legend_html

TEMPLATES = Path(__file__).parent / "templates"
TABLE_CAPTION = "Selected small areas"
#: What a paper should take; a longer list runs on.
PAGES = 2


@cache
def _templates() -> Environment:
    found = Environment(
        loader=PackageLoader("app.reports", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters.update(pounds=words.pounds, number=words.count, day=words.day)
    found.globals["counted"] = words.counted
    return found


def make_paper(session: Session, findings: Findings) -> bytes:
    """Print the paper of one place as PDF/UA-1: tagged, English, A4, fonts embedded.

    Every figure comes from `paper_facts`; names are escaped. Raises what WeasyPrint raises where
    Pango is missing.
    """
    facts = paper_facts(findings)
    return print_html(paper_html(session, findings, facts), facts["date"])


def paper_html(session: Session, findings: Findings, facts: dict[str, Any]) -> str:
    """Write the paper's page: the facts and the drawn map, nothing else."""
    layers = draw_place(session, findings, with_money=False)
    title = f"Map of {facts['title']}: small areas by deprivation, priority neighbourhoods outlined"
    drawn = Markup(draw_picture(layers, title, TABLE_CAPTION))  # noqa: S704  written by maps, which escapes
    country = Markup(draw_country(session, findings, layers))  # noqa: S704
    template = _templates().get_template("paper.html")
    return template.render(
        facts=facts, picture=drawn, country=country, caption=TABLE_CAPTION,
        key=legend_html(legend_entries(layers)),
    )  # fmt: skip


def print_html(html: str, day: date) -> bytes:
    """Print a ready page; a paper that runs a little over two pages is set more tightly first.

    Raises FatalURLFetchingError if the page asks for anything from anywhere.
    """
    from weasyprint import CSS, HTML

    fetcher = _refusing_fetcher()
    style = CSS(filename=str(TEMPLATES / "paper.css"), url_fetcher=fetcher)
    dated = html.replace("@DAY@", day.isoformat(), 1)

    def set_pages(fit: str) -> Any:
        page = HTML(string=dated.replace("@FIT@", fit, 1), url_fetcher=fetcher)
        return page.render(stylesheets=[style], pdf_variant="pdf/ua-1")

    document = set_pages("roomy")
    if PAGES < len(document.pages) <= PAGES + 1:
        tighter = set_pages("tight")
        if len(tighter.pages) < len(document.pages):
            document = tighter
    return bytes(document.write_pdf(pdf_variant="pdf/ua-1"))


@cache
def _refusing_fetcher() -> Any:
    from weasyprint.urls import FatalURLFetchingError, URLFetcher

    class RefusingFetcher(URLFetcher):  # type: ignore[misc]
        """Answers every request for a file or address with an error that stops the printing."""

        def fetch(self, url: str, headers: object = None) -> NoReturn:  # noqa: ARG002
            raise FatalURLFetchingError(f"a paper asked for {url[:80]!r}")

    return RefusingFetcher()
