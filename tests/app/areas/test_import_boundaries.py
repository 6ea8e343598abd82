"""A file of boundaries that somebody gives: rehearsed, stored, refused with a reason."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.areas.actions import BoundaryFile, import_boundaries
from app.pages.release_view import release_page
from app.row_counts import Lines, listening
from boundaries.crs import BNG
from boundaries.errors import BoundsError, Conflict, Fault, Invalid
from boundaries.tables import Area, Boundary, ImportFinding, Release

pytestmark = pytest.mark.slow
BOW_TIE = shapely.Polygon(
    [(580_000, 110_000), (581_000, 111_000), (581_000, 110_000), (580_000, 111_000)]
)


def wards(path: Path, *shapes: shapely.Geometry, codes: list[str] | None = None) -> BoundaryFile:
    named = codes or [f"E0500000{number}" for number in range(1, len(shapes) + 1)]
    frame = gpd.GeoDataFrame({"WD25CD": named, "WD25NM": named}, geometry=list(shapes), crs=BNG)
    frame.to_file(path / "wards.gpkg", layer="wards")
    return BoundaryFile(path / "wards.gpkg", "wd", date(2025, 5, 1))


def test_what_is_read_is_stored_or_listed_and_the_release_is_served(
    db: Session, tmp_path: Path
) -> None:
    given = wards(tmp_path, shapely.box(580_000, 110_000, 581_000, 111_000), BOW_TIE)
    done = import_boundaries(db, "somebody", given, commit=True)
    assert (done.report.features_in, done.report.features_stored, done.new_areas) == (2, 2, 2)
    assert [finding["kind"] for finding in done.findings] == ["repaired"]
    shown = release_page(db, "wd-2025-05", date(2026, 1, 1))
    assert {(one.name, one.value, one.formula) for one in shown.receipts} == {
        ("Stored", 2, "number of rows"), ("Repaired", 1, "number of rows where kind is repaired"),
        ("Refused", 0, "number of rows where kind is refused"),
    }  # fmt: skip
    release = db.get(Release, "wd-2025-05")
    assert release is not None
    assert release.state == "served"
    assert db.scalars(select(ImportFinding.code)).all() == ["E05000002"]
    assert sorted(db.scalars(select(Boundary.code))) == ["E05000001", "E05000002"]


def test_how_many_outlines_are_stored_is_told_as_they_go(db: Session, tmp_path: Path) -> None:
    squares = [
        shapely.box(580_000 + 100 * n, 110_000, 580_100 + 100 * n, 110_100) for n in range(120)
    ]
    given = wards(tmp_path, *squares, codes=[f"E05{n:06}" for n in range(1, 121)])
    heard: list[tuple[str, int, int | None]] = []

    class Hearing:
        def rows(self, step: str, done: int, total: int | None) -> None:
            heard.append((step, done, total))

        def refused(self, faults: Sequence[Fault]) -> None:
            pytest.fail(f"none is refused: {faults}")

    with listening(Hearing()):
        import_boundaries(db, "somebody", given, commit=True)
    assert heard == [
        ("reading", 0, None), ("checking", 120, 120), ("storing", 0, 120), ("storing", 50, 120),
        ("storing", 100, 120), ("surveying", 0, None),
        # Each outline is looked at for faults, to be mended, and for each of the six levels above 20 m.
        ("surveying", 0, 960), ("surveying", 120, 960), ("surveying", 240, 960), ("surveying", 960, 960),
    ]  # fmt: skip


def test_a_command_says_how_far_a_long_step_is_and_nothing_of_a_short_one() -> None:
    said: list[str] = []
    soon, late = Lines(said.append), Lines(said.append, every_s=0.0)
    for done in (0, 50, 100):
        soon.rows("storing", done, 100)
        late.rows("storing", 1000 * done, 100_000 if done < 100 else None)
    late.rows("surveying", 0, 960)
    late.rows("surveying", 120, 960)
    assert said == [
        "  storing: 50,000 of 100,000 rows", "  storing: 100,000 rows", "  surveying: 120 of 960 looks at outlines",
    ]  # fmt: skip


def test_the_same_file_again_is_recognised_and_another_under_its_name_refused(
    db: Session, tmp_path: Path
) -> None:
    given = wards(tmp_path, shapely.box(580_000, 110_000, 581_000, 111_000))
    import_boundaries(db, "somebody", given, commit=True)
    assert import_boundaries(db, "somebody", given, commit=True).report.already_here
    other = tmp_path / "other"
    other.mkdir()
    changed = wards(other, shapely.box(580_000, 110_000, 582_000, 111_000))
    with pytest.raises(Conflict):
        import_boundaries(db, "somebody", changed, commit=True)


def test_a_known_area_keeps_its_life(db: Session, tmp_path: Path) -> None:
    db.add(
        Area(code="E05000001", type="wd", name="Old", valid_from=None, valid_to=date(2023, 5, 4))
    )
    db.flush()
    import_boundaries(
        db, "x", wards(tmp_path, shapely.box(580_000, 110_000, 581_000, 111_000)), commit=True
    )
    kept = db.get(Area, "E05000001")
    assert kept is not None
    assert (kept.name, kept.valid_to) == ("Old", date(2023, 5, 4))


def test_a_file_that_is_no_vector_file_is_refused(db: Session, tmp_path: Path) -> None:
    path = tmp_path / "wards.gpkg"
    path.write_text("code,name\n")
    with pytest.raises(BoundsError, match="not a vector file"):
        import_boundaries(db, "x", BoundaryFile(path, "wd", date(2025, 5, 1)), commit=True)


def test_a_missing_code_column_is_named_with_those_there(db: Session, tmp_path: Path) -> None:
    given = wards(tmp_path, shapely.box(580_000, 110_000, 581_000, 111_000))
    with pytest.raises(BoundsError, match="WD25CD"):
        import_boundaries(db, "x", replace(given, code_column="WD99CD"), commit=True)


def test_a_doubled_code_is_refused_with_the_code(db: Session, tmp_path: Path) -> None:
    boxes = [
        shapely.box(580_000, 110_000, 581_000, 111_000),
        shapely.box(581_000, 110_000, 582_000, 111_000),
    ]
    given = wards(tmp_path, *boxes, codes=["E05000001", "E05000001"])
    with pytest.raises(BoundsError) as told:
        import_boundaries(db, "x", replace(given, code_column="WD25CD"), commit=True)
    assert [(fault.row, fault.value) for fault in told.value.faults] == [(2, "E05000001")]
    assert db.scalars(select(Release.id)).all() == []


def test_a_zip_that_climbs_out_of_its_folder_is_refused(db: Session, tmp_path: Path) -> None:
    path = tmp_path / "wards.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("../wards.shp", b"x")
    with pytest.raises(BoundsError) as told:
        import_boundaries(db, "x", BoundaryFile(path, "wd", date(2025, 5, 1)), commit=True)
    assert "../wards.shp" in str([told.value.detail, *told.value.faults])


def test_grid_numbers_in_a_file_that_says_degrees_are_told(db: Session, tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame(
        {"code": ["E05000001"], "name": ["A"]},
        geometry=[shapely.box(580_000, 110_000, 581_000, 111_000)],
    )
    (tmp_path / "wards.geojson").write_text(frame.to_json())
    with pytest.raises(BoundsError, match="British National Grid"):
        import_boundaries(
            db, "x", BoundaryFile(tmp_path / "wards.geojson", "wd", date(2025, 5, 1)), commit=True
        )


def test_an_unknown_area_type_names_those_there_are(db: Session, tmp_path: Path) -> None:
    given = wards(tmp_path, shapely.box(580_000, 110_000, 581_000, 111_000))
    with pytest.raises(Invalid, match="lsoa"):
        import_boundaries(db, "x", replace(given, area_type="parish"), commit=True)
