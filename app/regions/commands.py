"""`bounds region CODE`: all partnerships of a region."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.areas.commands import AsAt, AsJson, print_json, read_day
from app.dependencies import today
from app.exports.csv import write_csv
from app.exports.xlsx import write_xlsx
from app.regions.region import partnerships_of_region
from app.regions.sheets import partnerships_sheet, region_sheets, steps
from app.sessions import reading


def region_command(
    context: typer.Context,
    code: Annotated[str, typer.Argument(help="code of a region, e.g. E12000008")],
    stage: Annotated[str, typer.Option(help="lines of money: planned, awarded or paid")] = "awarded",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="file to write: .csv or .xlsx")
    ] = None,
    as_at: AsAt = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Show all partnerships of a region: shares, verdict, priorities, money counted once, progress, accreditation."""
    if output is not None and output.suffix.lower() not in (".csv", ".xlsx"):
        raise typer.BadParameter("a file that ends in .csv or .xlsx", param_hint="--output")
    with reading(context.obj()) as session:
        body = partnerships_of_region(session, code, read_day(as_at) or today(), stage=stage)
    if output is not None:
        is_book = output.suffix.lower() == ".xlsx"
        made = write_xlsx(region_sheets(body)) if is_book else write_csv(partnerships_sheet(body))
        output.write_bytes(made)
        typer.echo(f"{output}", err=True)
        return
    if as_json:
        print_json(body)
        return
    table = Table("partnership", "in the region", "verdict", "selected", "inside, pence")
    for row in body["items"]:
        chosen = row["priorities"]["areas_selected"] if row["priorities"] else None
        inside = row["money"]["here_pence"] if row["money"] else None
        table.add_row(
            escape(row["name"]), f"{row['share_in_region']:.2%}", row["verdict"] or "not known",
            _told(chosen), _told(inside),
        )  # fmt: skip
    Console().print(table)
    walk = Table("step", "of", "lines", "pence")
    for step in steps(body):
        walk.add_row(step["step"], step["of"], f"{step['lines']:,}", f"{step['pence']:,}")
    Console().print(walk)
    typer.echo(body["sentence"])


def _told(number: int | None) -> str:
    return "not known" if number is None else f"{number:,}"
