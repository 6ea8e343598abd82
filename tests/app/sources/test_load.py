"""`bounds load` on a few of the publishers' files: rehearsed, stored, repeated, refused, stopped half-way."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import geopandas as gpd
import pytest
from sqlalchemy import Engine, func, select, text, update
from sqlalchemy.orm import Session

from app.access.tables import AuditEvent
from app.areas.overlap_tables import find_pair, keep_pair
from app.dependencies import today
from app.disk_room import DiskShort, check_room
from app.lacks import find_lacks
from app.settings import Settings
from app.sources.catalogue import UnknownDataset, get_dataset
from app.sources.load import (
    LOADING_LOCK,
    BeingLoaded,
    Choices,
    LoadDone,
    NoReader,
    NothingToLoad,
    datasets_meant,
    load_datasets,
)
from app.sources.run import GROWTH
from boundaries.database import REPOSITORY, Base
from boundaries.errors import Refused
from boundaries.overlaps import is_kept
from boundaries.queries import layer_on
from boundaries.releases import ReleaseFailsChecks
from boundaries.tables import Area, Boundary, Release
from tests.support.engines import open_engine

pytestmark = pytest.mark.slow
# Borders are surveyed in the tests of that alone.
STORE = Choices(commit=True, survey=False)
FINE, COARSE = "lad-2025-05-bgc", "lad-2023-05-buc"
OF_PLACE = "E02004368"  # an MSOA of Hastings

Load = Callable[..., LoadDone]


@pytest.fixture
def load(engine: Engine, url: str, mirror: Path, tmp_path: Path, said: list[str]) -> Load:
    def run(*names: str, choices: Choices = STORE, folder: Path = mirror) -> LoadDone:
        settings = Settings(data_dir=tmp_path / "bounds", database_url=url, mirror=folder)
        return load_datasets(engine, settings, names, choices, said.append)

    return run


def counts(engine: Engine) -> dict[str, int]:
    """Rows of every table but the planner's: what a load that changes nothing leaves as it was."""
    with Session(engine) as session:
        return {
            name: session.scalar(select(func.count()).select_from(table)) or 0
            for name, table in Base.metadata.tables.items()
        }


def test_a_rehearsal_reports_everything_and_stores_nothing(load: Load, engine: Engine) -> None:
    before = counts(engine)
    done = load("lad-all-codes", FINE, choices=Choices())
    assert not done.stored
    assert {report.dataset_id: report.rows_stored for report in done.reports}[FINE] == 296
    assert counts(engine) == before


def test_a_load_stores_checks_serves_and_is_in_the_trail(load: Load, engine: Engine) -> None:
    done = load(FINE, COARSE)
    for report in done.reports:
        assert report.rows_in == report.rows_stored + report.rows_refused + report.rows_elsewhere
    with Session(engine) as session:
        release = session.get(Release, FINE)
        assert release is not None
        assert (release.state, release.partial) == ("served", False)
        checks = {each["check"]: each["passed"] for each in release.checks}
        assert checks == {"codes": True, "validity": True, "count": True, "total area": True}
        told = session.scalars(select(AuditEvent.subject).where(AuditEvent.verb == "load"))
        assert set(told) == {f"dataset:{FINE}", f"dataset:{COARSE}"}


def test_an_overlap_table_is_kept_for_the_layers_that_a_load_brings(
    load: Load, engine: Engine
) -> None:
    load(COARSE, "rgn-2016-12-bsc")
    with Session(engine) as session:
        pair = find_pair(session, "lad", "rgn", today())
    assert pair.a.id == COARSE
    # Regions are so large that their pages would wait: the load itself has kept theirs.
    kept = keep_pair(engine, pair, None)
    assert kept.was_there
    assert kept.pairs > 296
    load("lad-2014-2025-bsc")
    with Session(engine) as session:
        now = find_pair(session, "lad", "rgn", today())
        assert now.a.id == "lad-2014-2025-bsc"
        assert is_kept(session, now.a.id, now.b.id)


def test_what_was_repaired_is_listed_by_feature(load: Load) -> None:
    (report,) = load(COARSE).reports
    assert [(f.row, f.code, f.rule) for f in report.findings] == [(24, "E06000024", "repaired")]


