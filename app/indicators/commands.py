"""`bounds import indicators`: a user's own table by a mapping, rehearsed unless committed."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.access.audit import COMMAND_LINE
from app.disk_room import check_import
from app.indicators.definitions import NATURES
from app.indicators.methods.periods import DIRECTIONS
from app.indicators.storing import Publication
from app.indicators.upload_schemas import upload_body
from app.indicators.uploading import ELSEWHERE, UploadReport, import_indicators, upload_mapping
from app.indicators.values import UPLOAD
from app.row_counts import Lines, listening
from app.sessions import reading, writing

EXIT_REFUSED = 3
SHOWN_FAULTS = 200


def import_indicators_command(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV, CSV.GZ or XLSX with a header")],
    indicator_id: Annotated[
        str, typer.Option("--id", help="id of the indicator: small letters, figures, hyphens")
    ],
    code_column: Annotated[str, typer.Option(help="heading of the areas' codes")],
    value: Annotated[
        list[str],
        typer.Option(help="heading of the values; give more as HEADING=ID, each an indicator"),
    ],
    unit: Annotated[str, typer.Option(help="people, per cent, £ …")],
    direction: Annotated[str, typer.Option(help=", ".join(DIRECTIONS))],
    nature: Annotated[
        str, typer.Option(help=f"{NATURES[0]} (a count) or {NATURES[1]} (a rate or score)")
    ],
    release: Annotated[
        str, typer.Option(help="the areas the codes are of: lsoa-2021, wd-2023-05, lad-2023-05-bgc")
    ],
    period: Annotated[str | None, typer.Option(help="what all rows are of, e.g. 2023/24")] = None,
    period_column: Annotated[str | None, typer.Option(help="heading of the period by row")] = None,
    title: Annotated[str | None, typer.Option(help="default the heading of the values")] = None,
    definition: Annotated[str | None, typer.Option(help="what is counted, and how")] = None,
    denominator: Annotated[str | None, typer.Option(help="what it is a share of")] = None,
    publisher: Annotated[str, typer.Option(help="whose data it is")] = "not stated",
    licence: Annotated[str, typer.Option(help="on which terms")] = "not stated",
    partnership: Annotated[
        str | None, typer.Option(help="slug of the partnership whose it is")
    ] = None,
    confidential: Annotated[
        bool, typer.Option("--confidential", help="counts below 10 are never shown")
    ] = False,
    as_written: Annotated[
        bool,
        typer.Option("--as-written", help="values below and far above 1 are one kind of per cent"),
    ] = False,
    commit: Annotated[bool, typer.Option("--commit", help="store the values")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only rehearse (the default)")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """Check a table of your own row by row; with --commit store each column of values as an indicator.

    Codes are read with blanks and small letters mended; a blank is missing, * or [c] is suppressed. What is
    of another release is refused, with the offer to carry it.
    """
    if commit and dry_run:
        raise typer.BadParameter("give either --commit or --dry-run")
    mapping = upload_mapping(
        indicator_id, value, code_column, period=period, period_column=period_column, unit=unit,
        direction=direction, nature=nature, title=title, definition=definition, denominator=denominator,
        as_written=as_written,
    )  # fmt: skip
    publication = Publication(
        UPLOAD,
        publisher,
        licence,
        publisher,
        partnership_slug=partnership,
        confidential=confidential,
    )
    check_import(getattr(context.obj, "settings", None), file)
    opened = writing(context.obj()) if commit else reading(context.obj())
    with opened as session, listening(Lines(partial(typer.echo, err=True))):
        report = import_indicators(
            session, COMMAND_LINE, file, file.name, mapping, release, publication, commit=commit
        )
    if as_json:
        typer.echo(orjson.dumps(upload_body(report), option=orjson.OPT_INDENT_2).decode())
    else:
        _print_indicators(report)
    _print_faults(report)
    typer.echo(report.as_line(), err=True)
    if not commit and report.rows_stored:
        typer.echo("Nothing was stored; --commit stores it.", err=True)
    if not report.rows_stored:
        raise typer.Exit(EXIT_REFUSED)


def _print_indicators(report: UploadReport) -> None:
    table = Table("indicator", "title", "periods", "values", "suppressed", "missing")
    for indicator_id, told in report.indicators.items():
        table.add_row(
            indicator_id, escape(told["title"]), escape(", ".join(told["periods"])), f"{told['value']:,}",
            f"{told['suppressed']:,}", f"{told['missing']:,}",
        )  # fmt: skip
    Console().print(table)


def _print_faults(report: UploadReport) -> None:
    away = tuple(fault for fault in report.faults if fault.rule in ELSEWHERE)
    refused = tuple(fault for fault in report.faults if fault.rule not in ELSEWHERE)
    for said, faults in (("note", report.notes), ("elsewhere", away), ("refused", refused)):
        for fault in faults[:SHOWN_FAULTS]:
            typer.echo(f"{said}: {fault.as_line()}", err=True)
        if len(faults) > SHOWN_FAULTS:
            typer.echo(
                f"{said}: and {len(faults) - SHOWN_FAULTS:,} more; --json shows all", err=True
            )
