"""`bounds neighbourhood …`: preview, create, import, list, show, versions, diff, rename, remove."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sqlalchemy.orm import Session

from app.access.audit import COMMAND_LINE
from app.areas.commands import AsAt, AsJson, print_json, read_day
from app.dependencies import today
from app.exports.csv import write_csv
from app.exports.sheets import Sheet
from app.neighbourhoods import actions
from app.neighbourhoods.figures import ground_figures
from app.neighbourhoods.queries import (
    get_neighbourhood,
    get_version,
    list_neighbourhoods,
    list_versions,
)
from app.neighbourhoods.saying import Said, say_codes, say_outline, say_postcodes
from app.neighbourhoods.schemas import as_body, as_line, version_line
from app.neighbourhoods.versions import blocks_of, diff_versions
from app.partnerships.queries import get_partnership
from app.sessions import reading, writing
from boundaries.errors import Fault, Invalid, NotFound
from boundaries.untrusted import read_uploaded_outlines

neighbourhood_app = typer.Typer(
    help="Preview, make, grow, list and show neighbourhoods and estates.", no_args_is_help=True
)
LONGEST_FILE = 10_000_000
Postcodes = Annotated[
    str | None,
    typer.Option(help="postcodes with commas between, a file of them, or - to paste them"),
]
Codes = Annotated[
    str | None, typer.Option(help="codes of areas with commas between, a file of them, or -")
]
Geometry = Annotated[
    Path | None,
    typer.Option(help="a file with one outline: GeoJSON, KML, GeoPackage, zipped Shapefile"),
]
PartnershipSlug = Annotated[
    str | None, typer.Option("--partnership", help="slug of the partnership it is of")
]
Reason = Annotated[str, typer.Option(help="why it is made; kept with the version")]
Set = Annotated[
    str | None, typer.Option("--area-set", help="count by lsoa-2021 (default) or lsoa-2011")
]
VersionNumber = Annotated[int | None, typer.Option("--version", min=1, help="default the newest")]


def read_list(given: str) -> str:
    """Read a list given as text, as the name of a file, or (-) on standard input."""
    if given == "-":
        return sys.stdin.read(LONGEST_FILE)
    path = Path(given)
    # A list is no file name: a name with a comma in it must be given with a folder.
    if ("," not in given and path.suffix) or "/" in given:
        if not path.is_file():
            raise NotFound(f"there is no file {given}", [Fault("no such file", file=given)])
        with path.open(encoding="utf-8-sig", errors="replace") as file:
            return file.read(LONGEST_FILE)
    return given


def said_by(
    session: Session, postcodes: str | None, codes: str | None, geometry: Path | None,
    as_at: str | None, partnership: str | None,
) -> Said:  # fmt: skip
    """Make ground of what the options say in exactly one way."""
    if sum(given is not None for given in (postcodes, codes, geometry)) != 1:
        raise typer.BadParameter("give one of --postcodes, --codes and --geometry")
    if postcodes is not None:
        return say_postcodes(session, read_list(postcodes))
    if codes is not None:
        return say_codes(session, read_list(codes), read_day(as_at) or today())
    assert geometry is not None, "one was given"
    found = read_file(geometry)
    if len(found) != 1:
        detail = f"{geometry.name} holds {len(found)} outlines: `neighbourhood import` takes each"
        raise Invalid(detail, [Fault("not one outline", file=geometry.name)])
    return say_outline(found[0][1], demo=_is_demo(session, partnership))


def read_file(
    path: Path, *, layer: str | None = None, name_column: str | None = None, crs: str | None = None
) -> list[tuple[str, Any]]:
    """Read the outlines of a file under limits. Raises NotFound where there is none."""
    if not path.is_file():
        raise NotFound(f"there is no file {path}", [Fault("no such file", file=str(path))])
    return read_uploaded_outlines(path, layer=layer, name_column=name_column, crs_name=crs)


def _is_demo(session: Session, partnership: str | None) -> bool:
    return partnership is not None and get_partnership(session, partnership).demo


def print_figures(figures: dict[str, Any]) -> None:
    """Print people and households three ways, with the range, and what a reader must know."""
    table = Table("", "value", "range", "best fit", "population share", "postcode share", "source")
    for measure in ("people", "households"):
        one = figures[measure]
        low, high = one["range"]["low"], one["range"]["high"]
        ways = one["estimates"]
        table.add_row(
            measure, _number(one["value"]),
            "not known" if low is None else f"{low:,} to {high:,}",
            *(_number(ways[way]) for way in ("best_fit", "population_share", "postcode_share")),
            one["source"],
        )  # fmt: skip
    Console().print(table)
    for measure in ("people", "households"):
        if figures[measure]["warning"]:
            typer.echo(f"{measure}: {figures[measure]['warning']}")
    for note in figures["notes"]:
        typer.echo(note)


def print_entries(entries: dict[str, Any]) -> None:
    """Say on standard error what became of each entry that is not simply counted."""
    for what in ("unknown", "ended", "repeated"):
        for row in entries[what]:
            typer.echo(f"row {row['row']}: {row['value']}: {row['reason']}", err=True)


def _number(value: int | None) -> str:
    return "not known" if value is None else f"{value:,}"


@neighbourhood_app.command("create")
def create_command(
    context: typer.Context,
    name: Annotated[
        str | None, typer.Argument(help="its name; without one it takes that of a place")
    ] = None,
    postcodes: Postcodes = None, codes: Codes = None, geometry: Geometry = None,
    partnership: PartnershipSlug = None, reason: Reason = "first made", as_at: AsAt = None,
    slug: Annotated[
        str | None, typer.Option("--version-of", help="slug of one that gets this as new ground")
    ] = None,
    leave_out: Annotated[
        bool, typer.Option("--leave-out-unknown", help="keep the list without its unknown entries")
    ] = False,
) -> None:  # fmt: skip
    """Keep ground as a neighbourhood, or as a new version of one; prints its slug."""
    with writing(context.obj()) as session:
        said = said_by(session, postcodes, codes, geometry, as_at, partnership)
        kept = said.without_unknown() if leave_out else said
        if slug is not None:
            row = actions.change_neighbourhood(
                session, COMMAND_LINE, slug, said=kept, name=name, reason=reason
            )
        else:
            row = actions.create_neighbourhood(
                session, COMMAND_LINE, kept, reason=reason, name=name, partnership_slug=partnership
            )
        figures = get_version(session, row.slug).figures
    print_entries(said.as_plain())
    people = figures["people"]
    typer.echo(
        f"{row.name}, version {row.version}: {_number(people['value'])} people "
        f"({_number(people['range']['low'])} to {_number(people['range']['high'])})",
        err=True,
    )
    typer.echo(row.slug)


@neighbourhood_app.command("import")
def import_command(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="GeoJSON, KML, GeoPackage, zipped Shapefile")],
    partnership: PartnershipSlug = None,
    reason: Reason = "imported",
    name_column: Annotated[str | None, typer.Option(help="column of names")] = None,
    layer: Annotated[str | None, typer.Option(help="layer of a GeoPackage")] = None,
    crs: Annotated[str | None, typer.Option(help="for a file that states none")] = None,
    update: Annotated[
        bool, typer.Option("--update", help="give those of a known name a new version")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Keep each outline of a file as a neighbourhood of its name, all or none."""
    found = read_file(file, layer=layer, name_column=name_column, crs=crs)
    with writing(context.obj()) as session:
        done = actions.keep_outlines(
            session, COMMAND_LINE, found, reason=reason, partnership_slug=partnership,
            demo=_is_demo(session, partnership), update=update,
        )  # fmt: skip
        items = [
            {**as_line(row), "done": what, "people": get_version(session, row.slug).figures["people"]["value"]}
            for row, what in done
        ]  # fmt: skip
    if as_json:
        print_json({"items": items, "total": len(items), "next": None})
        return
    table = Table("slug", "name", "version", "people", "done")
    for item in items:
        table.add_row(
            item["slug"], escape(item["name"]), str(item["version"]), _number(item["people"]),
            item["done"],
        )  # fmt: skip
    Console().print(table)


