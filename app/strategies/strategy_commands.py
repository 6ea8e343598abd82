"""`bounds strategy …` and `bounds accreditation`: what a partnership wrote, and what its record shows."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import orjson
import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.access.audit import COMMAND_LINE
from app.areas.commands import AsAt, read_day
from app.dependencies import today
from app.exports.csv import write_csv
from app.exports.xlsx import write_xlsx
from app.sessions import reading, writing
from app.strategies import written
from app.strategies.accreditation import accreditation_of
from app.strategies.strategy_given import StrategyGiven
from app.strategies.strategy_sheets import accreditation_sheet, strategy_sheets
from app.strategies.written_queries import strategy_of
from boundaries.errors import Fault
from boundaries.untrusted import MAX_BODY_BYTES, read_json_body

strategy_app = typer.Typer(
    help="A partnership's strategy: show it, take it away, bring it in, sign it.",
    no_args_is_help=True,
)
Slug = Annotated[str, typer.Argument(help="slug of a partnership")]
AsJson = Annotated[bool, typer.Option("--json", help="print JSON")]
_KEPT = ("vision", "objectives", "learning", "plans", "reason")


@strategy_app.command("show")
def show_command(
    context: typer.Context, slug: Slug, as_at: AsAt = None, as_json: AsJson = False
) -> None:
    """Show the published strategy: vision, objectives, learning plan, plans, and who signed."""
    with reading(context.obj()) as session:
        body = strategy_of(session, slug, read_day(as_at) or today())
    if as_json:
        _print_json(body)
        return
    if body["vision"]:
        typer.echo(body["vision"])
    table = Table("objective", "theme", "targets", "actions")
    for each in body["objectives"]:
        linked = (", ".join(each["targets"]), ", ".join(each["actions"]))
        table.add_row(escape(each["title"]), escape(each["theme"] or ""), *linked)
    Console().print(table)
    for lacking in body["missing"]:
        typer.echo(f"missing: {lacking}")
    typer.echo(body["sentence"])


@strategy_app.command("export")
def export_command(
    context: typer.Context,
    slug: Slug,
    output: Annotated[Path, typer.Option("--output", "-o", help="a .json or .xlsx; .csv: objectives")],
) -> None:  # fmt: skip
    """Take the published strategy away; a .json can be brought in again."""
    with reading(context.obj()) as session:
        body = strategy_of(session, slug, today())
    ending = output.suffix.lower()
    if ending not in (".json", ".xlsx", ".csv"):
        raise typer.BadParameter(f"{output.name} must end in .json, .xlsx or .csv")
    if ending == ".json":
        given = {name: body[name] or "" if name == "reason" else body[name] for name in _KEPT}
        output.write_bytes(orjson.dumps(given, option=orjson.OPT_INDENT_2))
    else:
        sheets = strategy_sheets(body)
        output.write_bytes(write_xlsx(sheets) if ending == ".xlsx" else write_csv(sheets[0]))
    typer.echo(f"{output}: {body['sentence']}")


@strategy_app.command("import")
def import_command(
    context: typer.Context,
    slug: Slug,
    source: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="a .json file as export writes it")
    ],
    publish: Annotated[bool, typer.Option(help="show it to everybody and freeze it")] = False,
    commit: Annotated[bool, typer.Option(help="keep it; otherwise it is only checked")] = False,
) -> None:
    """Bring a strategy in as the draft, or publish it; without --commit nothing is kept."""
    given = _read_given(source)
    with writing(context.obj()) as session:
        row = written.write_strategy(
            session, COMMAND_LINE, slug, given.words(), given.reason, today(),
            publish=publish or given.publish,
        )  # fmt: skip
        said = f"version {row.version}, {'published' if row.published_on else 'a draft'}"
        if not commit:
            session.rollback()
    typer.echo(f"{said}." if commit else f"It can be kept as {said}. Add --commit to keep it.")


@strategy_app.command("sign")
def sign_command(
    context: typer.Context,
    slug: Slug,
    member: Annotated[str, typer.Argument(help="a member of the register, as it is named there")],
    on: Annotated[str | None, typer.Option(help="the day, YYYY-MM-DD; default today")] = None,
) -> None:
    """Keep that a member signed the newest published version."""
    day: date = read_day(on) or today()
    with writing(context.obj()) as session:
        row = written.sign_strategy(session, COMMAND_LINE, slug, member, day, today())
        typer.echo(f"{member} signed version {row.version}.")


def accreditation_command(
    context: typer.Context,
    slug: Slug,
    as_at: AsAt = None,
    form: Annotated[Literal["table", "csv"], typer.Option("--format", help="table or csv")] = "table",
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Show what a partnership's record shows of the six criteria of accreditation, and what is missing."""
    with reading(context.obj()) as session:
        body = accreditation_of(session, slug, read_day(as_at) or today())
    if as_json:
        _print_json(body)
        return
    if form == "csv":
        typer.echo(write_csv(accreditation_sheet(body)).decode(), nl=False)
        return
    table = Table("criterion", "state", "evidence")
    for each in body["criteria"]:
        for piece in each["evidence"]:
            table.add_row(escape(each["title"]), piece["state"], escape(piece["words"]))
        if each["note"] is not None:
            table.add_row("", "note", escape(f"{each['note']['words']} ({each['note']['role']})"))
    Console().print(table)
    typer.echo(body["sentence"])


def _read_given(source: Path) -> StrategyGiven:
    """Read a strategy from a file. Raises StrategyInvalid with the place of each fault."""
    with source.open("rb") as opened:
        read = read_json_body(opened.read(MAX_BODY_BYTES + 1))
    try:
        return StrategyGiven.model_validate(read)
    except ValidationError as error:
        faults = [
            Fault(
                str(each["msg"]), pointer="/" + "/".join(str(part) for part in each["loc"]),
                value=str(each["input"])[:80], rule=str(each["type"]),
            )
            for each in error.errors()
        ]  # fmt: skip
        said = "; ".join(f"{fault.pointer}: {fault.detail}" for fault in faults)
        raise written.StrategyInvalid(f"{source.name}: {said}", faults) from error


def _print_json(body: dict[str, Any]) -> None:
    option = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS
    typer.echo(orjson.dumps(body, option=option).decode())
