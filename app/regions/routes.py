"""HTTP face of a region's partnerships."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response

from app.dependencies import AsAt, Heavy, Paging, ReadSession
from app.exports import csv, xlsx
from app.exports.csv import write_csv
from app.exports.xlsx import write_xlsx
from app.regions.region import partnerships_of_region
from app.regions.sheets import partnerships_sheet, region_sheets

router = APIRouter(tags=["partnerships"])
Code = Annotated[str, Path(max_length=40, description="code of a region")]
Stage = Annotated[str, Query(max_length=40, description="planned, awarded or paid; never added")]


def asked_for(
    session: ReadSession, code: Code, day: AsAt, stage: Stage = "awarded"
) -> Callable[[], dict[str, Any]]:
    """Read what the address asks for; it is worked out when called, so a wrong parameter beside it comes first."""
    return partial(partnerships_of_region, session, code, day, stage=stage)


Asked = Annotated[Callable[[], dict[str, Any]], Depends(asked_for)]


@router.get("/regions/{code}/partnerships", dependencies=[Heavy])
def region_partnerships(request: Request, find: Asked, page: Paging) -> dict[str, Any]:
    """All partnerships of a region: shares, verdict, priorities, money, progress, accreditation; each pound once.

    `money.once` leads from the sum of the ledgers to what they hold with each pound once; `money.reconciled`
    from there to what the region itself holds.
    """
    body = find()
    key = page.after_key(int)
    begun = 0 if key is None else max(0, int(key[0]))
    shown = body["items"][begun : begun + page.limit]
    last = [begun + len(shown)] if begun + len(shown) < len(body["items"]) else None
    told = {name: value for name, value in body.items() if name != "items"}
    return told | page.answer(request, shown, len(body["items"]), last)


@router.get("/regions/{code}/partnerships.csv", response_class=Response, dependencies=[Heavy])
def region_csv(find: Asked, code: Code) -> Response:
    """The same as CSV, a row for each partnership."""
    headers = {"Content-Disposition": f'attachment; filename="{code}-partnerships.csv"'}
    body = write_csv(partnerships_sheet(find()))
    return Response(body, media_type=csv.MEDIA_TYPE, headers=headers)


@router.get("/regions/{code}/partnerships.xlsx", response_class=Response, dependencies=[Heavy])
def region_xlsx(find: Asked, code: Code) -> Response:
    """The same as a workbook: partnerships, money by year, and how the roll-up reconciles."""
    headers = {"Content-Disposition": f'attachment; filename="{code}-partnerships.xlsx"'}
    body = write_xlsx(region_sheets(find()))
    return Response(body, media_type=xlsx.MEDIA_TYPE, headers=headers)
