"""Nobody lost: tables carried over random links keep every unit, in whatever order, there and back."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from boundaries.methods.apportion import apportion, apportion_many
from boundaries.methods.rebase import Carried, Column, Step, Values, carry

OLD = [f"E0100000{n}" for n in range(7)]
NEW = [f"E0103300{n}" for n in range(7)]
COUNT = [Column("people")]

links = st.dictionaries(
    st.tuples(st.sampled_from(OLD), st.sampled_from(NEW)), st.none() | st.integers(0, 50), max_size=20
)  # fmt: skip
tables = st.dictionaries(
    st.tuples(st.sampled_from([*OLD, "E01099999"]), st.integers(0, 2)),
    st.none() | st.integers(-(10**15), 10**15),
    max_size=20,
)


def make_step(pairs: dict[tuple[str, str], int | None]) -> Step:
    rows = [(old, new, "", count) for (old, new), count in pairs.items()]
    frame = pd.DataFrame(rows, columns=["source", "target", "kind", "postcodes"])
    return Step("old to new", frame.astype({"postcodes": "Int64"}))


def make_rows(table: dict[tuple[str, int], int | None]) -> Values:
    return Values(
        np.array([code for code, _ in table], dtype=object),
        np.array([group for _, group in table], dtype=np.int64),
        {"people": np.array([value or 0 for value in table.values()], dtype=np.int64)},
        {"people": np.array([value is None for value in table.values()], dtype=bool)},
    )


def as_table(done: Carried) -> dict[tuple[str, int], int | None]:
    rows = done.rows
    return {
        (code, int(group)): None if gone else int(value)
        for code, group, value, gone in zip(
            rows.codes, rows.groups, rows.values["people"], rows.missing["people"], strict=True
        )
    }


@settings(max_examples=50, deadline=None)
@given(links, tables)
def test_before_is_after_and_what_is_withheld_and_listed(
    pairs: dict[tuple[str, str], int | None], table: dict[tuple[str, int], int | None]
) -> None:
    done = carry(make_rows(table), COUNT, make_step(pairs))
    totals = done.totals["people"]
    assert totals.before == sum(value or 0 for value in table.values())
    assert totals.before == totals.after + totals.withheld + totals.listed
    assert totals.after == sum(value or 0 for value in as_table(done).values())


@settings(max_examples=50, deadline=None)
@given(links, tables, st.randoms(use_true_random=False))
def test_the_order_of_rows_and_links_changes_nothing(
    pairs: dict[tuple[str, str], int | None], table: dict[tuple[str, int], int | None], order: object
) -> None:  # fmt: skip
    shuffled_pairs, shuffled_rows = list(pairs.items()), list(table.items())
    order.shuffle(shuffled_pairs)  # type: ignore[attr-defined]
    order.shuffle(shuffled_rows)  # type: ignore[attr-defined]
    first = carry(make_rows(table), COUNT, make_step(pairs))
    again = carry(make_rows(dict(shuffled_rows)), COUNT, make_step(dict(shuffled_pairs)))
    assert as_table(first) == as_table(again)
    assert first.totals == again.totals


@settings(max_examples=50, deadline=None)
@given(tables)
def test_unchanged_areas_come_out_as_they_went_in_however_often(
    table: dict[tuple[str, int], int | None],
) -> None:
    same = make_step({(code, code): None for code in [*OLD, "E01099999"]})
    once = carry(make_rows(table), COUNT, same)
    assert as_table(once) == table
    assert as_table(carry(once.rows, COUNT, same)) == table


@settings(max_examples=50, deadline=None)
@given(links, tables)
def test_a_target_has_a_value_only_where_all_its_sources_have(
    pairs: dict[tuple[str, str], int | None], table: dict[tuple[str, int], int | None]
) -> None:
    done = carry(make_rows(table), COUNT, make_step(pairs))
    for (target, group), value in as_table(done).items():
        behind = [old for old, new in pairs if new == target]
        known = all(table.get((old, group)) is not None for old in behind)
        if value is not None:
            assert known


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(-(10**12), 10**12) | st.integers(-(2**63), 2**63 - 1),
            st.lists(st.integers(0, 10**6), min_size=1, max_size=5).filter(any),
        ),
        min_size=1, max_size=8,
    )
)  # fmt: skip
def test_many_share_outs_at_once_are_those_made_one_by_one(
    shares: list[tuple[int, list[int]]],
) -> None:
    starts = np.cumsum([0, *(len(weights) for _, weights in shares)])[:-1]
    weights = np.array([each for _, own in shares for each in own], dtype=np.int64)
    found = apportion_many(np.array([t for t, _ in shares], dtype=np.int64), weights, starts)
    assert found.tolist() == [part for total, own in shares for part in apportion(total, own) or ()]
