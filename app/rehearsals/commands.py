"""`bounds rehearse FILE`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.areas.commands import AsAt, AsJson, print_json, read_day
from app.dependencies import today
from app.rehearsals.plans import how_written, read_plan
from app.rehearsals.rehearse import rehearse
from app.sessions import reading
from boundaries.errors import Fault, NotFound


def rehearse_command(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="a plan: .toml, .json or .csv")],
    as_at: AsAt = None,
    stage: Annotated[str, typer.Option(help="lines of money: planned, awarded or paid")] = "awarded",
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Rehearse a reorganisation: councils grouped into unitaries that do not exist yet; nothing is stored."""
    if not file.is_file():
        raise NotFound(f"there is no file {file}", [Fault("no such file", file=str(file))])
    plan = read_plan(file.read_bytes(), how_written(file.name), file.name)
    with reading(context.obj()) as session:
        body = rehearse(session, plan, as_at=read_day(as_at), today=today(), stage=stage)
    if as_json:
        print_json(body)
        return
    print_rehearsal(body)


def print_rehearsal(body: dict[str, Any]) -> None:
    """Print a rehearsal for people: the sentences, the unitaries, the partnerships, what is left out."""
    typer.echo(body["sentence"])
    table = Table("unitary", "people", "km²", "made of")
    for one in [*body["unitaries"], *([_left_over(body)] if body["not_taken"] else [])]:
        made_of = ", ".join(row["name"] for row in [*one["councils"], *one["parts"]])
        table.add_row(one["name"], whole(one["people"]), f"{one['area_m2'] / 1e6:,.1f}", made_of)
    table.add_row(
        "all, after", whole(body["people_after"]), f"{body['area_m2_after'] / 1e6:,.1f}", ""
    )
    table.add_row(
        "all, before", whole(body["people_before"]), f"{body['area_m2_before'] / 1e6:,.1f}", ""
    )
    Console().print(table)
    if body["partnerships"]:
        lies = Table("partnership", "people", "today", "after", "over")
        for row in body["partnerships"]:
            over = ", ".join(one["name"] for one in row["after"]["authorities"])
            lies.add_row(
                row["name"], whole(row["people"]), row["before"]["verdict"], row["after"]["verdict"], over
            )  # fmt: skip
        Console().print(lies)
    print_reach(body)
    for row in body["moved"]:
        typer.echo(
            f"{row['name']} ({row['code']}), {whole(row['people'])} people, goes from "
            f"{row['council_name']} to {row['goes_to']}"
        )
    for note in body["notes"]:
        typer.echo(note, err=True)


def print_reach(body: dict[str, Any]) -> None:
    """Print which neighbourhoods would be divided and where the money would land."""
    found = [body["neighbourhoods"], body["designations"]]
    divided = [row for each in found if each for row in each["items"] if row["split"]]
    if divided:
        table = Table("divided", "of", "people", "would lie in")
        for row in divided:
            lies = ", ".join(f"{escape(part['name'])} {whole(part['people'])}" for part in row["parts"])  # fmt: skip
            table.add_row(escape(row["name"]), row["partnership"] or "", whole(row["people"]), lies)
        Console().print(table)
    money = body["money"]
    if money is None:
        return
    table = Table(
        f"money {money['stage']}", "lines", "located", "estimated", "for the whole", "pounds"
    )
    for row in money["after"]["grounds"]:
        parts = [row[f"{name}_pence"] for name in ("located", "estimated", "partnership_wide")]
        amounts = [*parts, row["pence"]]
        table.add_row(escape(row["name"]), f"{row['lines']:,}", *map(pounds, amounts))
    for name, words in (("across", "across several"), ("not_placed", "not placed"),
                        ("outside", "outside"), ("file", "all, after")):  # fmt: skip
        row = money["after"][name]
        table.add_row(words, f"{row['lines']:,}", "", "", "", pounds(row["pence"]))
    row = money["before"]["file"]
    table.add_row("all, before", f"{row['lines']:,}", "", "", "", pounds(row["pence"]))
    Console().print(table)


def pounds(pence: int) -> str:
    """Write pence as pounds with two decimals."""
    return f"{'-' if pence < 0 else ''}{abs(pence) // 100:,}.{abs(pence) % 100:02d}"


def _left_over(body: dict[str, Any]) -> dict[str, Any]:
    people = [row["people"] for row in body["not_taken"]]
    return {
        "name": "in no unitary", "people": None if None in people else sum(people),
        "area_m2": sum(row["area_m2"] for row in body["not_taken"]), "councils": body["not_taken"], "parts": [],
    }  # fmt: skip


def whole(number: int | None) -> str:
    """Write a whole number with commas; "not known" where it is not."""
    return "not known" if number is None else f"{number:,}"
