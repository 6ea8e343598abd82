"""`bounds access`: how near people are to a kind of service."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.areas.commands import AsJson, print_json
from app.resources.access import DEFAULT_M, FARTHEST_M, AccessAsked, access_to, origins_of_place
from app.sessions import reading

SHOWN = 20


def access_command(
    context: typer.Context,
    kind: Annotated[str, typer.Option(help="pharmacy, school, library, …")],
    within: Annotated[str | None, typer.Option(help="code of an area")] = None,
    partnership: Annotated[str | None, typer.Option(help="slug, instead of --within")] = None,
    neighbourhood: Annotated[
        str | None, typer.Option(help="slug, instead of --within: by its postcodes")
    ] = None,
    distance_m: Annotated[
        float, typer.Option(min=1, max=FARTHEST_M, help="how far counts as near, metres")
    ] = DEFAULT_M,
    catchments: Annotated[
        bool, typer.Option("--catchments", help="also services per 1,000 people, by floating catchments")
    ] = False,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Say how many people live farther than a distance from a kind of service, by straight lines."""
    with reading(context.obj()) as session:
        origins = origins_of_place(
            session, within=within, partnership=partnership, neighbourhood=neighbourhood
        )
        found = access_to(session, origins, AccessAsked(kind, distance_m, catchments))
    if as_json:
        print_json({"summary": found.summary, "items": found.rows, "sources": found.sources})
        return
    summary = found.summary
    if summary["share_beyond"] is None:
        typer.echo(f"No source loaded here tells of {kind} for these people.")
    else:
        typer.echo(
            f"{summary['people_beyond']:,.0f} of {summary['people']:,.0f} people "
            f"({100 * summary['share_beyond']:.2f} %) live farther than {distance_m:,.0f} m from a {kind}."
        )
    table = Table(
        summary["origins"][:-1], "people", "nearest", "metres", f"within {distance_m:,.0f} m"
    )
    rows = [row for row in found.rows if row["nearest"] is not None]
    for row in sorted(rows, key=lambda one: -one["nearest"]["distance_m"])[:SHOWN]:
        people = "not known" if row["people"] is None else f"{row['people']:,.0f}"
        table.add_row(
            escape(row["name"]), people, escape(row["nearest"]["name"]),
            f"{row['nearest']['distance_m']:,.0f}", str(row["within"]),
        )  # fmt: skip
    Console().print(table)
    for source in found.sources:
        typer.echo(f"{source['title']}: {source['coverage'] or 'the whole country'}", err=True)
