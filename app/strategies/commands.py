"""`bounds targets` and `bounds progress`: what was promised, and how it goes."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.areas.commands import AsAt, read_day
from app.dependencies import today
from app.sessions import reading
from app.strategies.evaluate import Place, evaluate_targets, target_body
from app.strategies.judged import districts_judged
from app.strategies.progress import progress_of
from app.strategies.queries import get_target, list_targets

targets_app = typer.Typer(
    help="Targets: what was promised, judged by published series.", no_args_is_help=True
)
AsJson = Annotated[bool, typer.Option("--json", help="print JSON")]


@targets_app.callback()
def root() -> None:
    """Show targets and judge them."""


@targets_app.command("list")
def list_command(
    context: typer.Context,
    partnership: Annotated[str | None, typer.Option(help="slug; default the national targets")] = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """List the targets of a partnership, or the national ones of 2001."""
    with reading(context.obj()) as session:
        rows = [target_body(row) for row in list_targets(session, partnership)]
    if as_json:
        _print_json({"items": rows, "total": len(rows)})
        return
    table = Table("id", "target", "kind", "from", "by")
    for row in rows:
        table.add_row(
            row["id"], escape(row["title"]), row["kind"], row["baseline_period"], row["due_period"]
        )
    Console().print(table)


@targets_app.command("judge")
def judge_command(
    context: typer.Context,
    target_id: Annotated[str, typer.Argument(metavar="ID", help="id of a target")],
    areas: Annotated[str | None, typer.Option(help="codes of districts with commas between; default every one")] = None,
    as_at: AsAt = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Judge a target for districts, each with the reason in words."""
    day = read_day(as_at) or today()
    with reading(context.obj()) as session:
        row = get_target(session, target_id)
        place = Place("districts", districts_judged(session, row, areas), {})
        body = evaluate_targets(session, [row], place, day)[0]
    if as_json:
        _print_json(body)
        return
    table = Table("district", "status", "why")
    for each in body["subjects"]:
        table.add_row(escape(each["name"]), each["status"], escape(each["reason"]))
    Console().print(table)
    typer.echo(f"{body['status']}: {body['reason']}")


def progress_command(
    context: typer.Context,
    slug: Annotated[str, typer.Argument(help="slug of a partnership")],
    as_at: AsAt = None,
    as_json: AsJson = False,
) -> None:
    """Show how a partnership's targets go, and the national ones for its districts."""
    day = read_day(as_at) or today()
    with reading(context.obj()) as session:
        body = progress_of(session, slug, day)
    if as_json:
        _print_json(body)
        return
    table = Table("target", "status", "why")
    for each in [*body["targets"], *body["national"]]:
        table.add_row(escape(each["title"]), each["status"], escape(each["reason"]))
    Console().print(table)
    typer.echo(body["sentence"])


def _print_json(body: dict[str, Any]) -> None:
    option = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS
    typer.echo(orjson.dumps(body, option=option).decode())
