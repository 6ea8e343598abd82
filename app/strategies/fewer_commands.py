"""`bounds fewer`: which partnerships stand on one ground, and which might be one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.areas.commands import AsAt, read_day
from app.dependencies import today
from app.exports.csv import write_csv
from app.exports.xlsx import write_xlsx
from app.sessions import reading
from app.strategies.fewer import fewer_partnerships
from app.strategies.fewer_sheets import fewer_sheets, pairs_sheet
from app.strategies.methods.fewer import AT_LEAST, MEMBERS_AT_LEAST


def fewer_command(
    context: typer.Context,
    at_least: Annotated[
        float, typer.Option(min=0, max=1, help="share of the smaller one in the other, 0 to 1")
    ] = AT_LEAST,
    members_at_least: Annotated[
        int, typer.Option(min=1, max=500, help="members in both that are a reason by themselves")
    ] = MEMBERS_AT_LEAST,
    demo: Annotated[bool, typer.Option(help="the invented county's partnerships")] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="file to write: .csv (pairs) or .xlsx")
    ] = None,
    as_at: AsAt = None,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """Show which partnerships might be one, with the reasons; every pair goes into a file."""
    if output is not None and output.suffix.lower() not in (".csv", ".xlsx"):
        raise typer.BadParameter("a file that ends in .csv or .xlsx", param_hint="--output")
    with reading(context.obj()) as session:
        body = fewer_partnerships(
            session, read_day(as_at) or today(), demo=demo, at_least=at_least,
            members_at_least=members_at_least,
        )  # fmt: skip
    if output is not None:
        is_book = output.suffix.lower() == ".xlsx"
        made = write_xlsx(fewer_sheets(body)) if is_book else write_csv(pairs_sheet(body))
        output.write_bytes(made)
        typer.echo(f"{output}: {len(body['pairs'])} pairs", err=True)
    elif as_json:
        option = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS
        typer.echo(orjson.dumps(body, option=option).decode())
    else:
        table = Table("one", "the other", "share", "why")
        for each in body["items"]:
            table.add_row(each["a"], each["b"], f"{each['share']:.2%}", escape(each["why"]))
        Console().print(table)
        typer.echo(body["sentence"])
