"""`bounds programmes` and `bounds services`: what stands beside the ledger."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from app.areas.commands import AsJson, print_json
from app.dependencies import MAX_LIMIT, today
from app.resources.beside_queries import ServicesAsked, list_services
from app.resources.methods.amounts import pounds_text
from app.resources.programme_queries import list_programmes, show_programme
from app.sessions import reading


def programmes_command(
    context: typer.Context,
    programme_id: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="a programme; default all")
    ] = None,
    district: Annotated[str | None, typer.Option(help="code of a district")] = None,
    as_json: AsJson = False,
) -> None:
    """List programmes with what part of each is known, or show one's allocations by place and year."""
    with reading(context.obj()) as session:
        if programme_id is not None:
            body = show_programme(session, programme_id)
        else:
            districts = None if district is None else [district]
            found, total = list_programmes(
                session, districts=districts, after=None, limit=MAX_LIMIT
            )
            body = {"items": found, "total": total}
    if as_json:
        print_json(body)
    elif programme_id is not None:
        print_programme(body)
    else:
        print_programmes(body["items"])


def print_programmes(rows: list[dict[str, Any]]) -> None:
    """Print programmes as a table, a row each."""
    whole = Column("id", overflow="fold")  # it is what the command takes
    table = Table(whole, "title", "period", "coverage", "eligible areas")
    for row in rows:
        table.add_row(
            row["id"], escape(row["title"]), row["period"] or "-", escape(row["coverage"] or "-"),
            f"{row['eligible_areas']:,}",
        )  # fmt: skip
    Console().print(table)


def print_programme(body: dict[str, Any]) -> None:
    """Print one programme's allocations as a table, a row each."""
    title = f"{body['title']}: {body['coverage']}" if body["coverage"] else str(body["title"])
    table = Table("place", "period", "amount", "status", title=escape(title))
    for row in body["allocations"]:
        known = "worked out, not published" if row["derived"] else row["status"]
        table.add_row(escape(row["place"]), row["period"], pounds_text(row["amount_pence"]), known)
    Console().print(table)
    typer.echo(f"{len(body['areas']):,} eligible areas; {body['meaning']}", err=True)


def services_command(
    context: typer.Context,
    kind: Annotated[str | None, typer.Option(help="school, pharmacy, library, …")] = None,
    within: Annotated[str | None, typer.Option(help="code of an area")] = None,
    near: Annotated[
        tuple[float, float] | None, typer.Option(metavar="LON LAT", help="nearest first")
    ] = None,
    within_m: Annotated[float | None, typer.Option(min=0, help="metres from --near")] = None,
    limit: Annotated[int, typer.Option(min=1, max=MAX_LIMIT, help="how many to list")] = 100,
    as_json: AsJson = False,
) -> None:
    """List places that give a service, by kind, area or distance, each with its source and coverage."""
    asked = ServicesAsked(kind, within, None, near, within_m)
    with reading(context.obj()) as session:
        found, total = list_services(session, asked, today(), after=None, limit=limit)
    if as_json:
        print_json({"items": found, "total": total})
        return
    table = Table("kind", "name", "postcode", "distance", "source", "coverage")
    for row in found:
        distance = f"{row['distance_m']:,.0f} m" if "distance_m" in row else "-"
        table.add_row(
            row["kind"], escape(row["name"]), row["postcode"] or "-", distance, row["dataset"],
            escape(row["coverage"] or "-"),
        )  # fmt: skip
    Console().print(table)
    typer.echo(f"{len(found):,} of {total:,} services", err=True)
