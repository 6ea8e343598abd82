"""The money section of a place's page: buckets, neighbourhoods, grades and lines, ready to be written into tables."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from app.findings.map_file import BUCKET_WORDS
from app.findings.words import located_and_estimated, money_finding, place_unknown
from app.resources.methods.ledger import (
    BUCKETS,
    ESTIMATED,
    LOCATED,
    NEIGHBOURHOODS,
    NOT_PLACED,
    OUT,
    PARTNERSHIP_WIDE,
    REST,
    Ledger,
    kind_of,
    sum_pence,
)
from app.resources.methods.views import view

CERTAINTY_WORDS = {LOCATED: "located", ESTIMATED: "estimated", PARTNERSHIP_WIDE: "partnership-wide"}
_ROWS: tuple[tuple[str, str | None], ...] = (
    (NEIGHBOURHOODS, LOCATED),
    (NEIGHBOURHOODS, ESTIMATED),
    (REST, LOCATED),
    (REST, ESTIMATED),
    (REST, PARTNERSHIP_WIDE),
    (OUT, None),
    (NOT_PLACED, None),
)
assert {bucket for bucket, _ in _ROWS} == set(BUCKETS)
MOST_LINES = 100
# Of each list of what is counted twice; all of them are in the download.
MOST_SHOWN = 25


@dataclass(frozen=True)
class BucketRow:
    """One line of the table of buckets, summed from its own lines."""

    bucket: str
    label: str
    certainty: str
    lines: int
    pence: int


@dataclass(frozen=True)
class LineList:
    """Some lines to show, the largest first, with how many and how much there are in all."""

    title: str
    lines: list[dict[str, Any]]
    in_all: int
    pence: int

    @property
    def left_out(self) -> int:
        """How many are not shown."""
        return self.in_all - len(self.lines)


@dataclass(frozen=True)
class MoneyView:
    """Everything the money section says of one ledger."""

    sentence: str
    located_pence: int
    estimated_pence: int
    buckets: list[BucketRow]
    file_lines: int
    file_pence: int
    neighbourhoods: list[dict[str, Any]]
    grades: list[dict[str, Any]]
    inside: LineList
    rest: LineList
    not_placed: LineList
    paid_here: LineList
    paid_elsewhere_lines: int
    paid_elsewhere_pence: int
    outside_lines: int
    unknown: dict[str, int]
    envelopes: list[dict[str, Any]]
    other_currencies: list[tuple[str, int]]
    year_not_stated: dict[str, int]
    estimate: dict[str, Any] | None
    once: dict[str, Any] | None
    stage: str
    year: str | None
    kind: str


def money_view(ledger: Ledger) -> MoneyView:
    """Put a ledger in the order of the page; every figure is a sum of its own lines."""
    located, estimated = located_and_estimated(ledger)
    kind = kind_of(ledger.neighbourhoods)
    words_of = BUCKET_WORDS | {NEIGHBOURHOODS: f"{kind.capitalize()} neighbourhoods"}
    rows = [
        BucketRow(
            bucket, words_of[bucket], CERTAINTY_WORDS.get(certainty or "", ""), len(own), sum_pence(own)
        )
        for bucket, certainty in _ROWS
        for own in [_lines(ledger, bucket, certainty)]
    ]  # fmt: skip
    return MoneyView(
        sentence=money_finding(ledger), located_pence=located, estimated_pence=estimated, buckets=rows,
        file_lines=ledger.totals["file_lines"], file_pence=ledger.totals["file_pence"],
        neighbourhoods=view(ledger, "neighbourhood"), grades=ledger.by_grade,
        inside=_list(f"Lines in {kind} neighbourhoods", _lines(ledger, NEIGHBOURHOODS), by_number=True),
        rest=_list("Lines in the rest of the partnership", _lines(ledger, REST)),
        not_placed=_list("Lines that are not placed", _lines(ledger, NOT_PLACED), most=25),
        paid_here=_list(
            "Paid to organisations based here, place of spending not stated", ledger.paid_here, most=25
        ),
        paid_elsewhere_lines=ledger.paid_elsewhere.lines, paid_elsewhere_pence=ledger.paid_elsewhere.pence,
        outside_lines=len(_lines(ledger, OUT)), unknown=place_unknown(ledger), envelopes=ledger.envelopes,
        other_currencies=_currencies(ledger.other_currencies), year_not_stated=ledger.year_not_stated,
        estimate=None if ledger.estimate is None else ledger.estimate.summary(),
        once=None if ledger.double_counting is None else ledger.double_counting.as_plain(MOST_SHOWN),
        stage=ledger.stage, year=ledger.year, kind=kind,
    )  # fmt: skip


def _lines(ledger: Ledger, bucket: str, certainty: str | None = None) -> list[dict[str, Any]]:
    return [
        line
        for line in ledger.lines
        if line["bucket"] == bucket and (certainty is None or line["certainty"] == certainty)
    ]


def _list(
    title: str, lines: Iterable[dict[str, Any]], *, most: int = MOST_LINES, by_number: bool = False
) -> LineList:
    own = list(lines)
    order = sorted(
        own,
        key=lambda line: (
            (line["neighbourhood"] or 0) if by_number else 0,
            -line["amount_pence"],
            line["id"],
        ),
    )
    return LineList(title, order[:most], len(own), sum_pence(own))


def _currencies(lines: Iterable[dict[str, Any]]) -> list[tuple[str, int]]:
    counts: dict[str, int] = {}
    for line in lines:
        counts[line["currency"]] = counts.get(line["currency"], 0) + 1
    return sorted(counts.items())
