"""Reading a published file of indicators: three kinds of nothing, and where each row goes."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from app.indicators.definitions import Definition, FileLayout
from app.indicators.readers.indicator_files import FileReading, read_indicator_file
from app.indicators.readers.opening import NotThisIndex

JOBLESS = Definition(
    "jobless", "jobless", "Out of work", "People out of work.", "people", "higher-is-worse",
    "extensive", blank="suppressed",
)  # fmt: skip
NEED = Definition(
    "need", "need score", "Need", "A score of need.", "score", "higher-is-worse", "intensive",
    rank="need rank",
)  # fmt: skip
WIDE = FileLayout("jobs", "lad", "lad-2021", "code", (JOBLESS, NEED), period="2021")
LONG = FileLayout(
    "health", "lad", "lad-2021", "code", (replace(JOBLESS, column="Jobless"), replace(NEED, column="Need", rank=None)),
    period_column="year", key="what", value="value",
)  # fmt: skip


def read(tmp_path: Path, layout: FileLayout, text: str) -> FileReading:
    path = tmp_path / "f.csv"
    path.write_text(text, encoding="utf-8")
    return read_indicator_file(path, layout)


def values(reading: FileReading, place: int) -> dict[str, tuple[object, object]]:
    frame = reading.indicators[place].frame
    return {row.code: (row.value, row.state) for row in frame.itertuples()}


def test_suppressed_missing_and_nought_are_three_things(tmp_path: Path) -> None:
    text = "Code,Jobless,Need score,Need rank\nE07000001,0,1.5,2\nE07000002,,,\nE07000003,15,0,1\n"
    reading = read(tmp_path, WIDE, text)
    assert reading.faults == ()
    states = reading.indicators[0].frame.set_index("code")["state"].to_dict()
    assert states == {"E07000001": "value", "E07000002": "suppressed", "E07000003": "value"}
    need = reading.indicators[1].frame.set_index("code")
    assert need["state"].to_list() == ["value", "missing", "value"]
    assert need["rank"].to_list() == [2, pd.NA, 1]
    assert need.loc["E07000003", "value"] == 0


def test_each_row_is_stored_refused_or_elsewhere(tmp_path: Path) -> None:
    text = (
        "Code,Jobless,Need score,Need rank\nE07000001,1,1,1\nW06000001,2,x,2\n E07000002 ,3,1,3\n"
        "e07000003,4,1,4\nE07000004,many,1,5\n,6,1,6\nE07000005,7,1,7\nE07000005,7,1,7\n"
        "E07000006,8,1,8\nE07000006,9,1,9\n"
    )
    reading = read(tmp_path, WIDE, text)
    found = [(fault.row, fault.rule) for fault in reading.faults]
    assert found == [
        (5, "code-form"), (6, "number"), (7, "code-present"), (9, "code-once"), (10, "code-once"),
        (11, "code-once"),
    ]  # fmt: skip
    assert (reading.rows_in, reading.rows_kept, reading.rows_elsewhere, reading.rows_refused) == (
        10, 3, 1, 6,
    )  # fmt: skip
    for each in reading.indicators:
        assert each.rows_in == len(each.frame) + each.rows_elsewhere + each.rows_refused
    assert set(values(reading, 0)) == {"E07000001", "E07000002", "E07000005"}


def test_one_value_a_row_becomes_an_indicator_a_key(tmp_path: Path) -> None:
    text = (
        "code,year,what,value\nE07000001,2020.0,Jobless,5\nE07000001,2021.0,Jobless,6\n"
        "E07000001,2021.0,Need,7\nE07000001,2021.0,Luck,8\n"
    )
    reading = read(tmp_path, LONG, text)
    assert [len(each.frame) for each in reading.indicators] == [2, 1]
    assert reading.indicators[0].frame["period"].to_list() == ["2020", "2021"]
    assert [fault.rule for fault in reading.faults] == ["indicator-known"]
    assert reading.rows_refused == 1


def test_a_header_of_two_lines_names_each_column_by_its_group(tmp_path: Path) -> None:
    layout = replace(WIDE, indicators=(replace(JOBLESS, column="flats: jobless"),), header_lines=2)
    reading = read(
        tmp_path, layout, "Code,Houses,,Flats\n,Jobless,Need,Jobless \nE07000001,1,2,3\n"
    )
    assert values(reading, 0) == {"E07000001": (3.0, "value")}
    assert reading.rows_in == 1


def test_yes_and_no_are_1_and_0_and_other_words_are_faults(tmp_path: Path) -> None:
    layout = replace(WIDE, indicators=(JOBLESS,))
    reading = read(tmp_path, layout, "code,jobless\nE07000001,True\nE07000002,False\n")
    assert values(reading, 0) == {"E07000001": (1.0, "value"), "E07000002": (0.0, "value")}
    mixed = read(tmp_path, layout, "code,jobless\nE07000001,True\nE07000002,3\n")
    assert [fault.row for fault in mixed.faults] == [2]


def test_averaged_ranks_take_the_lowest_of_their_tie(tmp_path: Path) -> None:
    layout = replace(WIDE, indicators=(replace(NEED, averaged=True),))
    text = "code,need score,need rank\nE07000001,9,1\nE07000002,8,2.5\nE07000003,8,2.5\n"
    frame = read(tmp_path, layout, text).indicators[0].frame
    assert frame["rank"].to_list() == [1, 2, 2]


def test_a_file_without_a_column_of_its_layout_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotThisIndex, match="has no column 'need rank'"):
        read(tmp_path, WIDE, "code,jobless,need score\nE07000001,1,2\n")
    damaged = tmp_path / "f.csv.gz"
    damaged.write_bytes(gzip.compress(b"code,jobless\n" * 500)[:-20])
    with pytest.raises(NotThisIndex, match="is cut off"):
        read_indicator_file(damaged, WIDE)
