"""HTTP face of the money in any ground: what a pasted estate holds at once, and a neighbourhood's ledger."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path, Query, Response

from app.dependencies import Heavy, ReadSession
from app.exports import csv
from app.exports.sheets import Kind, Sheet
from app.neighbourhoods.figures import GroundFigures, ground_figures
from app.neighbourhoods.preview import preview
from app.neighbourhoods.queries import (
    Neighbourhood,
    Version,
    get_neighbourhood,
    get_version,
)
from app.neighbourhoods.routes import AreaSet, AtVersion, is_demo, read_said
from app.neighbourhoods.schemas import Question
from app.resources.estate import services_of_ground
from app.resources.ground_money import NOTE, money_in_ground
from app.resources.methods.ground_lines import GroundMoney
from boundaries.footprints import read_ground

router = APIRouter(tags=["neighbourhoods"])
Stage = Annotated[str, Query(max_length=40, description="planned, awarded or paid; never added")]
Year = Annotated[str | None, Query(max_length=10, description="a financial year, e.g. 2018-19")]
LINES: tuple[tuple[str, Kind], ...] = (
    ("id", "text"), ("title", "text"), ("funder", "text"), ("programme", "text"), ("theme", "text"),
    ("amount_pence", "whole"), ("financial_year", "text"), ("grade", "text"), ("place", "text"), ("certainty", "text"),
    ("share_inside", "number"), ("stage", "text"), ("in_sums", "truth"),
)  # fmt: skip


@router.post("/neighbourhoods/preview", dependencies=[Heavy])
def preview_ground(
    session: ReadSession, question: Question, stage: Stage = "awarded", year: Year = None
) -> Response:
    """Say at once what a pasted list of postcodes, a list of codes or an outline holds; nothing is kept.

    People and households by three estimates (best fit, population share, postcode share), their
    spread, and the range that holds nine in ten true values; the small areas with what of each lies
    inside; the money, located and estimated apart; and every entry that is unknown, ended or said
    twice.
    """
    said = read_said(session, question, demo=is_demo(session, question.partnership))
    plain, figures = preview(
        session, said, partnership_slug=question.partnership, area_set=question.area_set
    )
    money = money_in_ground(
        session, said.ground, figures, partnership_slug=question.partnership, stage=stage, year=year
    )
    return _json({**plain, "money": {**money.as_plain(), "note": NOTE}})


@router.get("/neighbourhoods/{slug}/ledger", response_class=Response, dependencies=[Heavy])
def ledger(
    session: ReadSession, slug: Annotated[str, Path(max_length=120)], version: AtVersion = None,
    area_set: AreaSet = None, stage: Stage = "awarded", year: Year = None,
) -> Response:  # fmt: skip
    """The money in a neighbourhood or estate: each line whole, located and estimated apart; the rest beside."""
    row, found = get_neighbourhood(session, slug), get_version(session, slug, version)
    figures = ground_figures(session, found.footprint_id, area_set=area_set)
    money = _money(session, row, found, figures, stage, year)
    people = figures.estimates["people"].as_plain()
    return _json(
        {"slug": slug, "name": row.name, "version": found.version, "people": people, **money.as_plain(),
         "note": NOTE}
    )  # fmt: skip


@router.get("/neighbourhoods/{slug}/ledger.csv", response_class=Response, dependencies=[Heavy])
def ledger_table(
    session: ReadSession, slug: Annotated[str, Path(max_length=120)], version: AtVersion = None,
    area_set: AreaSet = None, stage: Stage = "awarded", year: Year = None,
) -> Response:  # fmt: skip
    """Every line of it as CSV; `in_sums` is false of those that lie mostly elsewhere."""
    row, found = get_neighbourhood(session, slug), get_version(session, slug, version)
    figures = ground_figures(session, found.footprint_id, area_set=area_set)
    money = _money(session, row, found, figures, stage, year)
    rows = [
        line | {"stage": stage, "in_sums": counts}
        for lines, counts in ((money.lines, True), (money.beside, False))
        for line in lines
    ]
    return _csv(Sheet("lines", f"Lines of money in {row.name}", LINES, rows), f"{slug}-ledger")


@router.get("/neighbourhoods/{slug}/services", response_class=Response, dependencies=[Heavy])
def services(
    session: ReadSession, slug: Annotated[str, Path(max_length=120)], version: AtVersion = None
) -> Response:
    """Services in and near a neighbourhood or estate, by kind, with straight-line distances from its postcodes."""
    row, found = get_neighbourhood(session, slug), get_version(session, slug, version)
    ground = read_ground(session, found.footprint_id)
    body = services_of_ground(session, ground)
    return _json({"slug": slug, "name": row.name, "version": found.version, **body})


def _money(
    session: ReadSession, row: Neighbourhood, found: Version, figures: GroundFigures, stage: str, year: str | None
) -> GroundMoney:  # fmt: skip
    return money_in_ground(
        session, read_ground(session, found.footprint_id), figures, partnership_slug=row.partnership_slug,
        stage=stage, year=year,
    )  # fmt: skip


def _json(body: dict[str, Any]) -> Response:
    return Response(orjson.dumps(body), media_type="application/json")


def _csv(sheet: Sheet, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(csv.write_csv(sheet), media_type=csv.MEDIA_TYPE, headers=headers)
