"""HTTP face of a ledger to take away: a table of it as CSV, all of it as a workbook, its lines as GeoJSON."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import Response

from app.dependencies import AsAt, Heavy, Page, ReadSession, paging
from app.exports import csv, geojson, xlsx
from app.resources.ledger_answers import PartOfLedger
from app.resources.ledger_files import check_table, ledger_book, ledger_shapes, ledger_table
from app.resources.ledger_routes import AskedLedger, Bucket, Slug, json_answer
from app.resources.partnership_money import shared_ground

router = APIRouter(tags=["resources"])

Table = Annotated[
    str,
    Path(
        max_length=20,
        description="neighbourhood, theme, programme, partner, deliverer, grade, year or bucket",
    ),
]


@router.get(
    "/partnerships/{slug}/ledger/by/{table}.csv", response_class=Response, dependencies=[Heavy]
)
def table_as_csv(
    session: ReadSession, day: AsAt, slug: Slug, table: Table, asked: AskedLedger
) -> Response:
    """One table of the ledger as CSV; its rows sum to the file. `by` changes nothing: the address names the table."""
    check_table(table)
    shared = shared_ground(session, slug, asked, day)
    written = csv.write_csv(ledger_table(session, slug, shared, asked, table))
    headers = {"Content-Disposition": f'attachment; filename="{slug}-ledger-by-{table}.csv"'}
    return Response(written, media_type=csv.MEDIA_TYPE, headers=headers)


@router.get("/partnerships/{slug}/ledger.xlsx", response_class=Response, dependencies=[Heavy])
def ledger_as_workbook(session: ReadSession, day: AsAt, slug: Slug, asked: AskedLedger) -> Response:
    """The ledger as a workbook: totals, a sheet a view, grades, and every line up to 10,000. `by` changes nothing."""
    shared = shared_ground(session, slug, asked, day)
    written = xlsx.write_xlsx(ledger_book(session, slug, shared, asked))
    headers = {"Content-Disposition": f'attachment; filename="{slug}-ledger.xlsx"'}
    return Response(written, media_type=xlsx.MEDIA_TYPE, headers=headers)


@router.get("/partnerships/{slug}/ledger.geojson", response_class=Response, dependencies=[Heavy])
def ledger_as_geojson(
    request: Request, session: ReadSession, day: AsAt, slug: Slug, asked: AskedLedger,
    page: Annotated[Page, Depends(paging)], bucket: Bucket = None,
) -> Response:  # fmt: skip
    """A page of the ledger's lines as GeoJSON in WGS84, in order of id.

    A line has the point that it states, its postcode's, or a point within its one area (`drawn_at`), else no
    geometry. Lines in no total come too, unless one bucket is asked for. `by` and `basis` change nothing.
    """
    after = page.after_key(str)
    part = PartOfLedger("some", page.limit, "" if after is None else str(after[0]), bucket)
    shared = shared_ground(session, slug, asked, day)
    features, total, following = ledger_shapes(session, shared, asked, part)
    body = page.answer(request, features, total, None if following is None else [following])
    written = json_answer(
        {"type": "FeatureCollection", "features": body.pop("items"), "partnership": slug,
         "index": shared.index_id, "neighbourhoods_are": asked.neighbourhoods, **body}
    )  # fmt: skip
    return Response(written.body, media_type=geojson.MEDIA_TYPE)
