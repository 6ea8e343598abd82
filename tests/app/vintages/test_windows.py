"""Which days a table's codes have in common, and the fewest spans that hold all of them."""

from __future__ import annotations

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from app.vintages.methods.windows import Life, Window, cover_of, lives_in, windows_of

D19, D21, D23 = date(2019, 4, 1), date(2021, 4, 1), date(2023, 4, 1)
LIVES: dict[str, Life] = {"always": (None, None), "old": (None, D21), "new": (D21, None)}


def test_a_span_begins_on_the_day_and_does_not_hold_its_end() -> None:
    rows = {"always": 10, "old": 2, "new": 5}
    assert windows_of(LIVES, rows, [D19, D21, D23]) == [
        Window(None, D21, 12),
        Window(D21, None, 15),
    ]


def test_a_mixed_table_needs_two_spans_and_the_second_adds_only_what_is_left() -> None:
    rows = {"always": 10, "old": 2, "new": 5}
    windows = windows_of(LIVES, rows, [D21])
    assert cover_of(LIVES, rows, windows) == [Window(D21, None, 15), Window(None, D21, 2)]


def test_a_table_of_one_vintage_needs_one_and_takes_the_later_of_equals() -> None:
    rows = {"always": 10}
    windows = [Window(None, D21, 10), Window(D21, None, 10)]
    assert cover_of(LIVES, rows, windows) == [Window(D21, None, 10)]


days = st.none() | st.sampled_from([D19, D21, D23])
lives = st.dictionaries(
    st.sampled_from("ABCDEF"),
    st.tuples(days, days).filter(lambda life: None in life or life[0] < life[1]), min_size=1,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(lives)
def test_the_spans_chosen_hold_every_area_once_and_each_span_counts_those_alive(
    found: dict[str, Life],
) -> None:
    rows = {code: at + 1 for at, code in enumerate(sorted(found))}
    windows = windows_of(found, rows, [D19, D21, D23])
    assert sum(each.rows for each in cover_of(found, rows, windows)) == sum(rows.values())
    for window in windows:
        assert window.rows == sum(n for code, n in rows.items() if lives_in(found[code], window))
