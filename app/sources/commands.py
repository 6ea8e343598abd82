"""`bounds load`: datasets or groups of the catalogue into the database, rehearsed unless committed."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from app.areas.commands import AsJson, print_json
from app.settings import Settings
from app.sources.load import Choices, LoadDone, load_datasets
from app.sources.run import StepReport

# Shown of each dataset's refused rows; the rest are listed by `bounds sources` and on the page /data.
SHOWN_FINDINGS = 5


def load_command(
    context: typer.Context,
    names: Annotated[
        list[str],
        typer.Argument(metavar="ID…", help="datasets of `bounds sources`, or groups, e.g. england"),
    ],
    commit: Annotated[bool, typer.Option("--commit", help="store what is loaded")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only rehearse (the default)")] = False,
    force: Annotated[
        bool,
        typer.Option(
            "--force", help="serve a release although it is a fifth smaller or larger than the last"
        ),
    ] = False,
    fetch: Annotated[
        bool, typer.Option("--fetch", help="ask the publisher although a file is here already")
    ] = False,
    accept_new: Annotated[
        bool, typer.Option("--accept-new", help="take a download whose checksum has changed")
    ] = False,
    no_survey: Annotated[
        bool,
        typer.Option("--no-survey", help="leave the survey of borders to `bounds releases warm`"),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Load published datasets: from the mirror first, else from the publisher.

    Dataset by dataset, so that it can be stopped and given again; what is here already is not loaded
    twice. Without --commit all of it is done, reported and undone.
    """
    if commit and dry_run:
        raise typer.BadParameter("give either --commit or --dry-run")
    settings: Settings = context.obj.settings
    choices = Choices(commit, force, fetch, accept_new, survey=not no_survey)
    done = load_datasets(context.obj(), settings, names, choices, _say)
    if as_json:
        print_json(_as_json(done))
        return
    _print_table(done)
    if not commit:
        typer.echo("Nothing was stored; --commit stores it.", err=True)


def _say(words: str) -> None:
    typer.echo(words, err=True)


def _as_json(done: LoadDone) -> dict[str, object]:
    return {
        "items": [
            {**asdict(report), "findings": [finding._asdict() for finding in report.findings]}
            for report in done.reports
        ],
        "left_out": [{"id": each, "reason": reason} for each, reason in done.left_out],
        "stored": done.stored,
        "seconds": round(done.seconds, 1),
    }


def _print_table(done: LoadDone) -> None:
    table = Table("dataset", "read", "stored", "refused", "elsewhere", "seconds")
    for report in done.reports:
        table.add_row(*_row(report))
    Console().print(table)
    for report in done.reports:
        for finding in report.findings[:SHOWN_FINDINGS]:
            row = "" if finding.row is None else f" row {finding.row}"
            typer.echo(
                f"  {report.dataset_id}{row} {finding.code}: {finding.detail} [{finding.rule}]"
            )
        if len(report.findings) > SHOWN_FINDINGS:
            typer.echo(f"  {report.dataset_id}: and {len(report.findings) - SHOWN_FINDINGS:,} more")
    for each, reason in done.left_out:
        typer.echo(f"not loaded: {each}, {reason}", err=True)
    typer.echo(f"{len(done.reports)} datasets in {done.seconds:.0f} s", err=True)
    sys.stderr.flush()


def _row(report: StepReport) -> tuple[str, ...]:
    time = "already here" if report.already_here else f"{report.seconds:.1f}"
    return (
        report.dataset_id, f"{report.rows_in:,}", f"{report.rows_stored:,}", f"{report.rows_refused:,}",
        f"{report.rows_elsewhere:,}", time,
    )  # fmt: skip
