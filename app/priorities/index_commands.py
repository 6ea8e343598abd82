"""`bounds indices`: what an index says of districts or of one place."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.areas.commands import AsAt, read_day
from app.dependencies import today
from app.indicators.summaries import list_summaries
from app.priorities.summaries import refuse_two_questions, summarise_place
from app.sessions import reading

indices_app = typer.Typer(
    help="What the indices of deprivation say of larger areas.", no_args_is_help=True
)
_SHOWN = ("average_rank", "average_score", "proportion_worst_10", "extent", "local_concentration")


@indices_app.callback()
def root() -> None:
    """Say what the indices of deprivation say of larger areas."""


@indices_app.command("summaries")
def summaries_command(
    context: typer.Context,
    index: Annotated[str, typer.Argument(metavar="ID", help="index id, e.g. imd-2019")],
    area_type: Annotated[
        str | None, typer.Option(help="lad (default), rgn, icb, lrf, …: all areas of a type")
    ] = None,
    partnership: Annotated[str | None, typer.Option(help="slug of a partnership")] = None,
    areas: Annotated[str | None, typer.Option(help="codes or names with commas between")] = None,
    measure: Annotated[str, typer.Option(help="imd or a domain")] = "imd",
    as_at: AsAt = None,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """Show average rank and score, share in the worst tenth, extent and local concentration."""
    day = read_day(as_at) or today()
    refuse_two_questions(area_type, partnership, areas)
    with reading(context.obj()) as session:
        if partnership is not None or areas is not None:
            rows = [summarise_place(session, day, index, areas, partnership, measure)]
        else:
            rows = list_summaries(session, index, area_type or "lad", measure)
    if as_json:
        answer = {"index": index, "measure": measure, "items": rows, "total": len(rows)}
        typer.echo(orjson.dumps(answer, option=orjson.OPT_INDENT_2).decode())
        return
    table = Table("code", "area", *(name.replace("_", " ") for name in _SHOWN), "basis")
    for row in rows:
        table.add_row(
            row["code"] or "", escape(row["name"] or ""), *(_said(row, name) for name in _SHOWN),
            ", ".join(sorted(set(row["basis"].values()))),
        )  # fmt: skip
    Console().print(table)


def _said(row: dict[str, Any], name: str) -> str:
    value = row[name]
    return str(row["cannot_tell"].get(name, "not known")) if value is None else f"{value:,.4f}"
