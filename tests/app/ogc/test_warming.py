"""Answers finished before anybody asks are those that are made when somebody does; stopped work is taken up."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.dependencies import today
from app.main import create_app
from app.ogc import door
from app.ogc.actions import finish
from app.ogc.warming import NotServed, collections_of, warm_pages, warm_tiles
from app.sessions import writing
from app.settings import Settings
from app.tiles import baking, finished
from app.tiles import door as tile_door
from app.tiles.baking import plan_baking
from app.tiles.queries import Shown
from boundaries.tables import Release
from tests.support.places import quiet

if TYPE_CHECKING:
    from starlette.testclient import TestClient


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path)


@pytest.fixture
def client(demo_engine: Engine, settings: Settings) -> Iterator[TestClient]:
    from starlette.testclient import TestClient

    with TestClient(create_app(settings, demo_engine), raise_server_exceptions=False) as opened:
        yield opened


def served(engine: Engine, area_type: str) -> str:
    with Session(engine) as session:
        query = select(Release.id).where(Release.state == "served", Release.area_type == area_type)
        return str(session.scalars(query.order_by(Release.published_on.desc())).first())


def addresses(engine: Engine, release: str) -> list[str]:
    """Pages of every size that is kept, and a tile of each level."""
    items = f"/ogc/collections/{release}/items"
    places = {z: (z, y, x) for z, y, x in plan_baking(engine, Shown(release, today())).places}
    tiles = [
        f"/ogc/collections/{release}/tiles/WebMercatorQuad/{z}/{y}/{x}"
        for z, y, x in places.values()
    ]
    return [items, f"{items}?limit=1000", f"{items}?limit=10000", *tiles]


def test_what_is_kept_beforehand_is_what_would_have_been_made(
    demo_engine: Engine, settings: Settings, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = served(demo_engine, "wd")
    asked = addresses(demo_engine, release)
    assert len(asked) == 11
    with writing(demo_engine) as session:
        finish(session, release, today())
    cold = [client.get(each, headers={"Accept-Encoding": "gzip"}) for each in asked]
    for name in ("features", "tiles"):
        shutil.rmtree(settings.data_dir / name)
    tiles = warm_tiles(settings, demo_engine, Shown(release, today()), quiet)
    pages = warm_pages(settings, demo_engine, release, quiet)
    assert tiles == len(list((settings.data_dir / "tiles").rglob("*.mvt.gz"))) - _empty(settings)
    assert pages == 3

    def never(*_: object, **__: object) -> bytes:
        raise AssertionError("made again")

    monkeypatch.setattr(finished, "compressed_tile", never)
    monkeypatch.setattr(tile_door, "compress_tile", never)
    monkeypatch.setattr(door, "compress", never)
    kept = _kept(settings)
    warm = [client.get(each, headers={"Accept-Encoding": "gzip"}) for each in asked]
    assert _kept(settings) == kept  # a page that was not there would be now
    for first, second in zip(cold, warm, strict=True):
        assert (first.status_code, first.content) == (200, second.content)
        assert first.headers["etag"] == second.headers["etag"]
    assert any(len(each.content) for each in cold[3:])
    deeper = asked[-1].replace("/12/", "/13/")  # never kept, and off the map where it lies
    assert client.get(deeper).status_code == 500  # the proof that nothing was made above


def _kept(settings: Settings) -> dict[Path, int]:
    files = (settings.data_dir / "features").rglob("*.*")
    return {path: path.stat().st_mtime_ns for path in files}


def _empty(settings: Settings) -> int:
    kept = (settings.data_dir / "tiles").rglob("*.mvt.gz")
    return sum(path.stat().st_size <= baking.EMPTY_BYTES for path in kept)


def test_stopped_work_is_taken_up_where_it_ended(
    demo_engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    release, drawn = served(demo_engine, "lad"), []
    real = baking.compressed_tile

    def stop_after_some(*given: object) -> bytes:
        drawn.append(given[2:])
        if len(drawn) == 30:
            raise KeyboardInterrupt
        return real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(baking, "compressed_tile", stop_after_some)
    with pytest.raises(KeyboardInterrupt):
        warm_tiles(settings, demo_engine, Shown(release, today()), quiet)
    kept = {str(path) for path in (settings.data_dir / "tiles").rglob("*.mvt.gz")}
    assert kept
    before = len(drawn)
    made = warm_tiles(settings, demo_engine, Shown(release, today()), quiet)
    whole = list((settings.data_dir / "tiles").rglob("*.mvt.gz"))
    assert len(drawn) - before == len(whole) - len(kept)
    assert made == len(whole) - _empty(settings)


def test_what_is_not_served_is_not_warmed(demo_engine: Engine) -> None:
    with pytest.raises(NotServed):
        collections_of(demo_engine, "lad-1066-10-bgc", today())
    release = served(demo_engine, "lad")
    assert collections_of(demo_engine, release, today()) == [release, "lad"]
