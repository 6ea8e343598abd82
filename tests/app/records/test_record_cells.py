"""Every value that a record holds becomes a cell and comes back the same, and nothing else is taken for one."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.exports.csv import safe_cell
from app.records.methods.cells import (
    CellWrong,
    for_csv,
    for_workbook,
    from_csv,
    from_workbook,
    read_cell,
    write_cell,
)
from app.records.methods.columns import Column, Kind

# What a database's text can hold.
TEXT = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1)
SAID = TEXT.filter(lambda words: bool(words.strip()))


@given(SAID)
@example("=1")
@example("'=1")
@example("''=1")
@example("_x000D_\r\x0b")
def test_text_comes_back_from_a_csv_and_from_a_workbook_to_the_letter(words: str) -> None:
    cell = safe_cell(for_csv(words))
    assert not str(cell).startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert from_csv(cell) == words
    assert from_workbook(for_workbook(words)) == words


@given(st.lists(SAID, max_size=5))
@example(["a; b"])
@example(["[a"])
@example([" a"])
def test_a_list_comes_back_whatever_its_words_hold(items: list[str]) -> None:
    column = Column("c", "list", most=10_000)
    assert read_cell(write_cell(items, column), column) == items
    assert read_cell(items, column) == items


@given(
    st.lists(st.tuples(st.sampled_from(["2026", "2026-27"]), st.floats(-1e12, 1e12)), max_size=4)
)
def test_steps_come_back_with_every_digit(steps: list[tuple[str, float]]) -> None:
    column = Column("c", "steps")
    assert read_cell(write_cell(steps, column), column) == steps


@pytest.mark.parametrize(
    ("kind", "cell", "value"),
    [("day", "31/03/2026", date(2026, 3, 31)), ("day", "2026-03-31", date(2026, 3, 31)), ("truth", "Yes", True),
     ("word", 2024.0, "2024"), ("whole", "12", 12), ("number", " 1.5 ", 1.5), ("text", "  ", None),
     ("list", "", []), ("list", "a;b ; ", ["a", "b"])],
)  # fmt: skip
def test_a_cell_is_read_as_people_and_spreadsheets_write_it(
    kind: Kind, cell: Any, value: Any
) -> None:
    assert read_cell(cell, Column("c", kind)) == value


@pytest.mark.parametrize(
    ("kind", "cell", "rule"),
    [("day", "31/02/2026", "day"), ("day", 46112, "day"), ("number", "nan", "number"), ("number", True, "number"),
     ("number", "1e13", "number"), ("whole", 1.5, "whole-number"), ("truth", "perhaps", "true-or-false"),
     ("text", "x" * 401, "not-too-long"), ("text", "a\x00b", "text"), ("list", {"a": 1}, "list-of-words"),
     ("json", "[1]", "json-object"), ("steps", "2026", "number"), ("moment", "soon", "moment")],
)  # fmt: skip
def test_a_cell_of_another_kind_is_refused_by_its_rule(kind: Kind, cell: Any, rule: str) -> None:
    with pytest.raises(CellWrong) as wrong:
        read_cell(cell, Column("c", kind))
    assert wrong.value.rule == rule


def test_what_must_be_said_is_missed() -> None:
    with pytest.raises(CellWrong) as wrong:
        read_cell(" ", Column("due_on", "day", is_needed=True))
    assert wrong.value.rule == "due-on-required"
