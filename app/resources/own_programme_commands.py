"""`bounds programme create | list | show | import | remove`: programmes as somebody's own record."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.access.audit import COMMAND_LINE
from app.areas.commands import AsJson, print_json
from app.dependencies import MAX_LIMIT, today
from app.partnerships.commands import split_list
from app.partnerships.queries import get_partnership
from app.resources import own_programmes
from app.resources.beside_commands import print_programme, print_programmes
from app.resources.methods.amounts import RuleBroken, pence_from, pounds_text
from app.resources.methods.programme_record import (
    WHOLE_PARTNERSHIP,
    AllocationSaid,
    PlaceSaid,
    Record,
)
from app.resources.programme_queries import list_programmes, show_programme
from app.resources.programme_tables import import_programme_table
from app.resources.schemas import report_body
from app.sessions import reading, writing
from boundaries.errors import Fault, Invalid

EXIT_REFUSED = 3
SHOWN_LINES = 200
ProgrammeId = Annotated[str, typer.Argument(metavar="ID", help="id of a programme")]

programme_app = typer.Typer(
    help="Programmes of your own: make, list, show them; bring allocations in.",
    no_args_is_help=True,
)


@programme_app.command("create")
def create_command(
    context: typer.Context,
    title: Annotated[str, typer.Argument(help="what it is called")],
    funder: Annotated[str, typer.Option(help="who pays")],
    partnership: Annotated[
        str | None, typer.Option(help="slug of the partnership whose own it is; default published")
    ] = None,
    theme: Annotated[str | None, typer.Option(help="what it is for")] = None,
    kind: Annotated[
        str | None, typer.Option(help="revenue or capital; default it may be both")
    ] = None,
    basis: Annotated[
        str, typer.Option(help="what estimates share its wider money out by")
    ] = "population",
    first_year: Annotated[str | None, typer.Option(help="2001-02")] = None,
    last_year: Annotated[str | None, typer.Option(help="2003-04")] = None,
    areas: Annotated[str, typer.Option(help="codes of eligible areas, with commas between")] = "",
    allocation: Annotated[
        list[str] | None,
        typer.Option(help="YEAR=POUNDS for the whole partnership; may be given again"),
    ] = None,
) -> None:
    """Keep a programme and print its id; lines whose words equal its title draw on it."""
    record = Record(
        title, funder, theme, kind, basis, None, first_year, last_year,
        tuple(PlaceSaid(code) for code in split_list(areas)),
        tuple(_allocation(written) for written in allocation or ()),
    )  # fmt: skip
    with writing(context.obj()) as session:
        row = own_programmes.create_programme(
            session, COMMAND_LINE, record, partnership=partnership, day=today()
        )
        made = row.id
    typer.echo(made)


def _allocation(written: str) -> AllocationSaid:
    year, sign, amount = written.partition("=")
    try:
        if not sign:
            raise RuleBroken("allocation-written", "an allocation is written 2001-02=688000")
        pence = pence_from(amount).pence
    except RuleBroken as broken:
        raise Invalid(
            f"{written[:60]}: {broken.detail}", [Fault(broken.detail, value=written[:60], rule=broken.rule)]
        ) from broken  # fmt: skip
    return AllocationSaid(WHOLE_PARTNERSHIP, year.strip(), None, pence)


@programme_app.command("list")
def list_command(
    context: typer.Context,
    partnership: Annotated[
        str | None, typer.Option(help="whose own; default all real ones")
    ] = None,
    district: Annotated[str | None, typer.Option(help="code of a district")] = None,
    as_json: AsJson = False,
) -> None:
    """List programmes with what part of each is known: all, or a partnership's own."""
    with reading(context.obj()) as session:
        if partnership is not None:
            get_partnership(session, partnership)
        found, total = list_programmes(
            session, districts=None if district is None else [district], partnership=partnership,
            after=None, limit=MAX_LIMIT,
        )  # fmt: skip
    if as_json:
        print_json({"items": found, "total": total})
    else:
        print_programmes(found)


@programme_app.command("show")
def show_command(
    context: typer.Context, programme_id: ProgrammeId, as_json: AsJson = False
) -> None:
    """Show one programme: its places, and its allocations by place and year."""
    with reading(context.obj()) as session:
        body = show_programme(session, programme_id)
    if as_json:
        print_json(body)
    else:
        print_programme(body)


@programme_app.command("remove")
def remove_command(context: typer.Context, programme_id: ProgrammeId) -> None:
    """Remove a programme with its own record; its lines stay and draw on none."""
    with writing(context.obj()) as session:
        own_programmes.remove_programme(session, COMMAND_LINE, programme_id)


@programme_app.command("import")
def import_command(
    context: typer.Context,
    programme_id: ProgrammeId,
    file: Annotated[Path, typer.Argument(help="CSV or XLSX with the columns place, year, amount")],
    commit: Annotated[bool, typer.Option("--commit", help="store the rows")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only rehearse (the default)")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what a table says of a programme's places and allocations; with --commit store it.

    A row without an amount lists an eligible place. Further columns: period, status, derived, basis, source, note.
    """
    if commit and dry_run:
        raise typer.BadParameter("give either --commit or --dry-run")
    with writing(context.obj()) if commit else reading(context.obj()) as session:
        report = import_programme_table(
            session, COMMAND_LINE, programme_id, file, file.name, today(), commit=commit
        )
    if as_json:
        print_json(report_body(report))
    elif report.lines:
        table = Table("row", "place", "year", "status", "amount")
        for line in report.lines[:SHOWN_LINES]:
            pence = line["amount_pence"]
            table.add_row(
                str(line["row"]), escape(line["place"]), escape(line["year"] or "-"),
                line["status"] or "eligible", "not known" if pence is None else pounds_text(pence),
            )  # fmt: skip
        Console().print(table)
        if len(report.lines) > SHOWN_LINES:
            typer.echo(f"{len(report.lines) - SHOWN_LINES} more rows; --json shows all.", err=True)
    for note in report.notes:
        typer.echo(f"note: {note.as_line()}", err=True)
    for fault in report.faults:
        typer.echo(f"refused: {fault.as_line()}", err=True)
    typer.echo(report.as_line(), err=True)
    if not commit and report.rows_stored:
        typer.echo("Nothing was stored; --commit stores it.", err=True)
    if report.rows_in and not report.rows_stored and report.same_as is None:
        raise typer.Exit(EXIT_REFUSED)
