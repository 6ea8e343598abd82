"""`bounds gap`: whether the gap between some neighbourhoods and what is around them closes."""

from __future__ import annotations

from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.areas.commands import AsAt, read_day
from app.dependencies import today
from app.sessions import reading
from app.strategies.gap import DEFAULT, gap_of


def gap_command(
    context: typer.Context,
    slug: Annotated[str, typer.Argument(help="slug of a partnership")],
    indicator: Annotated[str, typer.Option(help="imd, a domain of the indices, or an indicator's id")] = DEFAULT,
    neighbourhoods: Annotated[str | None, typer.Option(help="priorities, saved, or a neighbourhood's slug")] = None,
    as_at: AsAt = None,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:  # fmt: skip
    """Show how neighbourhoods stand against the rest, the region and England over time, and whether the gap closes."""
    day = read_day(as_at) or today()
    with reading(context.obj()) as session:
        body = gap_of(session, slug, indicator, neighbourhoods, day)
    if as_json:
        typer.echo(orjson.dumps(body, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS).decode())
        return
    table = Table("ground", "against", "gap", "verdict", "why")
    for here in body["subjects"]:
        for other in here["comparators"]:
            told = [each["gap"] for each in other["by_period"] if each["gap"] is not None]
            last = f"{told[-1]:+.1f}" if told else "–"
            table.add_row(
                escape(here["name"]), escape(other["name"]), last, other["verdict"], escape(other["words"])
            )  # fmt: skip
    Console().print(table)
    for note in body["notes"]:
        typer.echo(note)
    typer.echo(body["sentence"])
