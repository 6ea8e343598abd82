"""What a service makes ready in the background: the tiles of the national map, and nothing where none can be."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event
from sqlalchemy.orm import Session

from app.indicators.editions import MEASURES
from app.indicators.tables import DeprivationIndex, IndexValue
from app.latest import Latest
from app.main import create_app
from app.pages.first_page import make_a_page
from app.pages.rendering import environment
from app.readying import Readying
from app.request_counts import RequestCounts
from app.settings import Settings
from app.tiles.finished import finished_tile
from app.tiles.queries import Shown
from tests.support.databases import ClusterForTests
from tests.support.engines import open_engine
from tests.support.squares import add_layer, add_members

SET = "lsoa-2011"
EVERY_AREA = "GROUP BY index_values.code"


@pytest.fixture
def state(
    cluster: ClusterForTests, template_database: str, tmp_path: Path
) -> Iterator[SimpleNamespace]:
    """The state of a service over one small area in one council, with the national index of both."""
    url = cluster.clone(template_database)
    engine = open_engine(url)
    with Session(engine) as session, session.begin():
        add_layer(session, "lsoa-2011-12-bgc", {"E01000001": (0, 0, 2, 2)})
        add_layer(session, "lad-2025-05-bgc", {"E07000001": (0, 0, 2, 2)})
        add_members(session, {"E01000001": "E07000001"})
        session.add(
            DeprivationIndex(
                id="imd-2019", title="IMD 2019", area_set=SET, release_id="lsoa-2011-12-bgc",
                areas_total=20, published_on=date(2019, 9, 26), partial=False, demo=False, publisher="MHCLG",
                licence="OGL", attribution="MHCLG", source_file="f", sha256="0", rows_in=1, rows_stored=1,
                rows_refused=0, rows_elsewhere=0,
            )
        )  # fmt: skip
        session.flush()
        session.add(IndexValue(index_id="imd-2019", code="E01000001", measure="imd", rank=2))
    yield SimpleNamespace(
        engine=engine, settings=Settings(data_dir=tmp_path), counts=RequestCounts()
    )
    cluster.drop(url)


def kept(folder: Path) -> dict[str, set[str]]:
    """Levels by collection of the tiles that are kept and hold anything."""
    found: dict[str, set[str]] = {}
    for path in folder.rglob("*.mvt.gz"):
        if path.stat().st_size > 30:
            found.setdefault(path.parts[-5].partition("-")[0], set()).add(path.parts[-3])
    return found


def test_the_tiles_of_the_national_map_are_there_before_anybody_asks(
    state: SimpleNamespace, tmp_path: Path
) -> None:
    Readying(state, late_s=0, pause_s=0, quiet_s=0).run()
    assert kept(tmp_path / "tiles") == {"lad": {"5", "6"}, "lsoa": {"6"}}
    ready = {path: path.read_bytes() for path in (tmp_path / "tiles").rglob("*.mvt.gz")}
    path, body = max(ready.items(), key=lambda each: len(each[1]))
    place = (int(path.parts[-3]), int(path.parts[-2]), int(path.name.partition(".")[0]))
    collection = path.parts[-5].partition("-")[0]
    path.unlink()
    drawn = finished_tile(state, Shown(collection, date(2026, 1, 1), "imd-2019"), place)
    assert drawn == body
    assert "place.html" in {name for _, name in environment().cache or ()}


def test_nothing_is_drawn_where_no_index_is_loaded(database_url: str, tmp_path: Path) -> None:
    nowhere = database_url.replace("?", "_that_is_not_there?")
    assert nowhere != database_url
    for number, url in enumerate((database_url, nowhere)):
        own = tmp_path / str(number)
        asked = SimpleNamespace(
            engine=open_engine(url), settings=Settings(data_dir=own), counts=RequestCounts()
        )
        Readying(asked, late_s=0, pause_s=0, quiet_s=0).run()
        assert not (own / "tiles").exists()


def test_a_service_that_ends_waits_for_no_piece_that_is_not_begun(state: SimpleNamespace) -> None:
    readying = Readying(state, late_s=60, pause_s=60)
    readying.start()
    began = time.monotonic()
    readying.stop()
    assert time.monotonic() - began < 30
    assert not (state.settings.data_dir / "tiles").exists()


def test_no_piece_is_begun_while_somebody_is_being_answered(state: SimpleNamespace) -> None:
    state.counts.begin()
    readying = Readying(state, late_s=0, pause_s=0, quiet_s=0)
    readying.start()
    time.sleep(0.3)
    assert not (state.settings.data_dir / "tiles").exists()
    state.counts.end()
    give_up_at = time.monotonic() + 60
    while not (state.settings.data_dir / "tiles").exists() and time.monotonic() < give_up_at:
        time.sleep(0.02)
    readying.stop()
    assert (state.settings.data_dir / "tiles").exists()


def noted(readying: Readying) -> list[str]:
    """Have the pieces note themselves in place of their work; gives what they wrote."""
    written: list[str] = []
    readying._pieces = tuple(
        piece._replace(do=lambda quiet_s=piece.quiet_s: written.append("every page" if not quiet_s else "later"))
        for piece in readying._pieces
    )  # fmt: skip
    return written


def test_it_begins_when_the_first_answer_is_out_and_no_large_piece_just_after_one(
    state: SimpleNamespace,
) -> None:
    readying = Readying(state, late_s=600, pause_s=0, quiet_s=600)
    done = noted(readying)
    readying.start()
    time.sleep(0.2)
    assert done == []
    state.counts.begin()
    state.counts.end()
    give_up_at = time.monotonic() + 60
    while len(done) < 5 and time.monotonic() < give_up_at:
        time.sleep(0.02)
    readying.stop()
    assert done == ["every page"] * 5


def test_no_page_is_made_where_a_readers_was(
    state: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    statements: list[str] = []
    event.listen(state.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    found = Latest[Any](8)
    monkeypatch.setattr("app.findings.asking._kept", found)
    for is_found in (True, False):
        if is_found:
            found.get("a reader's", dict)
        else:
            monkeypatch.setattr("app.findings.asking._kept", Latest[Any](8))
        statements.clear()
        Readying(state, late_s=0, pause_s=0, quiet_s=0).run()
        assert any(EVERY_AREA in each for each in statements) != is_found


def test_what_all_places_share_is_read_while_libraries_load(state: SimpleNamespace) -> None:
    statements: list[str] = []
    event.listen(state.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    with Session(state.engine) as session, session.begin():
        for measure in list(MEASURES)[1:3]:
            session.add(IndexValue(index_id="imd-2019", code="E01000001", measure=measure, rank=2))
    readying = Readying(state, late_s=0, pause_s=0, quiet_s=600)
    noted(readying)
    readying.start()
    give_up_at = time.monotonic() + 60
    while not any(EVERY_AREA in each for each in statements) and time.monotonic() < give_up_at:
        time.sleep(0.02)
    readying.stop()
    assert any(EVERY_AREA in each for each in statements)


def test_what_a_places_page_stands_on_is_read_before_anybody_asks(state: SimpleNamespace) -> None:
    statements: list[str] = []
    event.listen(state.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    make_a_page(state)
    assert any(EVERY_AREA in each for each in statements)
    statements.clear()
    make_a_page(state)
    assert statements
    assert not any(EVERY_AREA in each for each in statements)


def test_it_is_ready_when_a_page_was_made_and_nothing_larger_is_done_at_once(
    state: SimpleNamespace,
) -> None:
    readying = Readying(state, late_s=0, pause_s=600, quiet_s=0)
    done: list[str] = []
    readying._pieces = tuple(
        piece._replace(do=lambda page=piece.makes_ready: done.append("page" if page else "other"))
        for piece in readying._pieces
    )
    readying.start()
    readying.wait_until_ready()
    assert done == ["other"] * 5 + ["page"]
    readying.stop()
    assert done == ["other"] * 5 + ["page"]


def test_a_service_that_is_slow_to_make_ready_is_ready_all_the_same(
    state: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.readying.READY_WITHIN_S", 0.3)
    readying = Readying(state, late_s=600)
    began = time.monotonic()
    readying.start()
    readying.wait_until_ready()
    assert 0.25 < time.monotonic() - began < 30
    readying.stop()


def test_who_watches_over_a_service_neither_starts_its_work_nor_keeps_it_from_it(
    database_url: str, tmp_path: Path
) -> None:
    app = create_app(Settings(data_dir=tmp_path), open_engine(database_url))
    with TestClient(app) as client:
        assert client.get("/readyz").status_code == 200
        assert client.get("/healthz").status_code == 200
        assert app.state.counts.ended_at is None
        assert client.get("/docs").status_code == 200
        assert app.state.counts.ended_at is not None
