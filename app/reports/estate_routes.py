"""HTTP face of an estate whose postcodes stand in the address: its figures and its small areas; keeps nothing."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query
from fastapi.responses import Response
from sqlalchemy.orm import Session

from app.dependencies import Heavy, ReadSession
from app.exports import csv
from app.exports.sheets import Kind, Sheet
from app.neighbourhoods.preview import preview
from app.neighbourhoods.saying import MOST_LETTERS, say_postcodes
from app.resources.ground_money import NOTE, money_in_ground
from app.resources.ground_routes import Stage, Year
from app.sources.credits import PEOPLE, POSTCODES, credit_lines
from boundaries.queries import releases_of

router = APIRouter(tags=["neighbourhoods"])
Postcodes = Annotated[
    str,
    Query(max_length=MOST_LETTERS, description="postcodes, with lines, commas or blanks between"),
]
AREAS: tuple[tuple[str, Kind], ...] = (
    ("code", "text"), ("name", "text"), ("population_share", "number"), ("postcode_share", "number"),
    ("best_fit", "truth"), ("area_set", "text"), ("release", "text"), ("attribution", "text"),
)  # fmt: skip
COUNTS: tuple[tuple[str, Kind], ...] = (
    ("what", "text"), ("people", "whole"), ("households", "whole"), ("people_source", "text"),
    ("households_source", "text"), ("attribution", "text"),
)  # fmt: skip


@router.get("/estate", dependencies=[Heavy])
def estate(
    session: ReadSession, postcodes: Postcodes, stage: Stage = "awarded", year: Year = None
) -> Response:
    """What some postcodes hold, as the page of an estate tells it: people, households, small areas, money.

    `POST /neighbourhoods/preview` answers the same of longer lists, codes and outlines.
    """
    said = say_postcodes(session, postcodes)
    plain, figures = preview(session, said)
    money = money_in_ground(session, said.ground, figures, stage=stage, year=year).as_plain()
    told = {"attribution": _thanks(session, plain, demo=said.ground.demo)}
    return Response(
        orjson.dumps({**plain, "money": {**money, "note": NOTE}, **told}),
        media_type="application/json",
    )


@router.get("/estate.csv", response_class=Response, dependencies=[Heavy])
def estate_areas(session: ReadSession, postcodes: Postcodes) -> Response:
    """What of each small area lies in it, as CSV."""
    said = say_postcodes(session, postcodes)
    plain, _ = preview(session, said)
    told = {
        "area_set": plain["area_set"], "release": plain["inputs"]["release"],
        "attribution": _thanks(session, plain, demo=said.ground.demo),
    }  # fmt: skip
    sheet = Sheet(
        "areas",
        "What of each small area lies in the estate",
        AREAS,
        [row | told for row in plain["areas"]],
    )
    headers = {"Content-Disposition": 'attachment; filename="estate.csv"'}
    return Response(csv.write_csv(sheet), media_type=csv.MEDIA_TYPE, headers=headers)


@router.get("/estate/counts.csv", response_class=Response, dependencies=[Heavy])
def estate_counts(session: ReadSession, postcodes: Postcodes) -> Response:
    """Its people and households as CSV: three estimates, and the range that holds nine in ten true values."""
    said = say_postcodes(session, postcodes)
    plain, _ = preview(session, said)
    both = [plain["people"], plain["households"]]
    rows = [
        dict(zip(("people", "households"), (told["estimates"][way] for told in both), strict=True)) | {"what": way}
        for way in plain["people"]["estimates"]
    ] + [
        dict(zip(("people", "households"), (told["range"][end] for told in both), strict=True)) | {"what": end}
        for end in ("low", "high")
    ]  # fmt: skip
    told = {
        "people_source": plain["people"]["source"], "households_source": plain["households"]["source"],
        "attribution": _thanks(session, plain, demo=said.ground.demo),
    }  # fmt: skip
    sheet = Sheet("counts", "People and households", COUNTS, [row | told for row in rows])
    headers = {"Content-Disposition": 'attachment; filename="estate-counts.csv"'}
    return Response(csv.write_csv(sheet), media_type=csv.MEDIA_TYPE, headers=headers)


def _thanks(session: Session, plain: dict[str, Any], *, demo: bool) -> str:
    drawn = releases_of(session, [str(plain["inputs"]["release"])])
    counted = [] if demo else credit_lines(session, PEOPLE, POSTCODES)
    return " ".join((*(f"{one.title}. {one.attribution}" for one in drawn), *counted))
