"""`bounds sources`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.areas.commands import AsJson, print_json
from app.sessions import reading
from app.sources.catalogue import GROUPS, Dataset, catalogue
from app.sources.catalogue import group as datasets_of
from app.sources.queries import Standing, dataset_body, is_in_mirror, list_standings


def sources_command(
    context: typer.Context,
    group: Annotated[str | None, typer.Option(help=f"one of {', '.join(GROUPS)}")] = None,
    as_json: AsJson = False,
) -> None:
    """List the published datasets: publisher, release, rows, quality, licence, address, terms, fetched, loaded."""
    entries = list(catalogue().values()) if group is None else datasets_of(group)
    mirror: Path | None = context.obj.settings.mirror
    with reading(context.obj()) as session:
        standings = list_standings(session)
    told = [(entry, standings.get(entry.id, Standing())) for entry in entries]
    if as_json:
        print_json([dataset_body(entry, standing, mirror) for entry, standing in told])
        return
    for entry, standing in told:
        typer.echo("\n".join(dataset_lines(entry, standing, mirror)))
    loading = sum(entry.reader is not None for entry in entries)
    typer.echo(
        f"{len(entries):,} datasets; {loading:,} can be loaded, the others are listed only.",
        err=True,
    )


def dataset_lines(entry: Dataset, standing: Standing, mirror: Path | None) -> list[str]:
    """Say all of a dataset in a few lines that need no wide screen; the first begins with its id."""
    features = "rows not counted" if entry.features is None else f"{entry.features:,} rows"
    quality = entry.quality if entry.coverage is None else f"{entry.quality}, {entry.coverage}"
    return [
        f"{entry.id}: {entry.title}",
        f"    {entry.publisher}; {entry.release}; {features}; {quality}; {entry.licence}",
        f"    {entry.where}; {'; '.join(standing_words(entry, standing, mirror))}",
        f"    {entry.attribution}",
    ]


def standing_words(entry: Dataset, standing: Standing, mirror: Path | None) -> list[str]:
    """Say whether the dataset is here, when it was fetched, and when it was loaded."""
    here = "in the mirror" if is_in_mirror(entry, mirror) else "not in the mirror"
    fetched = standing.fetched_at
    told = [here, "never fetched" if fetched is None else f"fetched {fetched:%Y-%m-%d}"]
    if standing.loaded_at is not None:
        told.append(
            f"loaded {standing.loaded_at:%Y-%m-%d}" + (" in part" if standing.partial else "")
        )
    elif entry.reader is not None:
        told.append("not loaded")
    else:
        told.append("listed only")
    return told
