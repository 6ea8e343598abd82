"""`bounds map` and `bounds report`: a place's map as file or picture, its paper as PDF, Word file or figures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import orjson
import typer
from sqlalchemy.orm import Session

from app.areas.commands import AsAt, read_day
from app.dependencies import today
from app.findings.gather import Findings, find_ground, gather, read_asked
from app.findings.map_file import make_map_file
from app.findings.picture import place_picture
from app.reports.facts import paper_facts
from app.reports.paper import make_document, make_paper
from app.sessions import reading
from boundaries.errors import Unavailable
from maps.picture_file import picture_png

Slug = Annotated[str, typer.Argument(help="slug of a partnership")]
Index = Annotated[str | None, typer.Option(help="index id, e.g. imd-2019")]
Worst = Annotated[
    int | None, typer.Option(min=1, max=100, help="most deprived per cent; default 10")
]

report_app = typer.Typer(
    name="report", help="Printed papers as PDF and Word files.", no_args_is_help=True
)


class CannotWrite(Unavailable):
    """The file asked for cannot be written there."""

    slug = "cannot-write"
    title = "The file cannot be written"


@report_app.callback()
def papers() -> None:
    """Printed papers as PDF."""


def find_partnership(
    session: Session, slug: str, index: str | None, worst: int | None, as_at: str | None
) -> Findings:
    """Answer for one partnership; raises UnknownPartnership, UnknownIndex, NoSmallAreas."""
    day = read_day(as_at) or today()
    ground = find_ground(session, slug=slug, councils=None, day=day)
    asked = read_asked(session, ground, index_id=index, worst=worst, rule=None)
    return gather(session, ground, asked, day)


def map_command(
    context: typer.Context,
    slug: Slug,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="file to write: .html, .svg or .png")
    ],
    index: Index = None,
    worst: Worst = None,
    as_at: AsAt = None,
) -> None:
    """Write a partnership's map as one HTML file that works offline, or by the ending as a picture."""
    ending = known_ending(output, (".html", ".svg", ".png"))
    with reading(context.obj()) as session:
        findings = find_partnership(session, slug, index, worst, as_at)
        if ending == ".html":
            written = make_map_file(session, findings).encode()
        else:
            drawn = place_picture(session, findings, with_money=False)
            written = picture_png(drawn) if ending == ".png" else drawn.encode()
    save(output, written)


@report_app.command("partnership")
def partnership_report(
    context: typer.Context,
    slug: Slug,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="file to write: .pdf, .docx or .json")
    ],
    index: Index = None,
    worst: Worst = None,
    as_at: AsAt = None,
) -> None:
    """Write a partnership's paper as an accessible PDF of A4 pages, a Word file, or its figures."""
    ending = known_ending(output, (".pdf", ".docx", ".json"))
    with reading(context.obj()) as session:
        findings = find_partnership(session, slug, index, worst, as_at)
        if ending == ".json":
            written = orjson.dumps(paper_facts(session, findings), option=orjson.OPT_INDENT_2)
        else:
            make = make_paper if ending == ".pdf" else make_document
            written = make(session, findings)
    save(output, written)


def known_ending(path: Path, endings: tuple[str, ...]) -> str:
    """Give the ending of a file to write; raises BadParameter for one that is none of `endings`."""
    ending = path.suffix.lower()
    if ending not in endings:
        raise typer.BadParameter(f"--output ends in {', '.join(endings[:-1])} or {endings[-1]}")
    return ending


def save(path: Path, content: bytes) -> None:
    """Write a whole file and say its path; raises CannotWrite."""
    try:
        path.write_bytes(content)
    except OSError as error:
        raise CannotWrite(f"{path} cannot be written: {error.strerror}") from error
    typer.echo(str(path))
