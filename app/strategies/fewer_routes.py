"""HTTP face of fewer partnerships: pairs on one ground, and which might be one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from app.dependencies import AsAt, Heavy, Paging, ReadSession
from app.exports import csv, xlsx
from app.exports.csv import write_csv
from app.exports.xlsx import write_xlsx
from app.strategies.fewer import fewer_partnerships
from app.strategies.fewer_sheets import fewer_sheets, pairs_sheet
from app.strategies.methods.fewer import AT_LEAST, MEMBERS_AT_LEAST

router = APIRouter(tags=["partnerships"])


Invented = Annotated[
    bool, Query(description="the invented county's partnerships in place of the real ones")
]
AtLeast = Annotated[
    float,
    Query(ge=0, le=1, allow_inf_nan=False, description="share of the smaller one in the other"),
]
MembersAtLeast = Annotated[
    int, Query(ge=1, le=500, description="members in both that are a reason by themselves")
]


def asked_for(
    session: ReadSession, day: AsAt, demo: Invented = False, at_least: AtLeast = AT_LEAST,
    members_at_least: MembersAtLeast = MEMBERS_AT_LEAST,
) -> Callable[[], dict[str, Any]]:  # fmt: skip
    """Read what the address asks for; it is worked out when called, so a wrong parameter beside it comes first."""
    return partial(
        fewer_partnerships, session, day, demo=demo, at_least=at_least, members_at_least=members_at_least
    )  # fmt: skip


Asked = Annotated[Callable[[], dict[str, Any]], Depends(asked_for)]


@router.get("/overlaps/partnerships", dependencies=[Heavy])
def fewer(request: Request, find: Asked, page: Paging) -> dict[str, Any]:
    """Which partnerships might be one, the most alike first, each with the reason; the CSV has every pair.

    A pair is suggested where the smaller one has at least `at_least` of its people (of its area, where
    people are not known) on the other's ground, and both have a kind, a theme, or `members_at_least` members.
    """
    body = find()
    key = page.after_key(int)
    begun = 0 if key is None else max(0, int(key[0]))
    found = body["items"]
    shown = found[begun : begun + page.limit]
    last = [begun + len(shown)] if begun + len(shown) < len(found) else None
    told = {
        name: body[name] for name in ("as_at", "at_least", "members_at_least", "sentence", "note")
    }
    return (
        told | {"pairs_total": len(body["pairs"])} | page.answer(request, shown, len(found), last)
    )


@router.get("/overlaps/partnerships.csv", response_class=Response, dependencies=[Heavy])
def fewer_csv(find: Asked) -> Response:
    """The same pairs as CSV, each with its suggestion."""
    headers = {"Content-Disposition": 'attachment; filename="partnerships-on-one-ground.csv"'}
    return Response(write_csv(pairs_sheet(find())), media_type=csv.MEDIA_TYPE, headers=headers)


@router.get("/overlaps/partnerships.xlsx", response_class=Response, dependencies=[Heavy])
def fewer_xlsx(find: Asked) -> Response:
    """The suggestions and every pair as a workbook of two sheets."""
    headers = {"Content-Disposition": 'attachment; filename="partnerships-on-one-ground.xlsx"'}
    return Response(write_xlsx(fewer_sheets(find())), media_type=xlsx.MEDIA_TYPE, headers=headers)
