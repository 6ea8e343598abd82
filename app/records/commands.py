"""`bounds partnership export|import` and `bounds members|targets|actions`: a record, or one table of it, out and in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table as Shown
from sqlalchemy.orm import Session

from app.access.audit import COMMAND_LINE
from app.dependencies import today
from app.records.actions import RecordReport, import_record, slug_said
from app.records.methods.columns import ACTIONS, MEMBERS, TARGETS
from app.records.queries import record_of
from app.records.reading import Given, RecordInvalid, read_record
from app.records.sheets import Record, write_json, write_table, write_workbook
from app.sessions import reading, writing
from boundaries.errors import Invalid

Slug = Annotated[str, typer.Argument(help="slug of a partnership")]
Output = Annotated[Path, typer.Option("--output", "-o", help="a .json or .xlsx; a table also .csv")]
Source = Annotated[
    Path, typer.Argument(exists=True, dir_okay=False, help="a .json, .xlsx or .csv as export writes it")
]  # fmt: skip
Over = Annotated[
    bool, typer.Option("--over-changes", help="let the file's words take the place of what was changed since")
]  # fmt: skip
Commit = Annotated[bool, typer.Option(help="keep it; otherwise every row is only tried")]
AsJson = Annotated[bool, typer.Option("--json", help="print JSON")]
MOST_SHOWN = 50

members_app = typer.Typer(
    help="The register of members: take it away, bring it in.", no_args_is_help=True
)
actions_app = typer.Typer(
    help="What a partnership means to do: take it away, bring it in.", no_args_is_help=True
)


class NotBrought(Invalid):
    """A file holds rows that cannot be kept; each is named, and none was stored."""

    slug = "rows-refused"
    title = "Rows were refused"


def export_record_command(context: typer.Context, slug: Slug, output: Output) -> None:
    """Take the whole of a partnership's record away, drafts too: members, neighbourhoods, targets, strategy."""
    _write(context, slug, output, None)


def import_record_command(
    context: typer.Context, source: Source, commit: Commit = False, over_changes: Over = False,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Bring a record in, or rehearse it: all of its rows are kept or none."""
    _bring(context, None, source, None, commit=commit, over=over_changes, as_json=as_json)


def _write(context: typer.Context, slug: str, output: Path, table: str | None) -> None:
    ending = output.suffix.lower()
    allowed = (".json", ".xlsx") if table is None else (".json", ".xlsx", ".csv")
    if ending not in allowed:
        raise typer.BadParameter(f"{output.name} must end in {', '.join(allowed)}")
    with reading(context.obj()) as session:
        record: Record = record_of(session, slug, today(), drafts=True)
    if table is not None:
        record = {table: record[table]}
    if ending == ".csv" and table is not None:
        output.write_bytes(write_table(record, table))
    else:
        output.write_bytes(write_json(record) if ending == ".json" else write_workbook(record))
    typer.echo(f"{output}: {sum(len(rows) for rows in record.values())} rows")


def _bring(
    context: typer.Context, slug: str | None, source: Path, table: str | None, *, commit: bool, over: bool,
    as_json: bool,
) -> None:  # fmt: skip
    given = read_record(source.read_bytes(), source.name, table)
    with writing(context.obj()) as session:
        report = _import(session, slug or slug_said(given), given, commit=commit, over=over)
    if as_json:
        typer.echo(orjson.dumps(report.as_body(), option=orjson.OPT_INDENT_2).decode())
    else:
        _show(report, commit=commit)
    if report.refused:
        said = f"{report.rows_refused} of {report.rows_in} rows cannot be kept, so none was"
        raise NotBrought(f"{source.name}: {said}", report.refused[:MOST_SHOWN])


def _import(
    session: Session, slug: str | None, given: Given, *, commit: bool, over: bool
) -> RecordReport:
    if slug is None:
        raise RecordInvalid(f"{given.name}: no table of it says which partnership it is of")
    return import_record(
        session, COMMAND_LINE, slug, given, today(), commit=commit, over_changes=over
    )


def _show(report: RecordReport, *, commit: bool) -> None:
    shown = Shown("table", "new", "changed", "same", "refused")
    for name, counts in report.tables.items():
        shown.add_row(name, *(str(counts[what]) for what in ("new", "changed", "same", "refused")))
    Console().print(shown)
    for note in report.notes[:MOST_SHOWN]:
        typer.echo(f"note: {note.as_line()}")
    if report.stored:
        typer.echo(f"{report.rows_in} rows are kept.")
    elif not report.refused and not commit:
        typer.echo(f"{report.rows_in} rows can be kept. Add --commit to keep them.")


def _add_table(app: typer.Typer, table: str, what: str) -> None:
    """Give a table of the record its own export and import."""

    def export_command(context: typer.Context, slug: Slug, output: Output) -> None:
        _write(context, slug, output, table)

    def import_command(
        context: typer.Context, slug: Slug, source: Source, commit: Commit = False,
        over_changes: Over = False, as_json: AsJson = False,
    ) -> None:  # fmt: skip
        _bring(context, slug, source, table, commit=commit, over=over_changes, as_json=as_json)

    app.command("export", help=f"Take {what} away as .csv, .xlsx or .json.")(export_command)
    told = f"Bring {what} in, or rehearse it: every row is kept or none."
    app.command("import", help=told)(import_command)


def add_table_commands(targets_app: typer.Typer) -> None:
    """Give the register, the targets and the actions their own export and import."""
    _add_table(members_app, MEMBERS, "the register of members")
    _add_table(targets_app, TARGETS, "the targets of a partnership")
    _add_table(actions_app, ACTIONS, "the actions of a partnership")
