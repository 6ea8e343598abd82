"""Every smallest change put in flips its area, and one rank less, or 99 % of it, does not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from app.indicators.methods.composite import rank_scores
from app.priorities.methods.clauses import IN, UNKNOWN, IndexValues
from app.priorities.methods.conditions import Clause, KnownIndex
from app.priorities.methods.evaluate import Evaluation, evaluate
from app.priorities.methods.rules import parse_rule

COUNT = 1_200
CODES = pd.Index([f"E{place:08d}" for place in range(COUNT)])
KNOWN = KnownIndex("a", ("imd", "income", "crime"), COUNT)


def clause(measure: str, statistic: str = "percentile", **given: object) -> dict[str, object]:
    return {"measure": measure, "statistic": statistic, **given}


RULES = [
    clause("imd", at_most=10),
    clause("income", "rank", at_least=700),
    clause("imd", "score", at_least=40),
    clause("crime", "score", at_most=12.5),
    clause("imd", at_most=25, scope="partnership"),
    {"any": [clause("imd", at_most=10), {"all": [clause("income", at_most=20), clause("crime", "decile", at_most=2)]}]},
    {"all": [clause("imd", at_most=40), clause("imd", at_least=20), {"not": clause("crime", "score", at_least=60)}]},
    {"count_of": ["imd", "income", "crime"], "statistic": "percentile", "at_most": 30, "at_least_n": 2},
    {"any": [clause("imd", at_most=10), clause("imd", "rank", at_most=200), {"codes": [CODES[9]], "because": "x"}]},
    {"rule": clause("imd", at_most=30), "then": [{"add_ringed": True}, {"remove": [CODES[3]], "because": "x"}]},
]  # fmt: skip


@pytest.fixture(scope="module")
def index() -> IndexValues:
    random = np.random.default_rng(11)
    scores = pd.DataFrame(
        np.round(random.gamma(2.0, 12.0, (COUNT, 3)), 3),
        index=CODES,
        columns=["imd", "income", "crime"],
    )
    scores.iloc[::97, 1] = np.nan
    ranks = scores.apply(rank_scores)
    pairs = pd.DataFrame({"a": CODES[:-1], "b": CODES[1:], "border_m": 50.0})
    return IndexValues("a", COUNT, scores, ranks, pairs)


def put_in(
    index: IndexValues, made: Evaluation, one: Clause, code: str, value: float
) -> IndexValues:
    """The index with one area's own value changed, the others held still."""
    if one.statistic == "score":
        scores = index.scores.copy()
        scores.loc[code, one.measure] = value
        return replace(index, scores=scores)
    ranks = index.ranks.copy()
    if one.scope == "partnership":
        # A rank among those asked: the national rank behind as many of the others.
        others = np.sort(ranks.loc[made.codes, one.measure].drop(code).to_numpy())
        ranks.loc[code, one.measure] = others[int(value) - 2] + 0.5 if value > 1 else 0.5
        return replace(index, ranks=ranks)
    ranks.loc[code, one.measure] = value
    return replace(index, ranks=ranks)


@pytest.mark.parametrize("place", range(len(RULES)))
def test_applied_it_flips_and_just_short_of_it_it_does_not(index: IndexValues, place: int) -> None:
    rule = parse_rule(RULES[place], KNOWN)
    codes = CODES[: COUNT // 3]
    made = evaluate(rule, index, codes)
    changes = made.changes
    random = np.random.default_rng(place)
    told = np.flatnonzero(changes.clause >= 0)
    assert len(told) > 20
    tried = 0
    for at in random.permutation(told)[:25].tolist():
        one, code = changes.clauses[changes.clause[at]], str(codes[at])
        start, end = float(changes.start[at]), float(changes.end[at])
        if rule.steps and _is_ring(made, at):
            continue
        flipped = evaluate(rule, put_in(index, made, one, code, end), codes).truth[at]
        assert flipped == IN - made.truth[at], (code, start, end)
        short = start + 0.99 * (end - start)
        if one.statistic != "score":
            short = end - np.sign(end - start)
        elif abs(end - start) <= 0.001:
            short = start
        kept = evaluate(rule, put_in(index, made, one, code, short), codes).truth[at]
        assert kept == made.truth[at], (code, start, end, short)
        tried += 1
    assert tried >= 10
    assert (changes.clause[made.truth == UNKNOWN] == -1).all()


def _is_ring(made: Evaluation, at: int) -> bool:
    return bool(made.steps[0].put_in[at])
