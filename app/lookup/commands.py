"""`bounds lookup …`."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from app.areas.commands import AsAt, AsJson, print_json, print_mapping, read_day
from app.dependencies import today
from app.lookup.answers import check_types, place_of_point
from app.lookup.geometry import GEOMETRY_TYPES, look_up_geometry, read_geometry
from app.lookup.methods.columns import WAYS, read_way
from app.lookup.queries import look_up_place, look_up_postcode
from app.lookup.rows import TableAsked, look_up_table
from app.sessions import reading
from app.settings import Settings
from app.vintages.readers.records import open_records
from boundaries.point_lookup import atlas_folder
from boundaries.untrusted import read_json_body

ROWS_A_LINE = 50_000

lookup_app = typer.Typer(help="What lies at a point or a postcode.", no_args_is_help=True)
Types = Annotated[
    list[str] | None, typer.Option("--type", help="area type, repeatable; default all")
]


# Most of England lies west of Greenwich: `-1.5` is a longitude there and not an option.
@lookup_app.command("point", context_settings={"ignore_unknown_options": True})
def point(
    context: typer.Context, lon: float, lat: float, types: Types = None, as_at: AsAt = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """List the areas at a longitude and latitude, with the metres to each border."""
    kinds = check_types(types or [])
    place = place_of_point(lon, lat, None, None)
    with reading(context.obj()) as session:
        body: dict[str, Any] = look_up_place(session, place, kinds, read_day(as_at) or today())
    print_mapping(body, as_json)


@lookup_app.command("postcode")
def postcode(
    context: typer.Context, pc: str, types: Types = None, as_at: AsAt = None, as_json: AsJson = False
) -> None:  # fmt: skip
    """Say where a postcode is, with the metres to each border."""
    kinds = check_types(types or [])
    with reading(context.obj()) as session:
        body = look_up_postcode(session, pc, kinds, read_day(as_at) or today())
    print_mapping(body, as_json)


@lookup_app.command("csv")
def csv(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(help="a CSV (or gzipped CSV) of postcodes, points, codes or names")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="CSV to write")],
    types: Types = None,
    as_at: AsAt = None,
    column: Annotated[
        list[str] | None,
        typer.Option(
            help="title of the column that says the place (two for a point); default: found"
        ),
    ] = None,
    way: Annotated[
        str | None, typer.Option(help=f"how places are said: {', '.join(WAYS)}; default: found")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write a table again with what each row's place is in: same rows, same order, a status for each."""
    asked = TableAsked(tuple(types or []), read_day(as_at), tuple(column or []), read_way(way))
    records = open_records(file, file.name)
    beside = output.with_name(f".{output.name}.{os.getpid()}.part")
    began = time.perf_counter()

    def progress(rows: int) -> None:
        if rows % ROWS_A_LINE == 0:
            typer.echo(
                f"{rows:,} rows, {rows / (time.perf_counter() - began):,.0f} a second", err=True
            )

    try:
        # No statement timeout for reading all outlines once; each block's questions are short.
        with (
            reading(context.obj(), 600) as session,
            beside.open("w", encoding="utf-8", newline="") as out,
        ):
            folder = atlas_folder(context_settings(context).data_dir)
            done = look_up_table(session, records, asked, folder, out, progress)
        beside.replace(output)
    finally:
        beside.unlink(missing_ok=True)
    body = done.as_body()
    if as_json:
        print_json(body)
        return
    typer.echo(f"{done.rows:,} rows by {done.way} ({', '.join(done.columns)}) to {output}")
    for status, count in done.statuses.most_common(20):
        typer.echo(f"  {count:,} {status}")


def context_settings(context: typer.Context) -> Settings:
    """The settings that the root read."""
    settings: Settings = context.obj.settings
    return settings


@lookup_app.command("geometry")
def geometry(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="GeoJSON, WGS84: a geometry or a feature")],
    types: Types = None,
    as_at: AsAt = None,
    as_json: AsJson = False,
) -> None:
    """List the areas that an outline lies in, with shares both ways."""
    kinds = check_types(types or GEOMETRY_TYPES)
    outline = read_geometry(read_json_body(file.read_bytes()))
    with reading(context.obj()) as session:
        body = look_up_geometry(session, outline, kinds, read_day(as_at) or today())
    print_mapping(body, as_json)
