"""What a partnership's ledger answers: its figures with all lines, a page of them or none, and one line alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from app.resources.building import ledger_on
from app.resources.counting_once import read_double_counting
from app.resources.estimating import estimate_places
from app.resources.methods.estimated_ledger import EstimatedLedger, with_estimates
from app.resources.methods.ledger import Ledger, LedgerBroken, sum_pence
from app.resources.methods.sums import LedgerSums
from app.resources.need import with_heads, worst_fifth_by_neighbourhood
from app.resources.partnership_money import (
    LedgerAsked,
    PartnershipMoney,
    SharedGround,
    shared_ground,
)
from app.resources.queries import file_as_body, get_file, get_line
from app.resources.schemas import ledger_body
from app.resources.summing import build_sums, some_lines
from boundaries.errors import NotFound

#: so many lines are sent whole unless a page is asked for
MOST_WHOLE = 10_000
MEANING = "paid to organisations based here, place of spending not stated; in no total"


class PartOfLedger(NamedTuple):
    """Which lines are wanted: all, some (a page after an id, of one bucket) or none; None: all where they are few."""

    which: str | None = None
    limit: int = 100
    after: str = ""
    bucket: str | None = None


class NotInLedger(NotFound):
    """The line is not in this partnership's ledger."""

    slug = "not-in-ledger"
    title = "That line is not in this ledger"


def ledger_part(
    session: Session, slug: str, shared: SharedGround, asked: LedgerAsked, part: PartOfLedger
) -> tuple[dict[str, Any], str | None]:
    """Write a ledger with the lines wanted; with the id after which the next page begins, None at the end.

    Figures are always of all lines, and so is the estimate beside those by neighbourhood; of more than MOST_WHOLE
    lines it is made where a basis is asked for (`estimates_body` always makes it), and lines alike are not looked
    for. Raises LedgerBroken where all lines do not come to the figures.
    """
    ground = shared.ground
    sums = build_sums(session, ground, year=asked.year, by=asked.by)
    held = lines_held(sums)
    few, estimate = held <= MOST_WHOLE, None
    # By neighbourhood alone it is shown; of very many lines only to those who ask for it.
    if asked.by == "neighbourhood" and (few or asked.basis is not None):
        estimate = estimate_places(
            session, ground.parameters, ground.found, ground.relations, asked.basis, year=asked.year
        )
    counted = read_double_counting(
        session, ground.parameters, ground.relations, sums.totals,
        year=asked.year, with_doubles=few,
    )  # fmt: skip
    twice = {"double_counting": counted.as_plain()}
    whose = {"neighbourhoods_are": asked.neighbourhoods}
    which = part.which or ("all" if few else "some")
    if which == "all":
        made = whole_ledger(session, shared, asked)
        made = replace(made, estimate=estimate)
        if made.totals != sums.totals or made.by_grade != sums.by_grade:
            raise LedgerBroken("the lines do not come to the figures of their places")
        body = ledger_body(slug, PartnershipMoney(made, shared.index_id), asked.by) | whose
        if asked.by == "neighbourhood":
            body["rows"] = with_heads(body["rows"], worst_fifth_by_neighbourhood(shared))
        return body | twice | {"lines_total": held, "lines_next": None}, None
    body = {
        "partnership": slug,
        "index": shared.index_id,
        **figures(sums, estimate),
        **twice,
        **whose,
    }
    if asked.by == "neighbourhood":
        body["rows"] = with_heads(body["rows"], worst_fifth_by_neighbourhood(shared))
    following = None
    if which == "some":
        page, following = some_lines(
            session, shared.ground, year=asked.year, after=part.after, most=part.limit,
            bucket=part.bucket,
        )  # fmt: skip
        body |= {"lines": page.lines, "other_currency_lines": page.other_currencies}
        body["paid_here_place_unknown"] |= {"lines": page.paid_here}
    return body | {"lines_total": held, "lines_next": None}, following


def lines_held(sums: LedgerSums) -> int:
    """Count the lines of a ledger: in its totals, of grade F paid here, and in other currencies."""
    foreign = sum(each["count"] for each in sums.other_currencies.values())
    return int(sums.totals["file_lines"]) + sums.paid_here.lines + foreign


def whole_ledger(session: Session, shared: SharedGround, asked: LedgerAsked) -> Ledger:
    """Build the ledger with every line, without the estimate beside it."""
    ground = shared.ground
    return ledger_on(session, ground.found, ground.parameters, ground.relations, asked.year)


def figures(sums: LedgerSums, estimate: EstimatedLedger | None = None) -> dict[str, Any]:
    """Write a ledger's figures as `methods.views.document` does, with empty lists of lines."""
    by_neighbourhood = sums.by == "neighbourhood"
    return {
        "stage": sums.stage, "year": sums.year,
        "neighbourhoods": [each.as_plain() for each in sorted(sums.neighbourhoods)],
        "totals": sums.totals, "by_grade": sums.by_grade, "by": sums.by,
        "estimate": estimate and estimate.summary(),
        "rows": with_estimates(sums.rows, estimate) if by_neighbourhood else sums.rows,
        "paid_here_place_unknown": {
            "count": sums.paid_here.lines, "pence": sums.paid_here.pence, "meaning": MEANING, "lines": [],
        },
        "other_currencies": sums.other_currencies, "other_currency_lines": [],
        "year_not_stated": sums.year_not_stated,
        "envelopes": sorted(sums.envelopes, key=lambda each: str(each["id"])), "lines": [],
    }  # fmt: skip


def ledger_line(
    session: Session, slug: str, line_id: str, index_id: str | None, day: date
) -> dict[str, Any]:
    """Say where one line stands in a partnership's ledger, and why; with the file it came from.

    Raises NotInLedger for a line that there is not, that another partnership keeps, or whose only
    known place is a recipient elsewhere.
    """
    stored = get_line(session, line_id)
    if stored is None:
        raise NotInLedger(f"no line {line_id[:80]!r} is stored")
    asked = LedgerAsked(stage=stored.stage, index_id=index_id)
    shared = shared_ground(session, slug, asked, day)
    made, _ = some_lines(session, shared.ground, only=line_id)
    found = [*made.lines, *made.paid_here, *made.other_currencies]
    if not found:
        raise NotInLedger(
            f"the line {line_id[:80]!r} is kept for another partnership, or only its recipient's address is"
            " known, which is elsewhere: it is in no total of this ledger"
        )
    line = found[0]
    return {
        "partnership": slug, "index": shared.index_id, "stage": stored.stage, "line": line,
        "in_totals": bool(made.lines), "counted_pence": sum_pence(made.lines),
        "file": file_as_body(get_file(session, line["file_id"])),
    }  # fmt: skip
