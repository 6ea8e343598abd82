"""Prints what an import found beside its rows: notes, the standard's findings, words that may mean several places."""

from __future__ import annotations

import typer

from app.resources.storing import ImportReport

SHOWN_FINDINGS = 20


def print_findings(report: ImportReport) -> None:
    """Print on standard error, a line each; of the standard's findings their kinds and the first few."""
    for note in report.notes:
        typer.echo(f"note: {note.as_line()}", err=True)
    for asked in report.asked:
        for option in asked.options:
            within = f", {option.within}" if option.within else ""
            told = f"{option.name} ({option.type}{within}): --place {asked.words!r}={option.code}"
            typer.echo(f"candidate: row {asked.row}, {asked.words!r}: {told}", err=True)
    standard = report.standard
    if standard is None or not standard.total:
        return
    typer.echo(
        f"{standard.name}: {standard.total:,} findings in {standard.rows_with_findings:,} of"
        f" {standard.rows_checked:,} grants; --json lists them",
        err=True,
    )
    for rule, count in standard.by_rule.items():
        typer.echo(f"standard: {count:,} x {rule}", err=True)
    for finding in standard.items[:SHOWN_FINDINGS]:
        typer.echo(f"standard: {finding.as_line()}", err=True)
