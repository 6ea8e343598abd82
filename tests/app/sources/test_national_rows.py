"""The national loads of postcodes, people and the set of 2001, on an invented land that can be checked by hand."""

from __future__ import annotations

import zipfile
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
import shapely
from geoalchemy2.shape import from_shape
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.sources.geography import load_links_2001
from app.sources.lives import with_beginnings
from app.sources.people import PostcodesLacking, load_people
from app.sources.postcodes import OutlinesLacking, load_postcodes
from boundaries.crs import BNG, WGS84
from boundaries.sources import lookups
from boundaries.sources.files import files_in
from boundaries.sources.people import HOUSEHOLDS11, HOUSEHOLDS21, PEOPLE
from boundaries.sources.postcodes import CURRENT_POSTCODES, POSTCODES
from boundaries.storing import store_areas, store_successions, store_weights
from boundaries.tables import Area, Boundary, Membership, Postcode, Release, Succession, Weight
from tests.support.places import quiet

# Two districts of 1 km side by side from easting 400000; the west one was split in 2021.
WEST, EAST = "E07000001", "E07000002"
SHAPES = {
    "lad-2025-05-bgc": {WEST: (0, 0, 1000, 1000), EAST: (1000, 0, 2000, 1000)},
    "lsoa-2011-12-bgc": {"E01000001": (0, 0, 1000, 1000), "E01000002": (1000, 0, 2000, 1000)},
    "lsoa-2021-12-bgc": {
        "E01000002": (1000, 0, 2000, 1000), "E01000003": (0, 0, 1000, 500), "E01000004": (0, 500, 1000, 1000),
    },
}  # fmt: skip
ACTIVE = {WEST: WEST, EAST: EAST, "E07000099": EAST}


def write(mirror: Path, name: str, columns: str, *rows: tuple[object, ...]) -> None:
    path = mirror / name
    path.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(rows, columns=columns.split()).to_parquet(path)


@pytest.fixture
def drawn(db: Session) -> Session:
    """A database in which the invented land is drawn."""
    for release_id, boxes in SHAPES.items():
        kind = release_id.split("-")[0]
        areas = pd.DataFrame({"code": list(boxes), "name": list(boxes)})
        store_areas(db, areas.assign(type=kind, valid_from=None, valid_to=None))
        db.add(
            Release(
                id=release_id, area_type=kind, title=release_id, published_on=date(2021, 1, 1), resolution=release_id,
                tolerance_m=20.0, quality="official", partial=False, demo=False, publisher="", licence="",
                attribution="", source_file="", sha256="", crs_operation="", features_in=len(boxes),
                features_stored=len(boxes), features_refused=0, features_elsewhere=0, state="served",
            )
        )  # fmt: skip
        db.flush()
        for code, (west, south, east, north) in boxes.items():
            box = shapely.box(400_000 + west, 300_000 + south, 400_000 + east, 300_000 + north)
            shape = from_shape(shapely.MultiPolygon([box]), srid=BNG)
            lonlat = from_shape(shapely.MultiPolygon([shapely.box(0, 0, 1, 1)]), srid=WGS84)
            db.add(
                Boundary(
                    release_id=release_id, code=code, name=code, geom=shape, geom_wgs84=lonlat, area_m2=box.area
                )
            )  # fmt: skip
    db.flush()
    return db


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    write(
        tmp_path, POSTCODES, "pcd oseast1m osnrth1m laua",
        ("AA1 1AA", 400_100, 300_100, WEST),
        ("AA1 1AB", 400_100, 300_600, WEST),
        ("AA1 1AC", 400_200, 300_600, WEST),      # no longer in the current list
        ("AA1 1AD", 401_500, 300_500, "E07000099"),  # of a district that another replaced
        ("AA1 1AE", 401_001, 300_500, WEST),      # its point lies a metre inside the other district
        ("AA1 1AF", 402_300, 300_500, EAST),      # off the coast: the nearest small area takes it
        ("AA1 1AG", 409_000, 300_500, EAST),      # farther out than any nearest area is taken
    )  # fmt: skip
    write(
        tmp_path, CURRENT_POSTCODES, "postcode easting northing",
        ("AA1 1AA", 400_100, 300_100), ("AA1 1AB", 0, 0), ("AA1 1AD", 401_500, 300_500),
        ("AA1 1AE", 401_001, 300_500), ("AA1 1AF", 402_300, 300_500), ("AA1 1AG", 409_000, 300_500),
        ("AA1 9ZA", 400_300, 300_700),  # newer: only its point tells the district
        ("CF10 1AA", 318_000, 176_000),  # in Wales
        ("AA1 9ZB", 0, 0),
    )  # fmt: skip
    return tmp_path


def rows_of(session: Session) -> dict[str, tuple[object, ...]]:
    query = select(
        Postcode.postcode,
        Postcode.lad_code,
        Postcode.lsoa11_code,
        Postcode.lsoa21_code,
        Postcode.status,
    )
    return {row[0]: tuple(row[1:]) for row in session.execute(query)}