def test_loading_again_changes_nothing_and_is_quick(load: Load, engine: Engine) -> None:
    load(FINE)
    before = counts(engine)
    began = time.perf_counter()
    (report,) = load(FINE).reports
    assert report.already_here
    assert time.perf_counter() - began < 2
    assert counts(engine) == before


def test_a_grid_whose_file_did_not_come_along_with_the_database_is_brought_by_the_command_told(
    load: Load, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.rasters.stored._folder", tmp_path / "rasters")
    load("nox-london-2003-2013")
    (file,) = (tmp_path / "rasters").iterdir()
    was = file.read_bytes()
    file.unlink()  # a backup is of the database: its restore elsewhere brings the rows alone
    with Session(engine) as session:
        told = [lack.detail for lack in find_lacks(session, tmp_path) if lack.name == "raster"]
    assert told == [
        "the file of nox-london-2003-2013: `bounds load nox-london-2003-2013 --commit` brings it again"
    ]
    assert not load("nox-london-2003-2013").reports[0].already_here
    assert file.read_bytes() == was
    assert load("nox-london-2003-2013").reports[0].already_here


def test_names_are_datasets_or_groups_and_what_has_no_reader_says_so(load: Load) -> None:
    assert len({each.id for each in datasets_meant(["england", FINE])}) == len(
        datasets_meant(["england"])
    )
    with pytest.raises(UnknownDataset, match="no-such-thing"):
        load("no-such-thing")
    with pytest.raises(NoReader, match="nothing here reads it"):
        load("imd-2025-file-6")


def test_a_folder_without_the_files_is_told(load: Load, tmp_path: Path) -> None:
    with pytest.raises(NothingToLoad) as told:
        load("lad-2019-12-bgc", folder=tmp_path)
    assert [fault.value for fault in told.value.faults] == ["lad-2019-12-bgc"]


def part_of_mirror(mirror: Path, folder: Path, *ids: str) -> Path:
    for each in ids:
        path = get_dataset(each).path
        assert path is not None
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(mirror / path, folder / path)
    return folder


def test_a_release_with_a_third_fewer_features_is_refused_and_the_old_one_answers_on(
    load: Load, engine: Engine, mirror: Path, tmp_path: Path
) -> None:
    load("lad-all-codes", COARSE)
    before = counts(engine)
    folder = part_of_mirror(mirror, tmp_path / "mirror", FINE)
    path = folder / str(get_dataset(FINE).path)
    gpd.read_parquet(path).iloc[:207].to_parquet(path)  # 207 of 296 is 30 % fewer
    with pytest.raises(ReleaseFailsChecks, match="count: 207 areas, wanted 296"):
        load(FINE, folder=folder)
    assert counts(engine) == before
    with Session(engine) as session:
        assert layer_on(session, "lad", date(2026, 1, 1)).id == COARSE
    load(FINE, folder=folder, choices=Choices(commit=True, force=True, survey=False))
    with Session(engine) as session:
        forced = session.get(Release, FINE)
        assert forced is not None
        assert [c["check"] for c in forced.checks if not c["passed"]] == ["count", "total area"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<!DOCTYPE html><html><body>Service unavailable</body></html>", "web page"),
        (gzip.compress(b"LSOA code (2011),x\n" * 1000)[:-20], "cut off"),
    ],
    ids=["a page of HTML", "a truncated gzip"],
)
def test_a_file_that_is_not_the_index_is_refused_and_changes_nothing(
    load: Load, engine: Engine, mirror: Path, tmp_path: Path, content: bytes, words: str
) -> None:
    folder = part_of_mirror(mirror, tmp_path / "mirror", "imd-2019")
    (folder / str(get_dataset("imd-2019").path)).write_bytes(content)
    before = counts(engine)
    with pytest.raises(Refused, match=words):
        load("imd-2019", folder=folder)
    assert counts(engine) == before


def test_a_second_load_at_once_is_told_and_the_first_goes_on(load: Load, engine: Engine) -> None:
    with Session(engine) as other, other.begin():
        other.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOADING_LOCK})
        with pytest.raises(BeingLoaded, match="another process is loading"):
            load(COARSE)
    assert load(COARSE).reports[0].rows_stored == 296


