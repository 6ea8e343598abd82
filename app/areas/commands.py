"""`bounds areas …` and `bounds lookup …`."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table

from app.areas.queries import POINT_TYPES, areas_here, full_area, place_of_point, postcode_body
from app.dependencies import today
from app.sessions import reading
from boundaries.errors import Fault, Invalid
from boundaries.queries import search_areas

areas_app = typer.Typer(help="Find areas by name and show one by code.", no_args_is_help=True)
lookup_app = typer.Typer(help="What lies at a point or a postcode.", no_args_is_help=True)
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
    """List areas whose name holds some words."""
    day = read_day(as_at) or today()
    with reading(context.obj()) as session:
        rows, total = search_areas(
            session, words=words, area_type=None, within=None, day=day, after=None, limit=100
        )
        items = [
            {
                "code": r.code,
                "name": r.name,
                "type": r.type,
                "valid_from": r.valid_from,
                "valid_to": r.valid_to,
            }
            for r in rows
        ]
    if as_json:
        print_json({"items": items, "total": total, "next": None})
        return
    table = Table("code", "name", "type")
    for item in items:
        table.add_row(str(item["code"]), str(item["name"]), str(item["type"]))
    Console().print(table)


@areas_app.command("show")
def show(context: typer.Context, code: str, as_at: AsAt = None, as_json: AsJson = False) -> None:
    """Show one area: its life, figures, parents and successors."""
    asked = read_day(as_at)
    with reading(context.obj()) as session:
        body = full_area(session, code, asked, asked or today())
    _print_mapping(body, as_json)


@lookup_app.command("point")
def point(
    context: typer.Context, lon: float, lat: float, as_at: AsAt = None, as_json: AsJson = False
) -> None:
    """List the areas at a longitude and latitude."""
    place = place_of_point(lon, lat, None, None)
    with reading(context.obj()) as session:
        areas = areas_here(session, place[2], place[3], POINT_TYPES, read_day(as_at) or today())
    body = {
        "lon": lon,
        "lat": lat,
        "easting": round(place[2], 3),
        "northing": round(place[3], 3),
        "areas": areas,
    }
    _print_mapping(body, as_json)


@lookup_app.command("postcode")
def postcode(context: typer.Context, pc: str, as_at: AsAt = None, as_json: AsJson = False) -> None:
    """Say where a postcode is."""
    with reading(context.obj()) as session:
        body = postcode_body(session, pc, read_day(as_at) or today())
    _print_mapping(body, as_json)


def _print_mapping(body: dict[str, Any], as_json: bool) -> None:
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
