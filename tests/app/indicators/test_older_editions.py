"""Layouts of 2000 to 2010: averaged ranks of ties, deciles that others added, wards with old codes."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from app.indicators.editions import EDITIONS
from app.indicators.readers.checks import lowest_of_ties
from app.indicators.readers.iod import IndexReading, NotThisIndex, read_index

OLD = replace(EDITIONS["imd-2004"], areas_total=10)
WARDS = replace(EDITIONS["imd-2000"], areas_total=4)
# Of ten areas three share ranks 5, 6, 7 (average 6) and two share 2, 3 (average 2.5).
AVERAGED = [1, 2.5, 2.5, 4, 6, 6, 6, 8, 9, 10]
LOWEST = [1, 2, 2, 4, 5, 5, 5, 8, 9, 10]


def old_frame(size: int = 10) -> pd.DataFrame:
    places = range(1, size + 1)
    frame = pd.DataFrame({"lsoa01_code": [f"E01{place:06}" for place in places]})
    for name in (
        "IMD", "education_skills_and_training_domain", "barriers_to_housing_and_services_domain",
        "living_environment_domain",
    ):  # fmt: skip
        frame[f"{name}_score"] = [100.0 - place for place in places]
        frame[f"{name}_rank"] = [float(place) for place in places]
        frame[f"{name}_decile"] = [-(-10 * place // size) for place in places]
    return frame


def read_old(folder: Path, frame: pd.DataFrame, size: int = 10) -> IndexReading:
    path = folder / "old.parquet"
    frame.to_parquet(path)
    return read_index(path, replace(OLD, areas_total=size))


def one(reading: IndexReading, measure: str) -> pd.DataFrame:
    return reading.values[reading.values["measure"] == measure].set_index("code")


def test_averaged_ranks_of_ties_become_the_lowest_as_in_every_other_edition(tmp_path: Path) -> None:
    frame = old_frame()
    frame["living_environment_domain_rank"] = AVERAGED
    frame["living_environment_domain_score"] = [9.0, 8, 8, 7, 6, 6, 6, 5, 4, 3]
    reading = read_old(tmp_path, frame)
    assert reading.faults == ()
    living = one(reading, "living")
    assert living["rank"].tolist() == LOWEST
    # ceil(10 * rank / 10) is the rank itself: the decile follows what is stored.
    assert living["decile"].tolist() == LOWEST


def test_the_lowest_of_ties_is_what_ranking_by_the_lowest_gives() -> None:
    scores = pd.Series([3.0, 1, 1, 1, 1, 7, 7, 2, 2, 2])
    averaged = scores.rank(method="average")
    assert lowest_of_ties(averaged).tolist() == scores.rank(method="min").tolist()


def test_half_a_rank_that_no_tie_explains_refuses_its_row(tmp_path: Path) -> None:
    frame = old_frame()
    frame.loc[3, "living_environment_domain_rank"] = 4.5
    reading = read_old(tmp_path, frame)
    assert [(fault.row, fault.rule, fault.value) for fault in reading.faults] == [
        (5, "rank-whole", "4.5")
    ]
    assert (reading.rows_in, reading.rows_kept, reading.rows_refused) == (10, 9, 1)


@pytest.mark.parametrize(
    ("rank", "rule"), [(0, "rank-within-n"), (11, "rank-within-n"), (2.25, "number")]
)
def test_a_rank_outside_or_no_rank_refuses_its_row(tmp_path: Path, rank: float, rule: str) -> None:
    frame = old_frame()
    frame.loc[3, "IMD_rank"] = rank
    assert [(fault.row, fault.rule) for fault in read_old(tmp_path, frame).faults] == [(5, rule)]


def test_deciles_that_others_added_are_noted_and_ours_are_stored(tmp_path: Path) -> None:
    frame = old_frame()
    frame.loc[2, "IMD_decile"] = 2
    reading = read_old(tmp_path, frame)
    assert reading.faults == ()
    assert reading.rows_kept == 10
    assert [(note.row, note.value, note.rule) for note in reading.notes] == [
        (4, "2", "decile-is-ceil-10-rank-over-n")
    ]
    assert one(reading, "imd").loc["E01000003", "decile"] == 3


def test_a_column_of_deciles_that_is_another_thing_is_told_in_one_note(tmp_path: Path) -> None:
    frame = old_frame(200)
    frame["living_environment_domain_decile"] = 11 - frame["living_environment_domain_decile"]
    reading = read_old(tmp_path, frame, 200)
    assert reading.faults == ()
    assert [(note.row, note.column) for note in reading.notes] == [
        (None, "living_environment_domain_decile")
    ]
    assert reading.notes[0].detail.startswith("200 of 200 deciles")
    assert one(reading, "living").loc["E01000001", "decile"] == 1


def test_a_file_without_the_added_deciles_is_whole(tmp_path: Path) -> None:
    frame = old_frame()
    reading = read_old(tmp_path, frame.drop(columns=[c for c in frame if c.endswith("decile")]))
    assert (reading.faults, reading.notes) == ((), ())
    assert one(reading, "imd")["decile"].tolist() == list(range(1, 11))


def test_a_missing_score_or_rank_is_missing_never_nought(tmp_path: Path) -> None:
    frame = old_frame()
    frame.loc[3, "IMD_score"] = None
    barriers_to = "barriers_to_housing_and_services_domain"
    frame.loc[4, [f"{barriers_to}_score", f"{barriers_to}_rank"]] = None
    reading = read_old(tmp_path, frame)
    assert reading.rows_refused == 0
    assert pd.isna(one(reading, "imd").loc["E01000004", "score"])
    barriers = one(reading, "barriers")
    assert "E01000005" not in barriers.index
    assert (barriers["rank"] > 0).all()


def test_a_missing_column_of_a_domain_is_refused_by_name(tmp_path: Path) -> None:
    frame = old_frame().drop(columns="education_skills_and_training_domain_rank")
    with pytest.raises(NotThisIndex) as caught:
        read_old(tmp_path, frame)
    assert [fault.column for fault in caught.value.faults] == [
        "education_skills_and_training_domain_rank"
    ]


def test_a_parquet_cut_off_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "old.parquet"
    old_frame().to_parquet(path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(NotThisIndex, match="not a whole Parquet"):
        read_index(path, OLD)


def test_codes_repeated_in_a_parquet_are_refused(tmp_path: Path) -> None:
    frame = old_frame()
    frame.loc[3, "lsoa01_code"] = "E01000003"
    assert [(fault.row, fault.rule) for fault in read_old(tmp_path, frame).faults] == [
        (4, "code-once"), (5, "code-once"),
    ]  # fmt: skip


def test_a_parquet_without_a_code_is_refused_by_row(tmp_path: Path) -> None:
    frame = old_frame()
    frame.loc[3, "lsoa01_code"] = None
    assert [(fault.row, fault.rule) for fault in read_old(tmp_path, frame).faults] == [
        (5, "code-present")
    ]


def ward_file(folder: Path, codes: list[str], without: str = "") -> Path:
    whole = "Index of Multiple Deprivation"
    headings = ["Ward", "Ward Name", f"{whole} Score", f"Rank of {whole}"]
    for domain in ("Income", "Employment", "Health", "Education", "Housing", "Access"):
        headings += [f"{domain} Domain Score", f"Rank of {domain} Domain"]
    lines = [
        dict(
            zip(
                headings,
                [code, f"Ward {place}", *[str(9.5 - place), f"{place}.0"] * 7],
                strict=True,
            )
        )
        for place, code in enumerate(codes, start=1)
    ]
    kept = [heading for heading in headings if heading != without]
    text = "\n".join([",".join(kept), *(",".join(line[h] for h in kept) for line in lines)])
    path = folder / "wards.csv.gz"
    path.write_bytes(gzip.compress(text.encode()))
    return path


def test_wards_get_slugs_of_their_codes_and_keep_their_names(tmp_path: Path) -> None:
    reading = read_index(ward_file(tmp_path, ["09UCFA", "AAZZ", "ABFA", "45UBFB"]), WARDS)
    assert reading.faults == ()
    assert reading.names.to_dict() == {
        "wd-09ucfa": "Ward 1", "wd-aazz": "Ward 2", "wd-abfa": "Ward 3", "wd-45ubfb": "Ward 4",
    }  # fmt: skip
    assert one(reading, "imd")["decile"].tolist() == [3, 5, 8, 10]  # ceil(10 r / 4)
    assert set(reading.values["measure"]) == {
        "imd", "income", "employment", "health", "education", "housing", "access",
    }  # fmt: skip


@pytest.mark.parametrize("code", ["E05000001", "9UCFA", "AAZZZ", "aazz"])
def test_a_ward_code_of_another_form_refuses_its_row(tmp_path: Path, code: str) -> None:
    reading = read_index(ward_file(tmp_path, ["09UCFA", code, "ABFA", "45UBFB"]), WARDS)
    assert [(fault.row, fault.rule) for fault in reading.faults] == [(3, "code-form")]
    assert len(reading.names) == 3


def test_wards_without_a_domain_are_not_the_index_of_2000(tmp_path: Path) -> None:
    path = ward_file(
        tmp_path, ["09UCFA", "AAZZ", "ABFA", "45UBFB"], without="Rank of Access Domain"
    )
    with pytest.raises(NotThisIndex, match="no column 'rank of access domain'"):
        read_index(path, WARDS)


def test_wards_are_kept_by_their_slugs(tmp_path: Path) -> None:
    path = ward_file(tmp_path, ["09UCFA", "AAZZ", "ABFA", "45UBFB"])
    reading = read_index(path, WARDS, keep={"wd-aazz", "09UCFA"})
    assert (reading.rows_kept, reading.rows_elsewhere, reading.rows_refused) == (1, 3, 0)
    assert list(reading.names.index) == ["wd-aazz"]
