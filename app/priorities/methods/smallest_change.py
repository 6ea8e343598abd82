"""Find, for each area, the smallest change of one of its own values that would flip its outcome."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.priorities.methods.clauses import (
    IN,
    SCORE_STEP,
    UNKNOWN,
    ClauseOutcome,
    Numbers,
    Truth,
    compare,
    last_rank_inside,
    percentile_of_rank,
)
from app.priorities.methods.conditions import Clause

_PARTS: Mapping[str, int] = {"percentile": 100, "decile": 10}


@dataclass(frozen=True)
class SmallestChanges:
    """One change an area at most, arrays in the order of the areas.

    clause : position in `clauses` of the clause that flips it, -1 where no single clause does.
    start, end : the area's rank or score now, and the nearest at which the outcome flips.
    """

    clauses: tuple[Clause, ...]
    clause: NDArray[np.int64]
    start: Numbers
    end: Numbers


def find_smallest_changes(
    outcomes: Mapping[str, ClauseOutcome],
    decide: Callable[[Mapping[str, Truth]], Truth],
    truth: Truth,
) -> SmallestChanges:
    """Find the least change of an area's own value, others held still, that flips its outcome.

    Parameters
    ----------
    outcomes : the rule's clauses by key.
    decide : from truths by key to the outcome after all steps.
    truth : the outcome now; areas in doubt have no smallest change.

    Notes
    -----
    A clause flips an area if turning that clause alone turns the outcome, and if the outcome still
    turns when the new value is put into every clause of the same measure, edition and scope (so
    the change named is true of the rule as a whole). For ranks `end` is the last rank that flips:
    the one nearest to the area's own. For scores it is the threshold, or one published step (0.001)
    beyond it where equality is in. Changes of different measures are compared as a share of their
    range: ranks of N, scores of the spread of the scores held. Ties go to the clause written first.
    Hot spots, and values with several areas of another edition behind them, have no own value to
    change.
    """
    keys = list(outcomes)
    base = {key: outcome.met for key, outcome in outcomes.items()}
    count = len(truth)
    best = np.full(count, np.inf)
    which = np.full(count, -1, dtype=np.int64)
    start, end = np.full(count, np.nan), np.full(count, np.nan)
    known = truth != UNKNOWN
    for place, key in enumerate(keys):
        outcome = outcomes[key]
        if outcome.clause.statistic == "hot_spot_p":
            continue
        target = flipping_value(outcome)
        alone = {**base, key: (IN - base[key]).astype(np.int8)}
        turned = known & ~np.isnan(target) & (decide(alone) == IN - truth)
        if not turned.any():
            continue
        together = dict(base)
        for other_key, other in outcomes.items():
            if _same_value(outcome.clause, other.clause):
                together[other_key] = compare_at(other, target)
        turned &= decide(together) == IN - truth
        scale = outcome.highest_rank or outcome.score_spread or 1.0
        size = np.abs(target - outcome.own) / scale
        better = turned & (size < best)
        best[better], which[better] = size[better], place
        start[better], end[better] = outcome.own[better], target[better]
    return SmallestChanges(tuple(outcomes[key].clause for key in keys), which, start, end)


def flipping_value(outcome: ClauseOutcome) -> Numbers:
    """Give the rank or score nearest to the area's own at which the clause turns; NaN if none."""
    clause, own = outcome.clause, outcome.own
    inside = outcome.met == IN
    if clause.statistic == "score":
        beyond = SCORE_STEP if clause.comparison == "at_most" else -SCORE_STEP
        target = np.where(inside, clause.threshold + beyond, clause.threshold)
    else:
        edge = last_rank_inside(clause, outcome.highest_rank)
        beyond = 1 if clause.comparison == "at_most" else -1
        target = np.where(inside, edge + beyond, edge).astype(np.float64)
        target[(target < 1) | (target > outcome.highest_rank)] = np.nan
    target = np.asarray(target, dtype=np.float64)
    target[np.isnan(own) | (outcome.met == UNKNOWN)] = np.nan
    return target


def compare_at(outcome: ClauseOutcome, own: Numbers) -> Truth:
    """Judge the clause as if the area's own rank or score were this one; NaN leaves it as it is."""
    clause = outcome.clause
    parts = _PARTS.get(clause.statistic)
    value = own if parts is None else percentile_of_rank(own, max(outcome.highest_rank, 1), parts)
    judged = compare(value, clause.comparison, clause.threshold)
    return np.where(np.isnan(own), outcome.met, judged).astype(np.int8)


def _same_value(one: Clause, other: Clause) -> bool:
    """Two clauses read the same own value of an area, so that a change of it moves both."""
    if "hot_spot_p" in (one.statistic, other.statistic):
        return False
    if (one.measure, one.edition) != (other.measure, other.edition):
        return False
    scores = (one.statistic == "score", other.statistic == "score")
    return all(scores) or (not any(scores) and one.scope == other.scope)