def test_postcodes_have_the_directorys_district_and_the_outlines_small_areas(
    drawn: Session, mirror: Path
) -> None:
    told: list[str] = []
    done = load_postcodes(drawn, files_in(mirror), None, ACTIVE, told.append)
    gone = "not in the current list"
    assert rows_of(drawn) == {
        "AA1 1AA": (WEST, "E01000001", "E01000003", "current"),
        "AA1 1AB": (WEST, "E01000001", "E01000004", "current"),
        "AA1 1AC": (WEST, "E01000001", "E01000004", gone),
        "AA1 1AD": (EAST, "E01000002", "E01000002", "current"),
        "AA1 1AE": (WEST, "E01000002", "E01000002", "current"),
        "AA1 1AF": (EAST, "E01000002", "E01000002", "current"),
        "AA1 1AG": (EAST, None, None, "current"),
        "AA1 9ZA": (WEST, "E01000001", "E01000004", "current"),
    }
    directory, current = done[POSTCODES], done[CURRENT_POSTCODES]
    assert (directory.rows_in, directory.rows_stored, directory.rows_elsewhere) == (7, 7, 0)
    assert (current.rows_in, current.rows_stored, current.rows_refused, current.rows_elsewhere) == (
        9,
        7,
        1,
        1,
    )
    assert [finding[:3] for finding in current.findings] == [(9, "AA1 9ZB", "no-coordinates")]
    assert "is that of the outline for 4, another for 1, and 2 lie in no outline" in told[-1]
    point = drawn.execute(
        text(
            "SELECT ST_X(geom), ST_Y(geom), ST_SRID(geom), lon, lat FROM postcodes WHERE postcode = 'AA1 1AA'"
        )
    ).one()
    assert tuple(point[:3]) == (400_100, 300_100, BNG)
    assert (round(point[3], 2), round(point[4], 2)) == (-2.0, 52.6)


def test_a_second_load_writes_nothing_and_a_row_that_differs_is_corrected(
    drawn: Session, mirror: Path
) -> None:
    told: list[str] = []
    load_postcodes(drawn, files_in(mirror), {WEST}, ACTIVE, told.append)
    assert set(rows_of(drawn)) == {"AA1 1AA", "AA1 1AB", "AA1 1AC", "AA1 1AE", "AA1 9ZA"}
    drawn.execute(
        text(
            "UPDATE postcodes SET lsoa21_code = 'E01000003', lad_code = NULL WHERE postcode = 'AA1 1AB'"
        )
    )
    load_postcodes(drawn, files_in(mirror), None, ACTIVE, told.append)
    assert "of which 3 are new here and 1 corrected" in told[2]
    assert rows_of(drawn)["AA1 1AB"] == (WEST, "E01000001", "E01000004", "current")
    load_postcodes(drawn, files_in(mirror), None, ACTIVE, told.append)
    assert "of which 0 are new here and 0 corrected" in told[4]


def test_the_publishers_own_zip_stands_for_the_mirrors_current_list(
    drawn: Session, mirror: Path, tmp_path: Path
) -> None:
    country = {"AA1": "E92000001", "CF1": "W92000004", "EH1": "S92000003"}
    rows = [("AA1 1AA", 400_100, 300_100), ("AA1 9ZA", 400_300, 300_700), ("AA1 9ZB", 0, 0),
            ("CF1 1AA", 318_000, 176_000), ("EH1 1AA", 325_000, 673_000), ("nonsense", 1, 1)]  # fmt: skip
    sheet = "".join(
        f'"{code}",{90 if east == 0 else 10},{east},{north},'
        f'"{country.get(code[:3], "E92000001")}","","","","{WEST}",""\n'
        for code, east, north in rows
    )
    packed = tmp_path / "list.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("Data/CSV/aa.csv", sheet)

    def find(name: str) -> Path:
        return packed if name == CURRENT_POSTCODES else mirror / name

    done = load_postcodes(drawn, find, None, ACTIVE, quiet)[CURRENT_POSTCODES]
    assert {code for code, row in rows_of(drawn).items() if row[-1] == "current"} == {
        "AA1 1AA", "AA1 9ZA",
    }  # fmt: skip
    assert (done.rows_in, done.rows_stored, done.rows_refused, done.rows_elsewhere) == (6, 2, 2, 2)
    assert {finding.rule for finding in done.findings} >= {"no-coordinates"}
    assert all(finding.row is None for finding in done.findings)


def test_without_outlines_postcodes_cannot_be_placed(db: Session, mirror: Path) -> None:
    with pytest.raises(OutlinesLacking, match="lad-2025-05-bgc"):
        load_postcodes(db, files_in(mirror), None, ACTIVE, quiet)
    with pytest.raises(OutlinesLacking, match="lad-2025-05-bgc"):
        load_postcodes(db, files_in(mirror), {WEST}, ACTIVE, quiet)


def write_people(mirror: Path) -> None:
    write(
        mirror, PEOPLE, "lsoa11_code year total_population",
        ("E01000001", 2020, 1001), ("E01000002", 2020, 500), ("E01000001", 2019, 7),
    )  # fmt: skip
    write(mirror, HOUSEHOLDS11, "lsoa11_code total_households", ("E01000001", 400))
    write(mirror, HOUSEHOLDS21, "lsoa21_code total_households", ("E01000003", 180))
    write(
        mirror, lookups.LSOA_LINKS, "lsoa11_code lsoa21_code change_code",
        ("E01000001", "E01000003", "S"), ("E01000001", "E01000004", "S"), ("E01000002", "E01000002", "U"),
        ("W01000001", "W01000001", "U"),
    )  # fmt: skip


