"""`bounds rebase …` and `bounds doctor csv …`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from app.areas.commands import AsJson, print_json
from app.dependencies import today
from app.sessions import reading
from app.vintages.diagnosing import diagnose
from app.vintages.fixing import diagnosis_body, fixed_header, fixed_rows
from app.vintages.methods.columns import Wanted
from app.vintages.readers.records import open_records
from app.vintages.rebasing import rebase_table
from app.vintages.writing import (
    diagnosis_lines,
    listed_body,
    report_lines,
    safe_header,
    safe_rows,
    write_rows,
)
from boundaries.rebasing import read_release


def rebase_command(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="a CSV (or gzipped CSV) with a column of codes")],
    start: Annotated[str, typer.Option("--from", help="release of the codes, e.g. lsoa-2011")],
    end: Annotated[str, typer.Option("--to", help="release wanted, e.g. lsoa-2021")],
    output: Annotated[Path, typer.Option("--output", "-o", help="CSV to write")],
    code_column: Annotated[
        str | None, typer.Option(help="column with the codes; default: found")
    ] = None,
    count: Annotated[
        list[str] | None, typer.Option(help="a column of counts; default: every column of numbers")
    ] = None,
    rate: Annotated[
        list[str] | None,
        typer.Option(help="COLUMN=COUNT: a rate or score, with the column of what it is of"),
    ] = None,
    by: Annotated[
        list[str] | None, typer.Option(help="a column that tells rows of one area apart: a month")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Carry a table of values from one release of areas to another; totals before equal totals after."""
    wanted = read_wanted(count, rate, by)
    records = open_records(file, file.name)
    with reading(context.obj(), 600) as session:
        made = rebase_table(
            session, records, read_release(session, start, "/from"), read_release(session, end, "/to"),
            wanted, code_column, say,
        )  # fmt: skip
    with output.open("w", encoding="utf-8", newline="") as out:
        write_rows(out, safe_header(made), safe_rows(made))
    for line in report_lines(made):
        say(line)
    if as_json:
        print_json({**made.report, "listed": listed_body(made)})


def say(words: str) -> None:
    """Say something on standard error."""
    typer.echo(words, err=True)


def read_wanted(
    counts: Sequence[str] | None, rates: Sequence[str] | None, by: Sequence[str] | None
) -> Wanted:
    """Read what the options say of columns; raises BadParameter for a rate without its count."""
    pairs = []
    for written in rates or ():
        rate, mark, count = written.partition("=")
        if not (mark and rate and count):
            raise typer.BadParameter(f"--rate is COLUMN=COUNT, not {written!r}")
        pairs.append((rate, count))
    return Wanted(tuple(counts or ()), tuple(pairs), tuple(by or ()))


def doctor_csv_command(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="a CSV (or gzipped CSV)")],
    code_column: Annotated[
        str | None, typer.Option(help="column with the codes; default: found")
    ] = None,
    to: Annotated[
        str | None, typer.Option(help="release wanted, e.g. lad-2023; default: that of most rows")
    ] = None,
    fix: Annotated[
        bool, typer.Option("--fix", help="write every row with its code in the release; needs -o")
    ] = False,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="CSV to write")] = None,
    as_json: AsJson = False,
) -> None:
    """Say which column of a CSV holds codes, which releases are mixed in it and which rows are unknown."""
    if fix != (output is not None):
        raise typer.BadParameter("--fix and -o FILE go together")
    records = open_records(file, file.name)
    with reading(context.obj(), 600) as session:
        made = diagnose(session, records, today(), code_column, to)
    if output is not None:
        with output.open("w", encoding="utf-8", newline="") as out:
            write_rows(out, fixed_header(made), fixed_rows(made))
        say(f"{made.counted.rows:,} rows written to {output}, in their order")
    body = diagnosis_body(made)
    if as_json:
        print_json(body)
        return
    for line in diagnosis_lines(body):
        typer.echo(line)
