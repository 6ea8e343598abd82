"""What a partnership's estimates answer: by neighbourhood on every basis, with their range, and line by line."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from app.exports.csv import safe_cell
from app.resources.counting_once import read_double_counting
from app.resources.estimating import (
    count_shareable,
    estimate_by,
    estimate_by_each,
    shareable_lines,
)
from app.resources.methods.estimate import BASIS_WORDS
from app.resources.methods.estimated_ledger import (
    EstimatedLedger,
    Zone,
    with_estimates,
    with_range,
)
from app.resources.partnership_money import LedgerAsked, shared_ground
from app.resources.summing import build_sums
from boundaries.errors import Fault, Invalid

MOST_WEIGHTS = 1_000
_SHOWN = (
    "key", "label", "people", "lines", "file_pence", "estimate_pence", "estimate_shared_pence",
    "lowest_pence", "highest_pence",
)  # fmt: skip


def read_given(words: str | None) -> dict[str, float] | None:
    """Read weights that were sent, CODE:NUMBER with commas between; None where none were. Raises Invalid."""
    if words is None:
        return None
    given: dict[str, float] = {}
    faults = []
    for word in words.split(","):
        code, _, number = (part.strip() for part in word.partition(":"))
        try:
            weight = float(number)
        except ValueError:
            weight = math.nan
        if not code or not (math.isfinite(weight) and 0 <= weight <= 1e9) or code in given:
            fault = "each is CODE:NUMBER, a code once, a number from 0 to 1,000,000,000"
            faults.append(Fault(fault, pointer="/weights", value=word[:40]))
        given[code] = weight
    if len(given) > MOST_WEIGHTS:
        faults.append(Fault(f"at most {MOST_WEIGHTS:,} weights", pointer="/weights"))
    if faults:
        raise Invalid("the weights cannot be read", faults[:20])
    return given


def estimates_body(
    session: Session,
    slug: str,
    asked: LedgerAsked,
    day: date,
    *,
    given: Mapping[str, float] | None = None,
) -> dict[str, Any]:
    """Write where a partnership's money lies by estimate, in rows by neighbourhood, between what on other bases.

    Raises what `shared_ground` and `estimating.estimate_by` raise.
    """
    shared = shared_ground(session, slug, asked, day)
    ground = shared.ground
    sums = build_sums(session, ground, year=asked.year, by="neighbourhood")
    shareable = shareable_lines(
        session, ground.parameters, ground.found, ground.relations, year=asked.year
    )
    estimate = estimate_by(session, shareable, asked.basis, given=given)
    ranged = with_range(
        with_estimates(sums.rows, estimate), estimate_by_each(session, shareable), sums.rows
    )
    return {
        "partnership": slug, "index": shared.index_id, "stage": asked.stage, "year": asked.year,
        "basis": asked.basis, "estimate": estimate.summary(),
        "rows": [{key: row[key] for key in (*_SHOWN, "by_basis")} for row in ranged.rows],
        "compared": _named(ranged.compared), "left_out": _named(ranged.left_out),
        "file_pence": sums.totals["file_pence"], "lines_to_share": sum(line.lines for line in shareable.lines),
    }  # fmt: skip


def _named(bases: tuple[str, ...]) -> list[dict[str, str]]:
    return [{"basis": basis, "words": BASIS_WORDS[basis]} for basis in bases]


class LinesTold(NamedTuple):
    """A page of lines, how many there are in all, and the id to go on after (None at the end)."""

    items: list[dict[str, Any]]
    total: int
    following: str | None


def estimated_lines(
    session: Session, slug: str, asked: LedgerAsked, day: date, *,
    after: str = "", most: int, given: Mapping[str, float] | None = None,
) -> LinesTold:  # fmt: skip
    """Write lines that are shared out, by id, each with what of it lies where."""
    ground = shared_ground(session, slug, asked, day).ground
    shareable = shareable_lines(
        session, ground.parameters, ground.found, ground.relations,
        year=asked.year, each=True, after=after, most=most + 1,
    )  # fmt: skip
    estimate = estimate_by(session, shareable, asked.basis, given=given)
    items = [
        {
            "id": row["id"], "title": row["title"], "amount_pence": row["amount_pence"],
            "basis": basis or None, "why_not": estimate.why_not.get(row["id"]),
            "stands": [*line.stands], "zones": _zones(estimate, number),
        }
        for number, (row, line, basis) in enumerate(
            zip(shareable.rows, shareable.lines, estimate.bases, strict=True)
        )
    ]  # fmt: skip
    total = count_shareable(session, ground.parameters, ground.relations, year=asked.year)
    following = str(items[most - 1]["id"]) if len(items) > most else None
    return LinesTold(items[:most], total, following)


def _zones(estimate: EstimatedLedger, number: int) -> list[dict[str, Any]]:
    def written(zone: Zone) -> list[int] | int | str:
        return list(zone) if isinstance(zone, tuple) else zone

    return [
        {"zone": written(zone), "pence": pence} for zone, pence in estimate.of_line(number).items()
    ]


def double_counting_body(
    session: Session, slug: str, asked: LedgerAsked, day: date, *, most: int
) -> dict[str, Any]:
    """Write what of a partnership's ledger is counted twice. Raises what `shared_ground` raises."""
    shared = shared_ground(session, slug, asked, day)
    sums = build_sums(session, shared.ground, year=asked.year, by="theme")
    ground = shared.ground
    found = read_double_counting(
        session, ground.parameters, ground.relations, sums.totals, year=asked.year
    )
    return {
        "partnership": slug, "index": shared.index_id, "stage": asked.stage, "year": asked.year,
        **found.as_plain(most),
    }  # fmt: skip


def estimates_csv(body: Mapping[str, Any]) -> str:
    """Write the rows of estimates as CSV, a column a basis; text never runs in a spreadsheet."""
    bases = sorted({basis for row in body["rows"] for basis in row["by_basis"]})
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*_SHOWN, *(f"{basis.replace('-', '_')}_pence" for basis in bases)])
    for row in body["rows"]:
        cells = [row[name] for name in _SHOWN] + [row["by_basis"].get(basis) for basis in bases]
        writer.writerow([safe_cell(cell) for cell in cells])
    return out.getvalue()
