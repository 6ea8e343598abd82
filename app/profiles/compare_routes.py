"""HTTP face of places side by side: JSON, CSV, a workbook, and the lines of money behind a sum."""

from __future__ import annotations

from typing import Annotated

import orjson
from fastapi import APIRouter, Depends, Query, Response
from sqlalchemy.orm import Session

from app.dependencies import AsAt, Heavy, ReadSession
from app.exports import xlsx
from app.exports.csv import write_csv
from app.exports.xlsx import write_xlsx
from app.profiles.compare_sheets import compared_book, figures_told, lines_of_money
from app.profiles.place_money import money_of_place
from app.profiles.place_words import HOW, NotComparable, read_place
from app.profiles.places_compared import PlacesCompared, compare_places
from app.profiles.routes import IndexId, csv_download
from boundaries.errors import Conflict, Fault, Invalid, NotFound

router = APIRouter(tags=["profiles"])

Places = Annotated[list[str] | None, Query(description=f"two to four times; {HOW}", max_length=50)]
Place = Annotated[str, Query(description=HOW, max_length=8_000)]
Stage = Annotated[str, Query(max_length=40, description="planned, awarded or paid; never added")]
Year = Annotated[str | None, Query(max_length=10, description="a financial year, e.g. 2018-19")]


def read_compared(
    session: ReadSession, day: AsAt, place: Places = None, index: IndexId = None, stage: Stage = "awarded",
    year: Year = None,
) -> PlacesCompared:  # fmt: skip
    """Put the places that an address asks for side by side, for every form that the answer is given in."""
    return compare_places(session, place or [], index, day, stage=stage, year=year)


Compared = Annotated[PlacesCompared, Depends(read_compared, scope="function")]


@router.get("/compare-places", response_class=Response, dependencies=[Heavy])
def compared(made: Compared) -> Response:
    """Two to four places of any kind: people, themes, trend and money a head, each figure with its receipt.

    A place is a partnership, a saved neighbourhood, or any areas by code, together. `difference`, of two places:
    the second less the first.
    """
    return Response(orjson.dumps(made.body), media_type="application/json")


@router.get("/compare-places.csv", response_class=Response, dependencies=[Heavy])
def compared_csv(made: Compared) -> Response:
    """The same as CSV: a row each figure and place, with its receipt, or why there is none."""
    return csv_download(write_csv(figures_told(made)), "places-compared")


@router.get("/compare-places.xlsx", response_class=Response, dependencies=[Heavy])
def compared_xlsx(made: Compared) -> Response:
    """The same as a workbook: side by side, every figure, small areas, lines of money."""
    headers = {"Content-Disposition": 'attachment; filename="places-compared.xlsx"'}
    book = write_xlsx(compared_book(made))
    return Response(book, media_type=xlsx.MEDIA_TYPE, headers=headers)


@router.get("/compare-places/money.csv", response_class=Response, dependencies=[Heavy])
def money_rows(
    session: ReadSession, day: AsAt, place: Place, stage: Stage = "awarded", year: Year = None
) -> Response:
    """The lines of money of one place behind its sums: the sum of amount_pence by certainty is the figure."""
    return csv_download(_money_rows(session, day, place, stage, year), "money-of-place")


def _money_rows(session: Session, day: AsAt, place: str, stage: str, year: str | None) -> bytes:
    one = read_place(place)
    try:
        found = money_of_place(session, one, day, stage, year)
    except (NotFound, Invalid, Conflict) as error:
        fault = Fault(error.detail, "/place", value=place[:80])
        raise NotComparable(f"{place[:80]}: {error.detail}", [fault]) from error
    return write_csv(lines_of_money([(one.words, found.lines)]))
