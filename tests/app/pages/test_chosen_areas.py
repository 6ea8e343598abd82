"""Codes of areas in an address: what is written is read back, and nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.pages.chosen_areas import MOST_CHOSEN, pack, unpack
from boundaries.errors import Invalid

CODES = st.builds(
    "{}{:06d}".format, st.sampled_from(["E01", "X01", "W01"]), st.integers(0, 999_999)
)


def test_a_list_worked_by_hand() -> None:
    # 20982 = 16*1296 + 6*36 + 30: "g", "6", "u"; then one more, then seven more
    codes = ["E01020990", "E01020982", "E01020983"]
    assert pack(codes) == "E01-g6u.1.7"
    assert unpack("E01-g6u.1.7") == sorted(codes)
    assert (pack([]), unpack("")) == ("", [])


@given(st.lists(CODES, max_size=60))
def test_what_is_written_is_read_back(codes: list[str]) -> None:
    word = pack(codes)
    assert unpack(word) == sorted(set(codes))
    assert all(letter.isalnum() or letter in "._-" for letter in word)


def test_the_areas_of_a_large_county_stand_in_an_address() -> None:
    assert len(pack(f"E01{number:06d}" for number in range(20_000, 33_000, 20))) < 2_000


@pytest.mark.parametrize(
    "word",
    ["E01", "E01-", "E01-G6U", "E01-g6u.0", "E01-g6u..1", "E1-g6u", "E01-zzzz", "E01-lfls.1", "E01-g6u_",
     "<script>", "E01-g6u\n"],
)  # fmt: skip
def test_another_word_is_refused(word: str) -> None:
    with pytest.raises(Invalid):
        unpack(word)


def test_too_many_areas_are_refused() -> None:
    assert len(unpack(pack(f"E01{number:06d}" for number in range(MOST_CHOSEN)))) == MOST_CHOSEN
    with pytest.raises(Invalid):
        unpack(pack(f"E01{number:06d}" for number in range(MOST_CHOSEN + 1)))


def test_a_code_of_another_form_is_not_written() -> None:
    with pytest.raises(Invalid):
        pack(["E0102098"])
