"""HTTP face of comparisons: any two lists, saved or drawn now, as JSON and as a table."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse, Response
from sqlalchemy.orm import Session

from app.dependencies import AsAt, ReadSession
from app.exports import geojson, xlsx
from app.exports.sheets import Kind, Sheet
from app.exports.xlsx import write_xlsx
from app.indicators.queries import DEFAULT_INDEX
from app.priorities.comparing import AGAINST, ListAsked, compare_asked
from app.priorities.lists import ListsCompared
from app.priorities.queries import find_outlines
from app.priorities.routes import Areas, Partnership, RuleText, Worst, read_place, read_rule
from app.priorities.sheets import as_csv
from boundaries.errors import Fault, Invalid
from boundaries.queries import releases_of

router = APIRouter(tags=["priorities"])

OneIndex = Annotated[
    str | None, Query(max_length=60, description=f"one index id; default {DEFAULT_INDEX}")
]
OtherIndex = Annotated[
    str | None, Query(max_length=60, description=f"the other; default {AGAINST}")
]
OneSaved = Annotated[str | None, Query(max_length=120, description="id of a saved designation")]
OtherSaved = Annotated[str | None, Query(max_length=120, description="id of the other")]
On = Annotated[
    str | None, Query(max_length=40, description="the areas to count on: lsoa-2011 or lsoa-2021")
]
COLUMNS: tuple[tuple[str, Kind], ...] = (
    ("code", "text"), ("name", "text"), ("outcome", "text"), ("link", "text"), ("old_codes", "text"),
    ("old_share", "number"), ("people", "whole"), ("in_doubt", "truth"),
)  # fmt: skip
SideAsked = tuple[str | None, str | None, str | None, int | None]


def compare_as_asked(
    session: Session, day: date, areas: str | None, partnership: str | None, one: SideAsked, other: SideAsked,
    on: str | None,
) -> ListsCompared:  # fmt: skip
    """Compare two sides as an address asks for them; a side is (designation, index, rule, worst).

    The other side's rule is the first one's where it has none of its own. Raises Invalid for a saved
    designation beside an index or rule of the same side.
    """
    sides = []
    for name, (designation, index, rule, worst) in (
        ("designation", one),
        ("against_designation", other),
    ):
        if designation is not None and (index is not None or rule is not None or worst is not None):
            detail = "a saved designation has its own index and rule: leave those of its side out"
            raise Invalid(detail, [Fault(detail, pointer=f"/{name}", value=designation[:80])])
        given = None if rule is None and worst is None else read_rule(rule, worst)
        sides.append(ListAsked(designation, index, given))
    if sides[1].rule is None and sides[1].designation is None:
        sides[1] = replace(sides[1], rule=sides[0].rule)
    named = areas is not None or partnership is not None
    both_saved = all(side.designation is not None for side in sides)
    some_saved = any(side.designation is not None for side in sides)
    if both_saved and named:
        detail = "two saved designations have their own places: leave areas and partnership out"
        raise Invalid(detail, [Fault(detail, pointer="/areas")])
    place = None if some_saved and not named else read_place(session, day, areas, partnership)
    return compare_asked(session, place, sides[0], sides[1], on)


def read_comparison(
    session: ReadSession, day: AsAt, areas: Areas = None, partnership: Partnership = None,
    index: OneIndex = None, against: OtherIndex = None, rule: RuleText = None, worst: Worst = None,
    designation: OneSaved = None, against_designation: OtherSaved = None,
    against_rule: RuleText = None, against_worst: Worst = None, on: On = None,
) -> ListsCompared:  # fmt: skip
    """Compare the two sides that an address asks for, for every form that the answer is given in."""
    return compare_as_asked(
        session, day, areas, partnership, (designation, index, rule, worst),
        (against_designation, against, against_rule, against_worst), on,
    )  # fmt: skip


Compared = Annotated[ListsCompared, Depends(read_comparison, scope="function")]


@router.get("/compare-designations")
def compare_designations(made: Compared) -> JSONResponse:
    """Any two lists: kept, added and dropped in areas and people, counted on one set of areas.

    Each side is a saved designation, or a rule by an index (by default one rule by two indices). The
    codes that each selects stand in `older` and `newer`; `on` chooses the set to count on, else the newer areas.
    """
    return JSONResponse(made.as_plain())


@router.get("/compare-designations.csv", response_class=Response)
def compare_designations_csv(made: Compared) -> Response:
    """The same as CSV, one row an area that is in either list."""
    rows = [{**area, "old_codes": " ".join(area["old_codes"])} for area in made.as_plain()["areas"]]
    return _table(as_csv(rows))


@router.get("/compare-designations.xlsx", response_class=Response)
def compare_designations_xlsx(made: Compared) -> Response:
    """The same as an Excel workbook: one row an area that is in either list."""
    rows = [{**area, "old_codes": " ".join(area["old_codes"])} for area in made.as_plain()["areas"]]
    headers = {"Content-Disposition": 'attachment; filename="comparison.xlsx"'}
    book = write_xlsx([Sheet("comparison", made.newer.title, COLUMNS, rows)])
    return Response(book, media_type=xlsx.MEDIA_TYPE, headers=headers)


@router.get("/compare-designations.geojson", response_class=Response)
def compare_designations_geojson(session: ReadSession, made: Compared) -> Response:
    """The same as GeoJSON: the outlines of the areas that are in either list, with what became of them."""
    listed = made.as_plain()["areas"]
    outlines = find_outlines(session, made.release, [area["code"] for area in listed])
    features = ",".join(
        f'{json.dumps({"type": "Feature", "id": area["code"], "properties": area})[:-1]}, "geometry": '
        f"{outlines.get(area['code'], 'null')}}}"
        for area in listed
    )
    lines = [one.attribution for one in releases_of(session, [made.release])]
    about = {"title": made.newer.title, "release": made.release, "attribution": " ".join(lines)}
    return Response(
        geojson.write_collection(features, about, in_metres=False), media_type=geojson.MEDIA_TYPE
    )


def _table(text: str) -> Response:
    headers = {"Content-Disposition": 'attachment; filename="comparison.csv"'}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)
