"""Need beside money: each neighbourhood, or each small area, with its people, its share of need and its money."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
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
    ground_held,
)
from app.resources.methods.relate import Ground
from app.resources.methods.sums import Cell
from app.resources.partnership_money import LedgerAsked, SharedGround
from app.resources.summing import LedgerGround, read_cells

# A small area is of the worst fifth where five times its rank is at most the areas ranked.
_FIFTH = 5
# The numbers of the neighbourhoods, the main one first, that hold something; none: the rest of the partnership.
Zone = tuple[int, ...]
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
    if units == "small_area":
        parts = once = _small_areas(shared.designated, cells)
    else:
        parts, once = _neighbourhoods(shared.designated, ground, cells)
    told = weigh_need(parts, once)
    placed = sum(part.pence for part in once)
    in_file = sum(cell.pence for cell in cells if cell.stands.bucket in BUCKETS)
    return {
        "stage": asked.stage, "year": asked.year, "units": units, "need_measure": NEED_WORDS, **told,
        "placed_pence": placed, "beside_pence": in_file - placed, "meaning": MEANING,
    }  # fmt: skip


def _neighbourhoods(
    designated: Designated, ground: LedgerGround, cells: Sequence[Cell]
) -> tuple[list[Part], list[Part]]:
    held: dict[Zone, Amounts] = defaultdict(Amounts)
    for cell in cells:
        stands = cell.stands
        if stands.certainty in (LOCATED, ESTIMATED):
            zone = _zone(stands.bucket, stands.neighbourhood, (number for number, _ in stands.also))
            lines, pence = held[zone]
            held[zone] = Amounts(lines + cell.lines, pence + cell.pence)
    return parts_of(designated, ground.found.neighbourhoods, held)


def _zone(bucket: str, number: int | None, also: Iterable[int]) -> Zone:
    return tuple(sorted((number, *also))) if bucket == NEIGHBOURHOODS and number is not None else ()


def parts_of(
    designated: Designated, neighbourhoods: Sequence[Neighbourhood], held: Mapping[Zone, Amounts]
) -> tuple[list[Part], list[Part]]:
    """Give each neighbourhood and the rest as parts with their need, and the same people and money told once.

    held : by the numbers of the neighbourhoods in which money stands, that of the rest by none. Where
    neighbourhoods overlap each is told with all that it holds, and the second list has a part for the rest,
    for each alone and for each overlap; otherwise both lists are one.
    """
    every = {str(code) for code in designated.evaluation.codes}
    ground = ground_held(every, neighbourhoods)
    shares: dict[Zone, dict[str, Fraction]] = defaultdict(dict)
    for code in sorted(every | set(ground.neighbourhood_of) | set(ground.parts)):
        for zone, share in _zones_of(ground, code):
            if zone or code in every:
                shares[zone][code] = share
    names = {each.number: each.name for each in neighbourhoods}
    figures = _Figures(designated)
    rest = figures.part(REST, "Rest of the partnership", shares[()], held.get((), Amounts()))
    parts = []
    for each in sorted(neighbourhoods):
        own = dict.fromkeys(each.codes, Fraction(1)) | dict(each.parts)
        lines = sum(held[zone].lines for zone in held if each.number in zone)
        pence = sum(held[zone].pence for zone in held if each.number in zone)
        parts.append(figures.part(each.number, each.name, own, Amounts(lines, pence)))
    if not any(len(zone) > 1 for zone in (*shares, *held)):
        return [*parts, rest], [*parts, rest]
    told: dict[Zone, Amounts] = defaultdict(Amounts)
    for (
        zone,
        amounts,
    ) in held.items():  # where nobody lives in an overlap its money is the first one's
        at = zone if zone in shares else zone[:1]
        told[at] = Amounts(told[at].lines + amounts.lines, told[at].pence + amounts.pence)
    once = [
        figures.part(zone, " and ".join(names[n] for n in zone), shares.get(zone, {}), told[zone])
        for zone in sorted({*shares, *told} - {()})
    ]
    return [*parts, rest], [*once, rest]


def _zones_of(ground: Ground, code: str) -> list[tuple[Zone, Fraction]]:
    """Share a small area's people over the neighbourhoods and the rest, each person once.

    Where several hold parts of it, which may overlap, all count where at least half of them live.
    """
    numbers, shares = ground.numbers_of(code), ground.shares_of(code)
    left = ground.share_in_none(code)
    if not left or len(shares) != 1:
        return [(numbers, Fraction(1))]
    return [((number,), share) for number, share in shares.items()] + [((), left)]


def need_of_ledger(designated: Designated, ledger: Ledger) -> dict[str, Any]:
    """Put need and money side by side by neighbourhood, from a ledger that has its lines."""
    held: dict[Zone, Amounts] = defaultdict(Amounts)
    for line in ledger.lines:
        if line["certainty"] in (LOCATED, ESTIMATED):
            also = (each["number"] for each in line["also_in"])
            zone = _zone(line["bucket"], line["neighbourhood"], also)
            lines, pence = held[zone]
            held[zone] = Amounts(lines + 1, pence + line["amount_pence"])
    return weigh_need(*parts_of(designated, ledger.neighbourhoods, held))


def _small_areas(designated: Designated, cells: Sequence[Cell]) -> list[Part]:
    held: dict[str, Amounts] = defaultdict(Amounts)
    for cell in cells:
        if cell.small_area is not None and cell.stands.certainty == LOCATED:
            lines, pence = held[cell.small_area]
            held[cell.small_area] = Amounts(lines + cell.lines, pence + cell.pence)
    figures = _Figures(designated)
    return [
        figures.part(code, str(designated.names.get(code, code)), {code: Fraction(1)}, held[code])
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

    def part(self, key: object, label: str, shares: Mapping[str, Fraction], held: Amounts) -> Part:
        """Add up one part from what it holds of small areas; one without people or rank makes its own not known."""
        people = [self._held(code, share) for code, share in shares.items()]
        ranks = [self._rank.get(code) for code in shares]
        whole = None if any(each is None for each in people) else sum(each or 0 for each in people)
        rank: Fraction | None = None
        need: int | None = None
        if whole is not None and not any(each is None for each in ranks):
            pairs = [(p or 0, r or Fraction(0)) for p, r in zip(people, ranks, strict=True)]
            need = round(sum(p for p, r in pairs if _FIFTH * r <= self._ranked))
            rank = sum((p * r for p, r in pairs), Fraction(0)) / whole if whole else None
        told = None if whole is None else round(whole)
        return Part(key, label, rank, told, need, held.pence, held.lines)

    def _held(self, code: str, share: Fraction) -> Fraction | int | None:
        people = self._people.get(code)
        return None if people is None else people * share


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
    parts, _ = _neighbourhoods(shared.designated, shared.ground, [])
    return [{"key": part.key, "people_in_worst_fifth": part.need} for part in parts]
