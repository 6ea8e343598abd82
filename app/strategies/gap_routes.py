"""HTTP face of the gap monitor."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response

from app.dependencies import AsAt, Heavy, ReadSession
from app.exports import csv, xlsx
from app.exports.csv import write_csv
from app.exports.xlsx import write_xlsx
from app.strategies.gap import DEFAULT, gap_of, gap_sheet
from app.strategies.gap_rows import gap_rows

router = APIRouter(tags=["targets"])
Slug = Annotated[str, Path(max_length=120)]
Indicator = Annotated[
    str, Query(max_length=120, description="imd, a domain of the indices, or an indicator's id")
]
Whose = Annotated[
    str | None,
    Query(max_length=120, description="priorities, saved, or a neighbourhood's slug; default what is there"),
]  # fmt: skip

Ground = Annotated[
    str | None,
    Query(max_length=120, description="a neighbourhood's slug, or `together`; default the first"),
]  # fmt: skip
Against = Annotated[
    str | None,
    Query(max_length=120, description="rest, partnership, region:CODE or england; default the first"),
]  # fmt: skip
Period = Annotated[
    str | None, Query(max_length=40, description="one of the gap's periods; default the newest")
]


@router.get("/partnerships/{slug}/gap", dependencies=[Heavy])
def gap(
    session: ReadSession, slug: Slug, day: AsAt, indicator: Indicator = DEFAULT, neighbourhoods: Whose = None
) -> dict[str, Any]:  # fmt: skip
    """Neighbourhoods against the rest of the partnership, the region and England over time: does the gap close?"""
    return gap_of(session, slug, indicator, neighbourhoods, day)


@router.get("/partnerships/{slug}/gap.csv", response_class=Response, dependencies=[Heavy])
def gap_csv(
    session: ReadSession, slug: Slug, day: AsAt, indicator: Indicator = DEFAULT, neighbourhoods: Whose = None
) -> Response:  # fmt: skip
    """The same as CSV: a row for each ground, comparator and period."""
    sheet = gap_sheet(gap_of(session, slug, indicator, neighbourhoods, day))
    headers = {"Content-Disposition": f'attachment; filename="{slug}-gap.csv"'}
    return Response(write_csv(sheet), media_type=csv.MEDIA_TYPE, headers=headers)


@router.get("/partnerships/{slug}/gap.xlsx", response_class=Response, dependencies=[Heavy])
def gap_xlsx(
    session: ReadSession, slug: Slug, day: AsAt, indicator: Indicator = DEFAULT, neighbourhoods: Whose = None
) -> Response:  # fmt: skip
    """The same as a workbook."""
    sheet = gap_sheet(gap_of(session, slug, indicator, neighbourhoods, day))
    headers = {"Content-Disposition": f'attachment; filename="{slug}-gap.xlsx"'}
    return Response(write_xlsx([sheet]), media_type=xlsx.MEDIA_TYPE, headers=headers)


@router.get("/partnerships/{slug}/gap/rows.csv", response_class=Response, dependencies=[Heavy])
def gap_rows_csv(
    session: ReadSession, slug: Slug, day: AsAt, indicator: Indicator = DEFAULT, neighbourhoods: Whose = None,
    ground: Ground = None, against: Against = None, period: Period = None,
) -> Response:  # fmt: skip
    """What a gap's figures of a period are made of: each area's value, and the people that either side has of it."""
    sheet = gap_rows(
        session, slug, indicator, neighbourhoods, day, ground=ground, against=against, period=period
    )
    headers = {"Content-Disposition": f'attachment; filename="{slug}-gap-rows.csv"'}
    return Response(write_csv(sheet), media_type=csv.MEDIA_TYPE, headers=headers)
