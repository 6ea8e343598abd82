"""HTTP face of the report of progress: what was promised, spent and moved, for a year."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response

from app.dependencies import AsAt, Heavy, ReadSession
from app.exports import csv, xlsx
from app.exports.csv import write_csv
from app.exports.xlsx import write_xlsx
from app.strategies.report import report_of
from app.strategies.report_sheets import report_sheets, spent_sheet

router = APIRouter(tags=["targets"])
Slug = Annotated[str, Path(max_length=120)]
Year = Annotated[
    str | None, Query(max_length=20, description="financial year, e.g. 2019-20; default as far as figures go")
]  # fmt: skip


@router.get("/partnerships/{slug}/progress/report", dependencies=[Heavy])
def report(session: ReadSession, slug: Slug, day: AsAt, year: Year = None) -> dict[str, Any]:
    """Targets and actions, the money inside the partnership by year and stage, and how its gap moved."""
    return report_of(session, slug, day, year)


@router.get(
    "/partnerships/{slug}/progress/report.csv", response_class=Response, dependencies=[Heavy]
)
def report_csv(session: ReadSession, slug: Slug, day: AsAt, year: Year = None) -> Response:
    """The report's money by stage and year, as CSV; targets are in `progress.csv`, gaps in `gap.csv`."""
    sheet = spent_sheet(report_of(session, slug, day, year))
    headers = {"Content-Disposition": f'attachment; filename="{slug}-spent.csv"'}
    return Response(write_csv(sheet), media_type=csv.MEDIA_TYPE, headers=headers)


@router.get(
    "/partnerships/{slug}/progress/report.xlsx", response_class=Response, dependencies=[Heavy]
)
def report_xlsx(session: ReadSession, slug: Slug, day: AsAt, year: Year = None) -> Response:
    """The whole report as a workbook: targets, periods, actions, money, gaps."""
    book = write_xlsx(report_sheets(report_of(session, slug, day, year)))
    headers = {"Content-Disposition": f'attachment; filename="{slug}-progress-report.xlsx"'}
    return Response(book, media_type=xlsx.MEDIA_TYPE, headers=headers)
