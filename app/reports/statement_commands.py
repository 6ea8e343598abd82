"""`bounds report statement-of-use`: what became of programmes' allocations, as PDF, Word file, CSV or JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import orjson
import typer

from app.access.walls import let_in
from app.areas.commands import AsAt, read_day
from app.dependencies import today
from app.reports.commands import Index, Slug, known_ending, save
from app.reports.statement_paper import make_statement_document, make_statement_paper
from app.sessions import reading
from app.statements.queries import StatementAsked, statements_of_use
from app.statements.rows import statement_csv


def statement_command(
    context: typer.Context,
    slug: Slug,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="file to write: .pdf, .docx, .csv or .json")
    ],
    year: Annotated[
        str | None, typer.Option(help="2001-02; default the last with an allocation or a line")
    ] = None,
    programme: Annotated[
        str | None, typer.Option(help="id of a programme; default all that concern it")
    ] = None,
    index: Index = None,
    as_at: AsAt = None,
) -> None:
    """Write the statement of use of a year: an accessible PDF, or by the file's ending a Word file, CSV or JSON."""
    ending = known_ending(output, (".pdf", ".docx", ".csv", ".json"))
    with reading(context.obj()) as session:
        day = read_day(as_at) or today()
        let_in(session, None)
        body = statements_of_use(session, slug, StatementAsked(year, programme, index), day)
    if ending == ".csv":
        save(output, statement_csv(body))
    elif ending == ".json":
        save(output, orjson.dumps(body, option=orjson.OPT_INDENT_2))
    else:
        make = make_statement_paper if ending == ".pdf" else make_statement_document
        save(output, make(body))
