"""An index summarised for larger areas, worked by hand; publishers' tables that are not sound."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd
import pytest

from app.indicators.methods.summaries import (
    FIGURES,
    extent_weights,
    rank_figures,
    summarise_areas,
    summarise_groups,
)
from app.indicators.readers.denominators import has_denominators
from app.indicators.readers.file10 import read_summaries
from app.indicators.readers.opening import NotThisIndex

NAN = float("nan")


def areas(*rows: tuple[float, float, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["rank", "score", "people"], dtype=float)


def test_the_five_figures_by_hand() -> None:
    # N = 100. People 1000, of which a tenth is the 100 of rank 5 in part: it alone holds 300.
    made = summarise_areas(areas((5, 80.0, 300), (20, 40.0, 500), (60, 10.0, 200)), 100)
    mean_rank = (300 * 5 + 500 * 20 + 200 * 60) / 1000
    assert made.average_rank == pytest.approx(101 - mean_rank)
    assert made.average_score == pytest.approx((300 * 80 + 500 * 40 + 200 * 10) / 1000)
    assert made.proportion_worst_10 == pytest.approx(1 / 3)
    # Percentile 20 weighs 0.95 - 9 x 0.9 / 19.
    assert made.extent == pytest.approx((300 + 500 * (0.95 - 9 * 0.9 / 19)) / 1000)
    assert made.local_concentration == pytest.approx(101 - 5)


def test_the_last_area_of_the_tenth_counts_in_part() -> None:
    # A tenth of 1,000 is 100: 40 people of rank 1, 50 of rank 3, and 10 of the 910 of rank 50.
    made = summarise_areas(areas((50, 1.0, 910), (1, 3.0, 40), (3, 2.0, 50)), 100)
    assert made.local_concentration == pytest.approx(101 - (40 * 1 + 50 * 3 + 10 * 50) / 100)


def test_the_extent_falls_from_the_tenth_to_the_thirtieth_percentile() -> None:
    seen = extent_weights(pd.Series([10, 11, 30, 31], dtype=float), 100)
    assert seen.tolist() == pytest.approx([1.0, 0.95, 0.05, 0.0])
    # Percentile 11 begins with the first rank after a tenth: 3,285 of 32,844.
    assert extent_weights(pd.Series([3284, 3285]), 32_844).tolist() == pytest.approx([1.0, 0.95])


def test_without_people_only_the_unweighed_share_is_told() -> None:
    made = summarise_areas(areas((5, 80.0, NAN), (20, 40.0, 500)), 100)
    assert made.proportion_worst_10 == 0.5
    assert all(math.isnan(getattr(made, name)) for name in FIGURES if name != "proportion_worst_10")


def test_a_missing_rank_or_score_is_not_passed_over() -> None:
    made = summarise_areas(areas((NAN, NAN, 10), (20, 40.0, 500)), 100)
    assert all(math.isnan(value) for value in made)
    no_score = summarise_areas(areas((5, NAN, 10), (20, 40.0, 500)), 100)
    assert math.isnan(no_score.average_score)
    assert no_score.proportion_worst_10 == 0.5
    assert all(math.isnan(value) for value in summarise_areas(areas(), 100))


def test_groups_are_kept_apart_and_ranked_with_ties_sharing_the_lower_number() -> None:
    frame = areas((1, 9.0, 10), (50, 5.0, 10), (2, 9.0, 10), (99, 1.0, 10)).assign(
        group=["a", "a", "b", "c"]
    )
    made = summarise_groups(frame, 100)
    assert made["proportion_worst_10"].to_dict() == {"a": 0.5, "b": 1.0, "c": 0.0}
    assert made["average_rank"].to_dict() == {"a": 101 - 25.5, "b": 99.0, "c": 2.0}
    tied = rank_figures(pd.DataFrame({"extent": [0.1 + 0.2, 0.3, NAN, 0.5]}), ["extent"])
    assert tied["rank_of_extent"].tolist()[:2] == [2, 2]
    assert pd.isna(tied["rank_of_extent"][2])


HEADING = "ltla24_code,ltla24_name,imd_average_rank,imd_rank_of_average_rank,income_scale\n"


def test_a_row_that_is_not_sound_is_refused_whole_and_listed(tmp_path: Path) -> None:
    path = tmp_path / "iod2025_lad24_file10_summaries.csv"
    path.write_text(
        HEADING + "E06000001,Hartlepool,23075.98,30,33507\nE06000002,Middlesbrough,lots,1,5\n"
        "E06000003,Redcar,1,2,3\nE06000003,Redcar again,1,2,4\nnot a code,Nowhere,1,2,3\n"
    )
    reading = read_summaries(path)
    assert (reading.rows_in, reading.rows_kept, reading.rows_refused) == (5, 1, 4)
    assert sorted((fault.row, fault.rule) for fault in reading.faults) == [
        (3, "number"), (4, "code-once"), (5, "code-once"), (6, "code-once"),
    ]  # fmt: skip
    rows = reading.rows.set_index("measure")
    assert rows.loc["imd", "average_rank"] == 23075.98
    assert rows.loc["imd", "rank_of_average_rank"] == 30
    assert rows.loc["income", "scale"] == 33507
    assert math.isnan(rows.loc["imd", "extent"])


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.csv", "code,name\nE06000001,x\n"), ("a.csv", "x,y,imd_average_rank\n1,2,3\n"),
     ("a.xlsx", "PK not a workbook"), ("a.xlsx", "")],
)  # fmt: skip
def test_what_is_no_table_of_summaries_is_refused(tmp_path: Path, name: str, content: str) -> None:
    path = tmp_path / name
    path.write_text(content)
    with pytest.raises(NotThisIndex):
        read_summaries(path)


def test_headings_alone_say_whether_a_file_has_people(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text('code,"Total population: mid 2022"\n')
    assert has_denominators(path)
    path.write_text("code,rank\n")
    assert not has_denominators(path)
    assert not has_denominators(tmp_path / "absent.csv.gz")
