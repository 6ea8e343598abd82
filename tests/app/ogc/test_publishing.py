"""Publishing: files that are whole, an index that says so, and nothing that may not be passed on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pyogrio
import pytest
from pmtiles.reader import MemorySource, Reader, all_tiles
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from app.ogc import publishing
from app.ogc.actions import finish
from app.ogc.publishing import FolderNotEmpty, publish
from app.ogc.statements.published_entries import is_open
from app.tiles.baking import plan_baking
from app.tiles.queries import Shown
from app.tiles.stored import TileStore
from tests.support.places import quiet

DAY = date(2026, 1, 1)
BASE = "http://127.0.0.1:8000/ogc"
OPEN, CLOSED = "Open Government Licence v3.0", "All rights reserved"
INDEX = "imd-2019-demo"
PUBLISHED = ["lad", "wd", "partnerships", "resources"]


@pytest.mark.parametrize(
    ("licence", "open_"),
    [
        ("Open Government Licence v3.0", True),
        ("Open Government Licence v3.0; CC BY-SA 4.0 (GrantNav)", True),
        ("Creative Commons Attribution-ShareAlike 4.0", True),
        ("CC BY-NC 4.0", False),
        (
            "CC BY 4.0, as most publishers of the 360Giving registry choose; check with the publisher",
            False,
        ),
        ("All rights reserved", False),
        ("", False),
    ],
)
def test_only_licences_that_let_anybody_pass_data_on_are_open(licence: str, open_: bool) -> None:
    assert is_open(licence) is open_


@pytest.fixture(scope="module")
def store(demo_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> TileStore:
    """The tiles that publications hold, drawn once for all of them."""
    kept = TileStore(tmp_path_factory.mktemp("tiles"))
    for asked in (Shown("lad", DAY), Shown("lad", DAY, INDEX), Shown("lsoa", DAY, INDEX)):
        assert list(plan_baking(demo_engine, asked, store=kept, is_kept=True))
    return kept


@pytest.fixture
def session(demo_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    """The demo county with wards of a closed licence, one open file of money of all, and a grant to a person."""
    # Four collections are enough to tell.
    monkeypatch.setattr(publishing, "list_ids", lambda _session, _day: PUBLISHED)
    with Session(demo_engine) as opened:
        opened.execute(
            text(
                "UPDATE releases SET licence = CASE area_type WHEN 'wd' THEN :closed ELSE :open END"
            ),
            {"closed": CLOSED, "open": OPEN},
        )
        opened.execute(text("UPDATE resource_files SET licence = :closed"), {"closed": CLOSED})
        opened.execute(
            text("UPDATE resource_files SET licence = :open, kind = '360giving' WHERE id = :id"),
            {"open": OPEN, "id": busiest(opened)},
        )
        for kind in ("partnerships", "resources"):
            finish(opened, kind, DAY)
        yield opened
        opened.rollback()


def busiest(session: Session) -> str:
    query = "SELECT file_id FROM resource_lines GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1"
    return str(session.scalar(text(query)))


def entry_of(index: dict[str, Any], name: str) -> dict[str, Any]:
    return next(each for each in index["collections"] if each["id"] == name)


def features(folder: Path, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((folder / f"{name}.geojson").read_text())["features"]
    return found


def test_published_folder_is_what_its_index_says(
    session: Session, tmp_path: Path, store: TileStore
) -> None:
    folder = tmp_path / "out"
    index = publish(session, folder, BASE, DAY, quiet, store)
    assert [each["id"] for each in index["collections"]] == ["lad", "partnerships", "resources"]
    assert [each["id"] for each in index["left_out"]] == ["wd"]
    # Its session outlives the minutes in which others draw.
    assert session.scalar(text("SHOW idle_in_transaction_session_timeout")) == "0"
    assert CLOSED in index["left_out"][0]["reason"]
    assert json.loads((folder / "index.json").read_text())["collections"][0]["id"] == "lad"
    listed = {
        file["name"]: file
        for files in (*(each["files"] for each in index["collections"]), index["map"])
        for file in files
    }
    held = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert set(listed) | {"index.json"} == held
    for name, said in listed.items():
        body = (folder / name).read_bytes()
        assert (len(body), hashlib.sha256(body).hexdigest()) == (said["bytes"], said["sha256"])
    for each in index["collections"]:
        kinds = {Path(file["name"]).suffix for file in each["files"]}
        assert kinds == {".parquet", ".fgb", ".geojson", ".pmtiles"}
        assert len(features(folder, each["id"])) == each["features"] > 0
        assert pyogrio.read_info(folder / f"{each['id']}.fgb")["features"] == each["features"]
        archive = (folder / f"{each['id']}.pmtiles").read_bytes()
        assert {place[0] for place, _ in all_tiles(MemorySource(archive))} == set(range(5, 13))
        metadata = Reader(MemorySource(archive)).metadata()
        assert metadata["vector_layers"][0]["id"] == each["id"]


def test_lines_are_left_out_one_by_one_and_people_are_not_named(
    session: Session, tmp_path: Path, store: TileStore
) -> None:
    own = busiest(session)
    person, organisation = session.scalars(
        text("SELECT id FROM resource_lines WHERE file_id = :id ORDER BY id LIMIT 2"), {"id": own}
    )
    session.execute(
        text("UPDATE resource_lines SET recipient = NULL, title = 'Jo Bloggs' WHERE id = :id"),
        {"id": person},
    )
    session.execute(
        text("UPDATE resource_lines SET recipient = 'A Trust', title = 'Paint' WHERE id = :id"),
        {"id": organisation},
    )
    session.execute(text("UPDATE partnerships SET lead = 'Jo Bloggs'"))
    session.execute(text("UPDATE feature_sets SET made_of = '' WHERE release_id IS NULL"))
    for kind in ("partnerships", "resources"):
        finish(session, kind, DAY)
    folder = tmp_path / "out"
    index = publish(session, folder, BASE, DAY, quiet, store)
    entry = entry_of(index, "resources")
    of_own, of_others = session.execute(
        text(
            "SELECT count(*) FILTER (WHERE file_id = :id), count(*) FILTER (WHERE file_id <> :id)"
            " FROM resource_lines"
        ),
        {"id": own},
    ).one()
    assert of_others
    assert entry["features"] == of_own
    assert entry["licence"] == OPEN
    assert [each["count"] for each in entry["entries_left_out"]] == [of_others]
    said = {each["id"]: each["properties"] for each in features(folder, "resources")}
    assert {each["file"] for each in said.values()} == {own}
    assert said[person]["title"] is None
    assert said[organisation]["title"] == "Paint"
    assert {each["properties"]["lead"] for each in features(folder, "partnerships")} == {None}
    for path in folder.rglob("*"):
        assert path.is_dir() or b"Jo Bloggs" not in path.read_bytes()


def test_stopped_publication_is_taken_up_and_nothing_is_written_twice(
    session: Session, tmp_path: Path, store: TileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, written = tmp_path / "out", []
    real = publishing.write_file

    def stop_at_third(*given: Any) -> None:
        written.append(given[4].name)
        if len(written) == 5:
            raise KeyboardInterrupt
        real(*given)

    monkeypatch.setattr(publishing, "write_file", stop_at_third)
    with pytest.raises(KeyboardInterrupt):
        publish(session, folder, BASE, DAY, quiet, store)
    assert not (folder / "index.json").exists()
    index = publish(session, folder, BASE, DAY, quiet, store)
    assert written.count("lad.geojson.part") == 1
    assert {each["id"] for each in index["collections"]} == {"lad", "partnerships", "resources"}
    before = {path: path.stat().st_mtime_ns for path in folder.glob("*.*") if path.stem != "index"}
    del written[:]
    told: list[str] = []
    assert publish(session, folder, BASE, DAY, told.append, store) == index
    assert written == []
    assert told == ["lad: as it was", "partnerships: as it was", "resources: as it was"]
    assert before == {
        path: path.stat().st_mtime_ns for path in folder.glob("*.*") if path.stem != "index"
    }
    (folder / "lad.fgb").write_bytes(b"harmed")
    again = publish(session, folder, BASE, DAY, quiet, store)
    assert written == ["lad.parquet.part", "lad.fgb.part", "lad.geojson.part"]
    assert [each["id"] for each in again["collections"]] == [
        each["id"] for each in index["collections"]
    ]


def test_what_is_no_longer_published_leaves_the_folder_and_nothing_else_does(
    session: Session, tmp_path: Path, store: TileStore
) -> None:
    folder = tmp_path / "out"
    publish(session, folder, BASE, DAY, quiet, store)
    (folder / "notes.txt").write_text("mine")
    session.execute(
        text("UPDATE releases SET licence = :closed WHERE area_type = 'lad'"), {"closed": CLOSED}
    )
    publish(session, folder, BASE, DAY, quiet, store)
    assert not list(folder.glob("lad.*"))
    assert (folder / "notes.txt").read_text() == "mine"


def test_folder_of_something_else_is_left_alone(demo_engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    with Session(demo_engine) as session, pytest.raises(FolderNotEmpty):
        publish(session, tmp_path, BASE, DAY, quiet)
    assert [each.name for each in tmp_path.iterdir()] == ["letter.txt"]
