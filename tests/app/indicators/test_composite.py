"""Values put on one scale, weighed into an index, and what weights are refused; each worked by hand."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from app.indicators.methods.composite import (
    InvalidWeights,
    check_weights,
    compose,
    published_weights,
    rank_scores,
    standardise,
    standardise_ranks,
)
from app.indicators.methods.standardise import METHODS, average_ranks, transform_ranks

NAN = float("nan")
# Four areas with a value and one without; the two highest are tied.
VALUES = np.array([8.0, 2.0, NAN, 8.0, 4.0])


def close(seen: object, wanted: list[float]) -> None:
    np.testing.assert_allclose(np.asarray(seen, dtype=float), wanted, rtol=1e-12, atol=1e-12)


def test_ranks_of_ties_are_averaged_from_the_lowest() -> None:
    # Ranks as published: two areas share rank 1, so the next is 3.
    close(average_ranks(np.array([1.0, 4.0, NAN, 1.0, 3.0])), [1.5, 4.0, NAN, 1.5, 3.0])


def test_the_transform_puts_rank_one_at_100_and_the_worst_tenth_above_50() -> None:
    made = transform_ranks(np.array([1.0, 100.0, 101.0, 1000.0, NAN]), 1000)
    assert made[0] == pytest.approx(100.0)
    # R = 901 / 1000: -23 ln(1 - 0.901 (1 - exp(-100 / 23))).
    assert made[1] == pytest.approx(-23 * math.log(1 - 0.901 * (1 - math.exp(-100 / 23))))
    assert made[1] > 50 > made[2] - 0.5
    assert 0 < made[3] < 0.03
    assert math.isnan(made[4])


@pytest.mark.parametrize(
    ("method", "wanted"),
    [
        # 100 (N + 1 - r) / N with N = 4 and ranks 1.5, 4, 1.5, 3.
        ("rank", [87.5, 25.0, NAN, 87.5, 50.0]),
        # Mean 5.5, population variance ((2.5² + 3.5² + 2.5² + 1.5²) / 4) = 6.75.
        ("z-score", [2.5 / 6.75**0.5, -3.5 / 6.75**0.5, NAN, 2.5 / 6.75**0.5, -1.5 / 6.75**0.5]),
        # From 2 to 8: (4 - 2) / 6.
        ("min-max", [100.0, 0.0, NAN, 100.0, 100 / 3]),
        ("exponential", [
            -23 * math.log(1 - share * (1 - math.exp(-100 / 23))) if share else NAN
            for share in (3.5 / 4, 1 / 4, 0, 3.5 / 4, 2 / 4)
        ]),
    ],
)  # fmt: skip
def test_each_standardisation_by_hand(method: str, wanted: list[float]) -> None:
    close(METHODS[method](VALUES), wanted)


@pytest.mark.parametrize("method", METHODS)
def test_values_all_alike_and_none_at_all_stop_nothing(method: str) -> None:
    alike = METHODS[method](np.array([3.0, 3.0, NAN]))
    assert alike[0] == alike[1]
    assert math.isfinite(alike[0])
    assert math.isnan(alike[2])
    assert np.isnan(METHODS[method](np.array([NAN, NAN]))).all()
    assert len(METHODS[method](np.array([]))) == 0


def test_a_missing_part_leaves_no_sum() -> None:
    parts = pd.DataFrame(
        {"income": [10.0, 20.0, NAN], "crime": [30.0, NAN, 5.0]}, index=list("abc")
    )
    close(compose(parts, {"income": 0.25, "crime": 0.75}), [25.0, NAN, NAN])
    close(compose(parts, {"income": 2.0}), [20.0, 40.0, NAN])
    close(rank_scores(pd.Series([5.0, 7.0, NAN, 7.0])), [3, 1, NAN, 1])


def test_columns_are_put_on_their_own_scales() -> None:
    values = pd.DataFrame({"a": [1.0, 3.0], "b": [3.0, 1.0]})
    made = standardise(values, {"a": "min-max", "b": "rank"})
    close(made["a"], [0, 100])
    close(made["b"], [100, 50])
    close(standardise_ranks(pd.DataFrame({"a": [1.0, 1.0]}), 2)["a"], [
        -23 * math.log(1 - 0.75 * (1 - math.exp(-100 / 23)))
    ] * 2)  # fmt: skip


def test_published_weights_are_not_rescaled() -> None:
    assert sum(published_weights("imd-2019").values()) == pytest.approx(0.999)
    assert sum(published_weights("imd-2000").values()) == pytest.approx(1.0)
    assert set(published_weights("imd-2000")) >= {"housing", "access"}


@pytest.mark.parametrize(
    ("given", "pointers"),
    [
        ({"income": -0.1, "crime": 1}, ["/weights/income"]),
        ({"income": float("nan")}, ["/weights/income"]),
        ({"income": float("inf"), "crime": "0.5", "health": True},
         ["/weights/income", "/weights/crime", "/weights/health"]),
        ({"income": 0, "crime": 0.0}, ["/weights"]),
        ({}, ["/weights"]),
        ([0.5], ["/weights"]),
        ({"a/b~": 1e9}, ["/weights/a~1b~0"]),
        ({f"m{n}": 1 for n in range(61)}, ["/weights"]),
    ],
)  # fmt: skip
def test_weights_that_make_no_index_are_refused_with_each_named(
    given: object, pointers: list[str]
) -> None:
    with pytest.raises(InvalidWeights) as refused:
        check_weights(given)
    assert [fault.pointer for fault in refused.value.faults] == pointers


def test_a_weight_of_zero_is_left_out() -> None:
    assert check_weights({"income": 2, "crime": 0}) == {"income": 2.0}
