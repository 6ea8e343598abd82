"""Which columns say where rows are: by title and by what stands in them."""

from __future__ import annotations

import pytest

from app.lookup.methods.columns import NoPlaceColumn, find_columns, read_way
from boundaries.errors import Invalid

CODES = [["E07000062", "1"], ["E07000064", "2"], ["", "3"]]


@pytest.mark.parametrize(
    ("header", "row", "way", "at"),
    [
        (["id", "PostCode"], ["1", "tn34 1aa"], "postcode", (1,)),
        (["id", "where"], ["1", "TN341AA"], "postcode", (1,)),
        (["Long", "Lat"], ["-0.1", "51.5"], "lonlat", (0, 1)),
        (["latitude", "longitude"], ["51.5", "-0.1"], "lonlat", (1, 0)),
        (["Easting", "Northing"], ["530,000", "180000"], "grid", (0, 1)),
        (["LSOA11CD", "n"], ["E01000001", "4"], "code", (0,)),
        (["n", "Council"], ["4", "Hastings"], "name", (1,)),
        (["lat", "lon", "postcode"], ["x", "y", "TN34 1AA"], "postcode", (2,)),
    ],
)
def test_the_columns_are_found(
    header: list[str], row: list[str], way: str, at: tuple[int, ...]
) -> None:
    found = find_columns(header, [row])
    assert (found.way, found.at) == (way, at)


def test_a_column_of_three_hundred_is_found_among_them() -> None:
    header = [f"c{k}" for k in range(300)]
    row = ["7"] * 300
    row[211] = "N1 0AA"
    assert find_columns(header, [row]).at == (211,)


def test_no_column_is_refused_and_so_is_a_title_that_stands_twice() -> None:
    with pytest.raises(NoPlaceColumn, match="no column holds"):
        find_columns(["a", "b"], [["1", "2"]])
    with pytest.raises(NoPlaceColumn, match="more than once"):
        find_columns(["pc", "pc"], [["N1 0AA", "N1 0AB"]], ["pc"])
    with pytest.raises(NoPlaceColumn, match="is no column"):
        find_columns(["pc"], [["N1 0AA"]], ["postcode"])
    with pytest.raises(NoPlaceColumn, match="2 columns"):
        find_columns(["x", "y"], [["1", "2"]], ["x"], "grid")


def test_columns_given_by_hand_are_read_as_they_look() -> None:
    assert find_columns(["a", "b"], CODES, ["a"]).way == "code"
    assert find_columns(["a", "b"], [["530000", "180000"]], ["a", "b"]).way == "grid"
    assert find_columns(["a", "b"], [["-0.1", "51"]], ["a", "b"]).way == "lonlat"
    with pytest.raises(Invalid, match="grid"):
        read_way("shoe size")
