"""Storing an edition: whole or by place, again, completed, from another file; nothing lost on the way."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
import shapely
from geoalchemy2.shape import from_shape
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.indicators.actions import (
    RELEASES,
    WARDS_OF_1998_GONE,
    IndexFileMissing,
    IndexReport,
    load_index,
    store_index,
)
from app.indicators.definitions import definitions
from app.indicators.editions import EDITIONS
from app.indicators.queries import get_index, indices_with_values, list_indices
from app.indicators.readers.iod import IndexReading, NotThisIndex
from app.indicators.schemas import IndexBody
from app.indicators.tables import DeprivationIndex, IndexValue
from app.indicators.values import (
    UnknownIndicator,
    get_indicator,
    indicator_frame,
    list_indicator_rows,
)
from app.priorities.actions import designate
from app.priorities.methods.conditions import worst_percent
from app.priorities.methods.rules import UnknownMeasure
from app.priorities.queries import Place
from boundaries.crs import BNG, WGS84
from boundaries.importing import sha256_of
from boundaries.storing import store_memberships
from boundaries.tables import Area, Boundary, Release

CODES = [f"E0100000{place}" for place in range(1, 7)]
DISTRICT, OTHER = "E07000062", "E07000064"


def reading(codes: list[str], areas_total: int = 6, index_id: str = "imd-2019") -> IndexReading:
    """A reading of six areas, of which `codes` were asked for."""
    rows = [
        (code, measure, 50.0 - CODES.index(code), CODES.index(code) + 1, 1)
        for measure in ("imd", "crime")
        for code in codes
    ]
    values = pd.DataFrame(rows, columns=["code", "measure", "score", "rank", "decile"])
    values = values.astype({"rank": "Int64", "decile": "Int64"})
    edition = replace(EDITIONS[index_id], areas_total=areas_total)
    return IndexReading(
        edition, values, pd.Series(dtype=object), 6, len(codes), 6 - len(codes), 0, ()
    )


def store(session: Session, given: IndexReading, sha256: str = "a") -> IndexReport:
    return store_index(
        session, given, release_id="lsoa-2011-12-bgc", source_file="f.csv", sha256=sha256
    )


def values_of(
    session: Session, index_id: str = "imd-2019"
) -> dict[tuple[str, str], tuple[float | None, int | None, int | None]]:
    rows = session.execute(
        select(
            IndexValue.code,
            IndexValue.measure,
            IndexValue.score,
            IndexValue.rank,
            IndexValue.decile,
        ).where(IndexValue.index_id == index_id)
    )
    return {(row[0], row[1]): (row[2], row[3], row[4]) for row in rows}


def row_of(session: Session, index_id: str = "imd-2019") -> DeprivationIndex:
    found = session.get(DeprivationIndex, index_id, populate_existing=True)
    assert found is not None
    return found


def counts(row: DeprivationIndex | IndexReport) -> tuple[int, int, int, int]:
    return row.rows_in, row.rows_stored, row.rows_elsewhere, row.rows_refused


def write_2019(path: Path, ranks: dict[str, int]) -> Path:
    """A File 7 of some areas, whose ranks lie in the first tenth of England's."""
    whole = "Index of Multiple Deprivation (IMD)"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["LSOA code (2011)", f"{whole} Score", f"{whole} Rank", f"{whole} Decile"])
        writer.writerows([code, 90 - rank, rank, 1] for code, rank in ranks.items())
    return path


def belong(session: Session, codes: list[str], district: str) -> None:
    rows = pd.DataFrame({"child_code": codes}).assign(
        parent_code=district, parent_type="lad", lookup="lsoa11_lad", method="exact", share=1.0
    )
    store_memberships(session, rows)