def test_people_are_conserved_and_an_earlier_estimate_is_corrected(
    drawn: Session, mirror: Path
) -> None:
    write_people(mirror)
    files = files_in(mirror)
    with pytest.raises(PostcodesLacking):
        load_people(drawn, files)
    load_postcodes(drawn, files, None, ACTIVE, quiet)
    store_successions(
        drawn,
        pd.DataFrame(
            {
                "old_code": ["E01000001", "E01000001", "E01000002", "E01000001"],
                "new_code": ["E01000003", "E01000004", "E01000002", "E01000001"],
                "changed_on": [date(2021, 3, 20)] * 3 + [date(2011, 3, 27)],
                "kind": "split", "share": None, "source": "",
            }
        ),
    )  # fmt: skip
    store_weights(
        drawn,
        pd.DataFrame(
            [("E01000003", "lsoa-2021", "people", "mid-2020", 500, True, "an earlier estimate")],
            columns=["code", "area_set", "measure", "period", "value", "estimated", "source"],
        ),
    )
    done = load_people(drawn, files)
    assert (done[PEOPLE].rows_in, done[PEOPLE].rows_stored, done[PEOPLE].rows_elsewhere) == (
        3,
        2,
        1,
    )
    people = {
        row.code: (row.value, row.estimated)
        for row in drawn.scalars(
            select(Weight).where(Weight.area_set == "lsoa-2021", Weight.measure == "people")
        )
    }
    # One of three current postcodes lies in the southern half: 333.67 of 1,001.
    assert people == {
        "E01000002": (500, True), "E01000003": (334, True), "E01000004": (667, True),
    }  # fmt: skip
    households = drawn.scalar(
        select(func.count()).where(Weight.measure == "households", Weight.value == 0)
    )
    assert households == 0  # what a source leaves out is absent
    shares = {(row.old_code, row.new_code): row.share for row in drawn.scalars(select(Succession))}
    assert shares == {
        ("E01000001", "E01000003"): pytest.approx(1 / 3), ("E01000001", "E01000004"): pytest.approx(2 / 3),
        ("E01000002", "E01000002"): 1.0, ("E01000001", "E01000001"): 1.0,
    }  # fmt: skip


def test_the_set_of_2001_ends_when_the_next_begins_and_its_districts_in_2009(
    drawn: Session, mirror: Path
) -> None:
    write(
        mirror, lookups.LSOA01_DISTRICT, "lsoa01_code lad07_code lad07_name",
        ("E01000001", "15UB", "Caradon"), ("E01000009", "15UB", "Caradon"), ("E01000003", "00EH", "Darlington"),
    )  # fmt: skip
    (mirror / lookups.CODE_CHANGE).parent.mkdir(parents=True, exist_ok=True)
    (mirror / lookups.CODE_CHANGE).write_text(
        "GEOGCD,GEOGNM,GEOGCDO,ENTITYCD\nE06000005,Darlington,00EH,E06\nW06000002,Môn,00NC,W06\n",
        encoding="cp1252",
    )
    write(
        mirror, lookups.LSOA01_LINKS, "lsoa01_code lsoa01_name lsoa11_code change_code",
        ("E01000001", "Caradon 001A", "E01000001", "U"), ("E01000009", "Caradon 001B", "E01000002", "M"),
        ("W01000001", "Cardiff 001A", "W01000001", "U"),
    )  # fmt: skip
    done = load_links_2001(drawn, files_in(mirror))
    assert (done[lookups.LSOA01_LINKS].rows_in, done[lookups.LSOA01_LINKS].rows_elsewhere) == (3, 1)
    district, gone, west = (drawn.get(Area, code) for code in ("lad-15ub", "E01000009", WEST))
    assert district is not None
    assert gone is not None
    assert west is not None
    assert (district.name, district.valid_to) == ("Caradon", date(2009, 4, 1))
    assert (gone.name, gone.valid_from, gone.valid_to) == ("Caradon 001B", None, date(2011, 3, 27))
    # Darlington lived on, and has its GSS code from the first.
    assert (
        drawn.get(Membership, ("E01000003", "E06000005", "lsoa01_lad07_oldcode.parquet"))
        is not None
    )
    assert drawn.get(Area, "lad-00eh") is None
    # The two kinds of codes never stand for one place on one day, and a list keeps to that.
    assert west.valid_from == date(2009, 4, 1)
    listed = pd.DataFrame(
        {"code": [WEST], "type": "lad", "name": "West", "valid_from": None, "valid_to": None}
    )
    assert with_beginnings(drawn, listed)["valid_from"].tolist() == [date(2009, 4, 1)]
    link = drawn.get(Succession, ("E01000009", "E01000002", date(2011, 3, 27)))
    assert link is not None
    assert link.kind == "merged"
