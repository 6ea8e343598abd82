"""`bounds import resources`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.access.audit import COMMAND_LINE
from app.dependencies import today
from app.disk_room import check_import
from app.partnerships.queries import get_partnership
from app.resources import actions
from app.resources.finding_lines import print_findings
from app.resources.mappings import AskedMapping
from app.resources.methods.amounts import pounds_text
from app.resources.partnership_money import partnership_ground
from app.resources.schemas import report_body
from app.resources.storing import ImportReport
from app.row_counts import Lines, listening
from app.sessions import reading, writing

EXIT_REFUSED = 3
SHOWN_LINES = 200

import_app = typer.Typer(help="Bring files in: rehearsed unless --commit.", no_args_is_help=True)


@import_app.callback()
def _import() -> None:
    """Bring files in: rehearsed unless --commit."""


@import_app.command("resources")
def import_resources_command(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(help="360Giving, GeoJSON, a plain CSV or XLSX, or Open Referral UK")
    ],
    partnership: Annotated[
        str | None, typer.Option(help="slug of the partnership the file is for")
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--map", metavar="COLUMN=TITLE", help="a title of the file; =WORDS: of every row"
        ),
    ] = None,
    places: Annotated[
        list[str] | None,
        typer.Option("--place", metavar="WORDS=CODE", help="confirm which place words mean"),
    ] = None,
    mapping: Annotated[
        str | None, typer.Option(help="read by this saved mapping of the partnership")
    ] = None,
    save_map: Annotated[
        str | None,
        typer.Option("--save-map", metavar="NAME", help="keep the mapping, with --commit"),
    ] = None,
    commit: Annotated[bool, typer.Option("--commit", help="store the lines")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only rehearse (the default)")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """Show where each row of a file of money would go; with --commit store it.

    A plain table has the columns what, amount, year, funder, place; other titles by --map. Words that
    name no place surely are listed with candidates; --place says which is meant.
    """
    if commit and dry_run:
        raise typer.BadParameter("give either --commit or --dry-run")
    asked = AskedMapping(columns or [], places or [], mapping, save_map)
    check_import(getattr(context.obj, "settings", None), file)
    opened = writing(context.obj()) if commit else reading(context.obj())
    with opened as session, listening(Lines(partial(typer.echo, err=True))):
        read_by = asked.read(session, partnership)
        demo, found = False, None
        if partnership is not None:
            demo = get_partnership(session, partnership).demo
            found = partnership_ground(session, partnership, today())
        report = actions.import_resources(
            session, COMMAND_LINE, file, file.name,
            partnership_slug=partnership, found=found, mapping=read_by, demo=demo, commit=commit,
        )  # fmt: skip
        if commit and report.rows_stored:
            asked.keep(session, COMMAND_LINE, partnership, read_by)
    if as_json:
        typer.echo(orjson.dumps(report_body(report), option=orjson.OPT_INDENT_2).decode())
    else:
        _print_lines(report)
    print_findings(report)
    if report.same_as is None:
        for fault in report.faults:
            typer.echo(f"refused: {fault.as_line()}", err=True)
    typer.echo(report.as_line(), err=True)
    if not commit and report.rows_stored:
        typer.echo("Nothing was stored; --commit stores it.", err=True)
    if report.rows_in and not report.rows_stored and report.same_as is None:
        raise typer.Exit(EXIT_REFUSED)


def _print_lines(report: ImportReport) -> None:
    if not report.lines:
        return
    table = Table("row", "what", "amount", "grade", "place", "goes to")
    for line in report.lines[:SHOWN_LINES]:
        goes = line["bucket"] or "no partnership was named"
        if line["certainty"]:
            goes = f"{goes}, {line['certainty']}"
        if line["neighbourhood"] is not None:
            goes = f"{goes}, no. {line['neighbourhood']}"
        amount = pounds_text(line["amount_pence"])
        if line["currency"] != "GBP":
            amount = f"{line['currency']} {amount.replace('£', '')}"
        place = line["place_name"] or line["place_text"] or "not stated"
        table.add_row(
            str(line["row"]), escape(line["title"] or ""), escape(amount), line["grade"], escape(place),
            escape(goes.replace("_", " ")),
        )  # fmt: skip
    Console().print(table)
    if len(report.lines) > SHOWN_LINES:
        typer.echo(f"{len(report.lines) - SHOWN_LINES} more lines; --json shows all.", err=True)
