"""The small areas of an outline are those that PostGIS finds, counted there from the same tables."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.indicators.queries import get_index
from app.partnerships.actions import create_partnership
from app.priorities.queries import SLIVER_SHARE, find_ground, find_partnership_place
from boundaries.queries import layer_on, outlines
from boundaries.share_tables import FootprintTable

pytestmark = pytest.mark.slow
BY_POSTGIS = text(
    "SELECT b.code, count(p.postcode), count(p.postcode) FILTER (WHERE ST_Covers(own.geom, p.geom)),"
    " min(ST_Area(ST_Intersection(own.geom, b.geom)) / ST_Area(b.geom))"
    " FROM partnerships AS own"
    " JOIN boundaries AS b ON b.release_id = :release_id AND ST_Intersects(own.geom, b.geom)"
    " LEFT JOIN postcodes AS p ON p.status = 'current' AND p.lsoa11_code = b.code"
    " WHERE own.slug = :slug GROUP BY b.code ORDER BY b.code"
)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_an_outline_finds_the_areas_and_border_cases_that_postgis_finds(
    demo_db: Session, seed: int
) -> None:
    index = get_index(demo_db, "imd-2019-demo")
    assert index.area_set == "lsoa-2011"
    drawn = outlines(demo_db, index.release_id)
    west, south, east, north = drawn.total_bounds
    rng = np.random.default_rng(seed)
    centre = shapely.Point(rng.uniform(west, east), rng.uniform(south, north))
    outline = shapely.multipolygons(
        [centre.buffer(0.3 * max(east - west, north - south), quad_segs=int(rng.integers(2, 9)))]
    )
    row = create_partnership(
        demo_db, "test", name=f"Ring {seed}", outline=outline, day=date(2024, 1, 1)
    )
    row.demo = True
    demo_db.flush()
    found = find_ground(demo_db, find_partnership_place(demo_db, row.slug), index)
    rows = demo_db.execute(BY_POSTGIS, {"slug": row.slug, "release_id": index.release_id}).all()
    share = {
        code: inside / postcodes if postcodes else ground
        for code, postcodes, inside, ground in rows
    }
    assert len(share) > 10, "the ring meets the county"
    assert found.codes.tolist() == [code for code, part in share.items() if part >= 0.5]
    assert {case["code"]: case["share"] for case in found.border_cases} == pytest.approx(
        {c: part for c, part in share.items() if SLIVER_SHARE < part < 1 - SLIVER_SHARE}, abs=1e-6
    )


def test_a_partnership_with_an_outline_keeps_its_shares_for_the_next_asker(
    demo_db: Session,
) -> None:
    layer = layer_on(demo_db, "lad", date(2024, 1, 1), demo=True)
    first = outlines(demo_db, layer.id).geometry.iloc[0]
    row = create_partnership(
        demo_db, "test", name="One", authorities=[outlines(demo_db, layer.id)["code"].iloc[0]],
        outline=first, day=date(2024, 1, 1),
    )  # fmt: skip
    index = get_index(demo_db, "imd-2019-demo")
    place = find_partnership_place(demo_db, row.slug)
    ground = find_ground(demo_db, place, index)
    kept = demo_db.query(FootprintTable).all()
    assert {one.release_id for one in kept} == {layer.id, index.release_id}
    demo_db.execute(text("UPDATE footprint_shares SET postcode_share = 1, area_share = 1"))
    again = find_ground(demo_db, place, index)
    assert len(again.codes) >= len(ground.codes)
    assert again.border_cases == [], "the second asker read what the first kept"
