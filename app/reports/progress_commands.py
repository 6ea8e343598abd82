"""`bounds report progress`: what was promised, spent and moved, as PDF, CSV, XLSX or JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import orjson
import typer

from app.areas.commands import AsAt, read_day
from app.dependencies import today
from app.exports.csv import write_csv
from app.exports.xlsx import write_xlsx
from app.partnerships.queries import get_partnership
from app.reports.commands import Slug, known_ending, save
from app.reports.progress_paper import make_progress_paper
from app.sessions import reading
from app.strategies.report import report_of
from app.strategies.report_sheets import report_sheets, spent_sheet


def progress_report_command(
    context: typer.Context,
    slug: Slug,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="file to write: .pdf, .csv (money), .xlsx or .json")
    ],
    year: Annotated[
        str | None, typer.Option(help="financial year, 2019-20; default as far as figures go")
    ] = None,
    as_at: AsAt = None,
) -> None:  # fmt: skip
    """Write the report of progress: what was promised, spent and moved, as PDF, CSV, XLSX or JSON by the ending."""
    ending = known_ending(output, (".pdf", ".csv", ".xlsx", ".json"))
    day = read_day(as_at) or today()
    with reading(context.obj()) as session:
        body = report_of(session, slug, day, year)
        demo = get_partnership(session, slug).demo
    if ending == ".csv":
        save(output, write_csv(spent_sheet(body)))
    elif ending == ".xlsx":
        save(output, write_xlsx(report_sheets(body)))
    elif ending == ".json":
        save(output, orjson.dumps(body, option=orjson.OPT_INDENT_2))
    else:
        save(output, make_progress_paper(body, day, demo=demo))