def test_a_short_disk_is_refused_before_anything_begins(tmp_path: Path) -> None:
    check_room(tmp_path, 1000, growth=GROWTH, free_bytes=10 * 1024**3)
    with pytest.raises(DiskShort, match=r"2\.1 GB of room.* 1\.0 GB free; nothing was begun"):
        check_room(tmp_path, 1000, growth=GROWTH, free_bytes=1_000_000_000)


@pytest.mark.long
def test_killed_half_way_the_old_release_answers_and_the_same_command_goes_on(
    load: Load, engine: Engine, url: str, mirror: Path, tmp_path: Path
) -> None:
    load(COARSE)
    command = [
        sys.executable,
        "-m",
        "app.cli",
        "load",
        "lad-all-codes",
        FINE,
        "--commit",
        "--no-survey",
    ]
    environment = {
        **os.environ, "BOUNDS_DATABASE_URL": url, "BOUNDS_MIRROR": str(mirror),
        "BOUNDS_DATA_DIR": str(tmp_path / "home"),
    }  # fmt: skip
    with engine.connect() as other:
        # The load stops here, its outlines written and nothing committed.
        other.execute(text("LOCK TABLE dataset_findings IN EXCLUSIVE MODE"))
        other.execute(text("DELETE FROM dataset_findings"))
        with (tmp_path / "said").open("w") as said:
            loading = subprocess.Popen(
                command, cwd=REPOSITORY, env=environment, stderr=said, stdout=subprocess.DEVNULL
            )
        wait_for_a_waiter(engine)
        loading.send_signal(signal.SIGKILL)
        loading.wait()
        other.rollback()
    with Session(engine) as session:
        assert session.get(Release, FINE) is None
        assert layer_on(session, "lad", date(2026, 1, 1)).id == COARSE
    done = subprocess.run(
        [*command, "--json"], cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=True
    )  # fmt: skip
    items = {row["dataset_id"]: row for row in json.loads(done.stdout)["items"]}
    assert items[FINE]["rows_stored"] == 296
    with Session(engine) as session:
        assert layer_on(session, "lad", date(2026, 1, 1)).id == FINE


def wait_for_a_waiter(engine: Engine) -> None:
    """Wait until another session waits for a lock: the load is in the middle of a transaction."""
    give_up_at = time.monotonic() + 60
    while time.monotonic() < give_up_at:
        with engine.connect() as connection:
            if connection.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
                return
        time.sleep(0.05)
    raise AssertionError("the load never came to the lock")


def test_a_place_loaded_before_is_completed(
    make_database: Callable[[str], str], place_template: str, mirror: Path, tmp_path: Path
) -> None:
    url = make_database(place_template)
    engine = open_engine(url, statement_timeout_s=120)
    settings = Settings(data_dir=tmp_path / "bounds", database_url=url, mirror=mirror)
    with Session(engine) as session:
        place = session.get(Release, "msoa-2021-12-bsc")
        assert place is not None
        assert (place.partial, place.features_stored) == (True, 22)
        before = session.scalar(
            select(func.ST_AsBinary(Boundary.geom)).where(Boundary.code == OF_PLACE, Boundary.release_id == place.id)
        )  # fmt: skip
        # as if the place's borders were surveyed already: only what is completed is due again
        session.execute(update(Release).values(surveyed_features=Release.features_stored))
        session.commit()
    said: list[str] = []
    load_datasets(
        engine, settings, ["msoa-2021-12-bsc", "imd-2015"], Choices(commit=True), said.append
    )
    assert [words.split(":")[0] for words in said if "surveyed" in words] == ["msoa-2021-12-bsc"]
    with Session(engine) as session:
        whole = session.get(Release, "msoa-2021-12-bsc")
        assert whole is not None
        assert (whole.partial, whole.features_stored, whole.features_elsewhere) == (
            False,
            6_856,
            0,
        )
        after = session.scalar(
            select(func.ST_AsBinary(Boundary.geom)).where(Boundary.code == OF_PLACE, Boundary.release_id == whole.id)
        )  # fmt: skip
        assert after == before
        assert (
            session.scalar(select(func.count()).where(Area.type == "msoa", Area.valid_to.is_(None)))
            == 6_856
        )
        assert layer_on(session, "msoa", date(2026, 1, 1)).missing == 0
    engine.dispose()
