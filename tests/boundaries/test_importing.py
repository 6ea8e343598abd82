"""A release in the database: what is stored, repaired, refused, added later, and what is a conflict."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from boundaries.crs import BNG
from boundaries.errors import Conflict
from boundaries.importing import ReleaseSpec, store_release
from boundaries.queries import is_alive, lower_tier, outlines
from boundaries.storing import store_areas
from boundaries.tables import Area, Boundary, ImportFinding, Release

SPEC = ReleaseSpec(
    id="lad-2023-05-bgc", area_type="lad", title="Squares", published_on=date(2023, 5, 31), resolution="bgc",
    tolerance_m=20.0, quality="official", publisher="nobody", licence="none", attribution="none",
    source_file="squares.gpkg", sha256="a" * 64, partial=True,
)  # fmt: skip
BOW_TIE = shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])


def squares(**shapes: shapely.Geometry) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"position": range(1, len(shapes) + 1), "code": list(shapes), "name": list(shapes)},
        geometry=list(shapes.values()),
        crs=BNG,
    )


def with_areas(session: Session, *codes: str) -> None:
    frame = pd.DataFrame({"code": codes, "type": "lad", "name": codes})
    store_areas(session, frame.assign(valid_from=None, valid_to=None))


def test_features_in_are_stored_refused_or_elsewhere_and_each_repair_is_listed(db: Session) -> None:
    frame = squares(A=shapely.box(0, 0, 10, 10), B=BOW_TIE, C=shapely.LineString([(0, 0), (1, 1)]))
    with_areas(db, "A", "B", "C")
    report = store_release(db, SPEC, frame, features_in=5)
    assert (report.features_in, report.features_stored, report.features_refused) == (5, 2, 1)
    assert report.features_elsewhere == 2
    listed = {f.code: f for f in db.scalars(select(ImportFinding))}
    assert listed["B"].kind == "repaired"
    assert listed["B"].area_after_m2 == 50.0  # two triangles of 5 m height on bases of 10 m
    assert listed["C"].kind == "refused"
    assert listed["C"].area_after_m2 is None
    release = db.get(Release, SPEC.id)
    assert release is not None
    assert release.state == "served"


def test_the_same_file_again_changes_nothing_and_another_place_of_it_is_added(db: Session) -> None:
    first = squares(A=shapely.box(0, 0, 10, 10), B=shapely.box(10, 0, 20, 10))
    with_areas(db, "A", "B")
    store_release(db, SPEC, first.iloc[:1], features_in=2)
    again = store_release(db, SPEC, first.iloc[:1], features_in=2)
    assert again.already_here
    added = store_release(db, SPEC, first.iloc[1:], features_in=2)
    # Both of the file's two features are stored now: 2 = 2 stored + 0 refused + 0 elsewhere.
    assert (added.features_stored, added.features_refused, added.features_elsewhere) == (2, 0, 0)
    release = db.get(Release, SPEC.id)
    assert release is not None
    db.refresh(release)
    assert (release.features_stored, release.features_elsewhere) == (2, 0)


def test_another_file_under_the_same_id_is_a_conflict_and_changes_nothing(db: Session) -> None:
    frame = squares(A=shapely.box(0, 0, 10, 10))
    with_areas(db, "A")
    store_release(db, SPEC, frame, features_in=1)
    with pytest.raises(Conflict, match="another file"):
        store_release(db, replace(SPEC, sha256="b" * 64), frame, features_in=1)
    assert db.scalar(select(func.count()).select_from(Boundary)) == 1


def test_a_code_that_stands_twice_in_a_file_is_stored_once_and_the_other_listed(
    db: Session,
) -> None:
    frame = squares(A=shapely.box(0, 0, 10, 10), B=shapely.box(10, 0, 20, 10))
    frame["code"] = "A"
    with_areas(db, "A")
    report = store_release(db, SPEC, frame, features_in=2)
    assert (report.features_stored, report.features_refused) == (1, 1)
    assert db.scalars(select(ImportFinding.reason)).one() == "its code stands in this layer already"


def test_both_geometries_are_stored_and_agree_on_the_area(db: Session) -> None:
    with_areas(db, "A")
    store_release(
        db, SPEC, squares(A=shapely.box(580_000, 110_000, 581_000, 111_000)), features_in=1
    )
    row = db.execute(
        select(
            Boundary.area_m2,
            func.ST_X(func.ST_Centroid(Boundary.geom_wgs84)),
            func.ST_Y(func.ST_Centroid(Boundary.geom_wgs84)),
        )
    ).one()
    assert row[0] == 1_000_000
    assert 0.55 < row[1] < 0.58  # Hastings
    assert 50.8 < row[2] < 50.9
    assert outlines(db, SPEC.id).geometry.area.iloc[0] == 1_000_000


def life(session: Session, code: str, start: date | None, end: date | None) -> None:
    frame = pd.DataFrame({"code": [code], "type": "lad", "name": [code]})
    store_areas(session, frame.assign(valid_from=[start], valid_to=[end]))


def test_the_end_of_a_life_is_the_first_day_without_it() -> None:
    area = Area(
        code="A", type="lad", name="A", valid_from=date(2020, 4, 1), valid_to=date(2023, 4, 1)
    )
    assert not is_alive(area, date(2020, 3, 31))
    assert is_alive(area, date(2020, 4, 1))
    assert is_alive(area, date(2023, 3, 31))
    assert not is_alive(area, date(2023, 4, 1))


def test_an_area_found_in_two_sets_keeps_one_row_with_the_wider_life(db: Session) -> None:
    life(db, "E01000001", date(2011, 3, 27), date(2021, 3, 20))
    life(db, "E01000001", date(2021, 3, 20), None)
    found = db.get(Area, "E01000001")
    assert found is not None
    assert (found.valid_from, found.valid_to) == (date(2011, 3, 27), None)


@pytest.mark.parametrize("later_first", [False, True])
def test_an_area_found_in_two_sets_bears_the_name_of_the_later(
    db: Session, later_first: bool
) -> None:
    sets = [("South 006E", None, date(2021, 3, 20)), ("West 048E", date(2021, 3, 20), None)]
    for name, start, end in reversed(sets) if later_first else sets:
        frame = pd.DataFrame({"code": ["E01027305"], "type": "lsoa", "name": [name]})
        store_areas(db, frame.assign(valid_from=[start], valid_to=[end]))
        db.expire_all()
    found = db.get(Area, "E01027305")
    assert found is not None
    assert (found.name, found.valid_from, found.valid_to) == ("West 048E", None, None)


def test_the_invented_county_and_real_districts_never_stand_in_one_table(db: Session) -> None:
    frame = pd.DataFrame({"code": ["X07000001"], "type": "lad", "name": ["Barchester"]})
    store_areas(db, frame.assign(valid_from=None, valid_to=None), demo=True)
    with_areas(db, "E07000062")
    box = shapely.box(0, 0, 10, 10)
    store_release(db, SPEC, squares(E07000062=box), features_in=1)
    invented = replace(SPEC, id="lad-2023-05-demo", quality="invented", demo=True)
    store_release(db, invented, squares(X07000001=box), features_in=1)
    day = date(2023, 6, 1)
    assert lower_tier(db, day)["code"].tolist() == ["E07000062"]
    assert lower_tier(db, day, demo=True)["code"].tolist() == ["X07000001"]


def test_a_second_place_of_a_file_counts_what_the_release_holds_of_both(db: Session) -> None:
    frame = squares(A=shapely.box(0, 0, 10, 10), B=BOW_TIE, C=shapely.LineString([(0, 0), (1, 1)]))
    with_areas(db, "A", "B", "C")
    store_release(db, SPEC, frame.iloc[:1], features_in=5)
    report = store_release(db, SPEC, frame.iloc[1:], features_in=5)
    # A and B are stored, C is refused, two features lie elsewhere: 5 = 2 + 1 + 2.
    assert (report.features_stored, report.features_refused, report.features_elsewhere) == (2, 1, 2)
    assert (report.repaired, report.already_here) == (1, False)
    assert store_release(db, SPEC, frame, features_in=5).already_here
