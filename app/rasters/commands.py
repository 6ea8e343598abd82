"""`bounds import raster` and `bounds rasters`."""

from __future__ import annotations

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
from app.rasters.actions import drop_raster
from app.rasters.importing import RasterReport, RasterSaid, import_raster
from app.rasters.queries import bands_of, get_raster, list_rasters
from app.rasters.schemas import raster_body, report_body
from app.rasters.zones import keep_current_layers
from app.sessions import reading, writing
from boundaries.crs import BNG, WGS84

rasters_app = typer.Typer(help="List, sum again and drop rasters.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="print JSON")]


def import_raster_command(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="GeoTIFF, ASCII grid (.asc) or CSV of x, y, value")],
    raster_id: Annotated[str, typer.Option("--id", help="small letters, figures, hyphens")],
    title: Annotated[str, typer.Option(help="what its cells say")],
    unit: Annotated[str, typer.Option(help="people, µg/m³, metres …")],
    nature: Annotated[str, typer.Option(help="extensive (counts, added) or intensive (levels, averaged)")],
    nodata_means: Annotated[
        str, typer.Option(help="of a cell without value: nobody (0 of a count) or unknown")
    ],
    crs: Annotated[
        str | None, typer.Option(help=f"where the file states none: EPSG:{BNG} or EPSG:{WGS84}")
    ] = None,
    nodata: Annotated[
        float | None, typer.Option(help="the value that means none, where the file declares none")
    ] = None,
    value: Annotated[
        list[str] | None, typer.Option(help="of a CSV: heading of a band's values; default the last")
    ] = None,
    band_labels: Annotated[
        str | None, typer.Option(help="one label a band, parted by commas: 2011,2012,2013")
    ] = None,
    publisher: Annotated[str, typer.Option(help="whose data it is")] = "not stated",
    licence: Annotated[str, typer.Option(help="on which terms")] = "not stated",
    attribution: Annotated[str, typer.Option(help="how the publisher is to be named")] = "",
    coverage: Annotated[str | None, typer.Option(help="what part it holds; default all")] = None,
    commit: Annotated[bool, typer.Option("--commit", help="store it")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only rehearse (the default)")] = False,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Look at every cell of a grid and say what it holds; with --commit store it and sum it over areas.

    The grid keeps its own cells: it is never carried to another system, for that changes what they count.
    """
    if commit and dry_run:
        raise typer.BadParameter("give either --commit or --dry-run")
    said = RasterSaid(
        raster_id, title, unit, nature, nodata_means, crs, nodata, tuple(value or ()),
        tuple(each.strip() for each in band_labels.split(",")) if band_labels else (),
        publisher, licence, attribution, coverage,
    )  # fmt: skip
    check_import(getattr(context.obj, "settings", None), file)
    with (writing if commit else reading)(context.obj()) as session:
        report = import_raster(session, COMMAND_LINE, file, said, today(), commit=commit)
    if as_json:
        typer.echo(orjson.dumps(report_body(report), option=orjson.OPT_INDENT_2).decode())
    else:
        _print_report(report)
    for note in report.notes:
        typer.echo(f"note: {note.as_line()}", err=True)
    typer.echo(report.as_line(), err=True)
    if not commit:
        typer.echo("Nothing was stored; --commit stores it.", err=True)


def _print_report(report: RasterReport) -> None:
    table = Table("band", "label", "cells with a value", "without", "lowest", "highest", "sum")
    for band in report.bands:
        numbers = (band["lowest"], band["highest"], band["total"])
        shown = ["" if number is None else f"{number:,.6g}" for number in numbers[:2]]
        table.add_row(
            str(band["band"]), escape(band["label"]), f"{band['cells_with_value']:,}",
            f"{band['cells_without']:,}", *shown, f"{numbers[2]:,.1f}",
        )  # fmt: skip
    Console().print(table)
    if report.areas:
        reached = Table("layer", "areas that it reaches")
        for release_id, areas in sorted(report.areas.items()):
            reached.add_row(release_id, f"{areas:,}")
        Console().print(reached)


@rasters_app.command("list")
def list_command(context: typer.Context, as_json: AsJson = False) -> None:
    """List the rasters that are held: cells, bands, unit, and what a cell without value means."""
    with reading(context.obj()) as session:
        items = [raster_body(row, bands_of(session, row.id)) for row in list_rasters(session)]
    if as_json:
        typer.echo(orjson.dumps({"items": items, "total": len(items), "next": None}).decode())
        return
    table = Table("id", "title", "cells", "bands", "unit", "nature", "no value means", "coverage")
    for item in items:
        table.add_row(
            item["id"], escape(item["title"]), f"{item['columns']:,} x {item['rows']:,}",
            str(len(item["bands"])), escape(item["unit"]), item["nature"], item["nodata_means"],
            escape(item["coverage"] or "all"),
        )  # fmt: skip
    Console().print(table)


@rasters_app.command("compute")
def compute_command(context: typer.Context, raster_id: str) -> None:
    """Sum a raster again over the layers that are drawn today: after a release was loaded."""
    with writing(context.obj()) as session:
        areas = keep_current_layers(session, get_raster(session, raster_id), today())
    for release_id, reached in sorted(areas.items()):
        typer.echo(f"{release_id}: {reached:,} areas")


@rasters_app.command("drop")
def drop_command(context: typer.Context, raster_id: str) -> None:
    """Drop a raster with its file and all that was summed of it; what is published comes back by bounds load."""
    with writing(context.obj()) as session:
        drop_raster(session, COMMAND_LINE, get_raster(session, raster_id))
    typer.echo(f"dropped {raster_id}", err=True)
