"""HTTP face of estimates and of what is counted twice, beside a partnership's ledger."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response

from app.dependencies import AsAt, Heavy, Paging, ReadSession, paging
from app.resources.estimate_answers import (
    double_counting_body,
    estimated_lines,
    estimates_body,
    estimates_csv,
    read_given,
)
from app.resources.ledger_routes import asked_ledger, json_answer
from app.resources.partnership_money import LedgerAsked

router = APIRouter(tags=["resources"])

Slug = Annotated[str, Path(max_length=120)]
Stage = Annotated[
    str, Query(max_length=20, description="planned, awarded or paid; stages are never added")
]
Year = Annotated[str | None, Query(max_length=20, description="financial year, e.g. 2018-19")]
IndexId = Annotated[str | None, Query(max_length=60, description="index of the priorities")]
Basis = Annotated[
    str | None,
    Query(
        max_length=20,
        description="population, households, worst-fifth, equal, area, raster-population or given; "
        "default as each line or its programme says",
    ),
]
Weights = Annotated[
    str | None,
    Query(max_length=20_000, description="for basis=given: CODE:NUMBER of small areas, commas between"),
]  # fmt: skip


def _asked(
    year: Year = None, stage: Stage = "awarded", index: IndexId = None, basis: Basis = None
) -> LedgerAsked:
    return asked_ledger(year, "neighbourhood", stage, index, basis)


Asked = Annotated[LedgerAsked, Depends(_asked)]


@router.get("/partnerships/{slug}/ledger/estimates", dependencies=[Heavy])
def estimates(
    session: ReadSession, day: AsAt, slug: Slug, asked: Asked, weights: Weights = None
) -> Response:
    """Where money of wider places lies by estimate: each line over the small areas of its own place, to the penny.

    A column beside the ledger, in none of its totals: its rows sum to the file. `by_basis` is the same on every
    basis, `lowest_pence` and `highest_pence` the range over those that place as much as any (`compared`).
    """
    return json_answer(estimates_body(session, slug, asked, day, given=read_given(weights)))


@router.get("/partnerships/{slug}/ledger/estimates.csv", dependencies=[Heavy])
def estimates_as_csv(
    session: ReadSession, day: AsAt, slug: Slug, asked: Asked, weights: Weights = None
) -> Response:
    """The same rows as CSV, a column a basis."""
    body = estimates_body(session, slug, asked, day, given=read_given(weights))
    headers = {"Content-Disposition": f'attachment; filename="{slug}-estimates.csv"'}
    return Response(estimates_csv(body), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/partnerships/{slug}/ledger/estimates/lines", dependencies=[Heavy])
def estimates_by_line(
    request: Request, session: ReadSession, day: AsAt, page: Paging, slug: Slug, asked: Asked,
    weights: Weights = None,
) -> Response:  # fmt: skip
    """Every line that is shared out, by id: by which basis, what of it lies where, or why it is not placed."""
    after = page.after_key(str)
    told = estimated_lines(
        session, slug, asked, day, after="" if after is None else str(after[0]),
        most=page.limit, given=read_given(weights),
    )  # fmt: skip
    last = None if told.following is None else (told.following,)
    return json_answer(page.answer(request, told.items, told.total, last))


@router.get("/partnerships/{slug}/ledger/double-counting", dependencies=[Heavy])
def double_counting(
    session: ReadSession, day: AsAt, slug: Slug,
    year: Year = None, stage: Stage = "awarded", index: IndexId = None,
    limit: Annotated[str | None, Query(description="of each list at most so many, 1 to 1000")] = None,
) -> Response:  # fmt: skip
    """What of the ledger is counted twice: gross, refunds, regranted, net and held, by bucket and line by line.

    Nothing is taken out: lines alike in two files are listed for a person to look at.
    """
    asked = asked_ledger(year, "neighbourhood", stage, index)
    most = paging(limit or "100", None).limit
    return json_answer(double_counting_body(session, slug, asked, day, most=most))