def test_places_add_up_to_the_whole_and_only_then_it_is_not_partial(db: Session) -> None:
    store(db, reading(CODES[:2]))
    first = values_of(db)
    assert row_of(db).partial
    assert counts(row_of(db)) == (6, 2, 4, 0)
    store(db, reading(CODES[1:4]))
    # The row counts what is stored of the index by now, not what the last load brought.
    assert counts(row_of(db)) == (6, 4, 2, 0)
    assert row_of(db).partial
    store(db, reading(CODES))
    assert counts(row_of(db)) == (6, 6, 0, 0)
    assert not row_of(db).partial
    after = values_of(db)
    assert len(after) == 12
    assert {key: after[key] for key in first} == first


def test_the_same_load_again_changes_nothing(db: Session) -> None:
    store(db, reading(CODES[:2]))
    before = (row_of(db).loaded_at, values_of(db))
    again = store(db, reading(CODES[:2]))
    assert again.already_here
    assert counts(again) == (6, 2, 4, 0)
    assert (row_of(db).loaded_at, values_of(db)) == before


def test_an_index_that_is_here_whole_is_not_even_opened(db: Session, tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text("<html>no index at all</html>")
    store(db, reading(CODES), sha256_of(path))
    for districts in (None, {DISTRICT}):
        report = load_index(db, path, "imd-2019", districts)
        assert report.already_here
        assert counts(report) == (6, 6, 0, 0)


def test_an_index_of_which_a_part_is_here_is_opened(db: Session, tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text("<html>no index at all</html>")
    store(db, reading(CODES[:2]), sha256_of(path))
    with pytest.raises(NotThisIndex):
        load_index(db, path, "imd-2019", {DISTRICT})


def test_a_load_by_districts_keeps_their_areas_and_what_links_join_to_them(
    db: Session, tmp_path: Path
) -> None:
    belong(db, CODES[:2], DISTRICT)
    db.execute(
        text(
            "INSERT INTO successions (old_code, new_code, changed_on, kind, source)"
            " VALUES (:old, :new, '2021-03-21', 'split', 'links')"
        ),
        {"old": CODES[4], "new": CODES[0]},
    )
    path = write_2019(tmp_path / "f.csv", {code: place for place, code in enumerate(CODES, 1)})
    report = load_index(db, path, "imd-2019", {DISTRICT})
    assert counts(report) == (6, 3, 3, 0)
    assert {code for code, _ in values_of(db)} == {CODES[0], CODES[1], CODES[4]}
    assert row_of(db).source_file == "f.csv"


def test_another_file_never_leaves_values_of_two(db: Session, tmp_path: Path) -> None:
    belong(db, CODES[:2], DISTRICT)
    belong(db, CODES[2:4], OTHER)
    old = write_2019(tmp_path / "old.csv", {code: place for place, code in enumerate(CODES, 1)})
    load_index(db, old, "imd-2019", {DISTRICT})
    new = write_2019(
        tmp_path / "new.csv", {code: place + 20 for place, code in enumerate(CODES, 1)}
    )
    load_index(db, new, "imd-2019", {OTHER})
    # The first place's areas were read again from the file that is in force now.
    assert {code: value[1] for (code, _), value in values_of(db).items()} == {
        CODES[0]: 21, CODES[1]: 22, CODES[2]: 23, CODES[3]: 24,
    }  # fmt: skip
    assert row_of(db).sha256 == sha256_of(new)


def test_a_row_refused_is_counted_and_keeps_the_index_partial(db: Session, tmp_path: Path) -> None:
    path = write_2019(tmp_path / "f.csv", {CODES[0]: 1, CODES[1]: 0, CODES[2]: 2})
    report = load_index(db, path, "imd-2019")
    assert counts(report) == counts(row_of(db)) == (3, 2, 0, 1)
    assert row_of(db).partial
    assert [(fault.row, fault.rule) for fault in report.faults if fault.row] == [
        (3, "rank-within-n")
    ]
    assert "1 refused" in report.as_line()


def test_no_file_and_no_such_index_are_told_without_the_machines_paths(
    db: Session, tmp_path: Path
) -> None:
    asked = [(tmp_path, "imd-2019"), (tmp_path / "f.csv", "imd-2019"), (tmp_path, "imd-1066")]
    for path, index_id in asked:
        with pytest.raises(IndexFileMissing) as caught:
            load_index(db, path, index_id)
        assert str(tmp_path.parent) not in caught.value.detail


def test_indices_say_what_they_hold(db: Session) -> None:
    assert list_indices(db) == []
    store(db, reading(CODES[:2]))
    store(db, reading(CODES, index_id="imd-2015"))
    assert [(row.id, row.measures, row.areas_held, row.partial) for row in list_indices(db)] == [
        ("imd-2015", ("imd", "crime"), 6, False),
        ("imd-2019", ("imd", "crime"), 2, True),
    ]
    assert get_index(db, "imd-2019").measures == ("imd", "crime")


def test_indices_with_values_are_the_newest_first_and_only_those(db: Session) -> None:
    store(db, reading(CODES[:2]))
    store(db, reading(CODES[1:], index_id="imd-2015"))
    assert indices_with_values(db, CODES[:1]) == ["imd-2019"]
    assert indices_with_values(db, CODES[:2]) == ["imd-2019", "imd-2015"]
    assert indices_with_values(db, CODES[4:]) == ["imd-2015"]
    assert indices_with_values(db, ["E01009999"]) == []
    assert indices_with_values(db, []) == []


def test_an_index_of_2001_does_not_hold_a_place_whose_codes_it_spells_alike(db: Session) -> None:
    store(db, reading(CODES, index_id="imd-2010"))
    store(db, reading(CODES, index_id="imd-2015"))
    assert indices_with_values(db, CODES) == ["imd-2015"]


@pytest.mark.slow
def test_a_place_is_completed_to_the_whole_country(db: Session, mirror: Path) -> None:
    codes = sorted(pd.read_parquet(mirror / EDITIONS["imd-2015"].file)["lsoa11_code"])[:50]
    belong(db, codes, DISTRICT)
    assert counts(load_index(db, mirror, "imd-2015", {DISTRICT})) == (32_844, 50, 32_794, 0)
    place = values_of(db, "imd-2015")
    assert row_of(db, "imd-2015").partial
    assert counts(load_index(db, mirror, "imd-2015")) == (32_844, 32_844, 0, 0)
    country = values_of(db, "imd-2015")
    assert len(country) == 32_844
    assert {key: country[key] for key in place} == place
    assert not row_of(db, "imd-2015").partial
    assert row_of(db, "imd-2015").source_file == EDITIONS["imd-2015"].file
    before = row_of(db, "imd-2015").loaded_at
    assert load_index(db, mirror, "imd-2015").already_here
    assert load_index(db, mirror / EDITIONS["imd-2015"].file, "imd-2015", {OTHER}).already_here
    assert row_of(db, "imd-2015").loaded_at == before


@pytest.mark.slow
def test_the_wards_of_1998_are_stored_with_the_index_that_lists_them(
    db: Session, mirror: Path
) -> None:
    report = load_index(db, mirror, "imd-2000")
    assert counts(report) == (8_414, 8_414, 0, 0)
    wards = db.scalars(select(Area).where(Area.code.like("wd-%"))).all()
    assert len(wards) == 8_414
    assert {(ward.type, ward.valid_from, ward.valid_to) for ward in wards} == {
        ("wd", None, WARDS_OF_1998_GONE)
    }
    found = db.get(Area, "wd-09ucfa")
    assert found is not None
    assert found.name == "Ampthill"
    index = get_index(db, "imd-2000")
    assert index.measures == (
        "imd", "income", "employment", "education", "health", "housing", "access",
    )  # fmt: skip
    assert not index.partial
    assert IndexBody.of(index).release is None
    assert db.scalar(
        select(IndexValue.rank).where(
            IndexValue.index_id == "imd-2000", IndexValue.code == "wd-09ucfa", IndexValue.measure == "imd"
        )
    ) == 7_801  # fmt: skip


@pytest.mark.slow
def test_a_measure_that_2000_did_not_have_is_refused_with_those_it_has(
    db: Session, mirror: Path
) -> None:
    load_index(db, mirror, "imd-2000")
    held = "it has imd, income, employment, education, health, housing, access"
    with pytest.raises(UnknownMeasure, match=held):
        designate(db, Place("Ampthill", ("wd-09ucfa",)), worst_percent(10, "crime"), "imd-2000")


def test_wards_that_are_gone_leave_the_layer_of_today_as_it_was(db: Session) -> None:
    db.add(Area(code="E05000001", type="wd", name="A"))
    db.add(
        Release(
            id="wd-2025-05-bgc", area_type="wd", title="W", published_on=date(2025, 5, 31),
            resolution="bgc", tolerance_m=20, quality="official", partial=False, demo=False,
            publisher="ONS", licence="OGL", attribution="ONS", source_file="f", sha256="s",
            crs_operation="none", features_in=1, features_stored=1, features_refused=0,
            features_elsewhere=0, state="served",
        )
    )  # fmt: skip
    db.flush()
    square = shapely.MultiPolygon([shapely.box(0, 0, 1, 1)])
    db.add(
        Boundary(
            release_id="wd-2025-05-bgc", code="E05000001", name="A", area_m2=1,
            geom=from_shape(square, BNG), geom_wgs84=from_shape(square, WGS84),
        )
    )  # fmt: skip
    db.flush()
    given = replace(
        reading([], 4, "imd-2000"),
        values=pd.DataFrame(
            {"code": ["wd-aazz"], "measure": ["imd"], "score": [1.0], "rank": [1], "decile": [3]}
        ),
        names=pd.Series({"wd-aazz": "All 25 wards"}),
        rows_in=1, rows_kept=1, rows_elsewhere=0,
    )  # fmt: skip
    store_index(db, given, release_id="", source_file="f", sha256="s")
    layer = text("SELECT id, missing, is_exact FROM layer_on('wd', :day, false)")
    assert tuple(db.execute(layer, {"day": date(2025, 6, 1)}).one()) == ("wd-2025-05-bgc", 0, True)
    # On a day on which they lived the layer says that it does not draw them.
    assert tuple(db.execute(layer, {"day": date(1999, 1, 1)}).one()) == ("wd-2025-05-bgc", 1, False)


def test_each_set_of_areas_names_the_release_that_draws_it() -> None:
    sets = {edition.area_set for edition in EDITIONS.values()}
    sets |= {layout.area_set for layout in definitions().values()}
    assert sets == set(RELEASES)
    undrawn = [area_set for area_set, release in RELEASES.items() if not release]
    assert undrawn == ["wd-1998", "wd-2017"]


def test_a_measure_of_an_index_is_an_indicator_with_its_published_ranks(db: Session) -> None:
    store(db, reading(CODES[:5]))
    row = get_indicator(db, "imd-2019-crime")
    assert row.title == "English Indices of Deprivation 2019: Crime"
    assert (row.direction, row.nature, row.area_set) == (
        "higher-is-worse", "intensive", "lsoa-2011",
    )  # fmt: skip
    assert row.full_title.endswith("(5 of 6 small areas)")
    (period,) = row.periods
    assert (period.period, period.values, period.ranked, period.rank_basis) == (
        "2019", 5, 5, "published",
    )  # fmt: skip
    frame = indicator_frame(db, "imd-2019-crime", [CODES[1], CODES[5]])
    assert frame.index.to_list() == [CODES[1]]
    assert frame.iloc[0][["value", "rank", "state"]].to_list() == [49.0, 2.0, "value"]
    assert [each.id for each in list_indicator_rows(db)] == ["imd-2019-crime", "imd-2019-imd"]
    with pytest.raises(UnknownIndicator):
        get_indicator(db, "imd-2019-joy")


def test_a_score_that_the_publisher_does_not_give_is_missing_and_its_rank_is_there(
    db: Session,
) -> None:
    given = reading(CODES)
    given.values.loc[given.values["measure"] == "crime", "score"] = None
    store(db, given)
    frame = indicator_frame(db, "imd-2019-crime")
    assert set(frame["state"]) == {"missing"}
    assert frame["value"].isna().all()
    assert frame["rank"].to_list() == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
