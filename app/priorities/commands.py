"""`bounds designate`: which small areas a rule selects, for a partnership or some councils."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.access.audit import COMMAND_LINE
from app.areas.commands import AsAt, read_day
from app.dependencies import today
from app.priorities import actions, queries
from app.priorities.cliff import read_perturbation
from app.priorities.methods.conditions import worst_percent
from app.priorities.methods.rules import MAX_CHARACTERS, InvalidRule, read_rule_text
from app.priorities.own_actions import read_weights
from app.priorities.schemas import designation_body
from app.priorities.shipped import kept_rules
from app.sessions import reading, writing

DEFAULT_WORST = 10


def designate_command(
    context: typer.Context,
    slug: Annotated[str | None, typer.Argument(help="slug of a partnership")] = None,
    areas: Annotated[
        str | None,
        typer.Option(help="codes or names with commas between, instead of a partnership"),
    ] = None,
    index: Annotated[str | None, typer.Option(help="index id, e.g. imd-2019")] = None,
    rule: Annotated[
        str | None,
        typer.Option(help="a rule as JSON, a file that holds it, or the name of a kept one"),
    ] = None,
    worst: Annotated[
        int | None,
        typer.Option(min=1, max=100, help="short for: national percentile of imd at most this"),
    ] = None,
    weights: Annotated[
        str | None,
        typer.Option(help="weights of your own by domain, as JSON; imd is then composed anew"),
    ] = None,
    seed: Annotated[str | None, typer.Option(help="seed of the perturbations (default 1)")] = None,
    draws: Annotated[
        str | None, typer.Option(help="how many perturbations (default 1,000)")
    ] = None,
    perturb: Annotated[
        str | None, typer.Option(help="some of weights,thresholds,year (default all), or none")
    ] = None,
    save: Annotated[
        str | None, typer.Option(help="keep the result of a partnership under this name")
    ] = None,
    as_at: AsAt = None,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """Show which small areas a rule selects and the neighbourhoods they form (default: worst 10)."""
    if (slug is None) == (areas is None):
        raise typer.BadParameter("give either a partnership's slug or --areas")
    if rule is not None and worst is not None:
        raise typer.BadParameter("give either --rule or --worst")
    if save is not None and slug is None:
        raise typer.BadParameter("--save keeps the designation of a partnership: give its slug")
    if save is not None and as_at is not None:
        raise typer.BadParameter("--save keeps the designation of today: leave --as-at out")
    day = read_day(as_at) or today()
    given = worst_percent(worst or DEFAULT_WORST) if rule is None else read_rule_argument(rule)
    if rule is not None and rule in kept_rules():
        index = index or kept_rules()[rule].index
    own, perturbation = read_weights(weights), read_perturbation(seed, draws, perturb)
    result: dict[str, Any]
    if save is not None and slug is not None:
        with writing(context.obj()) as session:
            row = actions.save_designation(
                session, slug, given, index, save, COMMAND_LINE, weights=own,
                perturbation=perturbation,
            )  # fmt: skip
            result = designation_body(row)
        typer.echo(f"Saved as {result['id']}.", err=True)
    else:
        with reading(context.obj()) as session:
            if slug is not None:
                place = queries.find_partnership_place(session, slug)
            else:
                words = [word.strip() for word in (areas or "").split(",") if word.strip()]
                place = queries.find_place(session, words, day)
            result = actions.designate(
                session, place, given, index, weights=own, perturbation=perturbation
            ).as_plain()
    if as_json:
        typer.echo(orjson.dumps(result, option=orjson.OPT_INDENT_2).decode())
        return
    _print(result)


def rules_command(
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """List the rules that are kept by name: what governments chose by, with sources and limits."""
    if as_json:
        kept = [rule.as_plain() for rule in kept_rules().values()]
        typer.echo(orjson.dumps(kept, option=orjson.OPT_INDENT_2).decode())
        return
    table = Table("rule", "what it is", "index", "limits")
    for rule in kept_rules().values():
        table.add_row(rule.id, escape(rule.title), rule.index or "any", escape(rule.limits))
    Console().print(table)


def read_rule_argument(given: str) -> object:
    """Read a rule given as JSON, by the name of a kept one, or as a file of JSON. Raises InvalidRule."""
    if given in kept_rules():
        return kept_rules()[given].rule
    if given.lstrip().startswith(("{", "[")):
        return read_rule_text(given)
    path = Path(given)
    try:
        with path.open(encoding="utf-8-sig") as file:
            text = file.read(MAX_CHARACTERS + 1)
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidRule(
            f"{given[:120]!r} is neither JSON, nor a readable file of it, nor one of the kept rules "
            f"({', '.join(kept_rules())})"
        ) from error
    return read_rule_text(text)


def _print(result: dict[str, Any]) -> None:
    console = Console()
    summary = result["summary"]
    console.print(
        f"{escape(result['title'])}: {summary['areas_selected']} of {summary['areas_total']} small "
        f"areas selected, {_count(summary['people_selected'])} of "
        f"{_count(summary['people_total'])} people ({summary['people_source']})."
    )
    console.print(
        f"Rule: {escape(result['rule_in_words'])}, by {escape(result['index']['title'])}."
    )
    if summary["areas_cannot_tell"]:
        console.print(f"Cannot be told, as a value is missing: {summary['areas_cannot_tell']}.")
    groups = Table("no.", "neighbourhood", "people", "areas", "middle rank")
    for group in result["groups"]:
        groups.add_row(
            str(group["number"]), escape(group["name"]), _count(group["people"]),
            str(group["areas"]), _count(group["middle_rank"]),
        )  # fmt: skip
    console.print(groups)
    areas = Table("code", "area", "rank", "people", "neighbourhood", "by how much", "in of draws")
    for area in result["areas"]:
        if not (area["selected"] or area["cannot_tell"]):
            continue
        margins = ", ".join(
            f"{clause['measure']} {_count(clause['margin'])}" for clause in area["clauses"]
        )
        number = "cannot tell" if area["cannot_tell"] else _count(area["group"])
        areas.add_row(
            area["code"], escape(area["name"] or ""), _count(area["rank"]),
            _count(area["people"]), number, escape(margins), _stability(area),
        )  # fmt: skip
    console.print(areas)
    _print_contested(console, result["perturbations"])
    for note in result["notes"]:
        console.print(f"Note: {escape(note)}")


def _print_contested(console: Console, shaken: dict[str, Any] | None) -> None:
    if shaken is None:
        return
    if shaken["cannot_tell"]:
        console.print(f"How surely cannot be told: {escape(shaken['cannot_tell'])}.")
        return
    console.print(
        f"Shaken in {', '.join(shaken['kinds'])}: {shaken['draws']:,} draws, seed {shaken['seed']}; "
        f"{len(shaken['contested'])} areas are contested (in 5 to 95 % of the draws)."
    )
    for area in shaken["contested"]:
        console.print(f"  {area['code']} {escape(area['name'] or '')}: {area['stability']:.0%}")


def _stability(area: dict[str, Any]) -> str:
    share = area["stability"]
    return (
        "not known" if share is None else f"{share:.0%}{' contested' if area['contested'] else ''}"
    )


def _count(number: float | None) -> str:
    return "not known" if number is None else f"{number:,}"
