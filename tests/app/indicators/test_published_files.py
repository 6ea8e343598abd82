"""The publishers' files whole: every count, every formula that proves no column was swapped."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from app.indicators.actions import RELEASES
from app.indicators.editions import EDITIONS
from app.indicators.methods.composite import (
    compose,
    published_weights,
    rank_scores,
    standardise_ranks,
)
from app.indicators.methods.standardise import transform_ranks
from app.indicators.methods.summaries import FIGURES, rank_figures, summarise_groups
from app.indicators.readers.file10 import read_summaries
from app.indicators.readers.iod import IndexReading, read_index
from app.priorities.methods.clauses import IndexValues
from app.priorities.methods.conditions import KnownIndex, worst_percent
from app.priorities.methods.perturb import Perturbation, ShakenEdition, shake
from app.priorities.methods.rules import parse_rule
from app.sources.catalogue import catalogue

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
    ("index_id", "tolerance", "decimals", "exact", "other_ranks"),
    [("imd-2000", 1e-9, 9, 8_414, 0), ("imd-2010", 0.0051, 2, 32_473, 18),
     ("imd-2019", 0.0006, 3, 32_820, 30), ("imd-2025", 0.0005, 3, 33_755, 0)],
)  # fmt: skip
def test_the_index_comes_out_of_its_domains_ranks(
    mirror: Path, index_id: str, tolerance: float, decimals: int, exact: int, other_ranks: int
) -> None:
    total = EDITIONS[index_id].areas_total
    ranks, published = wide(mirror, index_id, "rank"), wide(mirror, index_id, "score")["imd"]
    made = compose(standardise_ranks(ranks.drop(columns="imd"), total), published_weights(index_id))
    assert (made - published).abs().max() <= tolerance
    assert ((made.round(decimals) - published).abs() < 1e-9).sum() == exact
    rank = rank_scores(made)
    assert (rank != ranks["imd"]).sum() == other_ranks
    assert (rank - ranks["imd"]).abs().max() <= 1
    assert (np.ceil(10 * rank / total) == np.ceil(10 * ranks["imd"] / total)).all()


@pytest.mark.slow
def test_without_averaged_ties_the_scores_are_not_those_published(mirror: Path) -> None:
    ranks = wide(mirror, "imd-2019", "rank")
    lowest = ranks.drop(columns="imd").apply(lambda rank: transform_ranks(rank.to_numpy(), 32_844))
    made = compose(lowest, published_weights("imd-2019"))
    assert (made - wide(mirror, "imd-2019", "score")["imd"]).abs().max() > 0.0013


@pytest.mark.slow
def test_district_summaries_of_2019_are_those_published(mirror: Path) -> None:
    file7 = pd.read_csv(mirror / EDITIONS["imd-2019"].file, dtype=str).set_index("LSOA code (2011)")
    people = reading_of(mirror, "imd-2019").denominators
    people = people[people["measure"] == "imd-2019-people"].set_index("code")["value"]
    assert people.sum() == 54_728_204
    areas = pd.DataFrame(
        {
            "group": file7["Local Authority District code (2019)"],
            "rank": wide(mirror, "imd-2019", "rank")["imd"],
            "score": wide(mirror, "imd-2019", "score")["imd"],
            "people": people,
        }
    )
    made = summarise_groups(areas, 32_844)
    ranked = rank_figures(made)
    rows = read_summaries(mirror / catalogue()["imd-2019-file-10"].path).rows
    published = rows[rows["measure"] == "imd"].set_index("code").loc[made.index]
    errors = {name: (made[name] - published[name]).abs().max() for name in FIGURES}
    # The errors that the mirror's README states.
    assert errors["average_rank"] < 0.136
    assert errors["average_score"] < 0.00057
    assert errors["proportion_worst_10"] < 0.0000501
    assert errors["extent"] < 0.0000516
    assert errors["local_concentration"] < 0.19
    others = {
        name: (ranked[f"rank_of_{name}"] != published[f"rank_of_{name}"]).sum() for name in FIGURES
    }
    assert others == {**dict.fromkeys(FIGURES, 0), "local_concentration": 2}


@pytest.mark.slow
def test_changed_weights_leave_as_many_areas_in_doubt_as_was_measured(mirror: Path) -> None:
    ranks = wide(mirror, "imd-2025", "rank")
    parts = standardise_ranks(ranks.drop(columns="imd"), 33_755)
    edition = ShakenEdition(
        IndexValues("imd-2025", 33_755, ranks * np.nan, ranks), parts, published_weights("imd-2025")
    )
    known = KnownIndex("imd-2025", ("imd",), 33_755)
    rule = parse_rule(worst_percent(10), known)
    how = Perturbation(1, 300, ("weights",))
    seen = shake(rule, [edition], {}, ranks.index, None, how, {})
    # Measured by other code in 1,000 draws of each weight times 0.75 to 1.25: 3,136 surely in, 494 contested.
    assert abs((seen.share >= 0.95).sum() - 3_136) < 60
    assert abs(seen.contested.sum() - 494) < 60
    nothing = shake(rule, [edition], {}, ranks.index, None, Perturbation(1, 2, ()), {})
    assert (nothing.share == (ranks["imd"] <= 3_375)).all()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("dataset_id", "areas", "measures"),
    [("imd-2015-file-10", 326, 10), ("imd-2019-file-10", 317, 10), ("imd-2025-file-10", 296, 8),
     ("imd-2025-file-13", 42, 8), ("imd-2025-file-14", 38, 8)],
)  # fmt: skip
def test_published_summaries_are_read_whole(
    mirror: Path, dataset_id: str, areas: int, measures: int
) -> None:
    reading = read_summaries(mirror / catalogue()[dataset_id].path)
    assert (reading.rows_in, reading.rows_kept, reading.rows_refused) == (areas, areas, 0)
    assert len(reading.rows) == areas * measures
    whole = ["average_rank", "average_score", "proportion_worst_10"]
    assert reading.rows[whole].notna().all().all()
    imd = reading.rows[reading.rows["measure"] == "imd"]
    assert imd[list(FIGURES)].notna().all().all()
    scales = reading.rows[reading.rows["scale"].notna()]
    assert set(scales["measure"]) == {"income", "employment"}


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
