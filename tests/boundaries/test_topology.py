"""A stored release is surveyed: gaps, overlaps, own tolerance, mended areas and levels are kept beside it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from boundaries.crs import BNG, to_wgs84
from boundaries.importing import ReleaseSpec, store_release
from boundaries.level_tables import BoundaryLevel, MendedArea, ReleaseLevel, ReleaseTopology
from boundaries.levels import (
    BordersTold,
    borders_told,
    judging_tolerance_m,
    level_at_or_below,
    level_geojson,
    level_outlines,
)
from boundaries.queries import outlines
from boundaries.releases import remove_release, withdraw_release
from boundaries.storing import store_areas
from boundaries.tables import Boundary, Release
from boundaries.topology import survey_all, survey_release, surveys_due

SPEC = ReleaseSpec(
    id="wd-2023-05-bgc", area_type="wd", title="Strips", published_on=date(2023, 5, 31), resolution="bgc",
    tolerance_m=20.0, quality="official", publisher="nobody", licence="none", attribution="none",
    source_file="strips.gpkg", sha256="a" * 64, partial=True,
)  # fmt: skip
WEST, SOUTH = 300_000.0, 200_000.0


def strips(count: int, *, off_m: float = 0.0, waver_m: float = 40.0) -> list[shapely.Geometry]:
    """Strips 2 km wide and 10 km high whose borders waver every 25 m; inner borders lie `off_m` east."""
    ys = np.arange(0, 10_001, 25.0)
    edges = []
    for n in range(count + 1):
        waver = waver_m * np.random.default_rng(n).uniform(-1, 1, len(ys))
        shift = off_m if 0 < n < count else 0.0
        edges.append(np.column_stack([WEST + 2_000 * n + waver + shift, SOUTH + ys]))
    return [shapely.Polygon([*edges[n], *edges[n + 1][::-1]]) for n in range(count)]


def stored(
    session: Session, spec: ReleaseSpec, shapes: list[shapely.Geometry], codes: list[str] | None = None,
    lives: dict[str, tuple[date | None, date | None]] | None = None,
) -> Release:  # fmt: skip
    names = codes or [f"{spec.area_type}{n}" for n in range(len(shapes))]
    lived = [(lives or {}).get(name, (None, None)) for name in names]
    areas = pd.DataFrame({"code": names, "type": spec.area_type, "name": names})
    areas["valid_from"] = pd.Series([life[0] for life in lived], dtype=object)
    areas["valid_to"] = pd.Series([life[1] for life in lived], dtype=object)
    store_areas(session, areas)
    frame = gpd.GeoDataFrame(
        {"position": range(1, len(shapes) + 1), "code": names, "name": names}, geometry=shapes, crs=BNG
    )  # fmt: skip
    store_release(session, spec, frame, features_in=len(shapes))
    release = session.get(Release, spec.id)
    assert release is not None
    assert surveys_due(session) == [spec.id]
    survey_all(session)
    return release


def test_a_release_has_levels_in_degrees_whose_borders_are_shared(db: Session) -> None:
    stored(db, SPEC, strips(4))
    told = borders_told(db)[SPEC.id]
    assert len(told.levels) >= 2
    for level in told.levels:
        drawn = level_outlines(db, SPEC.id, level.tolerance_m)
        assert list(drawn.index) == ["wd0", "wd1", "wd2", "wd3"]
        shapes = np.asarray(drawn.array, dtype=object)
        assert level.corners == shapely.get_num_coordinates(shapes).sum()
        assert shapely.coverage_is_valid(shapes)
        assert drawn.is_valid.all()
    # what is kept as published is not touched by any of it
    kept = np.asarray(outlines(db, SPEC.id).geometry.array, dtype=object)
    assert all(a.equals(b) for a, b in zip(kept, strips(4), strict=True))


def test_gaps_and_overlaps_are_measured_and_thin_ones_mended_for_the_levels(db: Session) -> None:
    shapes = strips(3)
    # 30 m of ground in two strips for 1 km, and a gap of 20 m by 1 km: both inside, both thin
    middle = shapes[1]
    gap = shapely.box(WEST + 2_500, SOUTH + 1_000, WEST + 2_520, SOUTH + 2_000)
    lap = shapely.box(WEST + 3_000, SOUTH + 7_000, WEST + 3_030, SOUTH + 8_000)
    shapes[1] = middle.difference(gap)
    elsewhere = shapely.box(WEST + 9_000, SOUTH, WEST + 9_900, SOUTH + 900)
    release = stored(db, SPEC, [*shapes, lap.union(elsewhere)])
    row = db.scalars(select(ReleaseTopology)).one()
    assert (row.gaps, row.gaps_m2, row.overlaps, row.overlaps_m2) == (1, 20_000, 1, 30_000)
    moved = {one.code: (one.taken_m2, one.given_m2) for one in db.scalars(select(MendedArea))}
    assert moved["wd1"][0] == pytest.approx(20_000)  # the gap; the overlap goes to one of both
    assert sum(given for _, given in moved.values()) == pytest.approx(30_000)
    before = {one.code: one.area_m2 for one in db.scalars(select(Boundary))}
    assert before["wd1"] == pytest.approx(middle.area - 20_000)  # as published
    assert release.own_tolerance_m is None  # no district is here
    assert judging_tolerance_m(release) == 20


def test_a_layer_that_does_not_cover_the_land_has_no_gaps_to_tell(db: Session) -> None:
    ring = shapely.box(WEST, SOUTH, WEST + 9_000, SOUTH + 9_000)
    hole = shapely.box(WEST + 3_000, SOUTH + 3_000, WEST + 6_000, SOUTH + 6_000)
    stored(db, replace(SPEC, id="cty-2023-05-bgc", area_type="cty"), [ring.difference(hole)])
    row = db.scalars(select(ReleaseTopology)).one()
    assert (row.gaps, row.gaps_m2, row.overlaps) == (None, None, 0)


def test_a_layer_that_overlaps_itself_is_stored_measured_and_said(db: Session) -> None:
    half = shapely.box(WEST, SOUTH, WEST + 10_000, SOUTH + 10_000)
    other = shapely.box(WEST + 5_000, SOUTH, WEST + 15_000, SOUTH + 10_000)
    stored(db, replace(SPEC, id="lep-2023-05-bgc", area_type="lep"), [half, other])
    told = borders_told(db)["lep-2023-05-bgc"].worst
    assert told is not None
    assert (told.overlaps, told.overlaps_m2) == (1, 5_000 * 10_000)
    assert db.scalar(select(func.count()).select_from(Boundary)) == 2


def test_a_temporal_set_is_judged_for_each_span_of_days_by_itself(db: Session) -> None:
    one, two = strips(2)
    both = shapely.coverage_union_all([one, two])
    day = date(2019, 4, 1)
    lives = {"old1": (None, day), "old2": (None, day), "new": (day, None)}
    spec = replace(SPEC, id="lad-2014-2025-bsc", area_type="lad", temporal=True)
    stored(db, spec, [one, two, both], ["old1", "old2", "new"], lives)
    rows = db.scalars(select(ReleaseTopology).order_by(ReleaseTopology.id)).all()
    assert [(row.from_day, row.to_day, row.areas, row.overlaps) for row in rows] == [
        (None, day, 2, 0), (day, None, 1, 0),
    ]  # fmt: skip
    level = db.scalars(select(ReleaseLevel.tolerance_m)).first()
    drawn = level_outlines(db, spec.id, level or 0)
    united = shapely.union_all([drawn["old1"], drawn["old2"]])
    assert shapely.symmetric_difference(united, drawn["new"]).area < 1e-12  # square degrees


def test_the_own_tolerance_is_three_times_the_slivers_against_the_districts(db: Session) -> None:
    stored(db, replace(SPEC, id="lad-2023-05-bgc", area_type="lad"), strips(30, waver_m=0))
    wards = stored(db, SPEC, strips(30, off_m=15.0, waver_m=0))
    # 15 m by 10,000 m on each of 29 inner borders: 2 * 150,000 / 20,030
    assert wards.sliver_p99_m == pytest.approx(14.978, abs=0.001)
    assert wards.own_tolerance_m == pytest.approx(44.93, abs=0.01)
    assert (wards.tolerance_m, wards.measured_against) == (20.0, "lad-2023-05-bgc")
    assert judging_tolerance_m(wards) == wards.own_tolerance_m


def test_districts_as_fine_as_any_are_not_measured_against_each_other(db: Session) -> None:
    stored(db, replace(SPEC, id="lad-2023-05-bgc", area_type="lad"), strips(30, waver_m=0))
    spec = replace(SPEC, id="lad-2025-05-bgc", area_type="lad", published_on=date(2025, 5, 31))
    later = stored(db, spec, strips(30, off_m=15.0, waver_m=0))
    assert (later.own_tolerance_m, later.measured_against) == (None, None)
    coarse = stored(
        db, replace(spec, id="lad-2025-05-buc", resolution="buc", tolerance_m=500.0, sha256="c" * 64),
        strips(30, off_m=80.0, waver_m=0),
    )  # fmt: skip
    # nearest in date: 80 m less the 15 m that those lie off; 3 * 64.6 is less than it states
    assert coarse.measured_against == "lad-2025-05-bgc"
    assert coarse.sliver_p99_m == pytest.approx(64.58, abs=0.01)
    assert coarse.own_tolerance_m == 500


def test_areas_added_to_a_partial_release_are_in_every_level(db: Session) -> None:
    shapes = strips(3)
    codes = ["wd0", "wd1", "wd2"]
    areas = pd.DataFrame({"code": codes, "type": "wd", "name": codes})
    store_areas(db, areas.assign(valid_from=None, valid_to=None))
    frame = gpd.GeoDataFrame(
        {"position": [1, 2, 3], "code": codes, "name": codes}, geometry=shapes, crs=BNG
    )
    store_release(db, SPEC, frame.iloc[:2], features_in=3)
    survey_all(db)
    store_release(db, SPEC, frame.iloc[2:], features_in=3)
    assert surveys_due(db) == [SPEC.id]
    survey_all(db)
    assert surveys_due(db) == []
    levels = db.execute(
        select(BoundaryLevel.tolerance_m, func.count()).group_by(BoundaryLevel.tolerance_m)
    ).all()
    assert levels
    assert {count for _, count in levels} == {3}
    assert len(db.scalars(select(ReleaseTopology)).all()) == 1


def test_a_second_survey_changes_nothing_and_removal_takes_all_of_it_away(db: Session) -> None:
    release = stored(db, SPEC, strips(3))
    first = level_geojson(db, SPEC.id, "wd1", 100.0)
    assert survey_release(db, release).levels
    assert level_geojson(db, SPEC.id, "wd1", 100.0) == first
    withdraw_release(db, SPEC.id)
    remove_release(db, SPEC.id)
    for table in (ReleaseTopology, MendedArea, ReleaseLevel, BoundaryLevel):
        assert db.scalar(select(func.count()).select_from(table)) == 0
    assert borders_told(db).get(SPEC.id, BordersTold()).worst is None


def test_the_coarsest_level_at_or_below_is_found(db: Session) -> None:
    stored(db, SPEC, strips(4))
    levels = [level.tolerance_m for level in borders_told(db)[SPEC.id].levels]
    finest = levels[0]
    assert level_at_or_below(db, SPEC.id, finest - 0.1) is None
    assert level_at_or_below(db, SPEC.id, finest) == finest
    assert level_at_or_below(db, SPEC.id, 99_999) == levels[-1]
    assert level_geojson(db, SPEC.id, "nobody", finest) is None


def test_levels_lie_where_the_published_outlines_lie(db: Session) -> None:
    stored(db, SPEC, strips(2))
    published = to_wgs84(np.array(strips(2), dtype=object))
    for level in borders_told(db)[SPEC.id].levels:
        drawn = level_outlines(db, SPEC.id, level.tolerance_m)
        common = shapely.area(shapely.intersection(np.asarray(drawn.array), published))
        assert (common / shapely.area(published) > 0.9).all()
