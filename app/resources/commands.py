"""`bounds import resources` and `bounds ledger`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.access.audit import COMMAND_LINE
from app.areas.commands import AsAt, read_day
from app.dependencies import today
from app.partnerships.queries import get_partnership
from app.resources import actions
from app.resources.finding_lines import print_findings
from app.resources.mappings import AskedMapping
from app.resources.methods.amounts import pounds_text
from app.resources.methods.estimate import BASES
from app.resources.methods.ledger import BUCKETS
from app.resources.methods.views import view
from app.resources.partnership_money import LedgerAsked, partnership_ground, partnership_ledger
from app.resources.radius_commands import print_near
from app.resources.schemas import ledger_body, report_body
from app.resources.sheets import ledger_csv
from app.resources.storing import ImportReport
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
        Path, typer.Argument(help="360Giving JSON, CSV or XLSX, GeoJSON, or a plain CSV or XLSX")
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
    opened = writing(context.obj()) if commit else reading(context.obj())
    with opened as session:
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


def ledger_command(
    context: typer.Context,
    slug: Annotated[str, typer.Argument(help="slug of a partnership")],
    year: Annotated[
        str | None, typer.Option(help="financial year, e.g. 2018-19; default all")
    ] = None,
    by: Annotated[
        str, typer.Option(help="neighbourhood, theme, programme, partner, grade or year")
    ] = "neighbourhood",
    stage: Annotated[str, typer.Option(help="planned, awarded or paid")] = "awarded",
    index: Annotated[
        str | None, typer.Option(help="index of the priorities, e.g. imd-2019")
    ] = None,
    basis: Annotated[
        str | None,
        typer.Option(help=f"share every line out so in the estimate: {', '.join(BASES)}"),
    ] = None,
    form: Annotated[
        str | None, typer.Option("--format", help="csv or json; default a table")
    ] = None,
    as_at: AsAt = None,
    near: Annotated[
        str | None, typer.Option(help="postcode, or LON,LAT: the file by distance from it")
    ] = None,
    within: Annotated[str | None, typer.Option(help="metres, commas between; with --near")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """Show a partnership's money: each line whole in one bucket, balanced to the penny."""
    if form not in (None, "csv", "json"):
        raise typer.BadParameter("--format is csv or json")
    with reading(context.obj()) as session:
        day = read_day(as_at) or today()
        asked = LedgerAsked(year, by, stage, index, basis)
        if near is not None:
            print_near(session, slug, near, within, asked, day, as_json=as_json or form == "json")
            return
        money = partnership_ledger(session, slug, asked, day)
    if form == "csv":
        typer.echo(ledger_csv(money.ledger), nl=False)
    elif as_json or form == "json":
        option = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS
        typer.echo(orjson.dumps(ledger_body(slug, money, by), option=option).decode())
    else:
        _print_ledger(money.ledger.totals, view(money.ledger, by), by)
        if money.ledger.estimate is not None:
            typer.echo(f"shared out: {money.ledger.estimate.words()}; in no total")


def _print_ledger(totals: dict[str, Any], rows: list[dict[str, Any]], by: str) -> None:
    console = Console()
    table = Table(by, "lines", "located", "estimated", "partnership-wide", "all")
    names = ["located", "estimated", "partnership_wide", "file"]
    if by == "neighbourhood":  # beside, in no total: wider money shared out over its own place
        table.add_column("beside: with wider money shared out", style="dim")
        names.append("estimate")
    for row in rows:
        parts = [row[f"{name}_pence"] for name in names]
        table.add_row(
            escape(str(row["label"])), f"{row['lines']:,}",
            *("" if part is None else pounds_text(part) for part in parts),
        )  # fmt: skip
    console.print(table)
    for bucket in BUCKETS:
        words = bucket.replace("_", " ")
        console.print(
            f"{words}: {pounds_text(totals[f'{bucket}_pence'])} ({totals[f'{bucket}_lines']:,} lines)"
        )
    console.print(f"together: {pounds_text(totals['file_pence'])}, which is the file to the penny")
    console.print(
        f"in no total: {pounds_text(totals['recipient_only_pence'])} of which only the recipient's office is known"
    )
