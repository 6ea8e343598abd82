"""`bounds compare-places`: two to four places of any kind side by side."""

from __future__ import annotations

from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.areas.commands import AsAt, read_day
from app.dependencies import today
from app.profiles.place_words import HOW
from app.profiles.places_compared import compare_places
from app.sessions import reading


def compare_places_command(
    context: typer.Context,
    place: Annotated[list[str], typer.Argument(help=f"two to four; {HOW}")],
    index: Annotated[str | None, typer.Option(help="index id, e.g. imd-2019")] = None,
    stage: Annotated[str, typer.Option(help="of money: planned, awarded or paid")] = "awarded",
    year: Annotated[
        str | None, typer.Option(help="of money: a financial year, e.g. 2018-19")
    ] = None,
    as_at: AsAt = None,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """Put two to four places of any kind side by side: people, themes, trend, money a head."""
    day = read_day(as_at) or today()
    with reading(context.obj()) as session:
        body = compare_places(session, place, index, day, stage=stage, year=year).body
    if as_json:
        typer.echo(orjson.dumps(body, option=orjson.OPT_INDENT_2).decode())
        return
    console = Console()
    console.print(f"By the {escape(body['index']['title'])}; {escape(body['money']['note'])}")
    titles = [escape(one["title"]) for one in body["places"]]
    table = Table("figure", "unit", *titles, "difference")
    for row in body["rows"]:
        values = [_number(told["value"]) or escape(told["reason"]) for told in row["values"]]
        table.add_row(escape(row["title"]), row["unit"], *values, _number(row["difference"]) or "–")
    console.print(table)
    for note in body["notes"]:
        console.print(f"Note: {escape(note)}")


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.4f}"
