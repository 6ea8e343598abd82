"""The invented nation, loaded through the doors of real files: nothing lost, nothing joined to it."""

from __future__ import annotations

import pandas as pd
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.dependencies import today
from app.dev.sample_nation.nation import make_nation
from app.indicators.tables import IndexValue
from app.partnerships.tables import Partnership
from app.places.nation import LandTaken, load_nation
from app.resources.tables import ResourceLine
from boundaries.point_lookup import areas_at_point, layers_of_day
from boundaries.tables import Area, Boundary, Membership, Postcode, Release, Weight
from tests.support.places import quiet

pytestmark = pytest.mark.slow


def test_all_of_a_nation_is_stored_and_nothing_can_be_loaded_beside_it(db: Session) -> None:
    nation = make_nation(counties=1, lines=300)
    assert load_nation(db, nation, quiet) == nation.partnerships[0].slug

    def stored(table: type) -> int:
        return db.scalar(select(func.count()).select_from(table)) or 0

    assert stored(Area) == len(nation.areas)
    assert stored(Membership) == len(nation.memberships)
    assert stored(Boundary) == sum(len(layer.frame) for layer in nation.layers.values())
    assert stored(Postcode) == len(nation.postcodes)
    # One more figure for each district of either release: its people.
    districts = pd.concat(
        [nation.layers[f"lad-{month}-demo"].frame["code"] for month in ("2019-12", "2023-05")]
    )
    assert stored(Weight) == len(nation.weights) + districts.nunique()
    assert stored(IndexValue) == sum(len(index.values) for index in nation.indices)
    assert stored(Partnership) == len(nation.partnerships)
    pence = db.scalar(select(func.sum(ResourceLine.amount_pence)))
    assert int(pence or 0) == int(nation.lines["amount_pence"].sum())
    assert all(
        release.demo and release.state == "served" for release in db.scalars(select(Release))
    )

    spot = nation.postcodes.iloc[0]
    layers = [layer for layer in layers_of_day(db, today()) if layer.type == "lsoa"]
    found = areas_at_point(db, layers, int(spot["easting"]), int(spot["northing"]), today())
    assert [area["code"] for area in found.values()] == [spot["lsoa21_code"]]

    with pytest.raises(LandTaken, match="empty database"):
        load_nation(db, nation, quiet)
