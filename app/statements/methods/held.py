"""What each line of a programme holds once what it passed on is taken off; nothing is counted twice, nothing lost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from boundaries.methods.apportion import apportion

REGRANT, MATCH, REFUND = "regrant", "match", "refund"


@dataclass(frozen=True)
class Held:
    """What lines of one stage hold.

    pence : by id; of a parent its amount less its regrants, of any other line its amount.
    years : by id the financial year in which its money was first drawn (None: its source states none).
    passed_on : ids of the regrants that were taken off a parent, so that they draw on nothing anew.
    cycles : ids of regrants whose chain of parents comes back to them; counted as awards.
    over_passed : ids of parents that passed on more than they got: they hold less than nothing.
    """

    pence: Mapping[str, int]
    years: Mapping[str, str | None]
    passed_on: frozenset[str]
    cycles: tuple[str, ...]
    over_passed: tuple[str, ...]


def hold(lines: Sequence[Mapping[str, Any]]) -> Held:
    """Take each regrant off the line that its source names, chains too, and date it by where its chain begins.

    Parameters
    ----------
    lines : of one programme and stage: id, identifier, part_of, role, related_identifier,
        amount_pence, financial_year

    A regrant whose parent is not among the lines draws on the programme itself. A parent that is
    several parts (`part_of`) passes on from all, by their amounts with largest remainders.
    Conserved: what the lines hold = their amounts less the regrants that were taken off. The order of
    the lines makes no difference.
    """
    by_id = {line["id"]: line for line in lines}
    named: dict[str, set[str]] = defaultdict(set)
    for line in lines:
        for name in (line["identifier"], line["part_of"]):
            if name:
                named[name].add(line["id"])
    parents = {
        line["id"]: sorted(named[line["related_identifier"]])
        for line in lines
        if line["role"] == REGRANT and named.get(line["related_identifier"] or "")
    }
    cycles = tuple(sorted(each for each in parents if _comes_back(each, parents)))
    pence = {each: int(line["amount_pence"]) for each, line in by_id.items()}
    for child in sorted(set(parents) - set(cycles)):
        amount = int(by_id[child]["amount_pence"])
        weights = [max(0, int(by_id[parent]["amount_pence"])) for parent in parents[child]]
        shares = apportion(amount, weights) or [amount, *[0] * (len(weights) - 1)]
        for parent, share in zip(parents[child], shares, strict=True):
            pence[parent] -= int(share)
    passed = frozenset(set(parents) - set(cycles))
    return Held(
        pence=pence,
        years={each: by_id[_root(each, parents, passed)]["financial_year"] for each in by_id},
        passed_on=passed,
        cycles=cycles,
        over_passed=tuple(
            sorted(each for each in pence if pence[each] < 0 <= int(by_id[each]["amount_pence"]))
        ),
    )


def _comes_back(start: str, parents: Mapping[str, Sequence[str]]) -> bool:
    """Say whether somebody who follows the parents of a line meets it again."""
    seen: set[str] = set()
    waiting = list(parents.get(start, ()))
    while waiting:
        each = waiting.pop()
        if each == start:
            return True
        if each not in seen:
            seen.add(each)
            waiting += parents.get(each, ())
    return False


def _root(line: str, parents: Mapping[str, Sequence[str]], passed: frozenset[str]) -> str:
    """Follow a regrant to the line whose money it passes on; the parts of one row share their year."""
    while line in passed:
        line = parents[line][0]
    return line
