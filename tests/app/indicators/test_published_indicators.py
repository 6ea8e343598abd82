"""The publishers' files of indicators whole: every row, what repeats, what is withheld, against known figures."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from app.indicators.definitions import definitions
from app.indicators.methods.periods import find_repeats
from app.indicators.readers.indicator_files import FileReading, read_indicator_file
from app.sources.catalogue import get_dataset

pytestmark = pytest.mark.slow


@cache
def reading_of(mirror: Path, dataset: str) -> FileReading:
    path = get_dataset(dataset).path
    assert path is not None
    return read_indicator_file(mirror / path, definitions()[dataset])


def frame_of(mirror: Path, dataset: str, indicator: str) -> pd.DataFrame:
    return next(
        each.frame
        for each in reading_of(mirror, dataset).indicators
        if each.definition.id == indicator
    )


# The two largest files are read where something is asked of them; the load of England reads all.
@pytest.mark.parametrize("dataset", sorted(set(definitions()) - {"imd-2025-file-8"}))
def test_every_row_of_every_file_is_read(mirror: Path, dataset: str) -> None:
    reading = reading_of(mirror, dataset)
    assert reading.faults == ()
    assert reading.rows_in == get_dataset(dataset).features
    elsewhere = 54 if dataset == "garden-space-2020" else 0
    assert (reading.rows_elsewhere, reading.rows_refused) == (elsewhere, 0)
    assert reading.rows_kept == reading.rows_in - elsewhere


def test_numerators_below_10_are_withheld_and_no_nought_stands_for_them(mirror: Path) -> None:
    withheld = {
        each.definition.id: int((each.frame["state"] == "suppressed").sum())
        for each in reading_of(mirror, "imd-2019-file-8").indicators
        if each.definition.blank == "suppressed"
    }
    assert withheld == {
        "imd-2019-income-numerator": 31, "imd-2019-idaci-numerator": 4553, "imd-2019-idaopi-numerator": 1035,
        "imd-2019-employment-numerator": 119, "imd-2019-higher-education": 20,
    }  # fmt: skip
    lowest = frame_of(mirror, "imd-2019-file-8", "imd-2019-income-numerator")["value"].min()
    assert lowest == 10


def test_counts_of_two_months_are_missing_and_their_rates_are_there(mirror: Path) -> None:
    counts = frame_of(mirror, "claimant-count-lsoa11", "claimant-count")
    gone = counts[counts["state"] == "missing"]
    assert set(gone["period"]) == {"2017-08", "2020-08"}
    assert len(gone) == 2 * 4642
    assert (counts["value"] == 0).sum() > 0
    rates = frame_of(mirror, "claimant-count-lsoa11", "claimant-rate")
    assert (rates["state"] == "value").all()


def test_households_and_people_sum_to_the_published_totals(mirror: Path) -> None:
    for dataset, prefix, total in (
        ("households-2011-dimensions", "census-2011", 22_063_368),
        ("households-2021-dimensions", "census-2021", 23_435_995),
    ):
        parts = sum(
            frame_of(mirror, dataset, f"{prefix}-households-{number}-dimensions")["value"].sum()
            for number in range(5)
        )
        assert parts == frame_of(mirror, dataset, f"{prefix}-households")["value"].sum() == total
    people = frame_of(mirror, "population-by-age", "population-total").groupby("period")["value"]
    assert people.sum().to_dict() == {
        "mid-2017": 55_619_430, "mid-2019": 56_286_961, "mid-2020": 56_550_138,
    }  # fmt: skip


def test_denominators_with_commas_between_thousands_sum_to_those_of_file_7(mirror: Path) -> None:
    sums = {
        each.definition.id: int(each.frame["value"].sum())
        for each in reading_of(mirror, "imd-2019-file-6").indicators
    }
    assert sums == {
        "imd-2019-people": 54_728_204, "imd-2019-children": 10_405_050, "imd-2019-people-16-59": 31_710_315,
        "imd-2019-people-60-plus": 12_612_839, "imd-2019-working-age": 31_910_831,
    }  # fmt: skip


def test_left_behind_areas_are_as_many_as_published(mirror: Path) -> None:
    assert frame_of(mirror, "cni-2019", "cni-2019-left-behind")["value"].sum() == 225
    assert frame_of(mirror, "cni-2023", "cni-2023-left-behind")["value"].sum() == 1262


def test_years_of_the_health_index_that_repeat_another_are_found(mirror: Path) -> None:
    def carried(indicator: str) -> dict[str, str]:
        frame = frame_of(mirror, "health-index-indicators", indicator)
        found = find_repeats(frame.pivot(index="code", columns="period", values="value"))
        return found["carried_from"].dropna().to_dict()

    for same in ("pupil-attainment", "early-years", "pupil-absences", "child-poverty"):
        assert carried(f"health-{same}") == {"2020": "2019", "2021": "2019"}
    for same in ("personal-crime", "low-level-crime", "life-expectancy"):
        assert carried(f"health-{same}") == {"2021": "2020"}
    assert carried("health-young-people-engaged") == {"2016": "2015"}
    assert carried("health-unemployment") == {}
    # 93.8 % of the districts repeat 2020, which is no year carried forward.
    assert carried("health-overweight-children") == {}
