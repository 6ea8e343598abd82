"""Shares passed on: they sum to 1, missing people are never 0, and one follower takes everything."""

from __future__ import annotations

import pandas as pd
import pytest

from boundaries.methods.succession import shares_passed_on


def parts(*rows: tuple[str, str, str, float | None]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["old_code", "part", "new_code", "people"]).astype(
        {"people": float}
    )


def shares(frame: pd.DataFrame) -> dict[tuple[str, str], float]:
    found = shares_passed_on(frame)
    return {
        (row.old_code, row.new_code): row.share
        for row in found.itertuples()
        if row.share == row.share
    }


def test_a_county_is_shared_by_the_people_of_its_districts() -> None:
    found = shares(
        parts(("C", "a", "N", 100), ("C", "b", "N", 200), ("C", "c", "W", 100), ("D", "d", "N", 5))
    )
    assert found == {("C", "N"): 0.75, ("C", "W"): 0.25, ("D", "N"): 1.0}


def test_with_the_people_of_one_part_missing_no_share_is_told_but_one_follower_takes_all() -> None:
    frame = parts(("C", "a", "N", None), ("C", "b", "W", 200), ("D", "d", "N", None))
    assert shares(frame) == {("D", "N"): 1.0}
    assert len(shares_passed_on(frame)) == 3


def test_where_nobody_lives_nothing_is_told() -> None:
    assert shares(parts(("C", "a", "N", 0), ("C", "b", "W", 0))) == {}


def test_a_part_that_is_listed_twice_counts_once() -> None:
    row = ("C", "a", "N", 100.0)
    assert shares(parts(row, row, ("C", "b", "W", 100))) == {
        ("C", "N"): pytest.approx(0.5),
        ("C", "W"): pytest.approx(0.5),
    }
