"""Growing neighbourhoods: each area in one, each in one piece, the size kept where it can be, the same twice."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from app.neighbourhoods.methods.bands import Band, BandInvalid, read_band
from app.neighbourhoods.methods.dividing import divisions
from app.neighbourhoods.methods.enclosed import enclosed_by, steps_out
from app.neighbourhoods.methods.grow import grow
from app.neighbourhoods.methods.pieces import Pieces, borders_of
from app.neighbourhoods.methods.smoothing import smooth
from tests.app.neighbourhoods.grids import grid, hang_together, named

BAND = Band(4000, 6000, "people")


def test_a_grid_is_divided_into_square_neighbourhoods_in_the_band() -> None:
    areas, pairs = grid(8, 8)
    found = grow(areas, pairs, BAND)
    assert found.share_in_band == 1
    assert sorted(found.membership.index) == sorted(areas.index)
    assert all(hang_together(codes, pairs) for codes in found.groups["codes"])
    # Strips of four to six have 0.50 to 0.38, a two by two square 0.79.
    assert found.groups["compactness"].mean() > 0.45


def test_alike_areas_come_together() -> None:
    areas, pairs = grid(4, 2, score=lambda column, _row: 0.0 if column < 2 else 50.0)
    found = grow(areas, pairs, Band(4000, 4000, "people"))
    assert {tuple(codes) for codes in found.groups["codes"]} == {
        tuple(named(c, r) for c in (0, 1) for r in (0, 1)),
        tuple(named(c, r) for c in (2, 3) for r in (0, 1)),
    }


def test_only_selected_areas_are_joined_and_those_alone_are_listed_with_the_reason() -> None:
    areas, pairs = grid(9, 3)
    chosen = [named(c, r) for c in (0, 1) for r in (0, 1)] + [named(8, 2)]
    found = grow(areas, pairs, BAND, selected=chosen)
    assert sorted(found.membership.index) == sorted(chosen)
    assert found.groups["place"].tolist() == ["in", "below"]
    outside = found.outside_band
    assert outside["codes"].tolist() == [(named(8, 2),)]
    assert outside["note"].tolist() == ["It touches no other area that was selected."]


def test_a_component_over_the_band_is_split_and_corners_do_not_touch() -> None:
    areas, pairs = grid(10, 1)
    found = grow(areas, pairs, Band(2000, 5000, "people"))
    assert found.share_in_band == 1
    corner = pairs.iloc[:2].assign(border_m=[1000.0, 1.0])
    alone = grow(areas.iloc[:3], corner, Band(2000, 5000, "people"))
    assert alone.groups["size"].tolist() == [2000, 1000], "a metre of border is a corner"


def test_what_is_too_small_is_shared_out_anew_where_joining_would_be_too_much() -> None:
    # A row of 4, 4 and 1 thousand: the last fits nowhere, but 9 is 5 and 4.
    sizes = {0: 2000.0, 1: 2000.0, 2: 1000.0, 3: 1000.0, 4: 2000.0, 5: 1000.0}
    areas, pairs = grid(6, 1, size=lambda column, _row: sizes[column])
    found = grow(areas, pairs, Band(4000, 5000, "people"))
    assert found.groups["size"].tolist() in ([4000, 5000], [5000, 4000])


def test_an_area_that_holds_its_group_together_stays_though_it_is_like_another() -> None:
    # The middle of the left column is like the right ones, and the column's only link.
    areas, pairs = grid(3, 3, score=lambda column, row: 10.0 * (column > 0 or row == 1))
    pieces = Pieces(areas, borders_of(areas.index, pairs))
    left = [named(0, row) for row in range(3)]
    right = [named(column, row) for column in (1, 2) for row in range(3)]
    pieces.replace(list(pieces.groups), [left, right])
    smooth(pieces, Band(1000, 9000, "people"), 4.0)
    assert pieces.groups[named(0, 0)].codes == left
    # Without the link's ends it goes where it is alike.
    pieces.replace(list(pieces.groups), [left[:2], [*right, left[2]]])
    smooth(pieces, Band(1000, 9000, "people"), 4.0)
    assert pieces.home[named(0, 1)] == pieces.home[named(1, 1)]


def test_an_enclosed_area_is_filled_in_where_it_fits_and_said_where_not() -> None:
    areas, pairs = grid(5, 5)
    ring = [named(c, r) for c in (1, 2, 3) for r in (1, 2, 3) if (c, r) != (2, 2)]
    found = grow(areas, pairs, Band(8000, 9000, "people"), selected=ring)
    assert found.filled == (named(2, 2),)
    assert found.groups["size"].tolist() == [9000]
    tight = grow(areas, pairs, Band(8000, 8000, "people"), selected=ring)
    assert tight.filled == ()
    assert tight.groups["note"].tolist() == ["It surrounds 1 areas of others."]


def test_a_ring_that_cannot_be_filled_gives_an_area_to_a_neighbour() -> None:
    # A ring of eight round a large area; a strip beside it can take one more.
    areas, pairs = grid(6, 5, size=lambda c, r: 5000.0 if (c, r) == (2, 2) else 1000.0)
    ring = [named(c, r) for c in (1, 2, 3) for r in (1, 2, 3) if (c, r) != (2, 2)]
    strip = [named(4, row) for row in (1, 2, 3)]
    borders = borders_of(areas.index, pairs)
    steps = steps_out(borders, areas["perimeter_m"].to_dict())
    assert enclosed_by(ring, borders, steps) == [{named(2, 2)}]
    # Sizes under which the ring and the strip are what the joins come to.
    found = grow(areas, pairs, Band(3000, 8000, "people"), selected=[*ring, *strip])
    assert found.share_in_band == 1
    assert sorted(found.membership.index) == sorted([*ring, *strip])
    for codes in found.groups["codes"]:
        assert enclosed_by(codes, borders, steps) == []
        assert hang_together(codes, pairs)


def test_ground_at_the_edge_of_what_is_known_is_not_enclosed() -> None:
    areas, pairs = grid(3, 3)
    borders = borders_of(areas.index, pairs)
    steps = steps_out(borders, areas["perimeter_m"].to_dict())
    assert steps == {code: int(code == named(1, 1)) for code in areas.index}
    beside = [named(c, r) for c, r in ((0, 1), (1, 0), (1, 1))]
    assert enclosed_by(beside, borders, steps) == []
    around = [code for code in areas.index if code != named(1, 1)]
    assert enclosed_by(around, borders, steps) == [{named(1, 1)}]


def test_an_island_is_joined_over_its_bridge_and_the_bridge_is_told() -> None:
    areas, pairs = grid(5, 1)
    land = pairs[~((pairs["a"] == named(3, 0)) & (pairs["b"] == named(4, 0)))]
    apart = grow(areas, land, BAND)
    assert apart.groups["place"].tolist() == ["in", "below"]
    bridge = (named(4, 0), named(3, 0))
    joined = grow(areas, land, Band(5000, 6000, "people"), bridges=[bridge])
    assert joined.groups["place"].tolist() == ["in"]
    assert joined.bridges == ((named(3, 0), named(4, 0)),)


def test_an_area_of_unknown_size_stands_alone_and_is_listed() -> None:
    areas, pairs = grid(6, 1, size=lambda column, _row: None if column == 5 else 1000.0)
    found = grow(areas, pairs, Band(5000, 6000, "people"))
    assert found.groups["place"].tolist() == ["in", "not known"]
    assert math.isnan(found.groups["size"].iloc[1])
    assert found.groups["note"].iloc[1] == "How many people it has is not known."


@pytest.mark.parametrize(
    ("band", "words"),
    [
        (Band(7000, 9000, "people"), "at least 7,000 people cannot be met: the most that touches here has 6,000"),
        (Band(100, 900, "people"), "every area here has more than 900 people: the smallest 1,000"),
    ],
)  # fmt: skip
def test_a_band_that_nothing_can_meet_is_refused(band: Band, words: str) -> None:
    areas, pairs = grid(3, 2)
    with pytest.raises(BandInvalid) as refused:
        grow(areas, pairs, band)
    assert refused.value.detail == words


@pytest.mark.parametrize(
    ("low", "high", "size_in", "words"),
    [
        (6000, 5000, "people", "at_least 6,000 is more than at_most 5,000"),
        (0, 5000, "people", "at_least: 1 to 1,000,000"),
        (float("nan"), 5000, "people", "at_least: a whole number"),
        ("many", 0.5, "people", "at_least: a whole number; at_most: a whole number"),
        (True, None, "people", "at_least: a whole number"),
        (1, 2, "dogs", "a size is in households or people, not 'dogs'"),
    ],
)
def test_a_band_that_is_none_is_refused(
    low: object, high: object, size_in: str, words: str
) -> None:
    with pytest.raises(BandInvalid) as refused:
        read_band(low, high, size_in)
    assert refused.value.detail == words


def test_the_usual_band_is_that_of_an_msoa() -> None:
    assert read_band(None, None, "households") == Band(2000, 6000, "households")
    assert read_band(None, 9000, "people") == Band(5000, 9000, "people")


def test_divisions_are_contiguous_cover_all_and_keep_the_band() -> None:
    areas, pairs = grid(7, 2)
    borders = borders_of(areas.index, pairs)
    sizes = areas["size"].astype(float).to_dict()
    for parts in divisions(areas.index, sizes, borders, BAND):
        assert sorted(code for part in parts for code in part) == sorted(areas.index)
        for part in parts:
            assert BAND.holds(sum(sizes[code] for code in part))
            assert hang_together(part, pairs)
    assert list(divisions(areas.index[:3], sizes, borders, BAND)) == []


@hypothesis_settings(deadline=None, max_examples=25)
@given(data=st.data(), columns=st.integers(2, 7), rows=st.integers(2, 7))
def test_any_selection_is_covered_once_in_contiguous_pieces_and_the_order_does_not_matter(
    data: st.DataObject, columns: int, rows: int
) -> None:
    sizes = data.draw(st.lists(st.integers(300, 3000), min_size=49, max_size=49))
    scores = data.draw(st.lists(st.integers(0, 80), min_size=49, max_size=49))
    areas, pairs = grid(
        columns, rows, size=lambda c, r: float(sizes[7 * c + r]), score=lambda c, r: scores[7 * c + r]
    )  # fmt: skip
    chosen = data.draw(st.lists(st.sampled_from(list(areas.index)), min_size=1, unique=True))
    try:
        found = grow(areas, pairs, BAND, selected=chosen)
    except BandInvalid:
        return
    assert set(found.membership.index) == set(chosen) | set(found.filled)
    assert found.membership.index.is_unique
    for number, row in found.groups.iterrows():
        codes = row["codes"]
        assert set(codes) == set(found.membership.index[found.membership == number])
        assert hang_together(codes, pairs)
        assert row["size"] == areas["size"].astype(float)[list(codes)].sum()
        assert row["place"] == BAND.place_of(row["size"])
        assert bool(row["note"]) or row["place"] == "in"
    mixed = data.draw(st.permutations(list(range(len(areas)))))
    turned = pairs.rename(columns={"a": "b", "b": "a"})[["a", "b", "border_m"]][::-1]
    again = grow(areas.iloc[mixed], turned, BAND, selected=chosen[::-1])
    pd.testing.assert_frame_equal(again.groups, found.groups)
    pd.testing.assert_series_equal(again.membership, found.membership)
