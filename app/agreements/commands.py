"""`bounds agreements`: who manages a neighbourhood, what is agreed for it, which money it decides on."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.agreements.methods.checks import FIELDS, KINDS
from app.agreements.queries import STAGES, agreed_for
from app.dependencies import today
from app.sessions import reading


def agreements_command(
    context: typer.Context,
    slug: Annotated[str, typer.Argument(metavar="SLUG", help="of a saved neighbourhood")],
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """Show the posts, service agreements and devolved budgets of a neighbourhood, budgets beside the ledger."""
    with reading(context.obj()) as session:
        body = agreed_for(session, slug, today())
    if as_json:
        typer.echo(orjson.dumps(body, option=orjson.OPT_INDENT_2).decode())
        return
    for kind in KINDS:
        names = [name for name in FIELDS[kind] if name != "note"]
        table = Table(*names, title=kind)
        for row in body[kind]:
            table.add_row(*(escape(_cell(row[name])) for name in names))
        Console().print(table)
    for row in body["budgets"]:
        for stage in STAGES:
            known = row["known"][stage]
            pence = known["located_pence"] + known["estimated_pence"]
            typer.echo(
                f"{row['fund']} {row['year']}, {stage}: {pence} pence known here, {known['stands']}"
            )


def _cell(value: Any) -> str:
    return "" if value is None else str(value)
