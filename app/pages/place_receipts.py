"""Receipts of a place's figures: each with what it is of, its method, and the rows that the formula makes it from.

The formula is said in the words of the downloaded file, so that anybody can work the number out again
from its rows; a figure whose rows no download holds has no receipt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from app.findings.gather import Findings
from app.findings.map_file import BUCKET_WORDS
from app.findings.words import STAGE_WORDS, count, index_words, percent2, pounds
from app.pages.links import Links
from app.resources.methods.ledger import (
    BUCKETS,
    CERTAINTIES,
    ESTIMATED,
    LOCATED,
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

    how : "count" of the rows, "sum" of `column` over them, or "share": a hundred times that sum by the sum of
    `over` over its own rows. where : column → value, of the rows that are in it; all of them must hold.
    value : the number itself: people, pence, m², per cent. said : the formula, where it is none of these.
    """

    name: str
    written: str
    value: float
    edition: str
    method: str
    rows: str
    how: str
    column: str
    where: tuple[tuple[str, str], ...]
    over: tuple[str, tuple[tuple[str, str], ...]] | None = None
    said: str = ""
    rows_are: str = "CSV"

    @property
    def formula(self) -> str:
        """Say the formula in the words of the file."""
        if self.said:
            return self.said
        if self.over is not None:
            return f"100 × {_sum_of(self.column, self.where)} ÷ {_sum_of(*self.over)}"
        if self.how == "sum":
            return _sum_of(self.column, self.where)
        return f"number of rows{_whose(self.where)}"


def _sum_of(column: str, where: Sequence[tuple[str, str]]) -> str:
    return f"sum of {column} over the rows{_whose(where)}"


def _whose(where: Sequence[tuple[str, str]]) -> str:
    told = " and ".join(f"{column} is {value}" for column, value in where)
    return f" where {told}" if told else ""


def place_receipts(
    findings: Findings, links: Links, groups: Sequence[dict[str, Any]], *, with_money: bool
) -> list[Receipt]:
    """List the receipts of a place's page: areas and people, and where it shows money each bucket by certainty."""
    found = _areas(findings, links) + _neighbourhoods(findings, links, groups)
    if not links.base.endswith("/priorities"):
        found += _alignment(findings, links)
    if with_money:
        found += _money(findings, links)
    return found


def _alignment(findings: Findings, links: Links) -> list[Receipt]:
    """List the receipts of the shares that a partnership and its councils have of each other, by area and people."""
    told = findings.alignment
    asked = {"as_at": findings.day.isoformat()}
    if links.slug is None:
        rows = f"/api/v1/align.csv?{urlencode([*(('codes', code) for code in links.codes), *asked.items()])}"
    else:
        rows = f"/api/v1/partnerships/{quote(links.slug)}/alignment.csv?{urlencode(asked)}"
    made = []
    for row in told["authorities"]:
        own = (("county_code" if row["tier"] == "upper" else "code", row["code"]),)
        for key, words, column, whole, by in (
            ("share_of_authority", "of its area", "inside_m2", "area_m2", told["release"]),
            ("population_share_of_authority", "of its people", "inside_people", "people", told["people_source"]),
            ("share_of_partnership", "of the partnership's area", "inside_m2", "inside_m2", told["release"]),
            ("population_share_of_partnership", "of the partnership's people", "inside_people", "inside_people",
             told["people_source"]),
        ):  # fmt: skip
            if row[key] is None:
                continue
            over = (whole, own if key.endswith("of_authority") else ())
            made.append(
                Receipt(
                    f"{row['name']}, {words}", percent2(row[key]), 100 * row[key], str(by), "alignment", rows,
                    "share", column, own, over,
                )
            )  # fmt: skip
    return made


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


def _neighbourhoods(
    findings: Findings, links: Links, groups: Sequence[dict[str, Any]]
) -> list[Receipt]:
    """List the receipts of each priority neighbourhood: its small areas, their people, and their middle rank."""
    rows = f"/api/v1/designate.csv?{links.area_query}"
    edition, source = index_words(findings), f"people: {findings.summary['people_source']}"
    made = []
    for group in groups:
        own = (("neighbourhood_number", str(group["number"])),)
        name = f"Priority neighbourhood {group['number']}, {group['name']}"
        middle = f"median of rank over the rows{_whose(own)}"
        asked = (
            ("small areas", group["areas"], "count", "code", edition, ""),
            ("people", group["people"], "sum", "people", f"{edition}; {source}", ""),
            ("middle rank", group["middle_rank"], "said", "rank", edition, middle),
        )  # fmt: skip
        made += [
            Receipt(
                f"{name}: {words}", count(value), value, of, "priorities", rows, how, column, own, said=said,
            )
            for words, value, how, column, of, said in asked
            if value is not None
        ]  # fmt: skip
    return made


def _money(findings: Findings, links: Links) -> list[Receipt]:
    ledger = findings.ledger
    stage = STAGE_WORDS[ledger.stage]
    edition = f"lines of money {stage}{f' in {ledger.year}' if ledger.year else ''}, from the files named below"
    rows = links.money_lines
    made = _money_of_neighbourhoods(ledger.lines, edition, rows)
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


def _money_of_neighbourhoods(
    lines: Sequence[dict[str, Any]], edition: str, rows: str
) -> list[Receipt]:
    """List the receipts of each neighbourhood's money; where neighbourhoods overlap no column tells whose a line is."""
    if any(line.get("also_in") for line in lines):
        return []
    numbered = {line["neighbourhood"] for line in lines if line["bucket"] == NEIGHBOURHOODS}
    made = []
    for number in sorted(each for each in numbered if isinstance(each, int)):
        for certainty in (LOCATED, ESTIMATED):
            wanted = (NEIGHBOURHOODS, number, certainty)
            own = [
                line for line in lines if (line["bucket"], line["neighbourhood"], line["certainty"]) == wanted
            ]  # fmt: skip
            where = (
                ("bucket", NEIGHBOURHOODS), ("in_totals", "true"), ("certainty", certainty),
                ("neighbourhood", str(number)),
            )  # fmt: skip
            pence = sum_pence(own)
            if own:
                made.append(
                    Receipt(
                        f"Of it, neighbourhood {number}, {_CERTAINTY_WORDS[certainty]}", pounds(pence), pence, edition,
                        "money", rows, "sum", "amount_pence", where,
                    )
                )  # fmt: skip
    return made
