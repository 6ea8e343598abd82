"""`bounds report accreditation`: what the record shows of the six criteria, as PDF, CSV or JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import orjson
import typer

from app.areas.commands import AsAt, read_day
from app.dependencies import today
from app.exports.csv import write_csv
from app.partnerships.queries import get_partnership
from app.reports.accreditation_paper import make_accreditation_paper
from app.reports.commands import Slug, known_ending, save
from app.sessions import reading
from app.strategies.accreditation import accreditation_of
from app.strategies.strategy_sheets import accreditation_sheet


def accreditation_report_command(
    context: typer.Context,
    slug: Slug,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="file to write: .pdf, .csv or .json")
    ],
    as_at: AsAt = None,
) -> None:
    """Write what the record shows of the six criteria of accreditation, as PDF, CSV or JSON by the ending."""
    ending = known_ending(output, (".pdf", ".csv", ".json"))
    day = read_day(as_at) or today()
    with reading(context.obj()) as session:
        body = accreditation_of(session, slug, day)
        demo = get_partnership(session, slug).demo
    if ending == ".csv":
        save(output, write_csv(accreditation_sheet(body)))
    elif ending == ".json":
        save(output, orjson.dumps(body, option=orjson.OPT_INDENT_2))
    else:
        save(output, make_accreditation_paper(body, day, demo=demo))
