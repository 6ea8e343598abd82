"""`bounds estimate`, and how `bounds ledger` says what is counted twice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.areas.commands import AsAt, read_day
from app.dependencies import today
from app.resources.estimate_answers import estimates_body, estimates_csv, read_given
from app.resources.methods.amounts import pounds_text
from app.resources.methods.estimate import BASES
from app.resources.partnership_money import LedgerAsked
from app.sessions import reading


def estimate_command(
    context: typer.Context,
    slug: Annotated[str, typer.Argument(help="slug of a partnership")],
    basis: Annotated[
        str | None,
        typer.Option(help=f"share every line out so: {', '.join(BASES)}; default as each says"),
    ] = None,
    weights: Annotated[
        str | None,
        typer.Option(help="for --basis given: CODE:NUMBER of small areas, commas between"),
    ] = None,
    year: Annotated[
        str | None, typer.Option(help="financial year, e.g. 2018-19; default all")
    ] = None,
    stage: Annotated[str, typer.Option(help="planned, awarded or paid")] = "awarded",
    index: Annotated[
        str | None, typer.Option(help="index of the priorities, e.g. imd-2019")
    ] = None,
    form: Annotated[
        str | None, typer.Option("--format", help="csv or json; default a table")
    ] = None,
    as_at: AsAt = None,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """Share money of wider places over the small areas of its own place, beside the ledger, with its range."""
    if form not in (None, "csv", "json"):
        raise typer.BadParameter("--format is csv or json")
    asked = LedgerAsked(year, "neighbourhood", stage, index, basis)
    with reading(context.obj()) as session:
        day = read_day(as_at) or today()
        body = estimates_body(session, slug, asked, day, given=read_given(weights))
    if form == "csv":
        typer.echo(estimates_csv(body), nl=False)
    elif as_json or form == "json":
        option = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS
        typer.echo(orjson.dumps(body, option=option).decode())
    else:
        _print(body)


def _print(body: Mapping[str, Any]) -> None:
    console = Console()
    table = Table(
        "neighbourhood", "in the ledger", "with wider money shared out", "lowest", "highest"
    )
    names = ("file_pence", "estimate_pence", "lowest_pence", "highest_pence")
    for row in body["rows"]:
        table.add_row(escape(str(row["label"])), *(pounds_text(row[name]) for name in names))
    console.print(table)
    told = body["estimate"]
    console.print(f"shared out: {told['words']}; beside the ledger, in no total")
    console.print(f"together: {pounds_text(body['file_pence'])}, which is the file to the penny")
    for reason in told["why_not_shared"]:
        console.print(f"not shared out, {reason['lines']:,} lines: {escape(reason['why'])}")
    console.print(f"lowest and highest: {', '.join(each['words'] for each in body['compared'])}")
    for each in body["left_out"]:
        console.print(f"left out of them, since less is placed: {each['words']}")


def once_words(counted: Mapping[str, Any]) -> str:
    """Say on one line what is counted twice, and what is left once it is counted once."""
    parts = [f"gross {pounds_text(counted['gross_pence'])}"]
    for name, word in (
        ("refunds", "refunds"),
        ("regranted", "regranted"),
        ("repeated", "match funding repeated"),
    ):
        if counted[f"{name}_pence"]:
            parts.append(f"{word} {pounds_text(counted[f'{name}_pence'])}")
    return f"{', '.join(parts)}: net {pounds_text(counted['net_pence'])}"
