"""`bounds report neighbourhood`: a neighbourhood's paper as PDF, Word file or figures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.areas.commands import AsAt, read_day
from app.dependencies import today
from app.reports.commands import Index, known_ending, save
from app.reports.neighbourhood_paper import (
    figures_of_paper,
    print_neighbourhood,
    read_neighbourhood,
    write_neighbourhood_document,
)
from app.sessions import reading


def neighbourhood_command(
    context: typer.Context,
    slug: Annotated[str, typer.Argument(help="slug of a neighbourhood")],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="file to write: .pdf, .docx or .json")
    ],
    index: Index = None,
    version: Annotated[int | None, typer.Option(min=1, help="default the newest")] = None,
    as_at: AsAt = None,
) -> None:
    """Write a neighbourhood's paper as an accessible PDF of A4 pages, a Word file, or its figures."""
    ending = known_ending(output, (".pdf", ".docx", ".json"))
    with reading(context.obj()) as session:
        paper = read_neighbourhood(session, slug, index, read_day(as_at) or today(), version)
        if ending == ".json":
            written = figures_of_paper(paper)
        else:
            make = print_neighbourhood if ending == ".pdf" else write_neighbourhood_document
            written = make(session, paper)
    save(output, written)
