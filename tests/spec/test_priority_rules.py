"""Worked examples of the rule language: what each rule means, area by area.

The place is five areas of an index of N = 1,000:

| area | imd rank | income rank | crime rank |
|---|---|---|---|
| a | 100 | 150 | 900 |
| b | 101 | 40 | 60 |
| c | 250 | 95 | missing |
| d | 900 | 800 | 20 |
| e | missing | 50 | 50 |

a-b-c-d touch in a row; e touches nothing.
"""

from __future__ import annotations

import pandas as pd
import pytest

from app.priorities.methods.clauses import IndexValues
from app.priorities.methods.conditions import KnownIndex
from app.priorities.methods.evaluate import evaluate
from app.priorities.methods.rules import parse_rule

NAN = float("nan")
RANKS = pd.DataFrame(
    {
        "imd": [100, 101, 250, 900, NAN],
        "income": [150, 40, 95, 800, 50],
        "crime": [900, 60, NAN, 20, 50],
    },
    index=list("abcde"),
    dtype=float,
)
PAIRS = pd.DataFrame([("a", "b"), ("b", "c"), ("c", "d")], columns=["a", "b"]).assign(border_m=9.0)
INDEX = IndexValues("imd-2019", 1_000, RANKS * NAN, RANKS, PAIRS)
KNOWN = KnownIndex("imd-2019", ("imd", "income", "crime"), 1_000)

WORST = {"measure": "imd", "statistic": "percentile", "at_most": 10}
INCOME = {**WORST, "measure": "income"}
CRIME = {**WORST, "measure": "crime"}

EXAMPLES = [
    # 10 % of 1,000 is rank 100: a is in by equality, b is percentile 11, e has no rank.
    ("worst tenth", WORST, "a", "e"),
    ("everything else", {"not": WORST}, "bcd", "e"),
    # e is in by income whatever its missing rank is.
    ("either", {"any": [WORST, INCOME]}, "abce", ""),
    # d is out by imd, so income does not matter; e is in by income and missing by imd.
    ("both", {"all": [INCOME, WORST]}, "", "e"),
    # c: income in, crime missing; d: crime in, income out.
    ("both domains", {"all": [INCOME, CRIME]}, "be", "c"),
    (
        "two of three",
        {
            "count_of": ["imd", "income", "crime"],
            "statistic": "percentile",
            "at_most": 10,
            "at_least_n": 2,
        },
        "be",
        "c",
    ),
    ("by decile", {"measure": "imd", "statistic": "decile", "at_most": 3}, "abc", "e"),
    ("by rank", {"measure": "imd", "statistic": "rank", "at_least": 250}, "cd", "e"),
    # Among the four areas that have a rank, half is two: a and b.
    (
        "worst half of the partnership",
        {"measure": "imd", "statistic": "percentile", "scope": "partnership", "at_most": 50},
        "ab",
        "e",
    ),
    ("by name", {"any": [WORST, {"codes": ["d"], "because": "an estate"}]}, "ad", "e"),
    # b lies between a and c, which are both in; d touches c alone, which is in; e is an island.
    (
        "ringed",
        {
            "rule": {"codes": ["a", "c"], "because": "drawn"},
            "then": [{"add_ringed": True}],
        },
        "abcd",
        "",
    ),
    (
        "without one, with another",
        {
            "rule": WORST,
            "then": [
                {"remove": ["a"], "because": "a prison"},
                {"add": ["e"], "because": "known to the board"},
            ],
        },
        "e",
        "",
    ),
]


@pytest.mark.parametrize(
    ("rule", "selected", "cannot_tell"),
    [example[1:] for example in EXAMPLES],
    ids=[example[0] for example in EXAMPLES],
)
def test_the_rule_selects_these_areas(rule: object, selected: str, cannot_tell: str) -> None:
    found = evaluate(parse_rule(rule, KNOWN), INDEX, RANKS.index)
    assert "".join(found.codes[found.selected]) == selected
    assert "".join(found.codes[found.cannot_tell]) == cannot_tell
