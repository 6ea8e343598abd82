"""`bounds profile`, `board-check` and `compare`: what a place is like, what a board asks, list against list."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.areas.commands import AsAt, read_day
from app.dependencies import today
from app.priorities.commands import read_rule_argument
from app.priorities.comparing import ListAsked, compare_asked
from app.priorities.methods.conditions import worst_percent
from app.priorities.queries import find_partnership_place, find_place
from app.profiles.board_check import (
    LEAST_PEOPLE,
    MOST_PEOPLE,
    PROGRAMME,
    board_check_of_codes,
    board_check_of_neighbourhood,
)
from app.profiles.profile import neighbourhood_profile, partnership_profile
from app.sessions import reading

AsJson = Annotated[bool, typer.Option("--json", help="print JSON")]
IndexOption = Annotated[str | None, typer.Option(help="index id, e.g. imd-2019")]


def profile_command(
    context: typer.Context,
    slug: Annotated[str, typer.Argument(help="slug of a partnership, or of a neighbourhood")],
    neighbourhood: Annotated[
        bool, typer.Option("--neighbourhood", help="the slug is a neighbourhood's")
    ] = False,
    index: IndexOption = None,
    version: Annotated[int | None, typer.Option(min=1, help="of a neighbourhood's ground")] = None,
    as_at: AsAt = None,
    as_json: AsJson = False,
) -> None:
    """Show a place by theme: level, standing, comparators, trend and drivers."""
    if version is not None and not neighbourhood:
        raise typer.BadParameter("--version is of a neighbourhood: give --neighbourhood")
    day = read_day(as_at) or today()
    with reading(context.obj()) as session:
        if neighbourhood:
            body = neighbourhood_profile(session, slug, index, day, version).body
        else:
            body = partnership_profile(session, slug, index, day).body
    if as_json:
        _print_json(body)
        return
    console = Console()
    for sentence in body["sentences"]:
        console.print(escape(sentence["text"]))
    table = Table("theme", "level", "most deprived % of England", "middle rank", "in worst 10 %")
    for theme in body["themes"]:
        place, worst = theme["percentile_in_england"], theme["share_in_worst_10"]["value"]
        table.add_row(
            escape(theme["title"]), _number(theme["level"]["value"]),
            _number(place["percentile"]) if place["percentile"] else escape(place["reason"]),
            _number(theme["middle_rank"]["rank"]), "not known" if worst is None else f"{100 * worst:.2f} %",
        )  # fmt: skip
    console.print(table)
    for note in body["notes"]:
        console.print(f"Note: {escape(note)}")


def board_check_command(
    context: typer.Context,
    slug: Annotated[str | None, typer.Argument(help="slug of a neighbourhood")] = None,
    codes: Annotated[str | None, typer.Option(help="codes with commas between, instead of a neighbourhood")] = None,
    default: Annotated[str | None, typer.Option(help="code of the default area")] = None,
    programme: Annotated[str, typer.Option(help="whose default areas are meant")] = PROGRAMME,
    people_min: Annotated[int, typer.Option(min=1, help="lower end of the band")] = LEAST_PEOPLE,
    people_max: Annotated[int, typer.Option(min=1, help="upper end of the band")] = MOST_PEOPLE,
    as_at: AsAt = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Check a boundary as a board must: default area, one piece, people, no overlap, shares by council."""
    if (slug is None) == (codes is None):
        raise typer.BadParameter("give either a neighbourhood's slug or --codes")
    day, band = read_day(as_at) or today(), (people_min, people_max)
    with reading(context.obj()) as session:
        if slug is not None:
            body = board_check_of_neighbourhood(
                session, slug, day, default=default, programme=programme, band=band
            )
        else:
            listed = (codes or "").split(",")
            body = board_check_of_codes(
                session, listed, day, default=default, programme=programme, band=band
            )
    if as_json:
        _print_json(body)
        return
    console = Console()
    console.print(f"{escape(body['title'])}: {body['status']}.")
    table = Table("check", "outcome", "why")
    for check in body["checks"]:
        table.add_row(check["check"], check["status"], escape(check["sentence"]))
    console.print(table)
    for council in body["councils"]:
        share = council["people_share"]
        said = "not known" if share is None else f"{100 * share:.2f} %"
        console.print(f"{escape(council['name'])} ({council['code']}): {said} of its people.")


def compare_command(
    context: typer.Context,
    slug: Annotated[str | None, typer.Argument(help="slug of a partnership")] = None,
    areas: Annotated[str | None, typer.Option(help="codes or names with commas between, instead")] = None,
    designation: Annotated[str | None, typer.Option(help="id of a saved designation")] = None,
    against_designation: Annotated[str | None, typer.Option(help="id of the other")] = None,
    index: IndexOption = None,
    against: Annotated[str | None, typer.Option(help="the other index")] = None,
    rule: Annotated[str | None, typer.Option(help="a rule as JSON, or a file that holds it")] = None,
    worst: Annotated[int | None, typer.Option(min=1, max=100, help="short for a rule: the worst per cent")] = None,
    on: Annotated[str | None, typer.Option(help="areas to count on: lsoa-2011 or lsoa-2021")] = None,
    as_at: AsAt = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Compare two lists, saved or drawn now: kept, added and dropped, in areas and people."""
    if slug is not None and areas is not None:
        raise typer.BadParameter("give either a partnership's slug or --areas")
    if rule is not None and worst is not None:
        raise typer.BadParameter("give either --rule or --worst")
    given: object | None = worst_percent(worst) if worst is not None else None
    if rule is not None:
        given = read_rule_argument(rule)
    sides = [
        ListAsked(designation, None if designation else index, None if designation else given),
        ListAsked(
            against_designation,
            None if against_designation else against,
            None if against_designation else given,
        ),
    ]
    day = read_day(as_at) or today()
    with reading(context.obj()) as session:
        place = find_partnership_place(session, slug) if slug is not None else None
        if areas is not None:
            place = find_place(
                session, [word.strip() for word in areas.split(",") if word.strip()], day
            )
        body = compare_asked(session, place, sides[0], sides[1], on).as_plain()
    if as_json:
        _print_json(body)
        return
    counts, console = body["counts"], Console()
    older, newer = body["older"]["title"], body["newer"]["title"]
    console.print(
        f"{escape(body['title'])}: {escape(older)} against {escape(newer)}, on {body['counted_on']}."
    )
    table = Table("outcome", "areas", "people")
    for outcome in ("kept", "added", "dropped"):
        table.add_row(outcome, f"{counts[outcome]:,}", _number(counts[f"people_{outcome}"]))
    console.print(table)
    for area in body["areas"]:
        if area["outcome"] != "kept":
            console.print(
                f"{area['outcome']}: {escape(area['name'] or area['code'])} ({area['code']})"
            )
    if counts["in_doubt"]:
        console.print(f"Cannot be told by one of the two: {counts['in_doubt']}.")


def _print_json(body: dict[str, Any]) -> None:
    typer.echo(orjson.dumps(body, option=orjson.OPT_INDENT_2).decode())


def _number(value: float | None) -> str:
    if value is None:
        return "not known"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.3f}"
