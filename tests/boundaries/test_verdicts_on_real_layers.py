"""The verdict on the publishers' own outlines; bench/verdicts.py does it for all 296 districts."""

from __future__ import annotations

from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely

from bench.verdicts import bite, dissolved, jitter, load_layer
from boundaries.methods.verdict import AuthorityLayer, judge_outline

HASTINGS, ROTHER = "E07000062", "E07000064"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def layer(mirror: Path) -> AuthorityLayer:
    return AuthorityLayer.from_frame(load_layer(mirror, "lad_2025"))


@pytest.fixture(scope="module")
def outlines(mirror: Path) -> geopandas.GeoSeries:
    """Districts put together from the small areas of another edition, by code."""
    return dissolved(mirror, [HASTINGS, ROTHER, "E07000179", "E06000062", "E08000012", "E09000001"])


def test_districts_dissolved_from_small_areas_are_the_same_and_with_a_bite_never(
    layer: AuthorityLayer, outlines: geopandas.GeoSeries
) -> None:
    for code, outline in outlines.items():
        answer = judge_outline(outline, layer)
        assert answer.verdict == "same", code
        assert [row.code for row in answer.touched] == [code]
        for at in (0.1, 0.6):
            assert judge_outline(bite(outline, at), layer).verdict == "part-of", code


def test_hastings_and_rother_are_a_union_and_with_a_bite_not(
    layer: AuthorityLayer, outlines: geopandas.GeoSeries
) -> None:
    both = shapely.union_all([outlines[HASTINGS], outlines[ROTHER]])
    answer = judge_outline(both, layer)
    assert answer.verdict == "union-of"
    assert {row.code for row in answer.touched} == {HASTINGS, ROTHER}
    total = sum(row.share_of_partnership for row in answer.authorities) + answer.outside_share
    assert round(total, 9) == 1
    # 1 % of both is a bite out of Rother: then only Hastings is whole.
    edge = outlines[ROTHER].difference(shapely.buffer(outlines[HASTINGS], 3000))
    bitten = both.difference(edge.difference(bite(edge, 0.5, share=0.02)))
    assert judge_outline(bitten, layer).verdict == "mixed"


def test_moved_by_up_to_25_m_at_every_vertex_districts_are_still_the_same(
    layer: AuthorityLayer, outlines: geopandas.GeoSeries
) -> None:
    rng = np.random.default_rng(7)
    for code, outline in outlines.items():
        moved = jitter(outline, rng)
        assert moved.is_valid
        answer = judge_outline(moved, layer)
        assert answer.verdict == "same", code
        assert judge_outline(bite(moved, 0.4), layer).verdict == "part-of", code


def test_a_county_is_a_union_of_its_five_districts(mirror: Path, layer: AuthorityLayer) -> None:
    counties = load_layer(mirror, "cty_2021").set_index("code")
    answer = judge_outline(counties.geometry["E10000011"], layer)
    assert answer.verdict == "union-of"
    assert [row.code for row in sorted(answer.touched, key=lambda row: row.code)] == [
        "E07000061", HASTINGS, "E07000063", ROTHER, "E07000065",
    ]  # fmt: skip


def test_a_health_area_that_splits_districts_is_mixed(mirror: Path, layer: AuthorityLayer) -> None:
    groups = load_layer(mirror, "ccg_2021").set_index("name")
    answer = judge_outline(groups.geometry["NHS Chorley and South Ribble CCG"], layer)
    assert answer.verdict == "mixed"
    split = [row for row in answer.touched if not row.whole]
    assert [row.name for row in split] == ["South Ribble"]
    assert 0.25 < split[0].share_of_authority < 0.35


def test_a_coarse_outline_of_a_district_cannot_be_told_with_a_bite_or_without(
    mirror: Path, layer: AuthorityLayer
) -> None:
    coarse = load_layer(mirror, "lad_2023_buc").set_index("code").geometry
    for code in (HASTINGS, ROTHER, "E07000179"):
        assert judge_outline(coarse[code], layer).verdict == "cannot-tell"
        assert judge_outline(bite(coarse[code], 0.3), layer).verdict == "cannot-tell"


def test_the_lookups_one_error_is_the_only_one(mirror: Path) -> None:
    lookup = pd.read_parquet(mirror / "lookups" / "lsoa21_ward24_ltla24.parquet")
    row = lookup.drop_duplicates("lsoa21_code").set_index("lsoa21_code").loc["E01027305"]
    # METHODS.md 8: named West Northamptonshire, looked up to Cherwell; bench.verdicts puts it back.
    assert row.ltla24_code == "E07000177"
    assert row.lsoa21_name.startswith("West Northamptonshire")
