"""Whatever a user's table holds, each row is kept or named; sums and ranks lose nothing."""

from __future__ import annotations

import csv
import io

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from app.indicators.methods.larger import gather_values
from app.indicators.methods.periods import find_repeats, rank_by_direction
from app.indicators.readers.uploads import read_upload
from app.indicators.uploading import upload_mapping
from app.vintages.readers.cells import FileRefused

CODES = [f"E0100000{place}" for place in range(1, 7)]
cells = st.sampled_from(
    ["1", "2", "0", "", "*", "[c]", "x", "many", "1,296", "n/a", " 7 ", "-3.5", "=2+2", "\u0663"]
)
rows = st.lists(
    st.tuples(st.sampled_from([*CODES, "", " e01000001 ", "<b>"]), cells, cells),
    min_size=1,
    max_size=12,
)
values = st.lists(
    st.one_of(st.just(float("nan")), st.integers(-1000, 1000).map(float)), min_size=1, max_size=40
)


@settings(max_examples=40, deadline=None)
@given(rows)
def test_each_row_of_a_table_is_kept_or_named_with_its_number(
    table: list[tuple[str, str, str]],
) -> None:
    out = io.StringIO()
    csv.writer(out).writerows([("code", "a", "b"), *table])
    mapping = upload_mapping(
        "first", ["a", "b=second"], "code", period="2023", period_column=None, unit="people",
        direction="higher-is-worse", nature="extensive",
    )  # fmt: skip
    try:
        reading = read_upload(out.getvalue().encode(), "f.csv", mapping)
    except FileRefused:
        return  # a column of text, or no row at all: test_uploads.py says when
    blank = sum(1 for row in table if not any(cell.strip() for cell in row))
    assert reading.rows_in == len(table) - blank
    named = {fault.row for fault in reading.faults}
    kept = reading.frame[~reading.frame["row"].isin(named)]
    assert len(kept) + len(named) == reading.rows_in
    assert kept["code"].is_unique
    for heading, place in (("first", 1), ("second", 2)):
        for row, state, value in zip(
            kept["row"], kept[f"state {heading}"], kept[f"value {heading}"], strict=True
        ):
            written = table[row - 2][place].strip()
            assert (state == "value") == (not np.isnan(value))
            assert (state == "suppressed") == (written in {"*", "[c]"})
            assert (state == "missing") == (written in {"", "n/a", "x"})


@settings(max_examples=40, deadline=None)
@given(values)
def test_ranks_follow_values_and_ties_take_the_lowest(held: list[float]) -> None:
    series = pd.Series(held)
    for direction, sign in (("higher-is-worse", -1), ("lower-is-worse", 1)):
        ranks = rank_by_direction(series, direction)  # type: ignore[arg-type]
        for value, rank in zip(held, ranks, strict=True):
            if np.isnan(value):
                assert rank is pd.NA
            else:
                assert rank == 1 + int((sign * series < sign * value).sum())


@settings(max_examples=40, deadline=None)
@given(values, st.integers(1, 5), st.integers(0, 2**31))
def test_sums_of_larger_areas_come_to_the_sum_of_all(
    held: list[float], parts: int, seed: int
) -> None:
    codes = [f"a{place}" for place in range(len(held))]
    state = np.where(np.isnan(held), "missing", "value")
    frame = pd.DataFrame({"value": held, "state": state.astype(object)}, index=codes)
    homes = np.random.default_rng(seed).integers(0, parts, len(held))
    found = gather_values(frame, pd.Series([f"P{home}" for home in homes], index=codes))
    assert found["known"].sum() == np.nansum(held)
    assert found["areas"].sum() == len(held)
    assert found["areas_without"].sum() == int(np.isnan(held).sum())
    assert (found["value"].notna() == (found["areas_without"] == 0)).all()


@settings(max_examples=40, deadline=None)
@given(values, st.integers(2, 4))
def test_a_repeated_period_is_carried_from_one_that_is_not(held: list[float], periods: int) -> None:
    frame = pd.DataFrame({str(year): held for year in range(periods)})
    found = find_repeats(frame)["carried_from"].tolist()
    assert found[0] is None
    assert set(found[1:]) in ({None}, {"0"})
