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

    pence : by id; of a parent its amount less what it passed on, of any other line its amount.
    years : by id the financial year in which its money was first drawn (None: its source states none).
    passed_pence : by id of the regrants that were taken off a parent, so that they draw on nothing anew:
    their amount less what was refunded of it. cycles : ids of regrants whose chain of parents comes back
    to them; counted as awards. over_passed : ids of parents that passed on more than they got.
    """

    pence: Mapping[str, int]
    years: Mapping[str, str | None]
    passed_pence: Mapping[str, int]
    cycles: tuple[str, ...]
    over_passed: tuple[str, ...]


def hold(lines: Sequence[Mapping[str, Any]]) -> Held:
    """Take each regrant off the line that its source names, chains too, and date it by where its chain begins.

    Parameters
    ----------
    lines : of one programme and stage: id, identifier, part_of, role, related_identifier,
        amount_pence, financial_year

    A regrant whose parent is not among the lines draws on the programme itself. What is refunded of a
    regrant goes back to its parent, in the parent's year. A parent that is several parts (`part_of`)
    passes on from all, by their amounts with largest remainders.
    Conserved: what the lines hold = their amounts less `passed_pence`. The order of the lines makes
    no difference. The same rules as app.resources.methods.double_counting, line by line.
    """
    by_id = {line["id"]: line for line in lines}
    named = _lines_by_name(lines)
    parents = {
        line["id"]: named[line["related_identifier"]]
        for line in lines
        if line["role"] == REGRANT and named.get(line["related_identifier"] or "")
    }
    cycles = tuple(sorted(each for each in parents if _comes_back(each, parents)))
    refunded = {
        line["id"]: named[line["related_identifier"]]
        for line in lines
        if line["role"] == REFUND and named.get(line["related_identifier"] or "")
    }
    passed = {each: int(by_id[each]["amount_pence"]) for each in sorted(set(parents) - set(cycles))}
    for refund in sorted(refunded):
        shares = _over(
            int(by_id[refund]["amount_pence"]), [by_id[each] for each in refunded[refund]]
        )
        for each, share in shares.items():
            if each in passed:
                passed[each] += share
    pence = {each: int(line["amount_pence"]) for each, line in by_id.items()}
    for child, amount in passed.items():
        for parent, share in _over(amount, [by_id[each] for each in parents[child]]).items():
            pence[parent] -= share
    return Held(
        pence=pence,
        years={
            each: by_id[_root(_refunded_of(each, refunded, passed), parents, passed)][
                "financial_year"
            ]
            for each in by_id
        },
        passed_pence=passed,
        cycles=cycles,
        over_passed=tuple(
            sorted(each for each in pence if pence[each] < 0 <= int(by_id[each]["amount_pence"]))
        ),
    )


def _lines_by_name(lines: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Give the lines that an identifier means: the line, or all parts of its row; a refund passes nothing on."""
    named: dict[str, set[str]] = defaultdict(set)
    for line in lines:
        if line["role"] != REFUND:
            for name in (line["identifier"], line["part_of"]):
                if name:
                    named[name].add(line["id"])
    return {name: sorted(ids) for name, ids in named.items()}


def _over(pence: int, lines: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Share pence over lines in proportion to their amounts; all to the first where all of them are 0."""
    shares = apportion(pence, [int(line["amount_pence"]) for line in lines])
    return dict(
        zip((line["id"] for line in lines), shares or [pence, *[0] * (len(lines) - 1)], strict=True)
    )


def _refunded_of(
    line: str, refunded: Mapping[str, Sequence[str]], passed: Mapping[str, int]
) -> str:
    """Give the regrant that a line is a refund of, where its parent is here; else the line itself."""
    first = refunded.get(line, [line])[0]
    return first if first in passed else line


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


def _root(line: str, parents: Mapping[str, Sequence[str]], passed: Mapping[str, int]) -> str:
    """Follow a regrant to the line whose money it passes on; the parts of one row share their year."""
    while line in passed:
        line = parents[line][0]
    return line
