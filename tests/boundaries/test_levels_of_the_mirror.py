"""Promise 5 on the publishers' layers: no level opens a border; bench/topology.py does it for every layer."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from app.sources.catalogue import catalogue
from bench.topology import read_areas
from boundaries.crs import to_bng
from boundaries.methods.coverage import find_faults
from boundaries.methods.levels import is_sound, new_faults, simplify_to_levels
from boundaries.methods.mending import mend
from boundaries.methods.slivers import measure_slivers
from boundaries.methods.validity import repair
from boundaries.methods.verdict import AuthorityLayer, judge_outline

pytestmark = [pytest.mark.slow, pytest.mark.national]
MANCHESTER = "E08000003"


def levels_hold(areas: np.ndarray, stated_m: float) -> int:
    """Make every level, see that it opens nothing, and give how many there are."""
    source = find_faults(areas, least_m2=0.0)
    cover = mend(areas, thinner_than_m=2 * stated_m, found=source)
    assert cover.is_matched
    made = list(simplify_to_levels(cover, finer_than_m=stated_m))
    for level in made:
        assert is_sound(level.areas)
        assert new_faults(areas, level.areas, source) == (0, 0), level.tolerance_m
    return len(made)


@pytest.mark.parametrize(
    ("dataset", "levels"),
    [("lad-2023-05-bgc", 6), ("lad-2014-2025-bsc", 3), ("msoa-2021-12-bsc", 1), ("ttwa-2011-12-buc", 2)],
)  # fmt: skip
def test_no_level_of_a_published_layer_opens_a_border(
    mirror: Path, dataset: str, levels: int
) -> None:
    layer = catalogue()[dataset].layer
    assert layer is not None
    assert levels_hold(read_areas(mirror, catalogue()[dataset]), layer.tolerance_m) >= levels


def test_no_level_of_a_citys_small_areas_opens_a_border(mirror: Path) -> None:
    lookup = pd.read_parquet(mirror / "lookups" / "lsoa21_ward24_ltla24.parquet")
    codes = sorted(set(lookup[lookup.ltla24_code == MANCHESTER].lsoa21_code))
    frame = gpd.read_parquet(
        mirror / "boundaries" / "lsoa_2021_bgc.parquet", filters=[("LSOA21CD", "in", codes)]
    )
    areas, _ = repair(to_bng(np.asarray(frame.geometry.array)))
    assert len(areas) == len(codes) > 250
    assert levels_hold(areas, 20.0) >= 1


def test_a_small_area_written_as_a_part_of_another_is_a_hole_in_it(mirror: Path) -> None:
    # METHODS.md 1.4 calls these nested shells: Canvey Island's and the area within it
    codes = ["E01024572", "E01024573"]
    frame = gpd.read_parquet(
        mirror / "boundaries" / "lsoa_2021_bgc.parquet", filters=[("LSOA21CD", "in", codes)]
    )
    areas, listed = repair(to_bng(np.asarray(frame.geometry.array)))
    assert len(listed) == 1
    assert len(find_faults(areas).pair_a) == 0
    assert listed.area_before_m2[0] - listed.area_after_m2[0] == pytest.approx(2 * 905_507, abs=2)


def test_leps_are_unions_of_districts_at_the_tolerance_measured_of_their_layer(
    mirror: Path,
) -> None:
    leps, districts = (
        read_areas(mirror, catalogue()[one])
        for one in ("lep-2020-04-simplified", "lad-2019-12-bgc")
    )
    found = measure_slivers(leps, districts)
    assert found is not None
    assert found.p99_m == pytest.approx(70, abs=1)  # METHODS.md 1.3
    own_m = found.tolerance_m(50.0)
    codes = [str(n) for n in range(len(districts))]
    layer = AuthorityLayer(codes, codes, districts)

    def split_at(tolerance_m: float, layer_m: float, of: np.ndarray) -> int:
        """Count the partnerships that split a district."""
        answers = [
            judge_outline(p, layer, tolerance_m=tolerance_m, layer_tolerance_m=layer_m) for p in of
        ]
        return sum(any(not row.whole for row in one.touched) for one in answers)

    # What was measured holds the districts' own error: nothing is added for them.
    assert split_at(own_m, 0.0, leps) == 0
    assert split_at(25.0, 20.0, leps[:12]) > 3
