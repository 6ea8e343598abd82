"""One file of all tiles: what an independent reader finds in it is what the routes serve, to the byte."""

from __future__ import annotations

import gzip
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pmtiles.reader import MemorySource, Reader, all_tiles
from sqlalchemy import Engine
from starlette.testclient import TestClient
from typer.testing import CliRunner

from app.cli import app as cli
from app.tiles import baking
from app.tiles.archive import write_archive
from app.tiles.baking import BakedTile, ChangedMeanwhile, plan_baking
from app.tiles.queries import Shown, UnknownCollection
from app.tiles.stored import TileStore
from tests.support.vector_tiles import read_tile

DAY = date(2026, 1, 1)
GZIPPED = {"Accept-Encoding": "gzip"}


def tiles_in(body: bytes) -> dict[tuple[int, int, int], bytes]:
    """Read an archive by its own library: level, row and column."""
    return {(z, y, x): tile for (z, x, y), tile in all_tiles(MemorySource(body))}


def sent(client: TestClient, address: str) -> bytes:
    with client.stream("GET", address, headers=GZIPPED) as answer:
        assert answer.status_code == 200
        return b"".join(answer.iter_raw())


@pytest.fixture(scope="module")
def written(demo_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("archive") / "wards.pmtiles"
    made = write_archive(plan_baking(demo_engine, Shown("wd", DAY), (5, 11)), path)
    body = path.read_bytes()
    assert made == len(tiles_in(body))
    assert [each.name for each in path.parent.iterdir()] == ["wards.pmtiles"]
    return body


def test_archive_holds_every_tile_that_the_route_gives(
    demo_client: TestClient, written: bytes
) -> None:
    held = tiles_in(written)
    assert {z for z, _, _ in held} == set(range(5, 12))
    for z, y, x in held:
        route = f"/ogc/collections/wd/tiles/WebMercatorQuad/{z}/{y}/{x}?datetime={DAY}"
        assert sent(demo_client, route) == held[z, y, x]
    # And none is missing beside those: the ring of tiles around each holds nothing that is not held.
    z = 9
    beside = {
        (y + dy, x + dx) for lz, y, x in held if lz == z for dy in (-1, 0, 1) for dx in (-1, 0, 1)
    }
    for y, x in beside:
        body = demo_client.get(
            f"/ogc/collections/wd/tiles/WebMercatorQuad/{z}/{y}/{x}?datetime={DAY}"
        )
        assert bool(body.content) == ((z, y, x) in held)


def test_archive_says_what_it_holds(written: bytes) -> None:
    reader = Reader(MemorySource(written))
    header: dict[str, Any] = reader.header()
    assert (header["min_zoom"], header["max_zoom"], header["clustered"]) == (5, 11, True)
    assert header["tile_type"].name == "MVT"
    assert header["tile_compression"].name == "GZIP"
    west, south, east, north = (
        header[f"{edge}_e7"] / 1e7 for edge in ("min_lon", "min_lat", "max_lon", "max_lat")
    )
    assert -7 < west < east < 3
    assert 49 < south < north < 56
    words = reader.metadata()
    assert words["attribution"]
    assert words["vector_layers"][0]["id"] == "wd"
    z, y, x = max(tiles_in(written))
    first = read_tile(gzip.decompress(reader.get(z, x, y)), z, y, x)
    assert {"code", "name", "shape"} <= set(first[0])


def test_archive_by_its_address_is_read_in_parts(demo_client: TestClient) -> None:
    address = "/ogc/collections/lad/tiles/WebMercatorQuad.pmtiles"
    whole = demo_client.get(address)
    assert whole.headers["content-type"] == "application/vnd.pmtiles"
    assert whole.headers["accept-ranges"] == "bytes"
    part = demo_client.get(address, headers={"Range": "bytes=0-126"})
    assert (part.status_code, part.content) == (206, whole.content[:127])
    assert {z for z, _, _ in tiles_in(whole.content)} == set(range(5, 13))
    tag = whole.headers["etag"]
    assert demo_client.get(address, headers={"If-None-Match": tag}).status_code == 304
    assert demo_client.get(f"{address}?x=1").status_code == 400
    missing = demo_client.get("/ogc/collections/oil/tiles/WebMercatorQuad.pmtiles")
    assert (missing.status_code, missing.json()["type"]) == (404, "/problems/unknown-collection")


def test_kept_tiles_are_not_drawn_again_and_the_archive_is_the_same(
    demo_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = TileStore(tmp_path / "tiles")
    one, two = tmp_path / "1.pmtiles", tmp_path / "2.pmtiles"
    write_archive(
        plan_baking(demo_engine, Shown("lad", DAY), (5, 8), store=store, is_kept=True), one
    )

    def never(*_: object) -> bytes:
        raise AssertionError("drawn again")

    monkeypatch.setattr(baking, "compressed_tile", never)
    write_archive(plan_baking(demo_engine, Shown("lad", DAY), (5, 8), store=store), two)
    assert one.read_bytes() == two.read_bytes()


def test_nothing_is_left_of_an_archive_that_could_not_be_written(
    demo_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def changed(*_: object) -> BakedTile:
        raise ChangedMeanwhile("another release is served")

    monkeypatch.setattr(baking.Baking, "_draw", changed)
    with pytest.raises(ChangedMeanwhile):
        write_archive(plan_baking(demo_engine, Shown("lad", DAY)), tmp_path / "x.pmtiles")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(UnknownCollection):
        plan_baking(demo_engine, Shown("oil", DAY))


def test_store_keeps_to_its_size(demo_engine: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "tiles"
    for most, kept in ((10, False), (10_000_000, True)):
        shutil.rmtree(folder, ignore_errors=True)
        store = TileStore(folder, most_bytes=most)
        plan = plan_baking(demo_engine, Shown("lad", DAY), (5, 6), store=store, is_kept=True)
        assert len(list(plan)) > 0
        assert any(folder.rglob("*.mvt.gz")) is kept


def test_release_is_a_collection_with_the_tiles_of_its_type(demo_client: TestClient) -> None:
    by_type = demo_client.get("/ogc/collections/lad/tiles/WebMercatorQuad/tilejson.json").json()
    release = by_type["name"].partition("(")[2].rstrip(")")
    own = demo_client.get(f"/ogc/collections/{release}/tiles/WebMercatorQuad/tilejson.json").json()
    assert own["vector_layers"][0]["id"] == "lad"
    held = tiles_in(
        demo_client.get(f"/ogc/collections/{release}/tiles/WebMercatorQuad.pmtiles").content
    )
    z, y, x = max(held)
    assert (
        sent(demo_client, f"/ogc/collections/lad/tiles/WebMercatorQuad/{z}/{y}/{x}")
        == held[z, y, x]
    )


def test_command_refuses_levels_the_wrong_way_round() -> None:
    asked = ["areas", "export", "lad", "-o", "x.pmtiles", "--from-level", "9", "--to-level", "8"]
    done = CliRunner().invoke(cli, asked)
    assert done.exit_code == 2
