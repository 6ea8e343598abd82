"""Overlap tables: kept once, equal to what is computed for one area, forgotten when a release changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from boundaries import releases
from boundaries.overlaps import (
    OverlapsBusy,
    SameLayer,
    ToleranceTooLarge,
    compute_overlaps,
    layer_pairs_kept,
    overlaps_of,
)
from boundaries.queries import LayerMissing, layer_on
from boundaries.share_tables import Overlap, OverlapTable
from boundaries.storing import store_weights
from tests.support.engines import open_engine
from tests.support.squares import add_layer, add_people, add_postcodes

WEST, EAST = "E07000901", "E07000902"
SMALL = [f"E0100000{n}" for n in range(1, 5)]
WARDS = ["E05000001", "E05000002", "E05000003"]
LSOA, LAD, WARD = "lsoa-2021-12-bgc", "lad-2023-05-bgc", "wd-2023-05-bgc"
DAY = date(2024, 1, 1)
SHARES = [
    "share_of_this", "share_of_that", "postcode_share_of_this", "postcode_share_of_that",
    "people_share_of_this", "people_share_of_that",
]  # fmt: skip


@pytest.fixture
def ground(db: Session) -> Session:
    """Two districts of 2 km, four small areas of 1 km, three wards of which the middle one is cut."""
    add_layer(db, LAD, {WEST: (0, 0, 2, 1), EAST: (2, 0, 4, 1)})
    add_layer(db, LSOA, {code: (n, 0, n + 1, 1) for n, code in enumerate(SMALL)},
              published_on=date(2021, 12, 1))  # fmt: skip
    add_layer(db, WARD, {WARDS[0]: (0, 0, 1.5, 1), WARDS[1]: (1.5, 0, 2.51, 1),
                         WARDS[2]: (2.51, 0, 4, 1)})  # fmt: skip
    places = [(0.2, 0.5), (0.8, 0.5), (1.1, 0.5), (1.2, 0.5), (1.3, 0.5), (1.9, 0.5), (2.5, 0.5)]
    add_postcodes(db, [(e, n, SMALL[int(e)], SMALL[int(e)]) for e, n in places])
    # A postcode of the first small area whose point lies in the sea beside it.
    db.execute(text("UPDATE postcodes SET easting = 499990, geom = ST_SetSRID(ST_Point(499990, 200500), 27700)"
                    " WHERE postcode = 'EX1 000'"))  # fmt: skip
    for area_set in ("lsoa-2011", "lsoa-2021"):
        add_people(db, {SMALL[0]: 100, SMALL[1]: 400, SMALL[2]: 50, SMALL[3]: 9}, area_set)
    return db


def seen(session: Session, code: str, this: str, that: str) -> pd.DataFrame:
    return overlaps_of(session, code, this, that).set_index("code")


def test_small_areas_lie_in_districts_with_their_postcodes_and_people(ground: Session) -> None:
    found = seen(ground, WEST, LAD, LSOA)
    assert found["relation"].to_dict() == {
        SMALL[0]: "covers", SMALL[1]: "covers", SMALL[2]: "touches",
    }  # fmt: skip
    assert found["share_of_this"].tolist() == [0.5, 0.5, 0.0]
    assert found["share_of_that"].tolist() == [1.0, 1.0, 0.0]
    # Six postcodes of the west: two of the first area, the one in the sea with it, four of the second.
    assert found["postcodes"].tolist()[:2] == [2, 4]
    assert found["postcode_share_of_this"].tolist()[:2] == pytest.approx([2 / 6, 4 / 6])
    assert found["people_share_of_this"].tolist()[:2] == pytest.approx([0.2, 0.8])
    assert found["people_share_of_that"].tolist()[:2] == [1.0, 1.0]


def test_a_cut_area_is_shared_by_the_points_of_its_postcodes(ground: Session) -> None:
    # The second small area (1 to 2 km): half in each ward, three of its four postcodes west of 1.5 km.
    found = seen(ground, SMALL[1], LSOA, WARD)
    assert found["relation"].to_dict() == {WARDS[0]: "overlaps", WARDS[1]: "overlaps"}
    assert found["share_of_this"].tolist() == [0.5, 0.5]
    assert found["postcode_share_of_this"].tolist() == [0.75, 0.25]
    assert found["people_share_of_this"].tolist() == [0.75, 0.25]
    # Of the first ward: the whole first area and three quarters of the second.
    assert found.loc[WARDS[0], "people_share_of_that"] == pytest.approx(300 / 400)
    # Two layers without small areas: by points alone, so the postcode in the sea is in neither.
    wards = seen(ground, WEST, LAD, WARD)
    assert wards.loc[WARDS[0], "postcodes"] == 4
    assert wards["postcode_share_of_that"].tolist() == [1.0, 0.5]


def test_an_area_without_postcodes_has_no_share_of_them(ground: Session) -> None:
    found = seen(ground, SMALL[3], LSOA, LAD)
    assert found.loc[EAST, "share_of_this"] == 1.0
    assert np.isnan(found.loc[EAST, "postcode_share_of_this"])
    assert np.isnan(found.loc[EAST, "people_share_of_this"])
    assert found.loc[EAST, "postcode_share_of_that"] == 0.0


@pytest.mark.parametrize(("one", "other"), [(LSOA, LAD), (LSOA, WARD), (LAD, WARD)])
def test_what_is_computed_for_one_area_equals_the_kept_table(
    ground: Session, one: str, other: str
) -> None:
    codes = {LSOA: SMALL, LAD: [WEST, EAST], WARD: WARDS}
    asked = [(code, one, other) for code in codes[one]] + [(c, other, one) for c in codes[other]]
    alone = [overlaps_of(ground, *question) for question in asked]
    kept = compute_overlaps(ground, one, other)
    assert not kept.was_there
    assert kept.pairs == ground.scalar(select(func.count()).select_from(Overlap))
    for question, before in zip(asked, alone, strict=True):
        pd.testing.assert_frame_equal(overlaps_of(ground, *question), before, rtol=1e-12)


def test_a_table_is_kept_once_and_read_after(ground: Session) -> None:
    told: list[str] = []
    first = compute_overlaps(ground, LSOA, LAD, told.append)
    assert (first.release_a, first.release_b) == (LAD, LSOA)
    assert told
    assert compute_overlaps(ground, LAD, LSOA).was_there
    ground.execute(text('UPDATE "overlaps" SET share_of_a = 0.125'))
    assert set(seen(ground, WEST, LAD, LSOA)["share_of_this"]) == {0.125}


def test_shares_lie_between_0_and_1_and_those_of_a_partition_sum_to_1(ground: Session) -> None:
    compute_overlaps(ground, LSOA, WARD)
    for code in SMALL[:3]:
        found = seen(ground, code, LSOA, WARD)
        for name in SHARES:
            assert found[name].dropna().between(0, 1).all()
        for name in ("share_of_this", "postcode_share_of_this", "people_share_of_this"):
            assert found[name].sum() == pytest.approx(1.0, abs=1e-9)


def test_a_tolerance_changes_the_relation_and_no_share(ground: Session) -> None:
    compute_overlaps(ground, LAD, WARD)
    usual = overlaps_of(ground, WARDS[1], WARD, LAD)
    assert usual["relation"].tolist() == ["overlaps", "overlaps"]
    wide = overlaps_of(ground, WARDS[1], WARD, LAD, tolerance_m=900)
    pd.testing.assert_frame_equal(wide.drop(columns="relation"), usual.drop(columns="relation"))
    assert wide["relation"].tolist() == ["touches", "touches"]
    with pytest.raises(ToleranceTooLarge, match="nowhere 1500 m wide"):
        overlaps_of(ground, WARDS[1], WARD, LAD, tolerance_m=1500)
    with pytest.raises(ValueError, match="negative"):
        overlaps_of(ground, WARDS[1], WARD, LAD, tolerance_m=-1)


def test_an_area_touches_its_neighbours_in_its_own_layer_and_not_itself(ground: Session) -> None:
    found = seen(ground, SMALL[1], LSOA, LSOA)
    assert found["relation"].to_dict() == {SMALL[0]: "touches", SMALL[2]: "touches"}
    with pytest.raises(SameLayer):
        compute_overlaps(ground, LSOA, LSOA)
    with pytest.raises(LayerMissing):
        compute_overlaps(ground, LSOA, "lad-1066-10")
    with pytest.raises(LayerMissing):
        overlaps_of(ground, "E01099999", LSOA, LAD)


def state(session: Session, one: str, other: str) -> str | None:
    first, second = sorted((one, other))
    return session.scalar(
        select(OverlapTable.state).where(
            OverlapTable.release_a == first, OverlapTable.release_b == second
        )
    )


def test_a_release_served_withdrawn_or_removed_is_not_answered_from_an_old_table(
    ground: Session,
) -> None:
    compute_overlaps(ground, LSOA, LAD)
    compute_overlaps(ground, LSOA, WARD)
    assert layer_pairs_kept(ground, DAY) == []
    # A finer drawing of the same districts is served: it draws the day, and its table is wanted.
    fine = "lad-2023-05-bfc"
    newer = add_layer(ground, fine, {WEST: (0, 0, 2.2, 1), EAST: (2.2, 0, 4, 1)}, tolerance_m=1)
    newer.state = "withdrawn"
    releases.serve_release(ground, fine)
    assert layer_on(ground, "lad", DAY).id == fine
    assert layer_pairs_kept(ground, DAY) == [(fine, LSOA)]
    assert state(ground, LSOA, WARD) == "current", "the other types are not touched"
    assert seen(ground, SMALL[2], LSOA, fine)["share_of_this"].tolist() == pytest.approx([0.2, 0.8])
    compute_overlaps(ground, *layer_pairs_kept(ground, DAY)[0])
    assert layer_pairs_kept(ground, DAY) == []
    # Withdrawn and removed: the day is drawn by the first again, whose own table is computed anew.
    releases.withdraw_release(ground, fine)
    assert layer_pairs_kept(ground, DAY) == [(LAD, LSOA)]
    assert not compute_overlaps(ground, LAD, LSOA).was_there
    releases.remove_release(ground, fine)
    assert state(ground, fine, LSOA) is None
    assert ground.scalar(select(func.count()).where(Overlap.release_a == fine)) == 0


def test_new_people_make_a_table_stale_and_the_same_people_do_not(ground: Session) -> None:
    compute_overlaps(ground, LSOA, LAD)
    people = pd.DataFrame(
        [{"code": SMALL[0], "area_set": "lsoa-2021", "measure": "people", "period": "mid-2020",
          "value": 100, "estimated": False, "source": "invented"}]
    )  # fmt: skip
    store_weights(ground, people)
    assert state(ground, LSOA, LAD) == "current"
    store_weights(ground, people.assign(value=1200))
    assert state(ground, LSOA, LAD) == "stale"
    assert seen(ground, WEST, LAD, LSOA).loc[SMALL[0], "people_share_of_this"] == 0.75


@pytest.fixture
def two_at_once(make_database: Callable[[str], str], template_database: str) -> Engine:
    engine = open_engine(make_database(template_database), statement_timeout_s=30)
    with Session(engine) as session, session.begin():
        add_layer(session, LAD, {WEST: (0, 0, 2, 1), EAST: (2, 0, 4, 1)})
        add_layer(session, LSOA, {code: (n, 0, n + 1, 1) for n, code in enumerate(SMALL)},
                  published_on=date(2021, 12, 1))  # fmt: skip
    return engine


def test_one_process_at_a_time_computes_a_table_and_nobody_removes_its_releases(
    two_at_once: Engine,
) -> None:
    with Session(two_at_once) as first, first.begin():
        compute_overlaps(first, LSOA, LAD)
        with Session(two_at_once) as second, second.begin(), pytest.raises(OverlapsBusy):
            compute_overlaps(second, LSOA, LAD, wait=False)
        with Session(two_at_once) as third, third.begin():
            third.execute(text("SET LOCAL lock_timeout = '100ms'"))
            with pytest.raises(Exception, match="lock timeout"):
                releases.withdraw_release(third, LSOA)
    with Session(two_at_once) as later, later.begin():
        assert compute_overlaps(later, LSOA, LAD).was_there


def test_a_run_that_is_killed_leaves_nothing(two_at_once: Engine) -> None:
    def stop(_words: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), Session(two_at_once) as session, session.begin():
        compute_overlaps(session, LSOA, LAD, stop)
    with Session(two_at_once) as session:
        assert session.scalar(select(func.count()).select_from(OverlapTable)) == 0
