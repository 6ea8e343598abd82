"""The printed paper: facts and one drawn map in, an accessible A4 PDF out; never fetches anything."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from sqlalchemy.orm import Session

from app.findings.gather import Findings
from app.reports import wording
from app.reports.facts import paper_facts
from app.reports.picture import draw_country, draw_picture, picture_layers
from maps.legend import legend_entries, legend_html

TEMPLATES = Path(__file__).parent / "templates"
TABLE_CAPTION = "Selected small areas"


@cache
def _templates() -> Environment:
    found = Environment(
        loader=PackageLoader("app.reports", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters.update(
        pounds=wording.pounds, number=wording.number, day=wording.day_in_words, listed=wording.listed
    )
    found.globals["counted"] = wording.counted
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
    layers = picture_layers(session, findings)
    title = f"Map of {facts['title']}: small areas by deprivation, priority neighbourhoods outlined"
    drawn = Markup(draw_picture(layers, title, TABLE_CAPTION))  # noqa: S704  written by maps, which escapes
    country = Markup(draw_country(session, findings, layers))  # noqa: S704
    template = _templates().get_template("paper.html")
    return template.render(
        facts=facts, picture=drawn, country=country, caption=TABLE_CAPTION,
        key=legend_html([entry for entry in legend_entries(layers) if entry.role != "outline"]),
    )  # fmt: skip


def print_html(html: str, day: date) -> bytes:
    """Print a ready page; raises FatalURLFetchingError if it asks for anything from anywhere."""
    from weasyprint import CSS, HTML

    fetcher = _refusing_fetcher()
    style = CSS(filename=str(TEMPLATES / "paper.css"), url_fetcher=fetcher)
    written = datetime(day.year, day.month, day.day).isoformat()  # noqa: DTZ001  a day of the paper, no instant
    document = HTML(string=html.replace("@DAY@", written), url_fetcher=fetcher).render(
        stylesheets=[style], pdf_variant="pdf/ua-1"
    )
    return bytes(document.write_pdf(pdf_variant="pdf/ua-1"))


@cache
def _refusing_fetcher() -> Any:
    from weasyprint.urls import FatalURLFetchingError, URLFetcher

    class RefusingFetcher(URLFetcher):  # type: ignore[misc]
        """Answers every request for a file or address with an error that stops the printing."""

        def fetch(self, url: str, headers: object = None) -> NoReturn:  # noqa: ARG002
            raise FatalURLFetchingError(f"a paper asked for {url[:80]!r}")

    return RefusingFetcher()
