"""Hastings and Rother from the publishers' files: the figures that the whole job must reach."""

from __future__ import annotations

import time
from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from app.indicators.readers.iod import EDITIONS, read_index
from app.priorities.methods.clauses import IN, IndexValues
from app.priorities.methods.compare import compare_lists
from app.priorities.methods.conditions import KnownIndex, worst_percent
from app.priorities.methods.evaluate import evaluate
from app.priorities.methods.hot_spots import find_hot_spots
from app.priorities.methods.rules import parse_rule

pytestmark = pytest.mark.slow
PLACE = ["E07000062", "E07000064"]  # Hastings, Rother
FILES = {
    "imd-2019": "iod2019_lsoa11_file7_rebuilt.csv.gz",
    "imd-2025": "iod2025_lsoa21_file7_no_denominators.csv.gz",
}


class Real(NamedTuple):
    indices: dict[str, IndexValues]
    codes: dict[str, pd.Index]
    people: pd.Series
    links: pd.DataFrame


@pytest.fixture(scope="module")
def real(mirror: Path) -> Real:
    indices = {}
    for index_id, file in FILES.items():
        values = read_index(mirror / "indicators" / file, EDITIONS[index_id]).values
        scores = values.pivot(index="code", columns="measure", values="score")
        ranks = values.pivot(index="code", columns="measure", values="rank").astype(float)
        total = EDITIONS[index_id].areas_total
        indices[index_id] = IndexValues(index_id, total, scores, ranks)
    lookups = mirror / "boundaries" / "lookups"
    in11 = pd.read_parquet(lookups / "lsoa11_msoa11_lad18_19_20_21_utla21_rgn21.parquet")
    in21 = pd.read_parquet(lookups / "lsoa21_msoa21_lad22_rgn22_wd24_lad24.parquet")
    people = pd.read_parquet(
        mirror / "indicators" / "population_lsoa11_midyear_2017_2019_2020.parquet"
    )
    links = pd.read_parquet(mirror / "lookups" / "lsoa11_lsoa21_ltla22.parquet")
    return Real(
        indices,
        {
            "imd-2019": pd.Index(sorted(in11[in11["ltla21_code"].isin(PLACE)]["lsoa11_code"])),
            "imd-2025": pd.Index(sorted(in21[in21["LAD22CD"].isin(PLACE)]["LSOA21CD"])),
        },
        people[people["year"] == 2020].set_index("lsoa11_code")["total_population"],
        links.rename(
            columns={"lsoa11_code": "old_code", "lsoa21_code": "new_code", "change_code": "kind"}
        ),
    )


def selected(real: Real, index_id: str, percent: int = 10) -> pd.Series:
    index = real.indices[index_id]
    known = KnownIndex(index_id, tuple(index.ranks.columns), index.areas_total)
    rule = parse_rule(worst_percent(percent), known)
    result = evaluate(rule, index, real.codes[index_id])
    assert not result.cannot_tell.any()
    return pd.Series(result.truth == IN, index=result.codes)


def test_worst_tenth_by_2019_is_18_of_111_areas_and_31191_of_189270_people(real: Real) -> None:
    found = selected(real, "imd-2019")
    assert (int(found.sum()), len(found)) == (18, 111)
    people = real.people[found.index]
    assert (int(people[found].sum()), int(people.sum())) == (31_191, 189_270)


def test_worst_tenth_by_2025_is_21_areas_of_the_2021_set(real: Real) -> None:
    assert int(selected(real, "imd-2025").sum()) == 21


def test_the_2025_list_keeps_all_18_and_adds_3(real: Real) -> None:
    old, new = selected(real, "imd-2019"), selected(real, "imd-2025")
    people = real.people.astype("Int64")
    found = compare_lists(old, new, real.links, people, people)
    assert [found.counts[key] for key in ("areas_old", "areas_carried", "kept", "added", "dropped")] == [
        18, 18, 18, 3, 0,
    ]  # fmt: skip
    assert found.counts["people_kept"] == 31_191
    assert found.unmatched == ()


def test_the_worst_tenth_of_england_is_the_published_first_decile(real: Real, mirror: Path) -> None:
    for index_id, index in real.indices.items():
        known = KnownIndex(index_id, tuple(index.ranks.columns), index.areas_total)
        result = evaluate(parse_rule(worst_percent(10), known), index, index.ranks.index)
        raw = pd.read_csv(mirror / "indicators" / FILES[index_id], dtype=str)
        decile = raw.filter(regex=r"\(IMD\) Decile").iloc[:, 0]
        code = raw.filter(regex=r"^LSOA code").iloc[:, 0]
        assert set(result.codes[result.selected]) == set(code[decile == "1"])


def test_a_rule_of_five_clauses_over_england_takes_less_than_a_second(real: Real) -> None:
    index = real.indices["imd-2019"]
    measures = tuple(index.ranks.columns)
    domains = ["income", "employment", "education", "health"]
    rule = {
        "any": [
            worst_percent(10),
            {"count_of": domains, "statistic": "decile", "at_most": 1, "at_least_n": 2},
        ]
    }
    known = KnownIndex("imd-2019", measures, index.areas_total)
    started = time.process_time()
    evaluate(parse_rule(rule, known), index, index.ranks.index)
    assert time.process_time() - started < 1.0
    started = time.process_time()
    evaluate(parse_rule(rule, known), index, real.codes["imd-2019"])
    assert time.process_time() - started < 0.1


def test_england_has_the_3452_hot_spots_that_the_method_was_measured_at(
    real: Real, mirror: Path
) -> None:
    # METHODS.md 3.5: 199,032 edges counted both ways, 3,452 hot at 5 % false discoveries.
    shapes = gpd.read_parquet(mirror / "boundaries" / "lsoa_2021_bsc.parquet")
    scores = real.indices["imd-2025"].scores["imd"]
    code = next(name for name in shapes if shapes[name].astype(str).isin(scores.index).mean() > 0.5)
    shapes = shapes[shapes[code].isin(scores.index)]
    outlines, names = shapes.geometry.to_numpy(), shapes[code].to_numpy()
    one, other = shapely.STRtree(outlines).query(outlines, predicate="intersects")
    once = one < other
    pairs = pd.DataFrame({"a": names[one[once]], "b": names[other[once]]})
    assert 2 * len(pairs) == 199_032
    assert int((find_hot_spots(scores, pairs)["p"] <= 0.05).sum()) == 3_452
