"""`bounds ledger SLUG --near … --within …`: the money near a point."""

from __future__ import annotations

from datetime import date
from typing import Any

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy.orm import Session

from app.areas.commands import print_json
from app.resources.methods.amounts import pounds_text
from app.resources.methods.radius import STANDINGS
from app.resources.partnership_money import LedgerAsked
from app.resources.radius import (
    RadiusMoney,
    Spot,
    find_spot,
    line_items,
    partnership_radius,
    radius_body,
    read_radii,
)


def near_spot(session: Session, written: str) -> Spot:
    """Read a postcode, or longitude and latitude with a comma between. Raises Invalid, UnknownPostcode."""
    lon, comma, lat = written.partition(",")
    if not comma:
        return find_spot(session, lon=None, lat=None, postcode=written)
    try:
        return find_spot(session, lon=float(lon), lat=float(lat), postcode=None)
    except ValueError as error:
        raise typer.BadParameter("--near is a postcode, or LON,LAT in degrees") from error


def print_near(
    session: Session, slug: str, near: str, within: str | None, asked: LedgerAsked, day: date,
    *, as_json: bool,
) -> None:  # fmt: skip
    """Print a partnership's file by distance from a spot."""
    money = partnership_radius(
        session, slug, near_spot(session, near), read_radii(within), asked, day
    )
    if as_json:
        every = line_items(money)
        print_json(radius_body(money) | {"items": every, "total": len(every)})
    else:
        _print(money)


def _print(money: RadiusMoney) -> None:
    words = [name.replace("_", " ") for name in STANDINGS.values()]
    table = Table("within", *words, "file", "lines here")
    for row in money.rows:
        sums: list[Any] = [pounds_text(row[f"{name}_pence"]) for name in STANDINGS.values()]
        here = row["located_lines"] + row["estimated_lines"]
        table.add_row(
            f"{row['within_m']:,.0f} m", *sums, pounds_text(row["file_pence"]), f"{here:,}"
        )
    Console().print(table)
    only = money.beside["recipient_only"]
    typer.echo(
        f"In no sum: {only['lines']:,} lines ({pounds_text(only['pence'])}) of which only the recipient's "
        "office is known. Distances are straight lines; no line is divided.",
        err=True,
    )
