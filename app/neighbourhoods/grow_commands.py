"""`bounds neighbourhood grow`: neighbourhoods of a size, from what a rule selects or of a whole place."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.access.audit import COMMAND_LINE
from app.areas.commands import AsAt, AsJson, print_json, read_day
from app.dependencies import today
from app.neighbourhoods.actions import keep_grown
from app.neighbourhoods.growing import grow_asked
from app.neighbourhoods.schemas import GrowQuestion, as_line
from app.partnerships.commands import split_list
from app.priorities.commands import read_rule_argument
from app.priorities.queries import find_partnership_place, find_place
from app.sessions import reading, writing


def grow_command(
    context: typer.Context,
    slug: Annotated[str | None, typer.Argument(help="slug of a partnership")] = None,
    areas: Annotated[
        str | None,
        typer.Option(help="codes or names with commas between, instead of a partnership"),
    ] = None,
    index: Annotated[str | None, typer.Option(help="index id, e.g. imd-2019")] = None,
    rule: Annotated[
        str | None, typer.Option(help="a rule as JSON, or a file that holds it")
    ] = None,
    worst: Annotated[
        int | None,
        typer.Option(min=1, max=100, help="from the worst percent of England (default 10)"),
    ] = None,
    whole: Annotated[
        bool, typer.Option("--whole", help="divide the whole place, whatever a rule says")
    ] = False,
    households: Annotated[
        str | None, typer.Option(help="size of each in households, e.g. 2000-6000 (the default)")
    ] = None,
    people: Annotated[
        str | None, typer.Option(help="size of each in people instead, e.g. 5000-15000")
    ] = None,
    save: Annotated[bool, typer.Option("--save", help="keep them for the partnership")] = False,
    reason: Annotated[str, typer.Option(help="why; kept with each")] = "grown",
    as_at: AsAt = None,
    as_json: AsJson = False,
) -> None:
    """Grow neighbourhoods to a size, each in one piece; with --save keep them all."""
    if (slug is None) == (areas is None):
        raise typer.BadParameter("give either a partnership's slug or --areas")
    if households is not None and people is not None:
        raise typer.BadParameter("give either --households or --people")
    if save and slug is None:
        raise typer.BadParameter("--save keeps neighbourhoods of a partnership: give its slug")
    low, high = read_size(people if people is not None else households)
    given = None if rule is None else read_rule_argument(rule)
    asked = GrowQuestion(
        index=index, rule=given, worst=worst, whole=whole, at_least=low, at_most=high,  # type: ignore[arg-type]
        size_in="people" if people is not None else "households",
    )  # fmt: skip
    kept: list[dict[str, Any]] = []
    if save and slug is not None:
        with writing(context.obj()) as session:
            found = grow_asked(session, find_partnership_place(session, slug), asked)
            kept = [as_line(row) for row in keep_grown(session, COMMAND_LINE, found, reason=reason)]
    else:
        with reading(context.obj()) as session:
            if slug is not None:
                place = find_partnership_place(session, slug)
            else:
                place = find_place(session, split_list(areas or ""), read_day(as_at) or today())
            found = grow_asked(session, place, asked)
    body = found.as_plain()
    if as_json:
        print_json({**body, "kept": kept})
        return
    _print(body)
    if save:
        typer.echo(f"Kept {len(kept)} neighbourhoods.", err=True)


def read_size(written: str | None) -> tuple[int | None, int | None]:
    """Read `2000-6000`; None for the usual size. Raises BadParameter."""
    if written is None:
        return None, None
    low, dash, high = written.replace(",", "").partition("-")
    if not (dash and low.strip().isascii() and low.strip().isdigit() and high.strip().isdigit()):
        raise typer.BadParameter(f"a size is written 2000-6000, not {written[:40]!r}")
    return int(low), int(high)


def _print(body: dict[str, Any]) -> None:
    band, summary = body["band"], body["summary"]
    typer.echo(
        f"{body['title']}: {summary['neighbourhoods']} neighbourhoods of {body['areas_selected']} small "
        f"areas ({body['rule_in_words']}), {summary['in_band']} of them with {band['at_least']:,} to "
        f"{band['at_most']:,} {band['size_in']}."
    )
    table = Table("no.", "neighbourhood", "areas", "people", "households", "size", "")
    for row in body["neighbourhoods"]:
        offer = row["offer"]
        words = row["note"]
        if offer is not None:
            joined = f" and join no. {offer['joins']}" if offer["joins"] is not None else ""
            words += f" {offer['over']} would make it {offer['size']:,}{joined}."
        table.add_row(
            str(row["number"]), escape(row["name"]), str(row["areas"]),
            *("not known" if row[m] is None else f"{row[m]:,}" for m in ("people", "households")),
            row["place_in_band"], words,
        )  # fmt: skip
    Console().print(table)
