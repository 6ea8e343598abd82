"""Receipts of a place's figures: each with what it is of, its method, and the rows that the formula makes it from.

The formula is said in the words of the downloaded file, so that anybody can work the number out again
from its rows; a figure whose rows no download holds has no receipt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.findings.gather import Findings
from app.findings.map_file import BUCKET_WORDS
from app.findings.words import STAGE_WORDS, count, index_words, pounds
from app.pages.links import Links
from app.resources.methods.ledger import (
    BUCKETS,
    CERTAINTIES,
    NEIGHBOURHOODS,
    PARTNERSHIP_WIDE,
    sum_pence,
)

_CERTAINTY_WORDS = {
    "located": "located",
    "estimated": "estimated",
    PARTNERSHIP_WIDE: "partnership-wide",
}


@dataclass(frozen=True)
class Receipt:
    """One figure: its name and value as the page writes it, edition, method, formula, and where its rows are.

    how : "count" of the rows, or "sum" of `column` over them. where : column → value, of the rows that
    are in it; all of them must hold. value : the number itself, people or pence.
    """

    name: str
    written: str
    value: int
    edition: str
    method: str
    rows: str
    how: str
    column: str
    where: tuple[tuple[str, str], ...]

    @property
    def formula(self) -> str:
        """Say the formula in the words of the file."""
        whose = " and ".join(f"{column} is {value}" for column, value in self.where)
        of = f"sum of {self.column} over the rows" if self.how == "sum" else "number of rows"
        return f"{of} where {whose}" if whose else of


def place_receipts(findings: Findings, links: Links, *, with_money: bool) -> list[Receipt]:
    """List the receipts of a place's page: areas and people, and where it shows money each bucket by certainty.

    A view of councils that nobody saved has no ledger to download, so its money has none.
    """
    found = _areas(findings, links)
    if with_money and links.slug is not None and links.ledger_query is not None:
        found += _money(findings, links)
    return found


def _areas(findings: Findings, links: Links) -> list[Receipt]:
    summary = findings.summary
    rows = f"/api/v1/designate.csv?{links.area_query}"
    edition, source = index_words(findings), f"people: {summary['people_source']}"
    chosen = (("selected", "true"),)
    asked: Sequence[tuple[str, int | None, str, str, tuple[tuple[str, str], ...]]] = (
        ("Small areas", summary["areas_total"], "count", "code", ()),
        ("Priority small areas", summary["areas_selected"], "count", "code", chosen),
        ("People living in them", summary["people_selected"], "sum", "people", chosen),
        ("People of the place", summary["people_total"], "sum", "people", ()),
    )
    return [
        Receipt(
            name, count(value), value, f"{edition}; {source}" if how == "sum" else edition,
            "priorities", rows, how, column, where,
        )
        for name, value, how, column, where in asked
        if value is not None
    ]  # fmt: skip


def _money(findings: Findings, links: Links) -> list[Receipt]:
    ledger = findings.ledger
    stage = STAGE_WORDS[ledger.stage]
    edition = f"lines of money {stage}{f' in {ledger.year}' if ledger.year else ''}, from the files named below"
    rows = f"/api/v1/partnerships/{links.slug}/ledger.csv?{links.ledger_query}"
    made = []
    for bucket in BUCKETS:
        inside = [line for line in ledger.lines if line["bucket"] == bucket]
        parts: tuple[str | None, ...] = (
            CERTAINTIES if inside and inside[0]["certainty"] else (None,)
        )
        for certainty in parts:
            own = [line for line in inside if certainty in (None, line["certainty"])]
            if not own or (bucket == NEIGHBOURHOODS and certainty == PARTNERSHIP_WIDE):
                continue
            words = f", {_CERTAINTY_WORDS[certainty]}" if certainty else ""
            where = [("bucket", bucket), ("in_totals", "true")]
            where += [("certainty", certainty)] if certainty else []
            pence = sum_pence(own)
            made.append(
                Receipt(
                    f"Money, {BUCKET_WORDS[bucket].lower()}{words}", pounds(pence), pence, edition, "money",
                    rows, "sum", "amount_pence", tuple(where),
                )
            )  # fmt: skip
    return made
