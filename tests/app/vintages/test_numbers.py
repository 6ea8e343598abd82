"""Numbers as people write them become whole numbers exactly, and are written back as they were stated."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.vintages.readers.columns import NumberColumn
from app.vintages.readers.numbers import MISSING, read_numbers, write_numbers


@pytest.mark.parametrize(
    ("cells", "values", "digits"),
    [
        (["1", " 2 ", "+3", "-4"], [1, 2, 3, -4], 0),
        (["1,296", "12"], [1296, 12], 0),
        (["£1,296.50", "£ 3"], [129650, 300], 2),
        (["0.5", ".25", "-.75", "3."], [50, 25, -75, 300], 2),
        (["1e3", "2.5E-1"], [100000, 25], 2),
        (["99999999999999999999"], [99999999999999999999], 0),
    ],
)
def test_a_number_is_read_exactly(cells: list[str], values: list[int], digits: int) -> None:
    found = read_numbers(cells)
    assert (found.values.tolist(), found.digits, found.bad) == (values, digits, ())
    assert not found.missing.any()


@pytest.mark.parametrize("mark", sorted(MISSING))
def test_a_mark_of_a_missing_figure_is_missing_and_not_zero(mark: str) -> None:
    found = read_numbers(["7", mark.upper()])
    assert found.missing.tolist() == [False, True]
    assert found.bad == ()


@pytest.mark.parametrize(
    "cell", ["12 people", "inf", "-Infinity", "1_000", "٣", "1,29", "0x10", "1e99"]
)
def test_what_is_no_number_is_listed_by_its_place(cell: str) -> None:
    found = read_numbers(["7", cell])
    assert found.bad == (1,)
    assert found.missing.tolist() == [False, True]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(-(10**12), 10**12).map(lambda whole: Decimal(whole) / 1000)))
def test_decimals_come_back_as_they_were_written(numbers: list[Decimal]) -> None:
    cells = [f"{number:.3f}" for number in numbers]
    found = read_numbers(cells)
    again = write_numbers(found.values, found.digits)
    assert [Decimal(cell) for cell in again] == numbers


def test_blocks_with_fewer_digits_are_brought_to_the_finest() -> None:
    column = NumberColumn()
    column.take(["1", "2"], [2, 3])
    column.take(["0.25", "x"], [4, 5])
    whole = column.whole()
    assert (whole.values.tolist(), whole.digits) == ([100, 200, 25, 0], 2)
    assert whole.missing.tolist() == [False, False, False, True]


def test_a_column_of_which_most_cells_are_words_is_text() -> None:
    column = NumberColumn()
    column.take(["Adur 001A", "7", "Adur 001B"], [2, 3, 4])
    assert not column.holds_numbers
