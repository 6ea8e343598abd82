"""The publisher's files: what is read, what is refused, and that no row is lost."""

from __future__ import annotations

import csv
import gzip
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from app.indicators.editions import EDITIONS
from app.indicators.readers.iod import MAX_BYTES, IndexReading, NotThisIndex, read_index

TEN = replace(EDITIONS["imd-2019"], areas_total=10)
TAIL = "(where 1 is most deprived)"
HEADING = [
    "LSOA code (2011)", "LSOA name (2011)", "Index of Multiple Deprivation (IMD) Score",
    f"Index of Multiple Deprivation (IMD) Rank {TAIL}",
    "Index of Multiple Deprivation (IMD) Decile (where 1 is most deprived 10% of LSOAs)",
    "Income Score (rate)", f"Income Rank {TAIL}",
    "Income Deprivation Affecting Children Index (IDACI) Score (rate)",
    "Total population: mid 2015 (excluding prisoners)",
]  # fmt: skip


def row(place: int, **other: str) -> dict[str, str]:
    """Area `place` of ten: rank and decile are its place, since ceil(10 * r / 10) = r."""
    values = [
        f"E0100000{place % 10}", f"Exe 00{place}", f"{100 - place}.5", str(place), str(place),
        "0.1", str(11 - place), "", "1,296",
    ]  # fmt: skip
    return dict(zip(HEADING, values, strict=True)) | other


def write(path: Path, rows: list[dict[str, str]], mark: str = "", packed: bool = False) -> Path:
    out = io.StringIO()
    writer = csv.DictWriter(out, HEADING)
    writer.writeheader()
    writer.writerows(rows)
    raw = (mark + out.getvalue()).encode()
    path.write_bytes(gzip.compress(raw) if packed else raw)
    return path


def ten(**changed: dict[str, str]) -> list[dict[str, str]]:
    return [row(place, **changed.get(f"at{place}", {})) for place in range(1, 11)]


def imd(reading: IndexReading) -> pd.DataFrame:
    return reading.values.query("measure == 'imd'").set_index("code")


def faults(reading: IndexReading) -> list[tuple[int | str | None, str]]:
    return [(fault.row, fault.rule) for fault in reading.faults]


def test_a_file_with_mark_and_quoted_thousands_is_read(tmp_path: Path) -> None:
    changed = {HEADING[2]: "1,234.5"}
    reading = read_index(write(tmp_path / "f.csv.gz", ten(at1=changed), "\ufeff", True), TEN)
    assert reading.faults == ()
    assert imd(reading).loc["E01000001", ["score", "rank", "decile"]].tolist() == [1234.5, 1, 1]
    assert set(reading.values["measure"]) == {"imd", "income"}  # children's index is not income
    assert not reading.is_partial


def test_an_empty_score_stays_missing(tmp_path: Path) -> None:
    reading = read_index(write(tmp_path / "f.csv", ten(at3={HEADING[2]: ""})), TEN)
    assert reading.rows_refused == 0
    assert np.isnan(imd(reading).loc["E01000003", "score"])
    assert imd(reading).loc["E01000003", "rank"] == 3


def test_a_measure_without_deciles_has_none(tmp_path: Path) -> None:
    reading = read_index(write(tmp_path / "f.csv", ten()), TEN)
    assert reading.values.query("measure == 'income'")["decile"].isna().all()


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        (0, "", "code-present"),
        (0, "E07000062", "code-form"),
        (2, "high", "number"),
        (2, "1,29", "number"),
        (3, "3.5", "number"),
        (3, "0", "rank-within-n"),
        (3, "11", "rank-within-n"),
        (3, "-3", "number"),
        (4, "4", "decile-is-ceil-10-rank-over-n"),
    ],
)
def test_a_faulty_row_is_refused_and_listed(
    tmp_path: Path, column: int, value: str, rule: str
) -> None:
    reading = read_index(write(tmp_path / "f.csv", ten(at3={HEADING[column]: value})), TEN)
    # Area 3 stands on row 4 of the sheet, below the heading.
    assert faults(reading) == [(4, rule)]
    assert (reading.rows_in, reading.rows_kept, reading.rows_refused) == (10, 9, 1)
    assert "E01000003" not in set(reading.values["code"])


def test_the_decile_is_the_ceiling_not_the_floor(tmp_path: Path) -> None:
    # N 15: rank 1 gives 10/15 -> decile 1 (floor would be 0), rank 3 gives 2, rank 10 gives 7.
    deciles = {1: "1", 2: "2", 3: "2", 4: "3", 5: "4", 6: "4", 7: "5", 8: "6", 9: "6", 10: "7"}
    rows = [row(place, **{HEADING[4]: decile}) for place, decile in deciles.items()]
    reading = read_index(write(tmp_path / "f.csv", rows), replace(TEN, areas_total=15))
    assert reading.rows_refused == 0


def test_rows_of_one_code_that_differ_are_all_refused(tmp_path: Path) -> None:
    reading = read_index(write(tmp_path / "f.csv", ten(at4={HEADING[0]: "E01000003"})), TEN)
    assert faults(reading) == [(4, "code-once"), (5, "code-once")]


