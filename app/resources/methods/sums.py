"""A ledger's figures from counted cells instead of lines: what a hundred thousand lines come to, in one reading.

A cell is so many lines that stand in one place of the ledger and share grade, currency and key. The figures
are those that `methods.ledger` and `methods.views` give line by line; tests hold the two against each other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from app.resources.methods.estimated_ledger import with_estimates
from app.resources.methods.ledger import (
    BUCKETS,
    CERTAINTIES,
    IN_SEVERAL,
    NEIGHBOURHOODS,
    NOT_PLACED,
    OUT,
    PAID_ELSEWHERE,
    PAID_HERE,
    REST,
    SEVERAL_WORDS,
    Amounts,
    LedgerBroken,
    Neighbourhood,
    also_counted,
    place_in_bucket,
)
from app.resources.methods.place import GRADES
from app.resources.methods.views import (
    NOT_STATED,
    VIEWS,
    with_spread,
)


class Stands(NamedTuple):
    """Where a line stands: bucket, how surely, neighbourhood, and the overlapping ones it is shown in too."""

    bucket: str
    certainty: str | None = None
    neighbourhood: int | None = None
    also: tuple[tuple[int, str], ...] = ()


class Cell(NamedTuple):
    """So many lines of one stage (and year, or of no year) that stand alike; pence, or hundredths of `currency`.

    small_area : the one that holds them wholly, where that was asked for.
    """

    stands: Stands
    grade: str
    currency: str
    undated: bool
    key: str | None
    lines: int
    pence: int
    small_area: str | None = None


@dataclass(frozen=True)
class LedgerSums:
    """A partnership's money at one stage without its lines; see `methods.ledger.Ledger`.

    rows : the view `by`. other_currencies : by currency, count and hundredths. paid_here : grade F
    whose recipient sits here; paid_elsewhere : and elsewhere.
    """

    stage: str
    year: str | None
    by: str
    neighbourhoods: tuple[Neighbourhood, ...]
    totals: dict[str, Any]
    by_grade: list[dict[str, Any]]
    rows: list[dict[str, Any]]
    paid_here: Amounts
    paid_elsewhere: Amounts
    other_currencies: dict[str, dict[str, int]]
    year_not_stated: dict[str, int]
    envelopes: list[dict[str, Any]] = field(default_factory=list)


def stands_of(relation: Sequence[Any]) -> Stands:
    """Say where the lines of a place stand, from its relation (RELATION_COLUMNS without line_id)."""
    word, number, _, share_in_neighbourhoods, share_in_partnership, _, also_in, *_ = relation
    bucket, certainty, held = place_in_bucket(
        word, number, share_in_neighbourhoods, share_in_partnership
    )
    also = also_counted(bucket, also_in)
    return Stands(
        bucket, certainty, held, tuple((each["number"], each["certainty"]) for each in also)
    )


def sum_cells(
    cells: Iterable[Cell],
    neighbourhoods: Sequence[Neighbourhood],
    *,
    stage: str,
    year: str | None,
    by: str,
    rest_people: int | None = None,
    envelopes: Sequence[dict[str, Any]] = (),
) -> LedgerSums:
    """Sum cells into a ledger's figures.

    Parameters
    ----------
    cells : of one stage; with a year, the lines of that year and those of none (`undated`), which
        are counted in `year_not_stated` alone
    by : a view of methods.views; `key` is its key, of no meaning by neighbourhood and grade

    Each total is summed from its own cells and none is a remainder. Raises ValueError for an unknown
    view, LedgerBroken where the buckets are not the file.
    """
    if by not in VIEWS:
        raise ValueError(f"{by!r} is none of {', '.join(VIEWS)}")
    counted: list[Cell] = []
    here = elsewhere = Amounts()
    undated = Amounts()
    foreign: dict[str, dict[str, int]] = {}
    for cell in cells:
        in_file = cell.stands.bucket in BUCKETS
        if cell.undated and in_file and cell.currency == "GBP":
            undated = _more(undated, cell)
        if year is not None and cell.undated:
            continue
        if cell.currency != "GBP":
            own = foreign.setdefault(cell.currency, {"count": 0, "hundredths": 0})
            own["count"] += cell.lines
            own["hundredths"] += cell.pence
        elif cell.stands.bucket == PAID_HERE:
            here = _more(here, cell)
        elif cell.stands.bucket == PAID_ELSEWHERE:
            elsewhere = _more(elsewhere, cell)
        else:
            counted.append(cell)
    totals = _totals(counted, here, elsewhere)
    check_sums(totals)
    if by == "neighbourhood":
        rows = _by_neighbourhood(counted, neighbourhoods, rest_people, totals)
    else:
        rows = _by_key(counted, by)
    return LedgerSums(
        stage, year, by, tuple(neighbourhoods), totals, _by_grade(counted, here, elsewhere), rows,
        here, elsewhere, {key: foreign[key] for key in sorted(foreign)},
        {"count": undated.lines, "pence": undated.pence}, list(envelopes),
    )  # fmt: skip


def _more(amounts: Amounts, cell: Cell) -> Amounts:
    return Amounts(amounts.lines + cell.lines, amounts.pence + cell.pence)


def _totals(counted: Sequence[Cell], here: Amounts, elsewhere: Amounts) -> dict[str, Any]:
    totals: dict[str, Any] = {}
    for bucket in BUCKETS:
        own = [cell for cell in counted if cell.stands.bucket == bucket]
        totals[f"{bucket}_pence"] = sum(cell.pence for cell in own)
        totals[f"{bucket}_lines"] = sum(cell.lines for cell in own)
        if bucket in (NEIGHBOURHOODS, REST):
            totals[bucket] = {
                f"{certainty}_pence": sum(
                    cell.pence for cell in own if cell.stands.certainty == certainty
                )
                for certainty in CERTAINTIES
            }
    totals["file_pence"] = sum(cell.pence for cell in counted)
    totals["file_lines"] = sum(cell.lines for cell in counted)
    totals["recipient_only_pence"] = here.pence + elsewhere.pence
    totals["recipient_only_lines"] = here.lines + elsewhere.lines
    totals["source_pence"] = totals["file_pence"] + totals["recipient_only_pence"]
    return totals


def check_sums(totals: Mapping[str, Any]) -> None:
    """Hold the buckets against the file, in lines and in pence. Raises LedgerBroken."""
    for unit in ("pence", "lines"):
        held = sum(totals[f"{bucket}_{unit}"] for bucket in BUCKETS)
        if held != totals[f"file_{unit}"]:
            raise LedgerBroken(f"the buckets hold {held} {unit}, the file {totals[f'file_{unit}']}")
    for bucket in (NEIGHBOURHOODS, REST):
        if sum(totals[bucket].values()) != totals[f"{bucket}_pence"]:
            raise LedgerBroken(f"located, estimated and partnership-wide do not make up {bucket}")


def _by_grade(counted: Sequence[Cell], here: Amounts, elsewhere: Amounts) -> list[dict[str, Any]]:
    rows = []
    for grade, words in GRADES.items():
        own = [cell for cell in counted if cell.grade == grade and grade != "F"]
        told = [Amounts(cell.lines, cell.pence) for cell in own]
        told += [here, elsewhere] if grade == "F" else []
        rows.append(
            {
                "grade": grade, "means": words,
                "lines": sum(each.lines for each in told),
                "pence": sum(each.pence for each in told),
                "in_totals": grade != "F",
            }
            | {
                f"{bucket}_pence": sum(cell.pence for cell in own if cell.stands.bucket == bucket)
                for bucket in BUCKETS
            }
        )  # fmt: skip
    return rows


class _Row:
    """One row of a view while it is summed."""

    def __init__(self) -> None:
        self.lines = 0
        self.pence: dict[str, int] = defaultdict(int)

    def add(self, cell: Cell, bucket: str, certainty: str | None, sign: int = 1) -> None:
        self.lines += sign * cell.lines
        for name in (bucket, certainty, "file"):
            if name is not None:
                self.pence[name] += sign * cell.pence

    def as_plain(self, key: object, label: str) -> dict[str, Any]:
        names = (*BUCKETS, "file", *CERTAINTIES)
        return {"key": key, "label": label, "lines": self.lines} | {
            f"{name}_pence": self.pence[name] for name in names
        }


def _by_key(counted: Sequence[Cell], by: str) -> list[dict[str, Any]]:
    rows: dict[str, _Row] = defaultdict(_Row)
    for cell in counted:
        key = cell.grade if by == "grade" else cell.key or NOT_STATED
        rows[key].add(cell, cell.stands.bucket, cell.stands.certainty)
    return [rows[key].as_plain(key, key) for key in sorted(rows)]


def _by_neighbourhood(
    counted: Sequence[Cell],
    neighbourhoods: Sequence[Neighbourhood],
    rest_people: int | None,
    totals: Mapping[str, Any],
) -> list[dict[str, Any]]:
    rows: dict[object, _Row] = defaultdict(_Row)
    for cell in counted:
        where = cell.stands
        key = where.neighbourhood if where.bucket == NEIGHBOURHOODS else where.bucket
        rows[key].add(cell, where.bucket, where.certainty)
        for number, certainty in where.also:
            rows[number].add(cell, NEIGHBOURHOODS, certainty)
            rows[IN_SEVERAL].add(cell, NEIGHBOURHOODS, certainty, -1)
    told = [
        rows[each.number].as_plain(each.number, each.name) | {"people": each.people}
        for each in sorted(neighbourhoods)
    ]
    rest = rows[REST].as_plain(REST, "Rest of the partnership") | {"people": rest_people}
    wide = totals[REST]["partnership_wide_pence"]
    told = with_spread([*told, rest], wide, overlapping=IN_SEVERAL in rows)
    beside = [(OUT, "Outside the partnership"), (NOT_PLACED, "Not placed")]
    if IN_SEVERAL in rows:
        beside.insert(0, (IN_SEVERAL, SEVERAL_WORDS))
    told += [
        rows[key].as_plain(key, label)
        | {"people": None, "partnership_wide_spread_by_people_pence": None}
        for key, label in beside
    ]
    return with_estimates(told, None)  # it is made of lines alone
