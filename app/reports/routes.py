"""HTTP face of papers and files: the PDF and its figures, and the GeoPackage, GeoJSON and CSVs of one place."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import orjson
from fastapi import APIRouter, Query
from fastapi.responses import Response
from sqlalchemy.orm import Session

from app.dependencies import Heavy, ReadSession, Simplify, simplified_header
from app.exports import csv, geojson
from app.exports.geopackage import MEDIA_TYPE as GEOPACKAGE
from app.exports.geopackage import write_geopackage
from app.exports.sheets import Sheet
from app.findings.area_rows import area_rows
from app.findings.asking import Asked, Councils, Slug, file_name, find_place
from app.findings.gather import Findings
from app.reports.facts import paper_facts
from app.reports.paper import make_document, make_paper
from app.reports.place_sheets import (
    area_sheet,
    metre_texts,
    neighbourhood_sheet,
    partnership_features,
    place_sheets,
    simplified_degrees,
)
from app.reports.word import MEDIA_TYPE as WORD
from maps.geojson import geometry_texts

# Included before the partnerships' own router, whose `/partnerships/{slug}` would take `x.gpkg` for a slug.
router = APIRouter(tags=["exports"])
pages = APIRouter(include_in_schema=False)

Crs = Annotated[
    str | None, Query(max_length=40, description="EPSG code; default longitude, latitude")
]


def _download(body: bytes, media_type: str, findings: Findings, ending: str) -> Response:
    # "inline" lets a browser show a PDF; the name serves whoever saves it.
    how = "inline" if ending == "pdf" else "attachment"
    name = file_name(findings, ending)
    headers = {"Content-Disposition": f'{how}; filename="{name}"'}
    return Response(body, media_type=media_type, headers=headers)


def _paper(session: Session, findings: Findings) -> Response:
    return _download(make_paper(session, findings), "application/pdf", findings, "pdf")


def _document(session: Session, findings: Findings) -> Response:
    return _download(make_document(session, findings), WORD, findings, "docx")


def _figures(session: Session, findings: Findings) -> Response:
    return Response(orjson.dumps(paper_facts(session, findings)), media_type="application/json")


def _package(session: Session, findings: Findings) -> Response:
    body = write_geopackage(place_sheets(session, findings))
    return _download(body, GEOPACKAGE, findings, "gpkg")


def _collection(
    session: Session, findings: Findings, crs: str | None, simplify_m: float | None
) -> Response:
    in_metres = geojson.wants_metres(crs)
    geojson.refuse_simplified_metres(simplify_m, in_metres=in_metres)
    properties, metres, degrees, day = partnership_features(session, findings)
    level_m = None
    if simplify_m is not None:
        degrees, level_m = simplified_degrees(session, findings, properties, degrees, simplify_m)
    texts = (
        metre_texts(metres)
        if in_metres
        else [text.decode() for text in geometry_texts(np.array(degrees, dtype=object))]
    )
    features = ",\n".join(
        '{"type":"Feature","geometry":'
        + text
        + ',"properties":'
        + orjson.dumps(about, default=str).decode()
        + "}"
        for text, about in zip(texts, properties, strict=True)
    )
    about = {
        "title": findings.ground.name, "as_at": day, "release": findings.alignment["release"],
        "attribution": findings.alignment["attribution"], "quality": findings.alignment["quality"],
        "simplified_m": level_m or 0,
    }  # fmt: skip
    body = geojson.write_collection(features, about, in_metres=in_metres)
    headers = {**geojson.crs_headers(in_metres=in_metres), **simplified_header(level_m)}
    return Response(body, media_type=geojson.MEDIA_TYPE, headers=headers)


def _table(sheet: Sheet, findings: Findings) -> Response:
    response = _download(csv.write_csv(sheet), csv.MEDIA_TYPE, findings, "csv")
    name = file_name(findings, f"{sheet.name}.csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@pages.get("/partnerships/{slug}/report.pdf", response_class=Response, dependencies=[Heavy])
def partnership_paper(session: ReadSession, slug: Slug, asked: Asked) -> Response:
    """A partnership's paper: verdict, list with people, money, map, sources, date, as PDF/UA."""
    return _paper(session, find_place(session, slug, None, asked))


