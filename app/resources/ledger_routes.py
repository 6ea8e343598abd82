"""HTTP face of a partnership's ledger: its figures, its lines a page at a time, one line and why it stands there."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response

from app.dependencies import AsAt, Heavy, Page, ReadSession, encode_cursor, paging
from app.resources.ledger_answers import (
    MOST_WHOLE,
    PartOfLedger,
    ledger_line,
    ledger_part,
    whole_ledger,
)
from app.resources.methods.ledger import BUCKETS
from app.resources.need import need_answer
from app.resources.partnership_money import LedgerAsked, shared_ground
from app.resources.reconciling import reconcile_file, reconcile_partnership
from app.resources.sheets import ledger_csv, reconciliation_csv

router = APIRouter(tags=["resources"])

Slug = Annotated[str, Path(max_length=120)]
Year = Annotated[
    str | None, Query(max_length=20, description="financial year, e.g. 2018-19; default all")
]
By = Annotated[
    str,
    Query(
        max_length=20,
        description="neighbourhood, theme, programme, partner, deliverer, grade or year",
    ),
]
Stage = Annotated[
    str, Query(max_length=20, description="planned, awarded or paid; stages are never added")
]
IndexId = Annotated[
    str | None, Query(max_length=60, description="index of the priorities, e.g. imd-2019")
]
Basis = Annotated[
    str | None,
    Query(max_length=20, description="what if the estimate shared every line out so: households"),
]
Neighbourhoods = Annotated[
    Literal["priorities", "saved"],
    Query(description="the priorities', or the partnership's saved ones, which may overlap"),
]
Which = Annotated[
    Literal["all", "some", "none"] | None,
    Query(
        description="all lines, a page of them (limit, cursor), or none; default all, of more than"
        f" {MOST_WHOLE:,} a page"
    ),
]
Bucket = Annotated[
    Literal["neighbourhoods", "rest_of_partnership", "outside", "not_placed"] | None,
    Query(description="lines of one bucket alone; the figures stay those of the whole ledger"),
]
assert set(BUCKETS) == {"neighbourhoods", "rest_of_partnership", "outside", "not_placed"}
Units = Annotated[
    Literal["neighbourhood", "small_area"], Query(description="what need and money are told of")
]
Limit = Annotated[str | None, Query(description="lines a page, 1 to 1000; default 100")]
Cursor = Annotated[str | None, Query(description="taken from `lines_next`")]


def asked_ledger(
    year: Year = None, by: By = "neighbourhood", stage: Stage = "awarded", index: IndexId = None,
    basis: Basis = None, neighbourhoods: Neighbourhoods = "priorities",
) -> LedgerAsked:  # fmt: skip
    """Take what is asked of a ledger from the address."""
    return LedgerAsked(year, by, stage, index, basis, neighbourhoods)


AskedLedger = Annotated[LedgerAsked, Depends(asked_ledger)]


def _part(
    lines: Which = None, limit: Limit = None, cursor: Cursor = None, bucket: Bucket = None
) -> PartOfLedger:
    # Who gives a page's size or place wants a page.
    which = lines or ("some" if limit or cursor or bucket else None)
    page: Page = paging(limit or "100", cursor)
    after = page.after_key(str)
    return PartOfLedger(which, page.limit, "" if after is None else str(after[0]), bucket)


@router.get("/partnerships/{slug}/ledger", dependencies=[Heavy])
def ledger(
    request: Request,
    session: ReadSession,
    day: AsAt,
    slug: Slug,
    asked: AskedLedger,
    part: Annotated[PartOfLedger, Depends(_part)],
) -> Response:
    """Money of a partnership: every line whole in one bucket with its reason, totals, and the view asked for.

    neighbourhoods + rest_of_partnership + outside + not_placed = file, to the penny. The totals are
    those of all lines, however many are sent; `lines_next` is where the next page of lines stands.
    """
    body, following = ledger_part(
        session, slug, shared_ground(session, slug, asked, day), asked, part
    )
    if following is not None:
        url = request.url.include_query_params(lines="some", cursor=encode_cursor([following]))
        body["lines_next"] = f"{url.path}?{url.query}"
    return json_answer(body)


@router.get("/partnerships/{slug}/ledger.csv", dependencies=[Heavy])
def ledger_as_csv(session: ReadSession, day: AsAt, slug: Slug, asked: AskedLedger) -> Response:
    """Every line of the ledger as CSV."""
    made = whole_ledger(session, shared_ground(session, slug, asked, day), asked)
    headers = {"Content-Disposition": f'attachment; filename="{slug}-ledger.csv"'}
    return Response(ledger_csv(made), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/partnerships/{slug}/ledger/lines/{line_id:path}", dependencies=[Heavy])
def line(
    session: ReadSession, day: AsAt, slug: Slug, line_id: Annotated[str, Path(max_length=2_200)],
    index: IndexId = None,
) -> Response:  # fmt: skip
    """One line: where it stands in this partnership's ledger, how surely and why, and the file it came from."""
    return json_answer(ledger_line(session, slug, line_id, index, day))


@router.get("/partnerships/{slug}/ledger/need", dependencies=[Heavy])
def need(
    session: ReadSession, day: AsAt, slug: Slug, asked: AskedLedger, units: Units = "neighbourhood"
) -> Response:
    """Need beside money: shares, per head, concentration curves and indices, Kakwani, and where the gaps are.

    By neighbourhood and the rest, or by small area (lines that lie wholly in one). `by` and `basis` change nothing.
    """
    shared = shared_ground(session, slug, asked, day)
    body = need_answer(session, shared, asked, units)
    whose = {"neighbourhoods_are": asked.neighbourhoods}
    return json_answer({"partnership": slug, "index": shared.index_id, **whose, **body})


@router.get("/partnerships/{slug}/reconciliation", dependencies=[Heavy])
def reconciliation(session: ReadSession, day: AsAt, slug: Slug, index: IndexId = None) -> Response:
    """Every file that the partnership reads: rows and pence in, stored and refused, and where each penny went.

    Rows in = stored + refused; pence in = stored + refused; what was stored = what stands in the buckets and
    beside them. `differences` of a file say what does not come out; `balanced` is true where there are none.
    """
    return json_answer(reconcile_partnership(session, slug, index, day))


@router.get("/partnerships/{slug}/reconciliation.csv", dependencies=[Heavy])
def reconciliation_as_csv(
    session: ReadSession, day: AsAt, slug: Slug, index: IndexId = None
) -> Response:
    """The same as one long table: a row a file, stage and place that lines went to, or rule that refused rows."""
    body = reconcile_partnership(session, slug, index, day)
    headers = {"Content-Disposition": f'attachment; filename="{slug}-reconciliation.csv"'}
    written = reconciliation_csv(body["files"])
    return Response(written, media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/resources/{file_id}/reconciliation")
def reconciliation_of_file(
    session: ReadSession, file_id: Annotated[str, Path(max_length=120)]
) -> Response:
    """One file of money: rows and pence in, stored by stage, refused by rule."""
    return json_answer(reconcile_file(session, file_id))


def json_answer(body: Any) -> Response:
    """Write a body as JSON with its keys in order, so that equal answers are equal bytes."""
    return Response(orjson.dumps(body, option=orjson.OPT_SORT_KEYS), media_type="application/json")
