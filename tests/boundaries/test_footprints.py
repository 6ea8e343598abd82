"""Footprints: ground is kept once, and its shares are computed once, conserved and never made up."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from boundaries.footprints import (
    Ground,
    GroundInvalid,
    UnknownFootprint,
    footprint_shares,
    shares_of_ground,
    store_footprint,
)
from boundaries.methods.ground import ground_shares
from boundaries.queries import LayerMissing
from boundaries.share_tables import Footprint, FootprintTable
from boundaries.stale_shares import forget_shares
from boundaries.storing import store_postcodes
from tests.support.squares import add_layer, add_members, add_people, add_postcodes, box

DAY = date(2024, 1, 1)
WEST, EAST = "E07000901", "E07000902"
SMALL = [f"E0100000{n}" for n in range(1, 5)]
LSOA, LAD = "lsoa-2021-12-bgc", "lad-2023-05-bgc"


@pytest.fixture
def ground(db: Session) -> Session:
    """Two districts of two square kilometres, four small areas of one; three of them have postcodes."""
    add_layer(db, LAD, {WEST: (0, 0, 2, 1), EAST: (2, 0, 4, 1)})
    add_layer(db, LSOA, {code: (n, 0, n + 1, 1) for n, code in enumerate(SMALL)},
              published_on=date(2021, 12, 1))  # fmt: skip
    add_members(db, {SMALL[0]: WEST, SMALL[1]: WEST, SMALL[2]: EAST, SMALL[3]: EAST})
    places = [(0.2, 0.5), (0.8, 0.5), (1.1, 0.5), (1.2, 0.5), (1.3, 0.5), (1.9, 0.5), (2.5, 0.5)]
    add_postcodes(db, [(e, n, SMALL[int(e)], SMALL[int(e)]) for e, n in places])
    add_people(db, {SMALL[0]: 100, SMALL[1]: 400, SMALL[2]: 50, SMALL[3]: 9})
    return db


def shares(session: Session, said: Ground, release: str) -> pd.DataFrame:
    number = store_footprint(session, said)
    return footprint_shares(session, number, release).set_index("code")


def test_an_outline_gives_each_area_its_share_of_ground_postcodes_and_people(
    ground: Session,
) -> None:
    # From 0 to 1.5 km: all of the first area, half of the second, with 3 of its 4 postcodes.
    found = shares(ground, Ground(outline=box((0, 0, 1.5, 1))), LSOA)
    assert found.index.tolist() == SMALL[:2]
    assert found["area_share"].tolist() == [1.0, 0.5]
    assert found["overlap_m2"].tolist() == [1e6, 5e5]
    assert found["postcode_share"].tolist() == [1.0, 0.75]
    assert found["people_share"].tolist() == [1.0, 0.75]
    # Of the western district: 5 of 6 postcodes; people 100 + 3/4 of 400, of 500.
    district = shares(ground, Ground(outline=box((0, 0, 1.5, 1))), LAD).loc[WEST]
    assert district["area_share"] == pytest.approx(0.75)
    assert district["postcode_share"] == pytest.approx(5 / 6)
    assert district["people_share"] == pytest.approx(400 / 500)


def test_missing_postcodes_are_null_and_not_0(ground: Session) -> None:
    found = shares(ground, Ground(outline=box((3, 0, 3.5, 1))), LSOA)
    assert found.loc[SMALL[3], "area_share"] == 0.5
    assert np.isnan(found.loc[SMALL[3], "postcode_share"])
    assert np.isnan(found.loc[SMALL[3], "people_share"])
    stored = ground.scalar(
        text("SELECT count(*) FROM footprint_shares WHERE postcode_share IS NULL")
    )
    assert stored == 1


def test_people_that_nobody_knows_are_null_though_postcodes_are_counted(ground: Session) -> None:
    ground.execute(text("DELETE FROM weights"))
    found = shares(ground, Ground(outline=box((0, 0, 1.5, 1))), LSOA)
    assert found["postcode_share"].tolist() == [1.0, 0.75]
    assert found["people_share"].isna().all()


def test_a_sliver_has_a_share_of_the_area_and_none_of_the_core(ground: Session) -> None:
    # 30 m into the second small area: thinner than 25 m of the outline and 20 m of the layer.
    found = shares(ground, Ground(outline=box((0, 0, 1.03, 1))), LSOA)
    assert found.loc[SMALL[1], "area_share"] == pytest.approx(0.03)
    assert found.loc[SMALL[1], "core_share"] == 0.0
    # 30 m short of it: all but a sliver is in, so the core is whole.
    short = shares(ground, Ground(outline=box((0, 0, 0.97, 1))), LSOA)
    assert short.loc[SMALL[0], "area_share"] == pytest.approx(0.97)
    assert short.loc[SMALL[0], "core_share"] == 1.0


def test_codes_hold_the_small_areas_of_their_lookup_whatever_the_outlines_say(
    ground: Session,
) -> None:
    # The lookup gives the third area, drawn in the east, to the west; the outline would not.
    ground.execute(
        text("UPDATE memberships SET parent_code = :west WHERE child_code = :code"),
        {"west": WEST, "code": SMALL[2]},
    )
    found = shares(ground, Ground(codes=(WEST,), as_at=DAY), LSOA)
    assert found["area_share"].to_dict() == dict.fromkeys(SMALL[:3], 1.0)
    assert found["postcode_share"].to_dict() == dict.fromkeys(SMALL[:3], 1.0)
    own = shares(ground, Ground(codes=(WEST,), as_at=DAY), LAD)
    assert own["area_share"].to_dict() == {WEST: 1.0}


def test_an_area_of_the_lookup_counts_where_a_coarse_outline_leaves_its_piece_out(
    ground: Session,
) -> None:
    # the western district's lookup holds an area that lies 2 km beyond the outline drawn of it
    far = "E01000009"
    add_layer(ground, "lsoa-2021-12-bsc", {far: (0, 3, 1, 4)}, published_on=date(2021, 12, 1))
    add_members(ground, {far: WEST})
    found = shares(ground, Ground(codes=(WEST,), as_at=DAY), "lsoa-2021-12-bsc")
    assert found.index.tolist() == [far]
    assert found.loc[far, "area_share"] == found.loc[far, "core_share"] == 1.0


def test_a_list_of_postcodes_has_shares_of_postcodes_and_people_but_no_square_metres(
    ground: Session,
) -> None:
    said = Ground(postcodes=("EX1 000", "EX1 002", "EX1 003", "XX9 9XX"))
    found = shares(ground, said, LSOA)
    assert found["postcode_share"].to_dict() == {SMALL[0]: 0.5, SMALL[1]: 0.5}
    assert found[["overlap_m2", "area_share", "core_share"]].isna().all(axis=None)
    # Of the district: 3 of 6 postcodes; people 50 + 200, of 500.
    district = shares(ground, said, LAD).loc[WEST]
    assert district["postcode_share"] == 0.5
    assert district["people_share"] == pytest.approx(250 / 500)
    assert shares(ground, Ground(postcodes=("XX9 9XX",)), LSOA).empty


def test_the_same_ground_said_the_same_way_is_one_row(ground: Session) -> None:
    ring = box((0, 0, 1, 1))
    ring_points = list(ring.geoms[0].exterior.coords)[:-1]
    turned = shapely.multipolygons([shapely.Polygon([*ring_points[2:], *ring_points[:2]][::-1])])
    numbers = {
        store_footprint(ground, Ground(outline=one)) for one in (ring, ring.geoms[0], turned)
    }
    assert len(numbers) == 1
    first = store_footprint(ground, Ground(codes=(WEST, EAST), as_at=DAY))
    assert first == store_footprint(ground, Ground(codes=(EAST, WEST, EAST), as_at=DAY))
    assert first != store_footprint(ground, Ground(codes=(EAST, WEST), as_at=date(2023, 1, 1)))
    assert ground.scalar(select(func.count()).select_from(Footprint)) == 3


def test_ground_said_in_no_way_or_in_two_is_refused() -> None:
    for said in (
        Ground(), Ground(codes=(WEST,)), Ground(codes=(WEST,), as_at=DAY, postcodes=("EX1 000",)),
    ):  # fmt: skip
        with pytest.raises(GroundInvalid):
            _ = said.digest


def test_codes_that_the_day_does_not_draw_are_named(ground: Session) -> None:
    said = Ground(codes=(WEST, "E07000999"), as_at=DAY)
    with pytest.raises(LayerMissing, match="E07000999"):
        shares_of_ground(ground, said, LSOA)
    with pytest.raises(UnknownFootprint):
        footprint_shares(ground, 10**9, LSOA)
    with pytest.raises(LayerMissing):
        shares_of_ground(ground, Ground(codes=(WEST,), as_at=DAY), "lsoa-1999")


def test_shares_are_computed_once_and_anew_after_the_postcodes_change(ground: Session) -> None:
    number = store_footprint(ground, Ground(outline=box((0, 0, 1.5, 1))))
    first = footprint_shares(ground, number, LSOA)
    ground.execute(text("UPDATE footprint_shares SET area_share = 0.25"))
    assert set(footprint_shares(ground, number, LSOA)["area_share"]) == {0.25}, "it was read"
    later = pd.DataFrame(
        [{"postcode": "EX2 1AA", "easting": 501_900, "northing": 200_500, "lad_code": None,
          "lsoa11_code": SMALL[1], "lsoa21_code": SMALL[1], "status": "current"}]
    )  # fmt: skip
    store_postcodes(ground, later)
    again = footprint_shares(ground, number, LSOA)
    assert again["area_share"].tolist() == first["area_share"].tolist()
    assert again["postcode_share"].tolist() == [1.0, 0.6]


def test_a_reader_that_may_not_write_gets_the_same_shares_and_keeps_none(ground: Session) -> None:
    number = store_footprint(ground, Ground(outline=box((0, 0, 1.5, 1))))
    kept = footprint_shares(ground, number, LSOA)
    forget_shares(ground, LSOA)
    ground.flush()
    ground.execute(text("SET LOCAL transaction_read_only = on"))
    pd.testing.assert_frame_equal(footprint_shares(ground, number, LSOA), kept)
    assert ground.scalar(select(func.count()).select_from(FootprintTable)) == 0


@hypothesis_settings(deadline=None, max_examples=60)
@given(
    cuts=st.lists(st.floats(1, 1999), min_size=1, max_size=6, unique=True),
    tilt=st.floats(-0.4, 0.4),
    jag=st.integers(3, 40),
)
def test_the_shares_of_an_area_over_any_partition_of_the_ground_sum_to_1(
    cuts: list[float], tilt: float, jag: int
) -> None:
    # A many-sided area, cut into strips by slanting lines: every point is in exactly one strip.
    area = shapely.buffer(shapely.Point(501_000, 201_000), 700, quad_segs=jag)
    edges = [-5000.0, *sorted(cuts), 7000.0]
    summed = 0.0
    for west, east in pairwise(edges):
        strip = shapely.Polygon(
            [
                (500_000 + west, 198_000), (500_000 + east, 198_000),
                (500_000 + east + 4000 * tilt, 204_000), (500_000 + west + 4000 * tilt, 204_000),
            ]
        )  # fmt: skip
        summed += float(ground_shares(strip, np.array([area]), 45.0).area_share.sum())
    assert summed == pytest.approx(1.0, abs=1e-9)
