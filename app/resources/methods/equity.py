"""Need and money together: how far money follows need over parts of a partnership; knows no place by name.

Source: METHODS.md 4 (concentration index and curve, Kakwani's progressivity, the gap quadrant).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby, pairwise
from typing import Any, NamedTuple

GAP, MATCHED_HIGH, MATCHED_LOW, MORE, UNKNOWN = (
    "high need, little money",
    "high need, much money",
    "low need, little money",
    "low need, much money",
    "not known",
)
WORST_SHARES = (Fraction(1, 10), Fraction(1, 5))
Money = Fraction | int


class Part(NamedTuple):
    """One part of a partnership: a neighbourhood, the rest, or a small area.

    rank : mean national rank of its small areas by people, 1 = the most deprived; None = not known
    people, need : people living there, and those of them in the worst fifth of the land; None = not known
    pence, lines : money placed there
    """

    key: object
    label: str
    rank: Fraction | None
    people: int | None
    need: int | None
    pence: int
    lines: int


@dataclass(frozen=True)
class Concentration:
    """How a quantity is spread over people from the most to the least deprived.

    curve : (share of people, share of the quantity), from (0, 0) to (1, 1). index : below 0 where the
    more deprived have more than their share. worst : share reaching the worst tenth and fifth of people.
    """

    curve: tuple[tuple[Fraction, Fraction], ...]
    index: Fraction
    worst: dict[str, Fraction]

    def as_plain(self) -> dict[str, Any]:
        """Give it as plain numbers: shares and index to nine decimals."""
        return {
            "index": _plain(self.index),
            "curve": [[_plain(people), _plain(held)] for people, held in self.curve],
            "share_reaching": {name: _plain(share) for name, share in self.worst.items()},
        }


def concentrate(spread: Sequence[tuple[Fraction, int, int]]) -> Concentration | None:
    """Concentrate a quantity over people.

    spread : (rank, people, quantity) of each part; parts of equal rank count as one, so that no order of
        naming decides. People are at least 0; a quantity may be below 0 (refunds).

    Returns None where there are no people or the quantities sum to 0 or less: no share can be taken.

    Formula: `C = 2/Q sum q_i (F_i - 1/2)`, F_i the share of people before part i and half of its own;
    1 - 2 x the area under the curve is the same (tests hold them together).
    """
    ordered = sorted(spread, key=lambda each: each[0])
    parts = [
        (sum(each[1] for each in alike), sum(each[2] for each in alike))
        for _, same in groupby(ordered, key=lambda each: each[0])
        for alike in [list(same)]
    ]
    everyone, everything = sum(people for people, _ in parts), sum(held for _, held in parts)
    if everyone == 0 or everything <= 0:
        return None
    curve = [(Fraction(0), Fraction(0))]
    index = Fraction(0)
    for people, held in parts:
        before, so_far = curve[-1]
        middle = before + Fraction(people, 2 * everyone)
        index += 2 * Fraction(held, everything) * (middle - Fraction(1, 2))
        curve.append((before + Fraction(people, everyone), so_far + Fraction(held, everything)))
    worst = {
        name: _reached(curve, share)
        for name, share in zip(("worst_tenth", "worst_fifth"), WORST_SHARES, strict=True)
    }
    return Concentration(tuple(curve), index, worst)


def _reached(curve: Sequence[tuple[Fraction, Fraction]], share: Fraction) -> Fraction:
    """Read the curve at a share of people; inside the part that crosses it, in proportion."""
    for (left, low), (right, high) in pairwise(curve):
        if left <= share <= right and right > left:
            return low + (high - low) * (share - left) / (right - left)
    return curve[-1][1]


def _plain(value: Fraction | None) -> float | None:
    return None if value is None else round(float(value), 9)


def weigh_need(parts: Sequence[Part], once: Sequence[Part] | None = None) -> dict[str, Any]:
    """Put need and money of some parts side by side.

    once : where parts overlap, the same people and money in parts that do not; the totals and the curves are
        of these, and the shares of the overlapping parts, of those totals, may come to more than 1.

    Returns `parts` (each with shares of people, need and money, per head, per person in the worst fifth,
    and its quadrant), `money` and `need` (Concentration, None where no share can be taken), `kakwani`
    (C of money - C of need: below 0 where money is more concentrated on the deprived than need is)
    and `left_out`: parts whose people or rank are not known, in no curve.
    """
    known = _known(parts if once is None else once)
    money = concentrate([(part.rank, part.people, part.pence) for part in known])  # type: ignore[misc]
    counted = all(part.need is not None for part in known)
    need = (
        concentrate([(part.rank, part.people, part.need) for part in known])  # type: ignore[misc]
        if counted
        else None
    )
    told = _sums(known)
    levels = _levels(_known(parts))
    return {
        "parts": [_body(part, told, levels) for part in parts],
        "money": None if money is None else money.as_plain(),
        "need": None if need is None else need.as_plain(),
        "kakwani": None if money is None or need is None else _plain(money.index - need.index),
        "left_out": [part.key for part in parts if not _known([part])],
        "totals": told,
    }


def _known(parts: Sequence[Part]) -> list[Part]:
    return [part for part in parts if part.rank is not None and part.people is not None]


def _sums(parts: Sequence[Part]) -> dict[str, int | None]:
    need = [part.need for part in parts]
    return {
        "people": sum(part.people or 0 for part in parts),
        "need": None if any(each is None for each in need) else sum(each or 0 for each in need),
        "pence": sum(part.pence for part in parts),
        "lines": sum(part.lines for part in parts),
    }


def _levels(parts: Sequence[Part]) -> dict[object, str]:
    """Say of each part whether its need and its money per head are above those of half of the parts.

    A part without a line of its own is not known, never low: what wider money reached it nobody says. Nor is
    one whose need is not known: it has no entry.
    """
    needs = {
        part.key: Fraction(part.need, part.people)
        for part in parts
        if part.people and part.need is not None
    }
    peopled = [part for part in parts if part.key in needs]
    funds = {part.key: Fraction(part.pence, part.people or 1) for part in peopled if part.lines}
    ranks = {part.key: part.rank or Fraction(0) for part in peopled}
    said: dict[object, str] = {}
    for part in peopled:
        if part.key not in funds:
            said[part.key] = UNKNOWN
            continue
        high_need = _is_high(
            (needs[part.key], -ranks[part.key]), [(needs[k], -ranks[k]) for k in needs]
        )
        much = _is_high(funds[part.key], list(funds.values()))
        said[part.key] = {
            (True, False): GAP, (True, True): MATCHED_HIGH, (False, False): MATCHED_LOW,
            (False, True): MORE,
        }[high_need, much]  # fmt: skip
    return said


def _is_high(value: Any, values: Sequence[Any]) -> bool:
    """Say whether a value stands in the upper half of some: of equal ones the middle of their places decides."""
    below = sum(each < value for each in values)
    alike = sum(each == value for each in values)
    return Fraction(2 * below + alike, 2 * len(values)) >= Fraction(1, 2)


def _body(part: Part, told: dict[str, int | None], levels: dict[object, str]) -> dict[str, Any]:
    return {
        "key": part.key, "label": part.label, "mean_rank": _plain(part.rank), "people": part.people,
        "people_in_worst_fifth": part.need, "pence": part.pence, "lines": part.lines,
        "pence_per_head": per_person(part.pence, part.people),
        "pence_per_person_in_worst_fifth": per_person(part.pence, part.need),
        "share_of_people": _share(part.people, told["people"]),
        "share_of_need": _share(part.need, told["need"]),
        "share_of_money": _share(part.pence, told["pence"]),
        "quadrant": levels.get(part.key, UNKNOWN),
    }  # fmt: skip


def _share(value: int | None, whole: int | None) -> float | None:
    return None if value is None or not whole else _plain(Fraction(value, whole))


def per_person(pence: int, people: int | None) -> int | None:
    """Give whole pence a person, halves away from 0; None where there is nobody or it is not known."""
    if not people:
        return None
    size = (2 * abs(pence) + people) // (2 * people)
    return size if pence >= 0 else -size
