"""Pasted lists are taken apart row by row: nothing is dropped and nothing counted twice."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.neighbourhoods.methods.pasted import (
    MOST_BLOCKS,
    TooManyBlocks,
    split_codes,
    split_postcodes,
)


def test_postcodes_are_found_however_they_are_parted() -> None:
    pasted = split_postcodes(
        '\ufeffPostcode\r\ntn34 1aa,"TN34 1AB";TN341AC\tM1 1AA | n1  0aa\n\nSW1A 1AA tn34 1ad'
    )
    assert [entry.tidy for entry in pasted.entries] == [
        "TN34 1AA", "TN34 1AB", "TN34 1AC", "M1 1AA", "N1 0AA", "SW1A 1AA", "TN34 1AD",
    ]  # fmt: skip
    assert pasted.faults == []
    assert pasted.rows == 7


def test_what_is_no_postcode_or_said_again_is_listed_with_its_row() -> None:
    pasted = split_postcodes(["TN34 1AA", "TN34", "tn341aa", "=cmd|' /C calc'!A0", "TN34 OAB"])
    assert [entry.tidy for entry in pasted.entries] == ["TN34 1AA"]
    assert [(fault.row, fault.rule, fault.detail) for fault in pasted.faults] == [
        (2, "form", "not a postcode"), (3, "once", "said before, at 1"),
        (4, "form", "not a postcode"), (5, "form", "not a postcode"),
    ]  # fmt: skip
    assert pasted.faults[0].pointer == "/postcodes/1"


def test_codes_may_be_small_and_parted_by_blanks() -> None:
    pasted = split_codes("e01020892 E01020893\nE01020892;lad-15ub")
    assert [entry.tidy for entry in pasted.entries] == ["E01020892", "E01020893", "lad-15ub"]
    assert [fault.rule for fault in pasted.faults] == ["once"]
    assert split_codes("E01'; DROP TABLE areas; --").faults[0].detail == "not a code"


def test_a_list_that_is_too_long_is_refused() -> None:
    with pytest.raises(TooManyBlocks, match="10,001"):
        split_postcodes("\n".join(["TN34 1AA"] * (MOST_BLOCKS + 1)))


@given(st.lists(st.sampled_from(["TN34 1AA", "tn34 1ab", "nonsense", "M1 1AA", "TN34"])))
def test_rows_in_are_entries_and_faults(rows: list[str]) -> None:
    for given_as in (rows, "\n".join(rows)):
        pasted = split_postcodes(given_as)
        assert pasted.rows == len(rows) == len(pasted.entries) + len(pasted.faults)
