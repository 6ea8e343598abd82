"""`bounds merge A B …`: what one partnership of several would be."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.areas.commands import AsAt, AsJson, print_json, read_day
from app.dependencies import today
from app.exports.csv import write_csv
from app.exports.xlsx import write_xlsx
from app.rehearsals.commands import pounds
from app.rehearsals.merger_sheets import merger_sheets, money_sheet
from app.rehearsals.mergers import merge_partnerships, read_slugs
from app.sessions import reading


def merge_command(
    context: typer.Context,
    slugs: Annotated[list[str], typer.Argument(help="slugs of two or more partnerships")],
    stage: Annotated[str, typer.Option(help="lines of money: planned, awarded or paid")] = "awarded",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="file to write: .csv (money) or .xlsx")
    ] = None,
    as_at: AsAt = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Rehearse a merger of partnerships: verdict, neighbourhoods, members, money, words; nothing is stored."""
    if output is not None and output.suffix.lower() not in (".csv", ".xlsx"):
        raise typer.BadParameter("a file that ends in .csv or .xlsx", param_hint="--output")
    wanted = read_slugs(",".join(slugs))
    with reading(context.obj()) as session:
        body = merge_partnerships(session, wanted, read_day(as_at) or today(), stage=stage)
    if output is not None:
        is_book = output.suffix.lower() == ".xlsx"
        output.write_bytes(
            write_xlsx(merger_sheets(body)) if is_book else write_csv(money_sheet(body))
        )
        typer.echo(f"{output}", err=True)
    elif as_json:
        print_json(body)
    else:
        print_merger(body)


def print_merger(body: dict[str, Any]) -> None:
    """Print a merger for people: the sentence, the money from before to after, and what clashes."""
    typer.echo(body["sentence"])
    table = Table("money", "of", "lines", "pounds")
    for row in money_sheet(body).rows:
        table.add_row(row["row"], escape(row["of"]), f"{row['lines']:,}", pounds(row["here_pence"]))
    Console().print(table)
    if body["words"]:
        words = Table("part", "state", "what", "why")
        for row in body["words"]:
            words.add_row(row["part"], row["state"], escape(row["what"]), escape(row["why"]))
        Console().print(words)
    for note in body["notes"]:
        typer.echo(note, err=True)
