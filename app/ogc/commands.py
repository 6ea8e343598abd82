"""`bounds publish`: every public collection as files that need no database."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.areas.commands import AsJson, print_json
from app.dependencies import today
from app.ogc.actions import finish
from app.ogc.publishing import publish
from app.ogc.queries import find_collection, list_ids
from app.sessions import reading, writing
from app.tiles.stored import TileStore


def publish_command(
    context: typer.Context,
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="a new folder, or one published into before")
    ],
    as_json: AsJson = False,
) -> None:
    """Write every public collection as GeoParquet, FlatGeobuf, GeoJSON and PMTiles, with a map and an index."""
    engine, day = context.obj(), today()
    with reading(engine) as session:
        unfinished = [
            found.set_id
            for name in list_ids(session, day)
            if not (found := find_collection(session, name, None, day)).ready
        ]
    for each in dict.fromkeys(unfinished):
        with writing(engine) as session:
            finish(session, each, day)
    with reading(engine) as session:
        index = publish(
            session, folder, f"{context.obj.settings.base_url}/ogc", day,
            lambda words: typer.echo(words, err=True), TileStore(context.obj.settings.data_dir / "tiles"),
        )  # fmt: skip
    if as_json:
        print_json(index)
        return
    files = {file["name"]: file["bytes"] for each in index["collections"] for file in each["files"]}
    size = sum(files.values())
    left_out = [f"{each['id']} ({each['reason']})" for each in index["left_out"]]
    typer.echo(
        f"{len(index['collections'])} collections in {len(files)} files, {size:,} bytes; left out:"
        f" {', '.join(left_out) or 'none'}"
    )
