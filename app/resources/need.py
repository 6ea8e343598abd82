"""Need beside money: each neighbourhood, or each small area, with its people, its share of need and its money."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from app.priorities.actions import Designated
from app.resources.methods.equity import Part, per_person, weigh_need
from app.resources.methods.ledger import (
    BUCKETS,
    ESTIMATED,
    LOCATED,
    NEIGHBOURHOODS,
    REST,
    Amounts,
    Ledger,
    Neighbourhood,
)
from app.resources.methods.sums import Cell
from app.resources.partnership_money import LedgerAsked, SharedGround
from app.resources.summing import LedgerGround, read_cells

UNITS = ("neighbourhood", "small_area")
# A small area is of the worst fifth where five times its rank is at most the areas ranked.
_FIFTH = 5
NEED_WORDS = "people in the most deprived fifth of small areas"
MEANING = (
    "Money that is located or estimated to lie in a part; money for the whole partnership, outside or not placed "
    "is in none. Index below 0: the more deprived have more than their share."
)


def need_answer(
    session: Session, shared: SharedGround, asked: LedgerAsked, units: str = "neighbourhood"
) -> dict[str, Any]:
    """Put need and money side by side, by neighbourhood (and the rest) or by small area.

    By small area only lines that lie wholly in one are told; `beside_pence` are those in no part.
    """
    ground = shared.ground
    cells = [
        cell
        for cell in read_cells(
            session, ground, year=asked.year, by="neighbourhood", by_area=units == "small_area"
        )
        if cell.currency == "GBP" and (asked.year is None or not cell.undated)
    ]
    parts = (
        _small_areas(shared.designated, cells)
        if units == "small_area"
        else _neighbourhoods(shared.designated, ground, cells)
    )
    told = weigh_need(parts)
    placed = sum(part.pence for part in parts)
    in_file = sum(cell.pence for cell in cells if cell.stands.bucket in BUCKETS)
    return {
        "stage": asked.stage, "year": asked.year, "units": units, "need_measure": NEED_WORDS, **told,
        "placed_pence": placed, "beside_pence": in_file - placed, "meaning": MEANING,
    }  # fmt: skip


def _neighbourhoods(
    designated: Designated, ground: LedgerGround, cells: Sequence[Cell]
) -> list[Part]:
    held: dict[object, Amounts] = {}
    for cell in cells:
        if cell.stands.certainty in (LOCATED, ESTIMATED):
            inside = cell.stands.bucket == NEIGHBOURHOODS
            key = cell.stands.neighbourhood if inside else REST
            lines, pence = held.get(key, Amounts())
            held[key] = Amounts(lines + cell.lines, pence + cell.pence)
    return parts_of(designated, ground.found.neighbourhoods, held)


def parts_of(
    designated: Designated, neighbourhoods: Sequence[Neighbourhood], held: Mapping[object, Amounts]
) -> list[Part]:
    """Give each neighbourhood and the rest as parts with their need; `held` by number, the rest by REST."""
    chosen = {code for each in neighbourhoods for code in each.codes}
    every = {str(code) for code in designated.evaluation.codes}
    places: list[tuple[object, str, Collection[str]]] = [
        (each.number, each.name, each.codes) for each in sorted(neighbourhoods)
    ]
    places.append((REST, "Rest of the partnership", sorted(every - chosen)))
    figures = _Figures(designated)
    return [
        figures.part(key, label, codes, held.get(key, Amounts())) for key, label, codes in places
    ]


def need_of_ledger(designated: Designated, ledger: Ledger) -> dict[str, Any]:
    """Put need and money side by side by neighbourhood, from a ledger that has its lines."""
    held: dict[object, Amounts] = {}
    for line in ledger.lines:
        if line["certainty"] in (LOCATED, ESTIMATED):
            key = line["neighbourhood"] if line["bucket"] == NEIGHBOURHOODS else REST
            lines, pence = held.get(key, Amounts())
            held[key] = Amounts(lines + 1, pence + line["amount_pence"])
    return weigh_need(parts_of(designated, ledger.neighbourhoods, held))


def _small_areas(designated: Designated, cells: Sequence[Cell]) -> list[Part]:
    held: dict[str, Amounts] = defaultdict(Amounts)
    for cell in cells:
        if cell.small_area is not None and cell.stands.certainty == LOCATED:
            lines, pence = held[cell.small_area]
            held[cell.small_area] = Amounts(lines + cell.lines, pence + cell.pence)
    figures = _Figures(designated)
    return [
        figures.part(code, str(designated.names.get(code, code)), [code], held[code])
        for code in sorted(str(code) for code in designated.evaluation.codes)
    ]


class _Figures:
    """People and ranks of the small areas of a designation, for adding up over parts."""

    def __init__(self, designated: Designated) -> None:
        people = designated.people
        self._people = {str(c): None if v is None or v != v else int(v) for c, v in people.items()}  # noqa: PLR0124 - NaN
        ranks = zip(designated.evaluation.codes, designated.evaluation.rank, strict=True)
        self._rank = {
            str(c): None if np.isnan(rank) else Fraction(float(rank)) for c, rank in ranks
        }
        self._ranked = designated.index.areas_total

    def part(self, key: object, label: str, codes: Collection[str], held: Amounts) -> Part:
        """Add up one part; one area without people or rank makes those of the part not known."""
        people = [self._people.get(code) for code in codes]
        ranks = [self._rank.get(code) for code in codes]
        whole = None if any(each is None for each in people) else sum(each or 0 for each in people)
        rank: Fraction | None = None
        need: int | None = None
        if whole is not None and not any(each is None for each in ranks):
            pairs = [(p or 0, r or Fraction(0)) for p, r in zip(people, ranks, strict=True)]
            need = sum(p for p, r in pairs if _FIFTH * r <= self._ranked)
            rank = sum((p * r for p, r in pairs), Fraction(0)) / whole if whole else None
        return Part(key, label, rank, whole, need, held.pence, held.lines)


def with_heads(
    rows: Sequence[dict[str, Any]], parts: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Set beside each row by neighbourhood its people in the worst fifth, and located and estimated pence a head.

    parts : `weigh_need`'s, by the rows' keys; other rows, and what is not known, have None.
    """
    by_key = {part["key"]: part for part in parts}
    told = []
    for row in rows:
        need = by_key.get(row["key"], {}).get("people_in_worst_fifth")
        here = row["located_pence"] + row["estimated_pence"]
        known = row["key"] in by_key
        told.append(
            row
            | {
                "people_in_worst_fifth": need,
                "pence_per_head": per_person(here, row["people"]) if known else None,
                "pence_per_person_in_worst_fifth": per_person(here, need) if known else None,
            }
        )
    return told


def worst_fifth_by_neighbourhood(shared: SharedGround) -> list[dict[str, Any]]:
    """Give each neighbourhood's, and the rest's, people in the worst fifth, without money."""
    parts = _neighbourhoods(shared.designated, shared.ground, [])
    return [{"key": part.key, "people_in_worst_fifth": part.need} for part in parts]
