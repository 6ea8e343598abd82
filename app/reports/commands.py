"""`bounds map` and `bounds report`: one place's map as a single file, and its paper as a PDF."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from app.areas.commands import AsAt, read_day
from app.dependencies import today
from app.findings.gather import Findings, find_ground, gather, read_asked
from app.findings.map_file import make_map_file
from app.reports.paper import make_paper
from app.sessions import reading
from boundaries.errors import Unavailable

Slug = Annotated[str, typer.Argument(help="slug of a partnership")]
Index = Annotated[str | None, typer.Option(help="index id, e.g. imd-2019")]
Worst = Annotated[
    int | None, typer.Option(min=1, max=100, help="most deprived per cent; default 10")
]

report_app = typer.Typer(name="report", help="Printed papers as PDF.", no_args_is_help=True)


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
    output: Annotated[Path, typer.Option("--output", "-o", help="HTML file to write")],
    index: Index = None,
    worst: Worst = None,
    as_at: AsAt = None,
) -> None:
    """Write a partnership's map as one HTML file that works offline."""
    with reading(context.obj()) as session:
        written = make_map_file(session, find_partnership(session, slug, index, worst, as_at))
    save(output, written.encode())


@report_app.command("partnership")
def partnership_report(
    context: typer.Context,
    slug: Slug,
    output: Annotated[Path, typer.Option("--output", "-o", help="PDF file to write")],
    index: Index = None,
    worst: Worst = None,
    as_at: AsAt = None,
) -> None:
    """Write a partnership's paper as an accessible PDF of A4 pages."""
    with reading(context.obj()) as session:
        written = make_paper(session, find_partnership(session, slug, index, worst, as_at))
    save(output, written)


def save(path: Path, content: bytes) -> None:
    """Write a whole file and say its path; raises CannotWrite."""
    try:
        path.write_bytes(content)
    except OSError as error:
        raise CannotWrite(f"{path} cannot be written: {error.strerror}") from error
    typer.echo(str(path))
