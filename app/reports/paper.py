"""The printed paper: facts and one drawn map in, an accessible A4 PDF out; never fetches anything."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any, NoReturn

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup
from sqlalchemy.orm import Session

from app.compiled_templates import BesideModules, compile_all
from app.findings import words
from app.findings.gather import Findings
from app.findings.sketch import draw_place
from app.reports.facts import paper_facts
from app.reports.picture import draw_country, draw_picture
from app.reports.problem_facts import WORST
from app.reports.word import WordPicture, make_word
from app.reports.wording import in_columns
from boundaries import deadlines
from maps.legend import legend_entries, legend_html
from maps.picture_file import picture_svg

TEMPLATES = Path(__file__).parent / "templates"
TABLE_CAPTION = "Selected small areas"
#: What a paper should take; a longer list runs on.
PAGES = 2


@cache
def templates() -> Environment:
    """Give the papers' environment: autoescape, and a name that nobody set is an error."""
    found = Environment(
        loader=PackageLoader("app.reports", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters.update(
        pounds=words.pounds,
        number=words.count,
        day=words.day,
        listed=words.listed,
        columns=in_columns,
    )
    found.globals["counted"] = words.counted
    found.bytecode_cache = BesideModules(found)
    return found


def compile_papers() -> None:
    """Compile the papers' templates, which wait until a paper is asked for."""
    compile_all(templates())


def make_paper(session: Session, findings: Findings) -> bytes:
    """Print the paper of one place as PDF/UA-1: tagged, English, A4, fonts embedded.

    Every figure comes from `paper_facts`; names are escaped. A paper that runs a little over two
    pages is set more tightly. Raises what WeasyPrint raises where Pango is missing.
    """
    write = compose_paper(session, findings, paper_facts(session, findings))
    document = lay_out(write("roomy"))
    if PAGES < len(document.pages) <= PAGES + 2:
        tighter = lay_out(write("tight"))
        if len(tighter.pages) < len(document.pages):
            document = tighter
    return bytes(document.write_pdf(pdf_variant="pdf/ua-1"))


def make_document(session: Session, findings: Findings) -> bytes:
    """Write the same paper as a Word file, from the page that the PDF is printed from."""
    facts = paper_facts(session, findings)
    layers = draw_place(session, findings, with_money=False)
    title = map_title(facts)
    drawn = picture_svg(layers, title=title, below=f"{facts['index']['title']}, national rank.")
    nothing = Markup("")
    page = _write(
        templates().get_template("paper.html"), "roomy", facts=facts, caption=TABLE_CAPTION, worst=WORST,
        picture=nothing, country=nothing, key=nothing,
    )  # fmt: skip
    alternative = f"{title}. {facts['finding']} {title_of_table(TABLE_CAPTION)}"
    return make_word(page, WordPicture(drawn, alternative), findings.day)


def map_title(facts: dict[str, Any]) -> str:
    """Name the paper's map."""
    return f"Map of {facts['title']}: small areas by deprivation, priority neighbourhoods outlined"


def title_of_table(caption: str) -> str:
    """Say which table holds the figures that a map shows."""
    return f"The same figures are in the table “{caption}”."


def compose_paper(
    session: Session, findings: Findings, facts: dict[str, Any]
) -> Callable[[str], str]:
    """Draw the map once and give a function that writes the page, "roomy" or "tight", from the facts alone."""
    layers = draw_place(session, findings, with_money=False)
    title = map_title(facts)
    template = templates().get_template("paper.html")
    return partial(
        _write, template, facts=facts, caption=TABLE_CAPTION, worst=WORST,
        picture=Markup(draw_picture(layers, title, TABLE_CAPTION)),
        country=Markup(draw_country(session, findings, layers)),
        key=legend_html(legend_entries(layers)),
    )  # fmt: skip


def _write(template: Template, fit: str, **context: Any) -> str:
    return template.render(fit=fit, **context)


def lay_out(html: str) -> Any:
    """Lay a ready page out as a WeasyPrint document; raises FatalURLFetchingError if it asks for anything.

    Nothing stops it once it has begun: its place among the heavy questions stays taken until it ends.
    """
    from weasyprint import CSS, HTML

    deadlines.check("the page was ready to be laid out")
    fetcher = _refusing_fetcher()
    style = CSS(filename=str(TEMPLATES / "paper.css"), url_fetcher=fetcher)
    page = HTML(string=html, url_fetcher=fetcher)
    return page.render(stylesheets=[style], pdf_variant="pdf/ua-1")


@cache
def _refusing_fetcher() -> Any:
    from weasyprint.urls import FatalURLFetchingError, URLFetcher

    class RefusingFetcher(URLFetcher):  # type: ignore[misc]
        """Answers every request for a file or address with an error that stops the printing."""

        def fetch(self, url: str, headers: object = None) -> NoReturn:  # noqa: ARG002
            raise FatalURLFetchingError(f"a paper asked for {url[:80]!r}")

    return RefusingFetcher()
