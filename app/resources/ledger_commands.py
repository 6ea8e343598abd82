"""`bounds ledger`."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.areas.commands import AsAt, print_json, read_day
from app.dependencies import today
from app.resources.estimate_commands import once_words
from app.resources.ledger_answers import PartOfLedger, ledger_part, whole_ledger
from app.resources.methods.amounts import pounds_text
from app.resources.methods.estimate import BASES
from app.resources.methods.ledger import BUCKETS
from app.resources.methods.reconciliation import OTHER_CURRENCY, WENT
from app.resources.partnership_money import LedgerAsked, shared_ground
from app.resources.radius_commands import print_near
from app.resources.reconciling import reconcile_partnership
from app.resources.saved_neighbourhoods import PRIORITIES
from app.resources.sheets import ledger_csv, reconciliation_csv
from app.sessions import reading


def ledger_command(
    context: typer.Context,
    slug: Annotated[str, typer.Argument(help="slug of a partnership")],
    year: Annotated[
        str | None, typer.Option(help="financial year, e.g. 2018-19; default all")
    ] = None,
    by: Annotated[
        str,
        typer.Option(help="neighbourhood, theme, programme, partner, deliverer, grade or year"),
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
    neighbourhoods: Annotated[
        str, typer.Option(help="priorities, or saved: the partnership's own neighbourhoods")
    ] = PRIORITIES,
    reconcile: Annotated[
        bool, typer.Option("--reconcile", help="every file: rows and pence in, and where each went")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """Show a partnership's money: each line whole in one bucket, balanced to the penny."""
    if form not in (None, "csv", "json"):
        raise typer.BadParameter("--format is csv or json")
    whole = as_json or form == "json"
    asked = LedgerAsked(year, by, stage, index, basis, neighbourhoods)
    with reading(context.obj()) as session:
        day = read_day(as_at) or today()
        if near is not None:
            print_near(session, slug, near, within, asked, day, as_json=whole)
            return
        if reconcile:
            print_reconciliation(
                reconcile_partnership(session, slug, index, day), form="json" if whole else form
            )
            return
        shared = shared_ground(session, slug, asked, day)
        if form == "csv":
            typer.echo(ledger_csv(whole_ledger(session, shared, asked)), nl=False)
            return
        part = PartOfLedger("all" if whole else None)
        body, _ = ledger_part(session, slug, shared, asked, part)
    if whole:
        option = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS
        typer.echo(orjson.dumps(body, option=option).decode())
    else:
        _print_ledger(body["totals"], body["rows"], by)
        if body["estimate"] is not None:
            typer.echo(f"shared out: {body['estimate']['words']}; in no total")
        typer.echo(once_words(body["double_counting"]))


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


def print_reconciliation(body: dict[str, Any], *, form: str | None) -> None:
    """Print what became of every file; exit code 1 where a row or a penny is not accounted for."""
    if form == "json":
        print_json(body)
    elif form == "csv":
        typer.echo(reconciliation_csv(body["files"]), nl=False)
    else:
        _print_files(body)
    for file in body["files"]:
        for difference in file["differences"]:
            typer.echo(f"{file['id']}: {difference}", err=True)
    if not body["balanced"]:
        raise typer.Exit(1)


def _print_files(body: dict[str, Any]) -> None:
    console = Console()
    table = Table(
        "file", "rows in", "stored", "refused", "pounds in", "stored", "refused", "not read"
    )
    for file in body["files"]:
        counts = [f"{file[name]:,}" for name in ("rows_in", "rows_stored", "rows_refused")]
        sums = [
            pounds_text(file[f"{name}"]) for name in ("pence_in", "stored_pence", "refused_pence")
        ]
        if not file["holds_lines"]:  # services, allocations, …: they stand beside the ledger
            sums = ["-"] * 3
        title = f"{file['title']}: {file['coverage']}" if file["coverage"] else file["title"]
        unread = f"{file['amounts_not_read']:,}" if file["holds_lines"] else "-"
        table.add_row(escape(title), *counts, *sums, unread)
    console.print(table)
    for row in body["totals"]:
        console.print(
            f"{row['stage']}: {row['lines']:,} lines, {pounds_text(row['pence'])}, of which"
        )
        for place in WENT:
            amount = pounds_text(row[f"{place}_pence"])
            if place == OTHER_CURRENCY:
                amount = "in no sum"
            console.print(f"  {place.replace('_', ' ')}: {row[f'{place}_lines']:,} lines, {amount}")
    said = "every row and penny is accounted for" if body["balanced"] else "there are differences"
    console.print(said)
