"""Shares and weights that a source states: read exactly, and an amount parted by them to the penny."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.resources.methods.amounts import RuleBroken
from app.resources.methods.stated_shares import part_amount, read_share, read_shares, read_weights


@pytest.mark.parametrize(
    ("written", "share"),
    [("0.4", Fraction(2, 5)), ("1/3", Fraction(1, 3)), ("40%", Fraction(2, 5)), (" 1 ", Fraction(1)),
     ("12.5 %", Fraction(1, 8))],
)  # fmt: skip
def test_a_share_is_read_exactly(written: str, share: Fraction) -> None:
    assert read_share(written) == share


@pytest.mark.parametrize("written", ["0", "1.01", "101%", "1/0", "-0.5", "half", "1e-1", "٠.٤", ""])
def test_what_is_no_part_of_one_is_refused(written: str) -> None:
    with pytest.raises(RuleBroken) as broken:
        read_share(written)
    assert broken.value.rule == "share-is-a-part"


def test_shares_stand_for_each_place_and_sum_to_exactly_one() -> None:
    assert read_shares(["1/3", "1/3", "1/3"], 3) == ("1/3", "1/3", "1/3")
    for written, places, rule in (
        (["0.33", "0.33", "0.33"], 3, "shares-sum-to-one"),
        (["0.5", "0.5"], 3, "share-for-each-place"),
    ):
        with pytest.raises(RuleBroken) as broken:
            read_shares(written, places)
        assert broken.value.rule == rule


def test_an_odd_penny_goes_to_the_largest_remainder_and_the_earlier_place() -> None:
    # 1.00 by thirds: 33 each, one penny left, all remainders alike.
    assert part_amount(100, ["1/3", "1/3", "1/3"]) == [34, 33, 33]
    # 0.11 by 0.55 and 0.45: 6.05 and 4.95 pence; the second has the larger remainder.
    assert part_amount(11, ["0.55", "0.45"]) == [6, 5]
    assert part_amount(-100, ["1/3", "2/3"]) == [-33, -67]


@given(st.integers(-(10**14), 10**14), st.lists(st.integers(1, 10**6), min_size=1, max_size=9))
def test_the_parts_are_the_amount_to_the_penny(pence: int, weights: list[int]) -> None:
    whole = sum(weights)
    shares = [f"{weight}/{whole}" for weight in weights]
    parts = part_amount(pence, shares)
    assert sum(parts) == pence
    assert all(
        abs(part - Fraction(pence * weight, whole)) < 1
        for part, weight in zip(parts, weights, strict=True)
    )


def test_weights_are_given_for_codes_once_each_and_not_all_nought() -> None:
    assert read_weights(" E01000002=1.5; e01000001 = 3 ;") == (
        ("E01000001", "3"), ("E01000002", "1.5"),
    )  # fmt: skip
    for written in (
        "E01000001=0",
        "E01000001",
        "E01000001=1; E01000001=2",
        "Ore=1",
        "E01000001=-1",
    ):
        with pytest.raises(RuleBroken, match=r"weight|code"):
            read_weights(written)
