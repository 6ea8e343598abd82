"""`bounds areas …` and `bounds import boundaries`."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table

from app.access.audit import COMMAND_LINE
from app.areas.actions import BoundaryFile, import_boundaries
from app.areas.finding import find_areas
from app.areas.queries import area_body, full_area, history_body
from app.dependencies import today
from app.disk_room import check_import
from app.row_counts import Lines, listening
from app.sessions import reading, writing
from boundaries.errors import Fault, Invalid
from boundaries.names import read_names

areas_app = typer.Typer(help="Find areas by name and show one by code.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="print JSON")]
AsAt = Annotated[str | None, typer.Option("--as-at", help="the day asked about, YYYY-MM-DD")]


def read_day(written: str | None) -> date | None:
    """Read a day from the command line; raises Invalid."""
    if written is None:
        return None
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise Invalid(
            f"{written!r} is not a day", [Fault("write it YYYY-MM-DD", value=written)]
        ) from None


def print_json(body: Any) -> None:
    """Print JSON for programs."""
    typer.echo(orjson.dumps(body, option=orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY).decode())


@areas_app.command("find")
def find(context: typer.Context, words: str, as_at: AsAt = None, as_json: AsJson = False) -> None:
    """List areas by a name they bear or bore, a code of any scheme, or a name spelt much like the words."""
    day = read_day(as_at) or today()
    with reading(context.obj()) as session:
        found, total = find_areas(session, read_names(session), words, day)
        items = [{**area_body(row, None), "matched": why} for row, why in found]
    if as_json:
        print_json({"items": items, "total": total, "next": None})
        return
    table = Table("code", "name", "type", "matched by")
    for item in items:
        table.add_row(*(str(item[key]) for key in ("code", "name", "type", "matched")))
    Console().print(table)


@areas_app.command("show")
def show(context: typer.Context, code: str, as_at: AsAt = None, as_json: AsJson = False) -> None:
    """Show one area: its life, figures, parents and successors."""
    asked = read_day(as_at)
    with reading(context.obj()) as session:
        body = full_area(session, code, asked, asked or today())
    print_mapping(body, as_json)


@areas_app.command("history")
def history(context: typer.Context, code: str, as_at: AsAt = None, as_json: AsJson = False) -> None:
    """Show what an area followed and what followed it, with the share of people passed on."""
    with reading(context.obj()) as session:
        body = history_body(session, code, read_day(as_at) or today())
    if as_json:
        print_json(body)
        return
    life = (
        f"from {body['valid_from'] or 'before the records begin'} to {body['valid_to'] or 'today'}"
    )
    typer.echo(f"{body['name']} ({body['code']}), {body['type_name']}, {body['status']}, {life}")
    for step in [*body["before"], *body["after"]]:
        typer.echo(f"  {step['sentence']}")
    if not body["before"] and not body["after"]:
        typer.echo("  No change of it is recorded.")


def print_mapping(body: dict[str, Any], as_json: bool) -> None:
    """Print an answer line by line, or as JSON."""
    if as_json:
        print_json(body)
        return
    for key, value in body.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            typer.echo(f"{key}:")
            for item in value:
                typer.echo("  " + "  ".join(f"{v}" for v in item.values() if v is not None))
        else:
            typer.echo(f"{key}: {value}")


def import_boundaries_command(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(help="GeoPackage, zipped Shapefile, GeoJSON, FlatGeobuf or GeoParquet")
    ],
    type: Annotated[str, typer.Option("--type", help="area type, e.g. wd")],
    release: Annotated[str, typer.Option(help="day of publication, YYYY-MM-DD")],
    code_column: Annotated[
        str | None, typer.Option(help="column with the codes; default: found")
    ] = None,
    name_column: Annotated[
        str | None, typer.Option(help="column with the names; default: found")
    ] = None,
    crs: Annotated[
        str | None, typer.Option(help="EPSG:NUMBER, for a file that states none")
    ] = None,
    layer: Annotated[str | None, typer.Option(help="layer, where the file has several")] = None,
    tolerance_m: Annotated[
        float, typer.Option(min=0, max=500, help="how far its outlines may be off")
    ] = 20.0,
    partial: Annotated[
        bool, typer.Option("--partial", help="it holds some places only: counts are not compared")
    ] = False,
    force: Annotated[
        bool,
        typer.Option(
            "--force", help="take it although it is a fifth smaller or larger than the last"
        ),
    ] = False,
    commit: Annotated[bool, typer.Option("--commit", help="store the release")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only rehearse (the default)")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what a file of boundaries holds, with each feature repaired or refused; with --commit store it."""
    if commit and dry_run:
        raise typer.BadParameter("give either --commit or --dry-run")
    day = read_day(release)
    assert day is not None, "the option is required"
    given = BoundaryFile(
        file, type, day, code_column, name_column, layer, crs, tolerance_m, partial=partial, force=force,
    )  # fmt: skip
    check_import(getattr(context.obj, "settings", None), file)
    with (
        writing(context.obj()) as session,
        listening(Lines(lambda line: typer.echo(line, err=True))),
    ):
        done = import_boundaries(session, COMMAND_LINE, given, commit=commit)
        if not commit:
            session.rollback()  # the rehearsal did all of it, in a transaction that ends here
    body = {
        **asdict(done.report),
        "new_areas": done.new_areas,
        "findings": done.findings,
        "stored": commit,
    }
    if as_json:
        print_json(body)
        return
    typer.echo(done.report.as_line())
    for finding in done.findings:
        typer.echo(
            f"  feature {finding['feature']} {finding['code']}: {finding['kind']}, {finding['reason']}"
        )
    if not commit:
        typer.echo("Nothing was stored; --commit stores it.", err=True)
