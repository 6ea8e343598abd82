"""HTTP face of the profile of any areas by code, which nobody has saved: the figures, and the rows behind each."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from app.dependencies import AsAt, Heavy, ReadSession
from app.exports.csv import write_csv
from app.indicators.queries import get_index
from app.profiles.indicator_themes import read_ids
from app.profiles.place_words import NotComparable, read_codes, why_not_here
from app.profiles.profile import codes_profile
from app.profiles.routes import (
    Edition,
    IndexId,
    Indicator,
    Indicators,
    Measure,
    Of,
    Period,
    csv_download,
)
from app.profiles.rows import indicator_rows, rows_of
from app.profiles.subject import codes_subject, index_of_codes
from boundaries.errors import Fault

router = APIRouter(tags=["profiles"])
Codes = Annotated[
    str,
    Query(max_length=8_000, description="codes of areas with commas between, of any kind or kinds"),
]


def _codes(written: str) -> tuple[str, ...]:
    codes = read_codes(written)
    if wrong := why_not_here(codes):
        raise NotComparable(wrong, [Fault(wrong, "/codes", value=written[:80])])
    return codes


@router.get("/profile", dependencies=[Heavy])
def of_codes(
    session: ReadSession, codes: Codes, day: AsAt, index: IndexId = None, indicators: Indicators = None
) -> dict[str, Any]:  # fmt: skip
    """Any areas by code, together, by theme as a partnership is: level, standing, trend, drivers; saves nothing."""
    return codes_profile(session, _codes(codes), index, day, read_ids(indicators)).body


@router.get("/profile/rows.csv", response_class=Response, dependencies=[Heavy])
def rows_of_codes(
    session: ReadSession, codes: Codes, day: AsAt, measure: Measure = "imd", of: Of = "here",
    index: IndexId = None, edition: Edition = None, indicator: Indicator = None, period: Period = None,
) -> Response:  # fmt: skip
    """The rows behind one number of such a profile, as its receipt addresses them."""
    chosen = index_of_codes(session, listed := _codes(codes), index)
    subject = codes_subject(session, listed, chosen, day)
    if indicator is not None:
        sheet = indicator_rows(session, subject, chosen, indicator, period, of, day)
        return csv_download(write_csv(sheet), f"{indicator}-rows")
    other = get_index(session, edition) if edition else chosen
    sheet = rows_of(session, subject, chosen, other, measure, of, day)
    return csv_download(write_csv(sheet), f"{measure}-rows")
