"""HTTP face of tables of a user's own: carry one to another release, ask the doctor. Only computes, keeps nothing."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from app.dependencies import Heavy, ReadSession, today
from app.vintages.diagnosing import diagnose
from app.vintages.fixing import diagnosis_body, fixed_header, fixed_rows
from app.vintages.methods.columns import Wanted
from app.vintages.rebasing import rebase_table
from app.vintages.sent import BODIES, CSV_ANSWER, as_records, read_sent_table
from app.vintages.writing import listed_body, safe_header, safe_rows, write_rows
from app.whole_files import send_whole
from boundaries.errors import Fault, Invalid
from boundaries.rebasing import read_release

router = APIRouter(tags=["tables"])
Sent = Annotated[tuple[bytes, str], Depends(read_sent_table)]
Titles = Annotated[list[str], Query(max_length=200)]
ROWS_A_CHUNK = 2_000
# Two fifths of what one processor does by itself: 105,000 rows carried, 190,000 doctored (2026-11).
ROWS_A_SECOND = 40_000


def as_format(format: str) -> str:
    """Read which form of answer is wanted. Raises Invalid."""
    if format not in ("csv", "json"):
        fault = Fault("csv or json", pointer="/format", value=format)
        raise Invalid(f"there is no format {format!r} here; there are csv and json", [fault])
    return format


@router.post("/rebase", dependencies=[Heavy], openapi_extra=BODIES, responses=CSV_ANSWER)
def rebase(
    request: Request, session: ReadSession, sent: Sent,
    start: Annotated[str, Query(alias="from", max_length=60, description="release of the codes")],
    to: Annotated[str, Query(max_length=60, description="release wanted")],
    code_column: Annotated[str | None, Query(max_length=200)] = None,
    count: Titles = [],  # noqa: B006  FastAPI copies it
    rate: Annotated[list[str], Query(description="COLUMN=COUNT that it is of", max_length=200)] = [],  # noqa: B006
    by: Titles = [],  # noqa: B006
    format: Annotated[str, Query(max_length=10, description="csv (default) or json")] = "csv",
) -> Response:  # fmt: skip
    """Carry a CSV of values from one release of areas to another: CSV back, or JSON with the sums.

    Counts are conserved to the last unit; rates need the count that they are of; ranks, deciles and medians
    are refused. Every row says how it came about; rows that cannot be carried stand last, without a code.
    At most 4,800,000 lines (40,000 for each second that a long request may take). Stores nothing and needs no token.
    """
    form = as_format(format)
    made = rebase_table(
        session, as_records(request, sent, ROWS_A_SECOND), read_release(session, start, "/from"),
        read_release(session, to, "/to"), Wanted(tuple(count), _pairs(rate), tuple(by)), code_column,
    )  # fmt: skip
    if form == "json":
        rows = [dict(zip(made.header, row, strict=True)) for row in made.rows() if row[0]]
        body: dict[str, Any] = {**made.report, "listed": listed_body(made), "items": rows}
        return Response(orjson.dumps(body), media_type="application/json")
    return csv_answer(request, safe_header(made), safe_rows(made), "rebased.csv")


@router.post("/doctor/csv", dependencies=[Heavy], openapi_extra=BODIES)
def doctor_csv(
    request: Request, session: ReadSession, sent: Sent,
    to: Annotated[
        str | None, Query(max_length=60, description="release wanted; default: that of most rows")
    ] = None,
    code_column: Annotated[str | None, Query(max_length=200)] = None,
    format: Annotated[str, Query(max_length=10, description="json (default) or csv")] = "json",
) -> Response:  # fmt: skip
    """Say which column of a CSV holds codes, which releases are mixed in it and which rows are unknown.

    As CSV: every row as it was, in its order, with the code in the release, a status and a reason. At most
    4,800,000 lines (40,000 for each second that a long request may take). Stores nothing and needs no token.
    """
    form = as_format(format)
    made = diagnose(
        session, as_records(request, sent, ROWS_A_SECOND), today(), code_column or None, to or None
    )
    if form == "json":
        return Response(orjson.dumps(diagnosis_body(made)), media_type="application/json")
    return csv_answer(request, fixed_header(made), fixed_rows(made), "doctored.csv")


def _pairs(written: Sequence[str]) -> tuple[tuple[str, str], ...]:
    pairs = []
    for each in written:
        column, mark, count = each.partition("=")
        if not (mark and column and count):
            fault = Fault("COLUMN=COUNT", pointer="/rate", value=each[:80])
            raise Invalid("a rate is given as COLUMN=COUNT", [fault])
        pairs.append((column, count))
    return tuple(pairs)


def csv_answer(
    request: Request, header: Sequence[str], rows: Iterable[Sequence[str]], name: str
) -> Response:
    """Send a table as CSV."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return send_whole(request, _chunks(header, rows), "text/csv; charset=utf-8", headers)


def _chunks(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    out = io.StringIO()
    write_rows(out, header, ())
    block: list[Sequence[str]] = []
    for row in rows:
        block.append(row)
        if len(block) == ROWS_A_CHUNK:
            write_rows(out, None, block)
            yield out.getvalue().encode()
            out, block = io.StringIO(), []
    write_rows(out, None, block)
    yield out.getvalue().encode()
