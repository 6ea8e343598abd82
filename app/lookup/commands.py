"""`bounds lookup …`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from app.areas.commands import AsAt, AsJson, print_mapping, read_day
from app.dependencies import today
from app.lookup.answers import check_types, place_of_point
from app.lookup.queries import look_up_place, look_up_postcode
from app.sessions import reading

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