def test_a_row_repeated_word_for_word_is_kept_once(tmp_path: Path) -> None:
    reading = read_index(write(tmp_path / "f.csv", [*ten(), row(3)]), TEN)
    assert faults(reading) == [(None, "rows-are-areas"), (12, "code-once")]
    assert (reading.rows_in, reading.rows_kept, reading.rows_refused) == (11, 10, 1)


def test_a_row_with_too_few_or_too_many_cells_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "f.csv", ten())
    lines = path.read_text().splitlines()
    lines[2], lines[3] = lines[2].rsplit(",", 3)[0], lines[3] + ",1"
    path.write_text("\n".join(lines))
    reading = read_index(path, TEN)
    assert {found for found, rule in faults(reading) if rule == "cells-as-heading"} == {3, 4}
    assert reading.rows_refused == 2


def test_keeping_some_codes_loses_no_row_and_checks_all(tmp_path: Path) -> None:
    path = write(tmp_path / "f.csv", ten(at9={HEADING[3]: "99"}))
    reading = read_index(path, TEN, keep={"E01000001", "E01000009", "E01999999"})
    assert (reading.rows_kept, reading.rows_elsewhere, reading.rows_refused) == (1, 8, 1)
    assert reading.is_partial
    # The rank kept is the national one, whatever is left out.
    assert imd(reading)["rank"].to_dict() == {"E01000001": 1}


def test_a_short_file_says_that_it_is_not_the_whole_index(tmp_path: Path) -> None:
    reading = read_index(write(tmp_path / "f.csv", ten()[:9]), TEN)
    assert faults(reading) == [(None, "rows-are-areas")]


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"\xff\xfe\x00bad", b"\x1f\x8b\x08broken", b"a,b\n1,2\n",
        b"LSOA code (2011),LSOA code (2011)\nE01000001,E01000001\n",
        b"LSOA code (2011)\nE01000001\n",
        b"LSOA code (2021),Index of Multiple Deprivation (IMD) Rank\nE01000001,1\n",
    ],
    ids=["empty", "not utf-8", "broken gzip", "other columns", "twice", "no ranks", "other year"],
)  # fmt: skip
def test_a_file_that_is_not_the_index_is_refused(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes(raw)
    with pytest.raises(NotThisIndex):
        read_index(path, TEN)


@pytest.mark.parametrize(
    "page",
    [
        "<!DOCTYPE html>\n<html><body>Not found</body></html>",
        "\ufeff  <?xml version='1.0'?><Error/>",
    ],
)
def test_a_web_page_where_a_csv_should_be_is_called_one(tmp_path: Path, page: str) -> None:
    path = tmp_path / "File_7.csv"
    path.write_text(page, encoding="utf-8")
    with pytest.raises(NotThisIndex, match=r"^File_7.csv is a web page \(HTML or XML\), not a CSV"):
        read_index(path, TEN)


def test_a_gzip_that_was_cut_off_is_refused_and_says_so(tmp_path: Path) -> None:
    path = write(tmp_path / "f.csv.gz", ten(), packed=True)
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(NotThisIndex, match="cut off: its gzip ends before its end; fetch it again"):
        read_index(path, TEN)


def test_a_gzip_with_a_byte_changed_is_refused_and_says_so(tmp_path: Path) -> None:
    path = write(tmp_path / "f.csv.gz", ten(), packed=True)
    raw = bytearray(path.read_bytes())
    raw[-6] ^= 0xFF  # in the checksum that closes the file
    path.write_bytes(raw)
    with pytest.raises(NotThisIndex, match="damaged gzip"):
        read_index(path, TEN)


def test_a_score_beyond_every_number_is_refused(tmp_path: Path) -> None:
    reading = read_index(write(tmp_path / "f.csv", ten(at3={HEADING[2]: "1e999"})), TEN)
    assert faults(reading) == [(4, "number")]


def test_a_measure_empty_for_an_area_is_absent_there(tmp_path: Path) -> None:
    rows = ten(at3={HEADING[5]: "", HEADING[6]: ""})
    reading = read_index(write(tmp_path / "f.csv", rows), TEN)
    assert reading.rows_refused == 0
    income = set(reading.values.query("measure == 'income'")["code"])
    assert len(income) == 9
    assert "E01000003" not in income
    assert "E01000003" in imd(reading).index


def test_scores_against_the_order_of_ranks_are_noted_and_kept(tmp_path: Path) -> None:
    reading = read_index(write(tmp_path / "f.csv", ten(at3={HEADING[2]: "99"})), TEN)
    assert reading.faults == ()
    assert [(note.rule, note.value) for note in reading.notes] == [("rank-follows-score", "1")]


def test_a_gzip_that_swells_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "f.csv.gz"
    path.write_bytes(gzip.compress(b"0" * (MAX_BYTES + 1), compresslevel=1))
    with pytest.raises(NotThisIndex, match="unpacks to more"):
        read_index(path, TEN)


def test_a_parquet_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "f.parquet"
    path.write_bytes(b"PAR0")
    with pytest.raises(NotThisIndex):
        read_index(path, EDITIONS["imd-2015"])
