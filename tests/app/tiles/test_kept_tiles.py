"""Tiles in memory go out ahead of clocks, and of who cuts long answers."""

from __future__ import annotations

import numpy as np
import pytest
from shapely.geometry import shape
from starlette.testclient import TestClient

from app.tiles import door
from app.tiles.methods.tile_grid import tiles_of_boxes

LSOA = "/ogc/collections/lsoa"
GZIP = {"Accept-Encoding": "gzip"}


@pytest.fixture
def tile(demo_client: TestClient) -> str:
    """Name a tile of the demo's first area, one that is kept: where no release is laid out its route draws it."""
    first = demo_client.get(f"{LSOA}/items?limit=1").json()["features"][0]
    box = np.array([shape(first["geometry"]).bounds])
    row, column = tiles_of_boxes(box, 11)[0]
    named = f"{LSOA}/tiles/WebMercatorQuad/11/{row}/{column}"
    demo_client.get(named, headers=GZIP)
    return named


async def _never(*_of: object) -> None:
    raise AssertionError("asked behind")


def test_what_is_in_memory_is_sent_ahead_of_all_that_works(
    demo_client: TestClient, tile: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same to the byte, and only for as long as what the collection shows is believed."""
    first = demo_client.get(tile, headers=GZIP)
    assert len(first.content) > 1_000
    monkeypatch.setattr(door, "BELIEVED_S", 60.0)
    monkeypatch.setattr(door.TileDoor, "__call__", _never)
    again = demo_client.get(tile, headers=GZIP)
    same = demo_client.get(tile, headers={**GZIP, "If-None-Match": first.headers["etag"]})
    assert again.content == first.content
    assert (same.status_code, same.content) == (304, b"")
    differ = {"x-request-id", "date"}
    assert {n: v for n, v in again.headers.items() if n not in differ} == {
        n: v for n, v in first.headers.items() if n not in differ
    }
    for other in ({"Accept-Encoding": "identity"}, {**GZIP, "Range": "bytes=0-9"}):
        assert demo_client.get(tile, headers=other).status_code == 500
    assert demo_client.get(f"{tile}?datetime=2015-01-01", headers=GZIP).status_code == 500
    monkeypatch.setattr(door, "BELIEVED_S", -1.0)
    assert demo_client.get(tile, headers=GZIP).status_code == 500


def test_a_long_tile_goes_by_who_cuts_it(
    demo_client: TestClient, tile: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = demo_client.get(tile, headers=GZIP)
    monkeypatch.setattr(door, "BELIEVED_S", 60.0)
    monkeypatch.setattr(door, "PIECE", int(first.headers["content-length"]) - 1)
    assert demo_client.get(tile, headers=GZIP).content == first.content
    monkeypatch.setattr(door.TileDoor, "__call__", _never)
    assert demo_client.get(tile, headers=GZIP).status_code == 500
    monkeypatch.setattr(door, "PIECE", int(first.headers["content-length"]))
    assert demo_client.get(tile, headers=GZIP).content == first.content
