"""Estimates conserve, do not mind the order, and give more where more weighs, whatever the amounts and weights."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from app.resources.methods.estimate import (
    Spot,
    apportion_to_zones,
    estimate_lines,
    shares_to_the_penny,
)
from boundaries.methods.apportion import apportion

amounts = st.integers(-(10**13), 10**13)
weights = st.lists(
    st.one_of(st.integers(0, 20), st.integers(0, 3 * 10**6), st.integers(0, 2**34)),
    min_size=1,
    max_size=12,
).filter(any)


def whole(numbers: list[int]) -> np.ndarray:
    return np.array(numbers, dtype=np.int64)


@settings(max_examples=120, deadline=None)
@given(st.lists(amounts, min_size=1, max_size=6), weights)
def test_each_amount_is_shared_as_pythons_own_whole_numbers_share_it(
    pence: list[int], weighed: list[int]
) -> None:
    found = shares_to_the_penny(whole(pence), whole(weighed))
    assert found.tolist() == [apportion(each, weighed) for each in pence]
    assert found.sum(axis=1).tolist() == pence
    total = sum(weighed)
    for row, each in zip(found.tolist(), pence, strict=True):
        for share, weight in zip(row, weighed, strict=True):
            assert abs(Fraction(each * weight, total) - share) < 1


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 10**12), weights, st.data())
def test_more_weight_never_gets_less(pence: int, weighed: list[int], data: st.DataObject) -> None:
    shares = shares_to_the_penny(whole([pence]), whole(weighed))[0].tolist()
    for weight, share in zip(weighed, shares, strict=True):
        assert all(
            other <= share for mass, other in zip(weighed, shares, strict=True) if mass < weight
        )
    # One area alone grows: it does not lose; and a penny more moves no area by more than a penny.
    grown = data.draw(st.integers(0, len(weighed) - 1))
    more = [
        w + (1 + data.draw(st.integers(0, 10**6))) * (n == grown) for n, w in enumerate(weighed)
    ]
    assert shares_to_the_penny(whole([pence]), whole(more))[0, grown] >= shares[grown]
    larger = shares_to_the_penny(whole([pence + 1]), whole(weighed))[0].tolist()
    assert all(abs(after - before) <= 1 for after, before in zip(larger, shares, strict=True))


@st.composite
def files(draw: st.DrawFn) -> tuple[list[tuple[int, int]], list[Spot | None], int]:
    zones = draw(st.integers(1, 4))
    spots: list[Spot | None] = [None]
    for _ in range(draw(st.integers(1, 4))):
        own = draw(st.lists(st.integers(0, 3000), min_size=1, max_size=8))
        where = [draw(st.integers(0, zones - 1)) for _ in own]
        spots.append(Spot(whole(own), whole(where)))
    lines = draw(
        st.lists(st.tuples(amounts, st.integers(-1, len(spots) - 1)), min_size=1, max_size=20)
    )
    return lines, spots, zones


@settings(max_examples=80, deadline=None)
@given(files(), st.randoms(use_true_random=False))
def test_estimates_conserve_every_line_and_do_not_mind_the_order(made, random) -> None:  # type: ignore[no-untyped-def]
    lines, spots, zones = made
    pence, places = (whole(list(each)) for each in zip(*lines, strict=True))
    found = estimate_lines(pence, places, spots, zones)
    assert found.sum(axis=1).tolist() == pence.tolist()
    order = list(range(len(lines)))
    random.shuffle(order)
    assert (estimate_lines(pence[order], places[order], spots, zones) == found[order]).all()
    # Lines of one place, however many, get what each alone gets.
    for number, spot in enumerate(spots):
        if spot is not None and spot.weights.any():
            alike = apportion_to_zones(pence[places == number], spot, zones)
            assert (alike == found[places == number, :zones]).all()
    # Each zone has what its small areas have, and a line without weight anywhere is nowhere.
    for row, (amount, place) in enumerate(lines):
        spot = spots[place] if place >= 0 else None
        expected = [0] * (zones + 1)
        shares = None if spot is None else apportion(amount, spot.weights.tolist())
        if spot is None or shares is None:
            expected[zones] = amount
        else:
            for zone, share in zip(spot.zones.tolist(), shares, strict=True):
                expected[zone] += share
        assert found[row].tolist() == expected
