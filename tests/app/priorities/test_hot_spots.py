"""Gi* and the control of false discoveries, against sums by hand and a plain second reckoning."""

from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import pytest

from app.priorities.methods.hot_spots import adjust_for_discoveries, find_hot_spots
from tests.support.pysal_oracle import WRITTEN, invented_land


def grid(size: int) -> pd.DataFrame:
    """Rook neighbours of size x size squares named rRRcCC."""
    pairs = [
        (f"r{r:02d}c{c:02d}", f"r{r + dr:02d}c{c + dc:02d}")
        for r in range(size)
        for c in range(size)
        for dr, dc in ((0, 1), (1, 0))
        if r + dr < size and c + dc < size
    ]
    return pd.DataFrame(pairs, columns=["a", "b"])


def test_adjusted_values_are_those_worked_by_hand() -> None:
    # Sorted .01 .02 .03 .5 of 4: .01*4/1=.04, .02*4/2=.04, .03*4/3=.04, .5*4/4=.5.
    found = adjust_for_discoveries(np.array([0.03, np.nan, 0.01, 0.5, 0.02]))
    assert found[[0, 2, 3, 4]] == pytest.approx([0.04, 0.04, 0.5, 0.04])
    assert np.isnan(found[1])


def test_a_larger_p_is_never_adjusted_below_a_smaller_one() -> None:
    # .04*3/1=.12, .05*3/2=.075, .06*3/3=.06: from the end the least so far is .06 throughout.
    assert adjust_for_discoveries(np.array([0.04, 0.05, 0.06])) == pytest.approx([0.06] * 3)


def test_z_of_a_chain_is_that_worked_by_hand() -> None:
    # a-b-c-d with 4, 2, 1, 1: mean 2, population SD sqrt(6/4). For a: W 2, sum 6, n 4:
    # (6 - 2*2) / (sqrt(1.5) * sqrt((4*2 - 4)/3)) = 2 / sqrt(1.5*4/3) = sqrt(2).
    pairs = pd.DataFrame([("a", "b"), ("b", "c"), ("c", "d")], columns=["a", "b"])
    found = find_hot_spots(pd.Series({"a": 4.0, "b": 2.0, "c": 1.0, "d": 1.0}), pairs)
    assert found.loc["a", "z"] == pytest.approx(math.sqrt(2))


def test_the_fast_way_agrees_with_the_formula_area_by_area() -> None:
    pairs = grid(9)
    codes = sorted(set(pairs["a"]) | set(pairs["b"]))
    scores = pd.Series(np.random.default_rng(3).gamma(2.0, 10.0, len(codes)), index=codes)
    found = find_hot_spots(scores, pairs)
    mean, spread, count = scores.mean(), scores.std(ddof=0), len(codes)
    for code in codes:
        near = {code, *pairs.loc[pairs["a"] == code, "b"], *pairs.loc[pairs["b"] == code, "a"]}
        weight = len(near)
        below = spread * math.sqrt((count * weight - weight**2) / (count - 1))
        assert found.loc[code, "z"] == pytest.approx(
            (scores[list(near)].sum() - mean * weight) / below
        )


def test_a_block_of_high_scores_is_hot_and_a_block_of_low_ones_has_p_one() -> None:
    pairs = grid(12)
    codes = sorted(set(pairs["a"]) | set(pairs["b"]))
    scores = pd.Series(50.0, index=codes) + np.random.default_rng(1).normal(0, 1, len(codes))
    hot = [f"r{r:02d}c{c:02d}" for r in range(3) for c in range(3)]
    cold = [f"r{r:02d}c{c:02d}" for r in range(9, 12) for c in range(9, 12)]
    scores[hot] += 40
    scores[cold] -= 40
    found = find_hot_spots(scores, pairs)
    assert found.loc["r01c01", "p"] < 0.001
    assert (found.loc[cold, "p"] == 1).all()
    assert found.loc["r10c10", "z"] < -3


def test_an_area_without_a_score_or_a_neighbour_has_no_p() -> None:
    scores = pd.Series({"a": 1.0, "b": 2.0, "c": 3.0, "d": np.nan, "alone": 9.0})
    pairs = pd.DataFrame([("a", "b"), ("b", "c"), ("c", "d")], columns=["a", "b"])
    found = find_hot_spots(scores, pairs)
    assert found.loc[["d", "alone"], "p"].isna().all()
    assert found.loc[["a", "b", "c"], "p"].notna().all()


def test_a_pair_given_twice_counts_once() -> None:
    scores = pd.Series({"a": 4.0, "b": 2.0, "c": 1.0, "d": 1.0})
    pairs = pd.DataFrame([("a", "b"), ("b", "c"), ("c", "d")], columns=["a", "b"])
    doubled = pd.concat([pairs, pairs.rename(columns={"a": "b", "b": "a"})])
    pd.testing.assert_frame_equal(find_hot_spots(scores, doubled), find_hot_spots(scores, pairs))


@pytest.mark.parametrize("scores", [{"a": 1.0, "b": 2.0}, {"a": 5.0, "b": 5.0, "c": 5.0}])
def test_too_few_areas_or_like_scores_give_nothing(scores: dict[str, float]) -> None:
    pairs = pd.DataFrame([("a", "b")], columns=["a", "b"])
    assert find_hot_spots(pd.Series(scores), pairs)["p"].isna().all()


def test_z_and_discoveries_are_those_that_pysal_gives() -> None:
    codes, scores, pairs = invented_land()
    said = json.loads(WRITTEN.read_text())
    found = find_hot_spots(pd.Series(scores, index=codes), pd.DataFrame(pairs, columns=["a", "b"]))
    z = pd.Series(said["z"]).reindex(codes)
    assert (found["z"] - z).abs().max() < 1e-9
    # PySAL's own p, kept where it is at most the largest that Benjamini and Hochberg let through.
    kept = pd.Series(said["p"]).reindex(codes) <= said["largest_p_kept_at_5_percent"]
    hot = set(z.index[kept & (z > 0)])
    assert set(found.index[found["p"] <= 0.05]) == hot
    assert len(hot) > 10
    assert (kept & (z < 0)).any()  # cold spots are no hot ones
