"""How long a ward lived, told from the layers of 2023 and 2025, whatever is loaded first."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from sqlalchemy.orm import Session

from app.places.geography import store_layer_areas, wards_of_2025
from boundaries.sources.layers import LAYERS
from boundaries.tables import Area

pytestmark = pytest.mark.slow


def test_a_ward_that_the_later_layer_lacks_ended_though_nothing_was_loaded_before(
    db: Session, mirror: Path
) -> None:
    # 717 wards of May 2023 are not in the layer of May 2025; the first of them stands for all.
    wards = gpd.read_parquet(mirror / "boundaries/wd_2023_bsc.parquet")
    later = wards_of_2025(mirror)
    gone = wards[~wards["WD23CD"].isin(later)].iloc[0]
    kept = wards[wards["WD23CD"].isin(later)].iloc[0]
    frame = gpd.GeoDataFrame(
        {
            "code": [gone["WD23CD"], kept["WD23CD"]],
            "name": [gone["WD23NM"], kept["WD23NM"]],
            "LAD23CD": [gone["LAD23CD"], kept["LAD23CD"]],
        },
        geometry=[shapely.box(0, 0, 1, 1)] * 2,
    )
    layer = next(layer for layer in LAYERS if layer.id.startswith("wd-2023"))
    store_layer_areas(db, layer, frame, later)
    ended, open_ = db.get(Area, gone["WD23CD"]), db.get(Area, kept["WD23CD"])
    assert ended is not None
    assert open_ is not None
    assert ended.valid_to == date(2025, 5, 1)
    assert open_.valid_to is None
