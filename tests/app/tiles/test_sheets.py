"""A release that is laid out for maps is drawn as before, to the byte: sooner, and at the door of the service."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, delete, func, select, update
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.dependencies import Gate
from app.main import create_app
from app.ogc.warming import warm_tiles
from app.settings import Settings
from app.tiles import door, routes
from app.tiles.drawing import draw_tile
from app.tiles.methods.tile_grid import tiles_of_boxes
from app.tiles.queries import KeptLayers, Shown, TileLayer, asked_layer, layer_boxes
from boundaries.level_tables import MapShape, MapSheet
from boundaries.map_sheets import AS_PUBLISHED, lay_out
from boundaries.tables import Boundary, Release
from tests.support.engines import open_engine
from tests.support.squares import add_layer

DAY = date(2026, 1, 1)
RELEASE = "lsoa-2011-12-bgc"
TILES = f"/ogc/collections/{RELEASE}/tiles/WebMercatorQuad"
GZIPPED = {"Accept-Encoding": "gzip"}


def found(session: Session, collection: str, index: str | None = None) -> TileLayer:
    return asked_layer(session, KeptLayers(), Shown(collection, DAY, index))


def some_places(session: Session, layer: TileLayer, many: int) -> list[tuple[int, int, int]]:
    boxes = layer_boxes(session, layer)
    every = [(z, y, x) for z in (0, 4, 6, *range(8, 15)) for y, x in tiles_of_boxes(boxes, z)]
    return [every[n] for n in np.random.default_rng(3).permutation(len(every))[:many]]


@pytest.mark.parametrize(
    ("collection", "index"), [("lsoa", None), ("lad", None), ("lsoa", "imd-2019-demo")]
)
def test_a_release_laid_out_is_drawn_to_the_byte_as_from_its_tables(
    demo_db: Session, collection: str, index: str | None
) -> None:
    demo_db.execute(delete(MapSheet))  # others may have laid it out
    plain = found(demo_db, collection, index)
    assert plain.sheets == {}
    places = some_places(demo_db, plain, 60)
    before = [draw_tile(demo_db, plain, *each) for each in places]
    assert lay_out(demo_db, plain.release_id)
    laid_out = found(demo_db, collection, index)
    assert set(laid_out.sheets) == {AS_PUBLISHED, *plain.levels_m}
    assert laid_out.stamp == plain.stamp
    assert [draw_tile(demo_db, laid_out, *each) for each in places] == before
    assert sum(map(len, before)) > 5_000
    assert draw_tile(demo_db, laid_out, 6, 0, 0) == b""


def test_it_is_laid_out_once_and_anew_when_its_outlines_change(demo_db: Session) -> None:
    demo_db.execute(delete(MapSheet))
    layer = found(demo_db, "lad")
    drawn = demo_db.scalar(
        select(func.count()).select_from(Boundary).where(Boundary.release_id == layer.release_id)
    )
    assert lay_out(demo_db, layer.release_id)
    assert not lay_out(demo_db, layer.release_id)
    first = set(found(demo_db, "lad").sheets.values())
    demo_db.execute(
        update(Release)
        .where(Release.id == layer.release_id)
        .values(loaded_at=datetime(2020, 1, 1, tzinfo=UTC))
    )
    demo_db.expire_all()
    assert found(demo_db, "lad").sheets == {}
    assert lay_out(demo_db, layer.release_id)
    again = set(found(demo_db, "lad").sheets.values())
    assert again
    assert not again & first
    # What was laid out before is gone with its sheets.
    own = select(MapSheet.id).where(MapSheet.release_id == layer.release_id)
    assert set(demo_db.scalars(own)) == again
    count = select(func.count()).select_from(MapShape).where(MapShape.sheet.in_(own))
    assert demo_db.scalar(count) == drawn * len(again)


@pytest.fixture
def serving() -> Iterator[Callable[[Settings, Engine], TestClient]]:
    """Clients that are not entered: nothing is made ready beside what a test asks for."""
    opened: list[FastAPI] = []

    def serve(settings: Settings, engine: Engine) -> TestClient:
        opened.append(create_app(settings, engine))
        return TestClient(opened[-1])

    yield serve
    for app in opened:
        if hasattr(app.state, "tile_door"):
            app.state.tile_door.close()


def test_releases_warm_lays_out_and_the_door_draws_what_is_not_kept(
    make_database: Callable[[str], str], template_database: str, tmp_path: Path,
    serving: Callable[[Settings, Engine], TestClient], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    engine = open_engine(make_database(template_database))
    squares = {f"E0100000{n}": (2.0 * n, 0.0, 2.0 * n + 2, 2.0) for n in range(1, 8)}
    with Session(engine) as session, session.begin():
        add_layer(session, RELEASE, squares)
    settings = Settings(data_dir=tmp_path)
    client = serving(settings, engine)
    with Session(engine) as session:
        layer = found(session, RELEASE)
        places = [each for each in some_places(session, layer, 200) if each[0] in (9, 12, 13)][:9]
    before = {each: client.get("{}/{}/{}/{}".format(TILES, *each)) for each in places}
    assert len({answer.headers["etag"] for answer in before.values()}) > 3
    assert warm_tiles(settings, engine, Shown(RELEASE, DAY), lambda _words: None) > 10
    for kept in (tmp_path / "tiles").rglob("*.mvt.gz"):
        kept.unlink()

    drawn: list[object] = []
    real = routes.finished_tile
    monkeypatch.setattr(
        routes, "finished_tile", lambda *given: (drawn.append(given), real(*given))[1]
    )
    client = serving(settings, engine)
    monkeypatch.setattr(door, "BELIEVED_S", 60)
    state = client.app.state  # type: ignore[attr-defined]
    for each, said in before.items():
        for _ in range(2):
            answer = client.get("{}/{}/{}/{}".format(TILES, *each), headers=GZIPPED)
            assert (answer.content, answer.headers["etag"]) == (
                said.content, said.headers["etag"],
            ), each  # fmt: skip
    assert drawn == []
    state.tile_door.close()
    on_disk = [path.parts[-3] for path in (tmp_path / "tiles").rglob("*.mvt.gz")]
    assert sorted(on_disk) == sorted(str(z) for z, _, _ in places if z <= 12)

    # A tile that is on no map is refused by its route, and one for which no turn comes at once.
    assert client.get(f"{TILES}/3/8/0", headers=GZIPPED).status_code == 404
    state.tile_gate = Gate(running=0, waiting=0, patience_s=0.01)
    told = client.get(f"{TILES}/16/1/1", headers=GZIPPED)
    assert (told.status_code, told.json()["type"]) == (503, "/problems/busy")
    assert "retry-after" in told.headers
    state.tile_gate = Gate(running=4, waiting=4, patience_s=1.0)

    # A sheet that is gone since it was seen: the route draws, from the tables, the same tile.
    with Session(engine) as session, session.begin():
        session.execute(delete(MapSheet))
    client = serving(Settings(data_dir=tmp_path / "other"), engine)
    gone = replace(layer, sheets={AS_PUBLISHED: 2_000_000_000})
    monkeypatch.setattr(door, "asked_layer", lambda *_: gone)
    answer = client.get("{}/{}/{}/{}".format(TILES, *places[0]), headers=GZIPPED)
    assert answer.content == before[places[0]].content
    assert len(drawn) == 1
