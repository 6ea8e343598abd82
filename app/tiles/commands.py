"""`bounds areas export`: all of a collection as one file, vector tiles among the kinds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.areas.commands import AsAt, read_day
from app.dependencies import today
from app.tiles.archive import write_archive
from app.tiles.baking import FIRST_LEVEL, LAST_LEVEL, plan_baking
from app.tiles.methods.tile_grid import DEEPEST
from app.tiles.queries import Shown
from app.tiles.stored import TileStore

FORMATS = ("pmtiles",)


def export_command(
    context: typer.Context,
    collection: Annotated[
        str, typer.Argument(metavar="TYPE", help="a type of area, or a served release by its id")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="the file to write")],
    format: Annotated[str, typer.Option("--format", help="pmtiles")] = "pmtiles",
    as_at: AsAt = None,
    index: Annotated[
        str | None, typer.Option(help="classes its small areas; councils by their share of its worst tenth")
    ] = None,
    indicator: Annotated[
        str | None, typer.Option(help="classes the areas that it has values of by fifths")
    ] = None,
    first: Annotated[int, typer.Option("--from-level", min=0, max=DEEPEST)] = FIRST_LEVEL,
    last: Annotated[int, typer.Option("--to-level", min=0, max=DEEPEST)] = LAST_LEVEL,
) -> None:  # fmt: skip
    """Write a type of area, or a release, as one PMTiles file of vector tiles, for maps without a server."""
    if format not in FORMATS:
        raise typer.BadParameter(f"there is {', '.join(FORMATS)}; others are at /ogc with f=")
    if first > last:
        raise typer.BadParameter("--from-level lies above --to-level")
    engine, settings = context.obj(), context.obj.settings
    store = TileStore(settings.data_dir / "tiles")
    asked = Shown(collection, read_day(as_at) or today(), index, indicator)
    baking = plan_baking(engine, asked, (first, last), store)
    tiles = write_archive(baking, output, lambda words: typer.echo(words, err=True))
    typer.echo(
        f"{output}: {tiles:,} tiles of levels {first} to {last}, {output.stat().st_size:,} bytes,"
        f" drawn by {baking.layer.release_id}; {baking.layer.attribution}"
    )
