"""`bounds sources`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

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
    """List the published datasets: publisher, release, licence, features, where each is, and when it was loaded."""
    entries = list(catalogue().values()) if group is None else datasets_of(group)
    mirror: Path | None = context.obj.settings.mirror
    with reading(context.obj()) as session:
        standings = list_standings(session)
    told = [(entry, standings.get(entry.id, Standing())) for entry in entries]
    if as_json:
        print_json([dataset_body(entry, standing, mirror) for entry, standing in told])
        return
    table = Table("id", "title", "publisher", "release", "licence", "features", "where", "loaded")
    for entry, standing in told:
        table.add_row(
            entry.id, escape(entry.title), escape(entry.publisher), escape(entry.release),
            escape(entry.licence), "-" if entry.features is None else f"{entry.features:,}",
            where_words(entry, standing, mirror), loaded_words(standing),
        )  # fmt: skip
    Console().print(table)
    loading = sum(entry.reader is not None for entry in entries)
    typer.echo(
        f"{len(entries):,} datasets; {loading:,} can be loaded, the others are listed only.",
        err=True,
    )


def where_words(entry: Dataset, standing: Standing, mirror: Path | None) -> str:
    """Say from where a load would take the dataset."""
    if is_in_mirror(entry, mirror):
        return "in mirror"
    if standing.fetched_at is not None:
        return f"fetched {standing.fetched_at:%Y-%m-%d}"
    return "remote" if entry.address else "mirror only, not here"


def loaded_words(standing: Standing) -> str:
    """Say when the dataset was loaded, a dash where it was not, and whether in part."""
    if standing.loaded_at is None:
        return "-"
    return f"{standing.loaded_at:%Y-%m-%d}" + (" in part" if standing.partial else "")
