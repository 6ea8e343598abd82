"""The publishers' files whole: every count, every formula that proves no column was swapped."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from app.indicators.actions import RELEASES
from app.indicators.editions import EDITIONS
from app.indicators.readers.iod import IndexReading, read_index

ALL = ("imd", "income", "employment", "education", "health", "crime", "barriers", "living")
FOUR = ("imd", "education", "barriers", "living")
OF_2000 = ("imd", "income", "employment", "health", "education", "housing", "access")
MEASURES = {
    "imd-2000": OF_2000, "imd-2004": FOUR, "imd-2007": FOUR, "imd-2010": ALL, "imd-2015": ("imd",),
    "imd-2019": ALL, "imd-2025": ALL,
}  # fmt: skip
# Measures of which no score of the edition was found.
NO_SCORE = {"imd-2019": {"crime", "health"}}


@cache
def reading_of(mirror: Path, index_id: str) -> IndexReading:
    edition = EDITIONS[index_id]
    return read_index(mirror / edition.file, edition)


def wide(mirror: Path, index_id: str, column: str) -> pd.DataFrame:
    values = reading_of(mirror, index_id).values
    return values.pivot(index="code", columns="measure", values=column).astype("float64")


def transformed(rank: pd.Series, areas_total: int) -> pd.Series:
    """The publisher's exponential transform of ranks, tied areas with the average of theirs."""
    share = (areas_total + 1 - rank.rank(method="average")) / areas_total
    return -23 * np.log(1 - share * (1 - np.exp(-100 / 23)))


@pytest.mark.slow
@pytest.mark.parametrize("index_id", EDITIONS)
def test_every_row_of_every_edition_is_read(mirror: Path, index_id: str) -> None:
    reading = reading_of(mirror, index_id)
    edition = EDITIONS[index_id]
    assert reading.faults == ()
    assert reading.rows_in == reading.rows_kept == edition.areas_total
    assert (reading.rows_elsewhere, reading.rows_refused) == (0, 0)
    counts = reading.values.groupby("measure")["code"].nunique().to_dict()
    assert counts == dict.fromkeys(MEASURES[index_id], edition.areas_total)
    assert len(reading.values) == len(MEASURES[index_id]) * edition.areas_total
    absent = set(reading.values[reading.values["score"].isna()]["measure"])
    assert absent == NO_SCORE.get(index_id, set())


@pytest.mark.slow
@pytest.mark.parametrize("index_id", EDITIONS)
def test_ranks_give_ties_the_lowest_and_follow_the_scores(mirror: Path, index_id: str) -> None:
    total = EDITIONS[index_id].areas_total
    for measure, rank in wide(mirror, index_id, "rank").items():
        assert rank.min() == 1, measure
        assert rank.max() <= total, measure
        # Each rank is one more than the areas before it, in every measure of every edition.
        assert (rank == rank.rank(method="min")).all(), measure
    assert [n for n in reading_of(mirror, index_id).notes if n.rule == "rank-follows-score"] == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("index_id", "differ"),
    [("imd-2000", 8), ("imd-2004", 8), ("imd-2007", 8), ("imd-2010", 8), ("imd-2015", 0),
     ("imd-2019", 0), ("imd-2025", 0)],
)  # fmt: skip
def test_deciles_of_the_files_differ_only_where_it_is_known(
    mirror: Path, index_id: str, differ: int
) -> None:
    reading = reading_of(mirror, index_id)
    assert sum(note.column == "imd_decile" for note in reading.notes) == differ
    total = EDITIONS[index_id].areas_total
    stored = reading.values.dropna(subset=["rank"])
    expected = np.ceil(10 * stored["rank"].astype("int64") / total)
    assert (stored["decile"].astype("int64") == expected).all()


@pytest.mark.slow
@pytest.mark.parametrize("index_id", ["imd-2004", "imd-2007"])
def test_the_deciles_of_living_environment_are_another_thing_in_two_files(
    mirror: Path, index_id: str
) -> None:
    notes = [n for n in reading_of(mirror, index_id).notes if n.column.startswith("living")]
    assert [(note.row, note.detail.split(" of ")[0]) for note in notes] == [(None, "32,481")]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("index_id", "tolerance"), [("imd-2010", 0.0051), ("imd-2019", 0.00051), ("imd-2025", 0.00051)]
)
def test_the_index_is_its_seven_domains_by_the_published_weights(
    mirror: Path, index_id: str, tolerance: float
) -> None:
    weights = {
        "income": 0.225, "employment": 0.225, "education": 0.135, "health": 0.135, "crime": 0.093,
        "barriers": 0.093, "living": 0.093,
    }  # fmt: skip
    total = EDITIONS[index_id].areas_total
    ranks = wide(mirror, index_id, "rank")
    made = sum(weight * transformed(ranks[domain], total) for domain, weight in weights.items())
    assert (made - wide(mirror, index_id, "score")["imd"]).abs().max() <= tolerance


@pytest.mark.slow
def test_the_index_of_2000_is_its_six_domains_by_the_published_weights(mirror: Path) -> None:
    weights = {
        "income": 0.25, "employment": 0.25, "health": 0.15, "education": 0.15, "housing": 0.10,
        "access": 0.10,
    }  # fmt: skip
    ranks = wide(mirror, "imd-2000", "rank")
    made = sum(weight * transformed(ranks[domain], 8_414) for domain, weight in weights.items())
    assert (made - wide(mirror, "imd-2000", "score")["imd"]).abs().max() < 1e-9


@pytest.mark.slow
def test_the_three_domains_of_2004_and_2007_stand_under_their_own_names(mirror: Path) -> None:
    # No formula reaches them without the other four; but neighbouring years resemble each other,
    # and each domain resembles itself most.
    later = wide(mirror, "imd-2010", "rank")[["education", "barriers", "living"]]
    for index_id in ("imd-2004", "imd-2007"):
        ranks = wide(mirror, index_id, "rank")
        for domain in later:
            likeness = {other: ranks[domain].corr(later[other]) for other in later}
            assert max(likeness, key=lambda other: likeness[other]) == domain
            assert likeness[domain] > 0.6


@pytest.mark.slow
def test_wards_of_1998_keep_both_forms_of_their_codes(mirror: Path) -> None:
    names = reading_of(mirror, "imd-2000").names
    assert names.index.is_unique
    assert names.index.str.len().value_counts().to_dict() == {9: 5_739, 7: 2_675}
    assert names["wd-09ucfa"] == "Ampthill"
    assert names["wd-abfa"] == "Abbey"
    assert (names != "").all()


def test_releases_and_files_are_those_of_the_catalogue() -> None:
    from app.sources.catalogue import catalogue

    drawn = {
        (entry.layer.area_type, str(entry.layer.published_on.year)): entry.id
        for entry in catalogue().values()
        if entry.layer is not None and entry.id in RELEASES.values()
    }
    for area_set, release_id in RELEASES.items():
        area_type, year = area_set.split("-")
        assert drawn.get((area_type, year), "") == release_id
    for edition in EDITIONS.values():
        listed = catalogue()[edition.id]
        assert (listed.path, listed.features) == (edition.file, edition.areas_total)
        assert listed.reader == "index"
    assert {each.id for each in catalogue().values() if each.reader == "index"} == set(EDITIONS)
