"""HTTP face of rehearsed mergers: partnerships in, what one of them all would be out; nothing is stored."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from app.dependencies import AsAt, Heavy, ReadSession
from app.exports import csv, xlsx
from app.exports.csv import write_csv
from app.exports.xlsx import write_xlsx
from app.rehearsals.merger_sheets import merger_sheets, money_sheet
from app.rehearsals.mergers import merge_partnerships, read_slugs

router = APIRouter(tags=["rehearsals"])
Partnerships = Annotated[
    str, Query(max_length=2000, description="slugs of two or more partnerships, commas between")
]
Stage = Annotated[str, Query(max_length=40, description="planned, awarded or paid; never added")]


def asked_for(
    session: ReadSession, day: AsAt, partnerships: Partnerships, stage: Stage = "awarded"
) -> Callable[[], dict[str, Any]]:
    """Read what the address asks for; it is worked out when called, so a wrong parameter beside it comes first."""
    return partial(merge_partnerships, session, read_slugs(partnerships), day, stage=stage)


Asked = Annotated[Callable[[], dict[str, Any]], Depends(asked_for)]


@router.get("/mergers", dependencies=[Heavy])
def merger(find: Asked) -> dict[str, Any]:
    """What a merger would do: verdict, neighbourhoods, members, money before and after, words that clash.

    Money leads from what each ledger has to what the merged one has, to the penny, with every line that more than
    one counts and every line that only all of them hold.
    """
    return find()


@router.get("/mergers.csv", response_class=Response, dependencies=[Heavy])
def merger_csv(find: Asked) -> Response:
    """The money before and after as CSV, row by row from one to the other."""
    headers = {"Content-Disposition": 'attachment; filename="merger-money.csv"'}
    return Response(write_csv(money_sheet(find())), media_type=csv.MEDIA_TYPE, headers=headers)


@router.get("/mergers.xlsx", response_class=Response, dependencies=[Heavy])
def merger_xlsx(find: Asked) -> Response:
    """The merger as a workbook: money, neighbourhoods, members, words."""
    headers = {"Content-Disposition": 'attachment; filename="merger.xlsx"'}
    return Response(write_xlsx(merger_sheets(find())), media_type=xlsx.MEDIA_TYPE, headers=headers)
