"""Three estimates of people on any ground: worked out in the head, missing stays missing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from app.neighbourhoods.methods.estimates import estimate
from app.neighbourhoods.methods.inhabited import inhabited_cells, listed_share, shares_of_cells

SQUARE = np.array([shapely.box(0, 0, 1000, 1000), shapely.box(1000, 0, 2000, 1000)], dtype=object)


def weights(**rows: tuple[float, float, float, float]) -> pd.DataFrame:
    columns = ["best_fit", "people_share", "postcode_share", "postcodes"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


def people(**counts: int | None) -> pd.Series:
    return pd.Series(counts, dtype="Int64")


def test_the_three_ways_their_spread_and_the_warning() -> None:
    found = estimate(
        people(a=1000, b=2000), weights(a=(1, 1, 1, 0), b=(1, 0.25, 0.5, 40))
    )  # fmt: skip
    assert (found.best_fit, found.people_share, found.postcode_share) == (3000, 1500, 2000)
    assert found.value == 1500
    assert found.spread == pytest.approx(1.0)
    assert found.warning == "uncertain: from 1,500 to 3,000 by the way it is estimated"
    # 10 of 40 postcodes: (500)^2 x 0.75 x (0.06 + 0.5 / 10), nine in ten; the postcode share is held.
    error = 1.645 * 500 * np.sqrt(0.75 * 0.11)
    assert (found.lowest, found.highest) == (round(1500 - error), 2000)


def test_ground_of_whole_areas_is_sure() -> None:
    found = estimate(people(a=1000, b=2000), weights(a=(1, 1, 1, 0), b=(1, 1, 1, 0)))
    assert (found.lowest, found.value, found.highest) == (3000, 3000, 3000)
    assert found.spread == 0
    assert found.warning is None


def test_a_spread_of_exactly_a_tenth_is_not_wide() -> None:
    found = estimate(people(a=1000), weights(a=(0, 0.5, 0.55, 40)) * [0, 1, 1, 1])
    assert found.best_fit == 0, "it is a way like the others"
    assert found.is_wide
    exact = estimate(people(a=1100, b=100), weights(a=(1, 1, 1, 0), b=(0, 0, 1, 10)))
    assert exact.spread == pytest.approx(100 / 1100)
    assert not exact.is_wide


def test_a_count_that_is_not_known_is_not_0() -> None:
    found = estimate(people(a=1000, b=None), weights(a=(1, 1, 1, 0), b=(0, 0.5, 0.5, 40)))
    assert found.value is None
    assert found.people_share is None
    assert found.best_fit == 1000, "b weighs nothing there, so its count is not needed"
    assert found.missing == ("b",)
    assert found.warning == "not known for 1 of its areas, so not for the whole"


def test_few_postcodes_have_a_wider_range_than_many() -> None:
    few = estimate(people(a=1600), weights(a=(0, 0.025, 0.025, 40)))
    many = estimate(people(a=1600), weights(a=(0, 0.25, 0.25, 40)))
    assert few.value == 40
    assert few.lowest == 0
    assert few.highest is not None
    assert many.highest is not None
    assert (few.highest - 40) / 40 > (many.highest - 400) / 400 > 0.3
    assert few.highest <= 1600


def test_an_area_all_but_in_has_the_error_of_what_is_out() -> None:
    nearly = estimate(people(a=1600), weights(a=(1, 0.975, 0.975, 40)))
    little = estimate(people(a=1600), weights(a=(0, 0.025, 0.025, 40)))
    assert nearly.value == 1560
    assert nearly.lowest is not None
    assert little.highest is not None
    assert 1560 - nearly.lowest == little.highest - 40


@hypothesis_settings(deadline=None, max_examples=60)
@given(
    shares=st.lists(
        st.tuples(st.integers(0, 1), st.floats(0, 1), st.floats(0, 1), st.integers(1, 200)),
        min_size=1, max_size=6,
    ),
    count=st.integers(0, 3000),
)  # fmt: skip
def test_the_range_holds_the_shares_and_never_more_than_everybody(
    shares: list[tuple[int, float, float, int]], count: int
) -> None:
    frame = weights(**{f"a{n}": tuple(map(float, row)) for n, row in enumerate(shares)})  # type: ignore[arg-type]
    found = estimate(pd.Series(count, index=frame.index, dtype="Int64"), frame)
    assert found.lowest is not None
    assert found.highest is not None
    for way in (found.value, found.people_share, found.postcode_share):
        assert way is not None
        assert 0 <= found.lowest <= way <= found.highest <= count * len(frame)


def test_people_live_near_postcodes_each_on_the_ground_nearest_to_it() -> None:
    # Two postcodes 40 m apart and one far off, in one area: the far one has a whole circle.
    easting, northing = np.array([100.0, 140.0, 800.0]), np.array([500.0, 500.0, 500.0])
    cells = inhabited_cells(easting, northing, np.zeros(3, dtype=np.intp), SQUARE[:1])
    first, second, far = cells.m2[cells.of]
    assert first == pytest.approx(second)
    assert far == pytest.approx(shapely.Point(0, 0).buffer(50, quad_segs=4).area)
    assert first < 0.8 * far
    shares = shares_of_cells(cells, listed_share(cells, np.array([True, True, False])), 1)
    assert shares[0] == pytest.approx((first + second) / (first + second + far))


def test_postcodes_at_one_point_share_its_ground() -> None:
    easting, northing = np.array([100.0, 100.0, 800.0]), np.array([500.0, 500.0, 500.0])
    cells = inhabited_cells(easting, northing, np.zeros(3, dtype=np.intp), SQUARE[:1])
    shares = shares_of_cells(cells, listed_share(cells, np.array([True, False, False])), 1)
    assert len(cells.ground) == 2
    assert shares[0] == pytest.approx(0.25)


def test_one_point_alone_and_a_point_outside_its_area_have_somebody() -> None:
    alone = inhabited_cells(
        np.array([500.0]), np.array([500.0]), np.zeros(1, dtype=np.intp), SQUARE[:1]
    )
    assert alone.m2[0] == pytest.approx(shapely.Point(0, 0).buffer(50, quad_segs=4).area)
    outside = inhabited_cells(
        np.array([1500.0, 500.0]), np.array([500.0, 500.0]), np.zeros(2, dtype=np.intp), SQUARE[:1]
    )
    assert outside.m2.min() == pytest.approx(np.pi * 100)


def test_a_point_with_postcodes_of_two_areas_gives_each_its_own_side() -> None:
    easting, northing = np.array([1000.0, 1000.0]), np.array([500.0, 500.0])
    cells = inhabited_cells(easting, northing, np.array([0, 1], dtype=np.intp), SQUARE)
    half = shapely.Point(0, 0).buffer(50, quad_segs=4).area / 2
    assert cells.m2[cells.of] == pytest.approx([half, half])
    assert cells.area[cells.of].tolist() == [0, 1]