@pages.get("/partnerships/{slug}/report.docx", response_class=Response, dependencies=[Heavy])
def partnership_document(session: ReadSession, slug: Slug, asked: Asked) -> Response:
    """The same paper as a Word file: real tables with header rows, the map with alternative text."""
    return _document(session, find_place(session, slug, None, asked))


@pages.get("/partnerships/{slug}/report.json", response_class=Response)
def partnership_figures(session: ReadSession, slug: Slug, asked: Asked) -> Response:
    """Every figure of a partnership's paper as plain values."""
    return _figures(session, find_place(session, slug, None, asked))


@pages.get("/view/report.pdf", response_class=Response, dependencies=[Heavy])
def view_paper(session: ReadSession, asked: Asked, councils: Councils = None) -> Response:
    """The paper of some councils together; nothing is saved."""
    return _paper(session, find_place(session, None, councils, asked))


@pages.get("/view/report.docx", response_class=Response, dependencies=[Heavy])
def view_document(session: ReadSession, asked: Asked, councils: Councils = None) -> Response:
    """The same paper as a Word file."""
    return _document(session, find_place(session, None, councils, asked))


@pages.get("/view/report.json", response_class=Response)
def view_figures(session: ReadSession, asked: Asked, councils: Councils = None) -> Response:
    """Every figure of that paper as plain values."""
    return _figures(session, find_place(session, None, councils, asked))


@pages.get("/view.gpkg", response_class=Response, dependencies=[Heavy])
def view_package(session: ReadSession, asked: Asked, councils: Councils = None) -> Response:
    """The GeoPackage of some councils together."""
    return _package(session, find_place(session, None, councils, asked))


@pages.get("/view.geojson", response_class=Response, dependencies=[Heavy])
def view_collection(
    session: ReadSession, asked: Asked, councils: Councils = None, crs: Crs = None, simplify: Simplify = None
) -> Response:  # fmt: skip
    """Some councils together, and each, as GeoJSON; with `simplify` of a level that neighbours share."""
    return _collection(session, find_place(session, None, councils, asked), crs, simplify)


@router.get("/partnerships/{slug}.gpkg", response_class=Response, dependencies=[Heavy])
def partnership_package(session: ReadSession, slug: Slug, asked: Asked) -> Response:
    """A GeoPackage in British National Grid, codes as text: areas, neighbourhoods, authorities, resources.

    `resources` holds the lines of money that name a point or a small place, `resources_unplaced`
    all others: together every line of the ledger, also those in no total.
    """
    return _package(session, find_place(session, slug, None, asked))


@router.get("/partnerships/{slug}.geojson", response_class=Response, dependencies=[Heavy])
def partnership_collection(
    session: ReadSession, slug: Slug, asked: Asked, crs: Crs = None, simplify: Simplify = None
) -> Response:
    """The partnership's outline and its councils as GeoJSON; with `simplify` of a level that neighbours share."""
    return _collection(session, find_place(session, slug, None, asked), crs, simplify)


@router.get("/partnerships/{slug}/areas.csv", response_class=Response)
def partnership_areas(session: ReadSession, slug: Slug, asked: Asked) -> Response:
    """Every small area of the partnership as CSV: outcome, rank, people, release, parents."""
    findings = find_place(session, slug, None, asked)
    return _table(area_sheet(session, findings, area_rows(findings)), findings)


@router.get("/partnerships/{slug}/neighbourhoods.csv", response_class=Response)
def partnership_neighbourhoods(session: ReadSession, slug: Slug, asked: Asked) -> Response:
    """The priority neighbourhoods as CSV, with people and placed money."""
    findings = find_place(session, slug, None, asked)
    return _table(neighbourhood_sheet(findings), findings)
