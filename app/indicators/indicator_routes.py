"""HTTP face of indicators: which are held, what one is, and its values."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pandas as pd
from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from app.dependencies import Page, Paging, ReadSession, as_at
from app.exports import csv
from app.indicators.asking import AskedValues, ask_values, find_names
from app.indicators.indicator_schemas import (
    asked_body,
    indicator_body,
    indicator_line,
    value_items,
    values_sheet,
)
from app.indicators.values import get_indicator, list_indicator_rows
from boundaries.errors import Fault, Invalid

router = APIRouter(tags=["indicators"])

IndicatorId = Annotated[str, Path(max_length=120)]
AreaType = Annotated[
    str | None, Query(max_length=20, description="type of area, e.g. lsoa, wd, lad")
]
Within = Annotated[
    str | None,
    Query(max_length=40, description="code of a region, county, district, ward or parish"),
]
Day = Annotated[
    str | None,
    Query(
        alias="as_at", max_length=40,
        description="the day whose areas are wanted, YYYY-MM-DD; default the indicator's own areas",
    ),
]  # fmt: skip
Period = Annotated[str | None, Query(max_length=40, description="default the newest held")]
Order = Annotated[Literal["code", "rank"], Query(description="rank: 1, the worst, first")]
# Behind every rank there is: areas without one come last.
NO_RANK = 10**9
Rebase = Annotated[
    bool, Query(description="carry the values to the areas of as_at, where those are others")
]


@router.get("/indicators")
def indicators(
    request: Request,
    session: ReadSession,
    page: Paging,
    area_type: AreaType = None,
    q: Annotated[str | None, Query(max_length=100, description="words in id or title")] = None,
) -> dict[str, Any]:
    """Indicators held, in order of id."""
    words = (q or "").lower().split()
    rows = [
        row
        for row in list_indicator_rows(session)
        if area_type in (None, row.area_type)
        and all(word in f"{row.id} {row.title}".lower() for word in words)
    ]
    key = page.after_key(str)
    left = [row for row in rows if key is None or row.id > key[0]]
    shown = left[: page.limit]
    last = [shown[-1].id] if len(left) > len(shown) else None
    return page.answer(request, [indicator_line(row) for row in shown], len(rows), last)


@router.get("/indicators/{indicator_id}/values.csv", response_class=Response)
def values_csv(
    session: ReadSession, indicator_id: IndicatorId, area_type: AreaType = None, within: Within = None,
    day: Day = None, period: Period = None, rebase: Rebase = False,
) -> Response:  # fmt: skip
    """The values as CSV, one row an area; an empty value is told by the state beside it."""
    asked = _asked(session, indicator_id, area_type, within, day, period, rebase)
    sheet = values_sheet(asked, find_names(session, list(asked.frame.index)))
    name = "".join(each for each in asked.row.id if each.isalnum() or each in "-_")
    return Response(
        csv.write_csv(sheet),
        media_type=csv.MEDIA_TYPE,
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


@router.get("/indicators/{indicator_id}/values")
def values(
    request: Request, session: ReadSession, page: Paging, indicator_id: IndicatorId,
    area_type: AreaType = None, within: Within = None, day: Day = None, period: Period = None,
    rebase: Rebase = False, order: Order = "code",
) -> dict[str, Any]:  # fmt: skip
    """Values in order of code or rank: `state` says value, suppressed or missing; only a measured nought is 0.

    Values of one release are never joined to the areas of another: with an `as_at` whose areas are others
    the answer is 409 and offers to carry them, which `rebase=true` does, each value saying how it came.
    """
    asked = _asked(session, indicator_id, area_type, within, day, period, rebase)
    shown, last = _page(asked, page, order)
    items = value_items(shown, find_names(session, list(shown.index)))
    return page.answer(request, items, len(asked.frame), last) | asked_body(asked)


@router.get("/indicators/{indicator_id}")
def one_indicator(session: ReadSession, indicator_id: IndicatorId) -> dict[str, Any]:
    """One indicator: definition, unit, direction, nature, denominator, periods, areas, source and licence."""
    return indicator_body(get_indicator(session, indicator_id))


def _asked(
    session: ReadSession, indicator_id: str, area_type: str | None, within: str | None,
    day: str | None, period: str | None, rebase: bool,
) -> AskedValues:  # fmt: skip
    return ask_values(
        session, indicator_id, area_type=area_type, within=within, period=period, rebase=rebase,
        day=None if day is None else as_at(day),
    )  # fmt: skip


def _page(
    asked: AskedValues, page: Page, order: Literal["code", "rank"]
) -> tuple[pd.DataFrame, list[str | int | float] | None]:
    """Cut the page out of the values, in order of code, or of rank with those without one last."""
    frame = asked.frame
    if order == "code":
        key = page.after_key(str)
        left = frame if key is None else frame[frame.index > key[0]]
        shown = left.iloc[: page.limit]
        return shown, [str(shown.index[-1])] if len(left) > len(shown) else None
    if "rank" not in frame:
        detail = "values that were carried or gathered have no ranks; ask in order of code"
        raise Invalid(detail, [Fault(detail, pointer="/order", value=order)])
    ordered = frame.assign(place=frame["rank"].fillna(NO_RANK).astype(int))
    ordered = ordered.sort_index().sort_values("place", kind="stable")
    after = page.after_key(int, str)
    if after is not None:
        place, code = after
        tied = (ordered["place"] == place) & (ordered.index > code)
        ordered = ordered[(ordered["place"] > place) | tied]
    shown = ordered.iloc[: page.limit]
    last: list[str | int | float] | None = None
    if len(ordered) > len(shown):
        last = [int(shown["place"].iloc[-1]), str(shown.index[-1])]
    return shown.drop(columns="place"), last
