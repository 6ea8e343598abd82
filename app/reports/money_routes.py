"""HTTP face of a place by any rule, in files: the money, its lines, neighbourhood by programme, and all sources."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated

import orjson
from fastapi import APIRouter, Depends
from fastapi.responses import Response

from app.dependencies import Heavy, ReadSession
from app.exports import csv
from app.exports.sheets import Sheet
from app.findings.asking import Asked, Councils, Neighbourhoods, Slug, file_name, find_place
from app.findings.gather import Findings
from app.reports.money_files import crossing_sheet, money_body
from app.reports.place_sheets import SOURCES
from app.resources.sheets import ledger_csv

router = APIRouter(tags=["resources"])


def of_partnership(
    session: ReadSession, slug: Slug, asked: Asked, neighbourhoods: Neighbourhoods = "priorities"
) -> Callable[[], Findings]:
    """Read what the address asks of a partnership; it is worked out when called: a wrong parameter comes first."""
    return partial(find_place, session, slug, None, asked, neighbourhoods=neighbourhoods)


def of_councils(
    session: ReadSession, asked: Asked, councils: Councils = None
) -> Callable[[], Findings]:
    """Read what it asks of some councils together."""
    return partial(find_place, session, None, councils, asked)


OfPartnership = Annotated[Callable[[], Findings], Depends(of_partnership)]
OfCouncils = Annotated[Callable[[], Findings], Depends(of_councils)]


def _figures(findings: Findings) -> Response:
    return Response(orjson.dumps(money_body(findings)), media_type="application/json")


def _lines(findings: Findings) -> Response:
    return _download(ledger_csv(findings.ledger).encode(), findings, "money.csv")


def _crossing(findings: Findings) -> Response:
    return _download(csv.write_csv(crossing_sheet(findings)), findings, "money-by-programme.csv")


def _sources(findings: Findings) -> Response:
    sheet = Sheet("sources", "What the figures rest on, with licences", SOURCES, findings.sources)
    return _download(csv.write_csv(sheet), findings, "sources.csv")


def _download(body: bytes, findings: Findings, ending: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{file_name(findings, ending)}"'}
    return Response(body, media_type=csv.MEDIA_TYPE, headers=headers)


@router.get("/partnerships/{slug}/money", response_class=Response, dependencies=[Heavy])
def money(find: OfPartnership) -> Response:
    """The money of a partnership by any rule: buckets, neighbourhoods, grades, each pound once; lines are in the CSV.

    `/ledger` answers by the usual rule, the index's worst tenth, and knows pages of lines.
    """
    return _figures(find())


@router.get("/partnerships/{slug}/money.csv", response_class=Response, dependencies=[Heavy])
def money_lines(find: OfPartnership) -> Response:
    """Every line of it as CSV, with its bucket, how surely, and why."""
    return _lines(find())


@router.get(
    "/partnerships/{slug}/money-by-programme.csv", response_class=Response, dependencies=[Heavy]
)
def money_by_programme(find: OfPartnership) -> Response:
    """Neighbourhood by programme as CSV, a row for each cell that holds money."""
    return _crossing(find())


@router.get("/partnerships/{slug}/sources.csv", response_class=Response, dependencies=[Heavy])
def place_sources(find: OfPartnership) -> Response:
    """What all figures of the place rest on as CSV: publisher, licence, attribution, date, how good it is."""
    return _sources(find())


@router.get("/view/money", response_class=Response, dependencies=[Heavy])
def view_money(find: OfCouncils) -> Response:
    """The same figures of some councils together; nothing is saved."""
    return _figures(find())


@router.get("/view/money.csv", response_class=Response, dependencies=[Heavy])
def view_money_lines(find: OfCouncils) -> Response:
    """Every line of it as CSV."""
    return _lines(find())


@router.get("/view/money-by-programme.csv", response_class=Response, dependencies=[Heavy])
def view_money_by_programme(find: OfCouncils) -> Response:
    """Neighbourhood by programme of it as CSV."""
    return _crossing(find())


@router.get("/view/sources.csv", response_class=Response, dependencies=[Heavy])
def view_sources(find: OfCouncils) -> Response:
    """What all figures of some councils together rest on as CSV."""
    return _sources(find())
