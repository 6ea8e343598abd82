"""Puts every line of money whole into one bucket of a partnership's ledger, with a reason, and balances it.

The rules are PRODUCT.md section 4 in code: an amount counts at the finest place its source states
and is never pushed below it; each total is summed from its own lines and none is a remainder.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from app.resources.methods.place import GRADES
from app.resources.methods.reasons import reason_of
from app.resources.methods.relate import (
    CONTAINS,
    INSIDE_NEIGHBOURHOOD,
    INSIDE_PARTNERSHIP,
    NO_PLACE,
    OUTSIDE,
    OVERLAPS,
    PARTLY,
    RECIPIENT_ELSEWHERE,
    RECIPIENT_HERE,
    STRADDLES,
    UNKNOWN,
    WHOLE,
    Ground,
    without_nan,
)

if TYPE_CHECKING:
    from app.resources.methods.double_counting import DoubleCounting
    from app.resources.methods.estimated_ledger import EstimatedLedger

NEIGHBOURHOODS, REST, OUT, NOT_PLACED = (
    "neighbourhoods",
    "rest_of_partnership",
    "outside",
    "not_placed",
)
BUCKETS = (NEIGHBOURHOODS, REST, OUT, NOT_PLACED)
PAID_HERE, PAID_ELSEWHERE = "paid_here_place_unknown", "paid_elsewhere_place_unknown"
LOCATED, ESTIMATED, PARTNERSHIP_WIDE = "located", "estimated", "partnership_wide"
CERTAINTIES = (LOCATED, ESTIMATED, PARTNERSHIP_WIDE)
STAGES = ("planned", "awarded", "paid")
# The row that takes away what stands in more than one overlapping neighbourhood, so that rows sum.
IN_SEVERAL = "in_several"
SEVERAL_WORDS = "In more than one neighbourhood, counted once"
LINE_FIELDS = (
    "id", "file_id", "row", "identifier", "title", "funder", "programme", "theme", "recipient", "amount_pence",
    "financial_year", "awarded_on", "grade", "place_kind", "place_code", "place_type", "place_name", "place_text",
    "deliverer", "role", "related_identifier", "money_kind", "part_of", "part_share", "programme_id",
    "estimate_basis",
)  # fmt: skip

_SIMPLE: dict[str, tuple[str, str | None]] = {
    INSIDE_PARTNERSHIP: (REST, LOCATED),
    WHOLE: (REST, PARTNERSHIP_WIDE),
    OUTSIDE: (OUT, None),
    CONTAINS: (NOT_PLACED, None),
    OVERLAPS: (NOT_PLACED, None),
    UNKNOWN: (NOT_PLACED, None),
    NO_PLACE: (NOT_PLACED, None),
    RECIPIENT_HERE: (PAID_HERE, None),
    RECIPIENT_ELSEWHERE: (PAID_ELSEWHERE, None),
}


class LedgerBroken(AssertionError):
    """The ledger does not balance: a fault of ours, never of the data."""


class Neighbourhood(NamedTuple):
    """One neighbourhood: its number, name, small areas (of the index's set) and people (None = not known).

    slug, footprint_id : of a saved one. codes : those of which it holds at least half of the people.
    parts : small areas of which it holds less than all, each with the part of their people.
    """

    number: int
    name: str
    codes: tuple[str, ...]
    people: int | None = None
    slug: str | None = None
    footprint_id: int | None = None
    parts: tuple[tuple[str, Fraction], ...] = ()

    def as_plain(self) -> dict[str, Any]:
        """Give it as plain values for JSON; `slug` and `parts` of a saved one alone."""
        plain = {
            "number": self.number, "name": self.name, "codes": sorted(self.codes), "people": self.people,
        }  # fmt: skip
        if self.slug is None:
            return plain
        parts = [{"code": code, "share": round(float(share), 6)} for code, share in self.parts]
        return plain | {"slug": self.slug, "parts": parts}


def kind_of(neighbourhoods: Iterable[Neighbourhood]) -> str:
    """Say what some neighbourhoods are: priority, or saved (those have slugs)."""
    return "saved" if any(each.slug for each in neighbourhoods) else "priority"


def ground_held(
    areas: Collection[str],
    neighbourhoods: Iterable[Neighbourhood],
    districts: Collection[str] = (),
    lineages: Sequence[Collection[str]] = (),
) -> Ground:
    """Say a partnership's ground with what its neighbourhoods, which may overlap, hold of it."""
    held: dict[str, list[int]] = defaultdict(list)
    parts: dict[str, dict[int, Fraction]] = defaultdict(dict)
    for each in sorted(neighbourhoods):
        for code in each.codes:
            held[code].append(each.number)
        for code, share in each.parts:
            parts[code][each.number] = share
    also = {code: tuple(several[1:]) for code, several in held.items() if len(several) > 1}
    first = {code: several[0] for code, several in held.items()}
    return Ground(areas, first, districts, lineages, also, dict(parts))


class Amounts(NamedTuple):
    """So many lines, and their pence together."""

    lines: int = 0
    pence: int = 0


@dataclass(frozen=True)
class Ledger:
    """A partnership's money at one stage, in pence, every line whole in one bucket.

    `lines`: one dict a counted line (LINE_FIELDS, then bucket, certainty or None, neighbourhood or
    None, reason), ordered by id. `paid_here`: lines of grade F whose recipient sits here, in no total;
    `paid_elsewhere`: how many such lines sit elsewhere, and their sum.
    `other_currencies`: lines not in GBP, in no total. `envelopes`: programmes' allocations, listed
    beside and never summed with lines. `estimate`: where the lines lie by estimate, beside the buckets
    and in no total; `double_counting`: what of them is counted twice; None where not asked for.
    """

    stage: str
    year: str | None
    neighbourhoods: tuple[Neighbourhood, ...]
    rest_people: int | None
    lines: list[dict[str, Any]]
    paid_here: list[dict[str, Any]]
    paid_elsewhere: Amounts
    other_currencies: list[dict[str, Any]]
    totals: dict[str, Any]
    by_grade: list[dict[str, Any]]
    year_not_stated: dict[str, int]
    envelopes: list[dict[str, Any]] = field(default_factory=list)
    estimate: EstimatedLedger | None = None
    double_counting: DoubleCounting | None = None


def make_ledger(
    lines: pd.DataFrame,
    relations: pd.DataFrame,
    neighbourhoods: Sequence[Neighbourhood],
    *,
    stage: str = "awarded",
    year: str | None = None,
    rest_people: int | None = None,
    envelopes: Sequence[dict[str, Any]] = (),
    elsewhere: Amounts = Amounts(),  # noqa: B008 - a NamedTuple never changes
) -> Ledger:
    """Make the ledger of one partnership.

    Parameters
    ----------
    lines : one row a line; LINE_FIELDS and stage, currency. amount_pence is a whole number,
        below 0 for a refund alone; fields of LINE_FIELDS that no source states may be left out
    relations : RELATION_COLUMNS of methods.relate, one row a line
    neighbourhoods : the priority neighbourhoods; may be empty
    stage : planned, awarded or paid; stages are never added
    year : a financial year ("2018-19") or None for all; lines that state no year are left out of
        a year and counted in `year_not_stated`
    elsewhere : lines of grade F, in GBP and of the stage and year, whose recipient is known to sit
        elsewhere and that are not among `lines`; those among them are added to it
    rest_people : people of the partnership outside the neighbourhoods, None where not known

    Conserved: the sum of the four buckets is the sum of all GBP lines of the stage (and year) that
    are not grade F. The order of rows makes no difference. Raises LedgerBroken where it does not
    balance, KeyError for a line without a relation, ValueError for an unknown stage.
    """
    if stage not in STAGES:
        raise ValueError(f"{stage!r} is none of {', '.join(STAGES)}")
    columns = [*LINE_FIELDS, "stage", "currency"]
    lines = without_nan(lines.reindex(columns=columns))  # what a source never states is None
    relation_of = {row[0]: row[1:] for row in relations.itertuples(index=False, name=None)}
    names = {each.number: each.name for each in neighbourhoods}
    kind = kind_of(neighbourhoods)
    counted: list[dict[str, Any]] = []
    here: list[dict[str, Any]] = []
    foreign: list[dict[str, Any]] = []
    undated = {"count": 0, "pence": 0}
    for *values, line_stage, currency in zip(*(lines[name] for name in columns), strict=True):
        if line_stage != stage:
            continue
        line = dict(zip(LINE_FIELDS, values, strict=True))
        line["amount_pence"] = int(line["amount_pence"])
        if year is not None and line["financial_year"] != year:
            if line["financial_year"] is None and currency == "GBP" and line["grade"] != "F":
                undated["count"] += 1
                undated["pence"] += line["amount_pence"]
            continue
        relation, *shares = relation_of[line["id"]]
        line["bucket"], line["certainty"], line["neighbourhood"] = place_in_bucket(
            relation, *shares[:1], *shares[2:4]
        )
        line["also_in"] = also_counted(line["bucket"], shares[5] if len(shares) > 5 else ())
        line["reason"] = reason_of(line, relation, shares[:5], names, kind)
        if currency != "GBP":
            line["currency"] = currency
            foreign.append(line)
        elif line["bucket"] == PAID_HERE:
            here.append(line)
        elif line["bucket"] == PAID_ELSEWHERE:
            elsewhere = Amounts(elsewhere.lines + 1, elsewhere.pence + line["amount_pence"])
        else:
            counted.append(line)
    for group in (counted, here, foreign):
        group.sort(key=lambda each: each["id"])
    totals = _totals(counted, here, elsewhere)
    check_identity(counted, totals)
    return Ledger(
        stage,
        year,
        tuple(neighbourhoods),
        rest_people,
        counted,
        here,
        elsewhere,
        foreign,
        totals,
        _by_grade(counted, here, elsewhere),
        undated,
        list(envelopes),
    )


def place_in_bucket(
    relation: str,
    neighbourhood: int | None,
    share_in_neighbourhoods: object,
    share_in_partnership: object,
) -> tuple[str, str | None, int | None]:
    """Name the one bucket of a relation, how surely, and the neighbourhood.

    A place partly in neighbourhoods is in them when at least half of its people are (2 x share >= 1),
    otherwise in the rest; a place across the partnership's edge is first asked the same of the partnership.
    """
    if relation == INSIDE_NEIGHBOURHOOD:
        return NEIGHBOURHOODS, LOCATED, neighbourhood
    if relation in (PARTLY, STRADDLES):
        if relation == STRADDLES and not _at_least_half(share_in_partnership):
            return OUT, None, None
        if _at_least_half(share_in_neighbourhoods):
            return NEIGHBOURHOODS, ESTIMATED, neighbourhood
        return REST, ESTIMATED, None
    bucket, certainty = _SIMPLE[relation]
    return bucket, certainty, None


def also_counted(bucket: str, also_in: Iterable[tuple[int, bool]]) -> list[dict[str, Any]]:
    """Name the other, overlapping neighbourhoods that a line in the neighbourhoods is shown in, and how surely."""
    if bucket != NEIGHBOURHOODS:
        return []
    return [
        {"number": number, "certainty": LOCATED if wholly else ESTIMATED}
        for number, wholly in also_in
    ]


def _at_least_half(share: object) -> bool:
    return share is not None and 2 * share >= 1  # type: ignore[operator]


def sum_pence(lines: Iterable[dict[str, Any]]) -> int:
    """Add the whole pence of some lines."""
    return sum(line["amount_pence"] for line in lines)


def _totals(
    counted: Sequence[dict[str, Any]],
    here: Sequence[dict[str, Any]],
    elsewhere: Amounts,
) -> dict[str, Any]:
    totals: dict[str, Any] = {}
    for bucket in BUCKETS:
        own = [line for line in counted if line["bucket"] == bucket]
        totals[f"{bucket}_pence"] = sum_pence(own)
        totals[f"{bucket}_lines"] = len(own)
        if bucket in (NEIGHBOURHOODS, REST):
            totals[bucket] = {
                f"{certainty}_pence": sum_pence(
                    line for line in own if line["certainty"] == certainty
                )
                for certainty in CERTAINTIES
            }
    totals["file_pence"] = sum_pence(counted)
    totals["file_lines"] = len(counted)
    totals["recipient_only_pence"] = sum_pence(here) + elsewhere.pence
    totals["recipient_only_lines"] = len(here) + elsewhere.lines
    totals["source_pence"] = totals["file_pence"] + totals["recipient_only_pence"]
    return totals


def check_identity(counted: Sequence[dict[str, Any]], totals: dict[str, Any]) -> None:
    """Hold the four buckets against the file, the certainties against their bucket, and each line against one bucket.

    Raises LedgerBroken naming the first figure that is off.
    """
    strays = [line["id"] for line in counted if line["bucket"] not in BUCKETS]
    if strays:
        raise LedgerBroken(f"lines in no bucket: {strays[:3]}")
    ids = [line["id"] for line in counted]
    if len(set(ids)) != len(ids):
        raise LedgerBroken("a line is counted twice")
    in_buckets = sum(totals[f"{bucket}_pence"] for bucket in BUCKETS)
    if in_buckets != sum_pence(counted) or in_buckets != totals["file_pence"]:
        raise LedgerBroken(f"the buckets hold {in_buckets} pence, the file {totals['file_pence']}")
    for bucket in (NEIGHBOURHOODS, REST):
        if sum(totals[bucket].values()) != totals[f"{bucket}_pence"]:
            raise LedgerBroken(f"located, estimated and partnership-wide do not make up {bucket}")


def _by_grade(
    counted: Sequence[dict[str, Any]],
    here: Sequence[dict[str, Any]],
    elsewhere: Amounts,
) -> list[dict[str, Any]]:
    rows = []
    for grade, words in GRADES.items():
        own = [line for line in counted if line["grade"] == grade] if grade != "F" else list(here)
        beside = elsewhere if grade == "F" else Amounts()
        row: dict[str, Any] = {
            "grade": grade,
            "means": words,
            "lines": len(own) + beside.lines,
            "pence": sum_pence(own) + beside.pence,
            "in_totals": grade != "F",
        }
        for bucket in BUCKETS:
            row[f"{bucket}_pence"] = sum_pence(line for line in own if line["bucket"] == bucket)
        rows.append(row)
    return rows
