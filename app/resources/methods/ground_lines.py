"""Places lines of money in one piece of ground, each whole or not at all; reads nothing.

The rules are those of the ledger (docs/decisions/0006): a place wholly inside is located; one of which
at least half of the people are inside is estimated; one with less lies mostly elsewhere and counts in no sum.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from app.resources.methods.ledger import ESTIMATED, LOCATED, sum_pence
from app.resources.methods.place import GRADES, codes_of

MOSTLY_ELSEWHERE = "mostly_elsewhere"
# Shares are sums of fractions of postcodes: a whole place may come out this much short of 1.
WHOLE = 1.0 - 1e-9
MOST_SHOWN = 100


@dataclass(frozen=True)
class GroundMoney:
    """The lines of one stage in some ground, the largest first, each with certainty and share.

    lines : located and estimated ones; beside : those mostly elsewhere, in no sum; other_currencies :
    how many lines of the ground are not in pounds, in no sum either.
    """

    stage: str
    year: str | None
    lines: list[dict[str, Any]]
    beside: list[dict[str, Any]]
    other_currencies: int

    def as_plain(self) -> dict[str, Any]:
        """Give the money as plain values for JSON: each sum of its own lines."""
        located = [line for line in self.lines if line["certainty"] == LOCATED]
        estimated = [line for line in self.lines if line["certainty"] == ESTIMATED]
        return {
            "stage": self.stage,
            "year": self.year,
            "located": {"lines": len(located), "pence": sum_pence(located)},
            "estimated": {"lines": len(estimated), "pence": sum_pence(estimated)},
            "mostly_elsewhere": {"lines": len(self.beside), "pence": sum_pence(self.beside)},
            "other_currencies": {"lines": self.other_currencies},
            "lines": self.lines[:MOST_SHOWN],
            "lines_in_all": len(self.lines),
            "by_year_and_theme": by_year_and_theme(self),
            "by_grade": by_grade(self),
        }


def by_year_and_theme(money: GroundMoney) -> list[dict[str, Any]]:
    """Sum the lines of some ground by financial year and theme, located and estimated apart.

    Rows in order of year and theme, what is not stated last; each figure is the sum of its own lines, and the
    columns sum to `located` and `estimated`.
    """
    groups: dict[tuple[str | None, str | None], list[dict[str, Any]]] = defaultdict(list)
    for line in money.lines:
        groups[line["financial_year"], line["theme"]].append(line)
    order = sorted(
        groups, key=lambda key: (key[0] is None, key[0] or "", key[1] is None, key[1] or "")
    )
    return [
        {
            "year": year, "theme": theme,
            **{
                f"{certainty}_{unit}": count
                for certainty in (LOCATED, ESTIMATED)
                for own in [[row for row in groups[year, theme] if row["certainty"] == certainty]]
                for unit, count in (("lines", len(own)), ("pence", sum_pence(own)))
            },
            "grades": sorted({line["grade"] for line in groups[year, theme]}),
        }
        for year, theme in order
    ]  # fmt: skip


def by_grade(money: GroundMoney) -> list[dict[str, Any]]:
    """Sum the lines of some ground by how finely the source states the place; a grade without lines has no row."""
    found = []
    for grade, words in GRADES.items():
        own = [line for line in money.lines if line["grade"] == grade]
        if own:
            row = {"grade": grade, "means": words, "lines": len(own), "pence": sum_pence(own)}
            found.append(row)
    return found


def place_lines(
    lines: pd.DataFrame,
    inside: Collection[str],
    pieces: pd.DataFrame,
    weight_of: Mapping[str, float],
    *,
    stage: str,
    year: str | None = None,
    estates: Mapping[int, float] | None = None,
) -> GroundMoney:
    """Place lines in ground.

    Parameters
    ----------
    lines : id, title, funder, programme, theme, amount_pence, currency, financial_year, place_kind
        (point, postcode or area), place_code, place_name, place_postcode, grade.
    inside : ids of the points and postcodes that lie in the ground.
    pieces : place, code, people, postcodes: the small areas of each stated area (None = not known).
    weight_of : share of each small area's people in the ground; of those not named none.
    estates : number of the footprint of each estate that lines are stated for → share of its postcodes
        that lie in the ground; of those not named none.

    Notes
    -----
    A stated area whose people and postcodes are not known is told among those mostly elsewhere, with
    no share, unless all of its small areas are wholly in. The order of lines makes no difference.
    """
    made_of: dict[str, list[tuple[str, float | None, float | None]]] = defaultdict(list)
    for place, code, people, postcodes in pieces[
        ["place", "code", "people", "postcodes"]
    ].itertuples(index=False, name=None):
        made_of[place].append((code, _number(people), _number(postcodes)))
    counted: list[dict[str, Any]] = []
    beside: list[dict[str, Any]] = []
    foreign = 0
    plain = lines.astype(object).where(lines.notna(), None)
    for line in plain.to_dict("records"):
        if year is not None and line["financial_year"] != year:
            continue
        if line["place_kind"] == "area":
            share: float | None = _share(
                [piece for code in codes_of(line["place_code"]) for piece in made_of[code]],
                weight_of,
            )
        elif line["place_kind"] == "estate":
            share = (estates or {}).get(line["footprint_id"], 0.0)
        else:
            share = 1.0 if line["id"] in inside else 0.0
        if share is not None and share <= 0:
            continue
        if line["currency"] != "GBP":
            foreign += 1
            continue
        certainty = _certainty(share)
        row = {
            **{key: line[key] for key in ("id", "title", "funder", "programme", "theme", "grade")},
            "amount_pence": int(line["amount_pence"]), "financial_year": line["financial_year"],
            "place": line["place_name"] or line["place_code"] or line["place_postcode"],
            "certainty": certainty, "share_inside": None if share is None else round(min(float(share), 1.0), 6),
        }  # fmt: skip
        (beside if certainty == MOSTLY_ELSEWHERE else counted).append(row)
    for rows in (counted, beside):
        rows.sort(key=lambda row: (-row["amount_pence"], row["id"]))
    return GroundMoney(stage, year, counted, beside, foreign)


def _certainty(share: float | None) -> str:
    if share is None or share < 0.5:
        return MOSTLY_ELSEWHERE
    return LOCATED if share >= WHOLE else ESTIMATED


def _share(
    pieces: list[tuple[str, float | None, float | None]], weight_of: Mapping[str, float]
) -> float | None:
    """Give the share of a place's people in the ground, or of its postcodes; None where neither is known."""
    weights = [weight_of.get(code, 0.0) for code, *_ in pieces]
    if not pieces or not any(weights):
        return 0.0
    if all(weight >= WHOLE for weight in weights):
        return 1.0
    for column in (1, 2):
        counts = [piece[column] for piece in pieces]
        known = [float(count) for count in counts if count is not None]
        if len(known) == len(counts) and sum(known) > 0:
            return sum(n * w for n, w in zip(known, weights, strict=True)) / sum(known)
    return None


def _number(value: object) -> float | None:
    return None if pd.isna(value) else float(value)  # type: ignore[arg-type]
