"""`bounds neighbourhood preview`: people, areas and money of any ground at once."""

from __future__ import annotations

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.areas.commands import AsAt, AsJson, print_json
from app.neighbourhoods.commands import (
    Codes,
    Geometry,
    PartnershipSlug,
    Postcodes,
    Set,
    print_entries,
    print_figures,
    said_by,
)
from app.neighbourhoods.preview import preview
from app.resources.ground_money import NOTE, money_in_ground
from app.resources.methods.amounts import pounds_text
from app.sessions import reading


def preview_command(
    context: typer.Context, postcodes: Postcodes = None, codes: Codes = None,
    geometry: Geometry = None, partnership: PartnershipSlug = None, area_set: Set = None,
    as_at: AsAt = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Say what some ground holds, people with the range, areas and money; nothing is kept."""
    with reading(context.obj()) as session:
        said = said_by(session, postcodes, codes, geometry, as_at, partnership)
        body, figures = preview(session, said, partnership_slug=partnership, area_set=area_set)
        money = money_in_ground(session, said.ground, figures, partnership_slug=partnership)
    body["money"] = {**money.as_plain(), "note": NOTE}
    if as_json:
        print_json(body)
        return
    if body["name"]:
        typer.echo(f"Most like the {body['named_by']} {body['name']}.")
    print_figures(body)
    print_entries(body["entries"])
    for certainty in ("located", "estimated"):
        sums = body["money"][certainty]
        typer.echo(
            f"Money awarded, {certainty}: {pounds_text(sums['pence'])} in {sums['lines']} lines."
        )
    table = Table("code", "small area", "best fit", "population share", "postcode share")
    for row in body["areas"]:
        shares = [row["population_share"], row["postcode_share"]]
        table.add_row(
            row["code"], escape(row["name"] or ""), "in" if row["best_fit"] else "out",
            *("not known" if share is None else f"{100 * share:.2f} %" for share in shares),
        )  # fmt: skip
    Console().print(table)