@neighbourhood_app.command("list")
def list_command(
    context: typer.Context, partnership: PartnershipSlug = None, as_json: AsJson = False
) -> None:
    """List the neighbourhoods, all or one partnership's."""
    with reading(context.obj()) as session:
        items = [as_line(row) for row in list_neighbourhoods(session, partnership)]
    if as_json:
        print_json({"items": items, "total": len(items), "next": None})
        return
    table = Table("slug", "name", "kind", "version", "partnership")
    for item in items:
        table.add_row(
            item["slug"], escape(item["name"]), item["kind"], str(item["version"]),
            item["partnership"] or "",
        )  # fmt: skip
    Console().print(table)


@neighbourhood_app.command("show")
def show_command(
    context: typer.Context, slug: str, version: VersionNumber = None, area_set: Set = None,
    blocks: Annotated[
        Path | None, typer.Option(help="write its block list to this CSV as well")
    ] = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Show a neighbourhood: its figures of the day it was made, and those of what is loaded today."""
    with reading(context.obj()) as session:
        row, found = get_neighbourhood(session, slug), get_version(session, slug, version)
        now = ground_figures(session, found.footprint_id, area_set=area_set).as_plain()
        if blocks is not None:
            column, listed = blocks_of(session, slug, version)
            sheet = Sheet("blocks", slug, ((column, "text"),), [{column: one} for one in listed])
            blocks.write_bytes(write_csv(sheet))
    body = {**as_body(row, found), "figures_now": now}
    if as_json:
        print_json(body)
        return
    typer.echo(f"{row.name} ({row.slug}), version {found.version} of {row.version}: {found.reason}")
    print_figures(now)
    then, today_ = found.figures["people"]["value"], now["people"]["value"]
    if now["area_set"] == found.figures["area_set"] and then != today_:
        typer.echo(f"When this version was made it had {_number(then)} people.")


@neighbourhood_app.command("versions")
def versions_command(context: typer.Context, slug: str, as_json: AsJson = False) -> None:
    """List the versions of a neighbourhood with what each held the day it was made."""
    with reading(context.obj()) as session:
        items = [version_line(row) for row in list_versions(session, slug)]
    if as_json:
        print_json({"items": items, "total": len(items), "next": None})
        return
    table = Table("version", "made", "by", "people", "households", "reason")
    for item in items:
        table.add_row(
            str(item["version"]), item["made_at"][:10], item["author"], _number(item["people"]),
            _number(item["households"]), escape(item["reason"]),
        )  # fmt: skip
    Console().print(table)


@neighbourhood_app.command("diff")
def diff_command(
    context: typer.Context, slug: str,
    older: Annotated[int | None, typer.Option("--from", min=1, help="default the one before")] = None,
    newer: Annotated[int | None, typer.Option("--to", min=1, help="default the newest")] = None,
    area_set: Set = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Say what changed between two versions, in small areas, people and postcodes."""
    with reading(context.obj()) as session:
        body = diff_versions(session, slug, older, newer, area_set)
    if as_json:
        print_json(body)
        return
    people, postcodes = body["people"], body["postcodes"]
    typer.echo(f"{body['name']}, version {body['from']} to {body['to']}: {body['reason']}")
    typer.echo(
        f"People: {_number(people['before'])} before, {_number(people['after'])} after; "
        f"{_number(people['kept'])} in both, {_number(people['added'])} added, "
        f"{_number(people['dropped'])} dropped ({body['people_source']})."
    )
    typer.echo(
        f"Postcodes: {postcodes['kept']} in both, {postcodes['added']} added, "
        f"{postcodes['dropped']} dropped."
    )
    table = Table("small area", "before", "after", "")
    for row in body["items"]:
        table.add_row(
            row["code"], f"{100 * row['before']:.2f} %", f"{100 * row['after']:.2f} %",
            row["outcome"],
        )  # fmt: skip
    Console().print(table)


@neighbourhood_app.command("rename")
def rename_command(context: typer.Context, slug: str, name: str) -> None:
    """Name a neighbourhood; its slug stays."""
    with writing(context.obj()) as session:
        row = actions.change_neighbourhood(session, COMMAND_LINE, slug, name=name)
    typer.echo(f"{row.slug} is {row.name} now.", err=True)


@neighbourhood_app.command("remove")
def remove_command(context: typer.Context, slug: str) -> None:
    """Remove a neighbourhood with all its versions."""
    with writing(context.obj()) as session:
        actions.remove_neighbourhood(session, COMMAND_LINE, slug)
    typer.echo(f"{slug} is gone; the audit trail tells that it was.", err=True)
