"""What passes the door, finished or not, is what the routes say, to the byte; deleting the store changes nothing."""

from __future__ import annotations

import gzip
import pickle
import random
import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import brotli
import pyarrow as pa
import pytest
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from app.codings import choose_coding, compress
from app.long_answers import PIECE
from app.main import create_app
from app.ogc import door, routes
from app.ogc.asking import GDAL_TAKES
from app.ogc.door import Ready
from app.ogc.statements import finished
from app.ogc.stored import LARGEST_IN_MEMORY, AnswerStore
from app.settings import Settings

if TYPE_CHECKING:
    from httpx import Response

ITEMS = "/ogc/collections/lsoa/items"
MADE_EACH_TIME = {"x-request-id", "date", "last-modified"}


def questions(client: TestClient) -> list[str]:
    page = client.get(f"{ITEMS}?limit=10").json()
    first = page["features"][0]["id"]
    following = next(each["href"] for each in page["links"] if each["rel"] == "next")
    return [
        ITEMS, f"{ITEMS}?limit=10", f"{ITEMS}?limit=7", f"{ITEMS}/{first}", f"{ITEMS}/nosuch",
        f"{ITEMS}?{following.partition('?')[2]}", f"{ITEMS}?bbox=-7,49,3,56", f"{ITEMS}?bbox=0,0,1,1",
        f"{ITEMS}?limit=0", f"{ITEMS}?bbox=1,2", f"{ITEMS}?nosuch=1", f"{ITEMS}?filter=code='{first}'",
        f"{ITEMS}?limit=2&bbox=-7,49,3,56", f"{ITEMS}?cursor=WzEsMl0", "/ogc/collections/nosuch/items",
        "/ogc/collections/partnerships/items", "/ogc/collections/resources/items?limit=10",
        f"{ITEMS}?crs=EPSG:27700&limit=2", f"{ITEMS}?crs=EPSG:27700&limit=10",
        f"{ITEMS}?crs=EPSG:4326&limit=10", f"{ITEMS}/{first}?crs=EPSG:4326", f"{ITEMS}?f=csv&limit=3",
    ]  # fmt: skip


def plain(answer: Response) -> tuple[int, dict[str, str], bytes]:
    headers = {name: value for name, value in answer.headers.items() if name not in MADE_EACH_TIME}
    return answer.status_code, headers, re.sub(rb'"request_id":"[^"]*"', b"", answer.content)


def empty(client: TestClient, store: Path) -> None:
    """Forget what is in memory and on disk."""
    opened: AnswerStore | None = getattr(client.app.state, "feature_store", None)  # type: ignore[attr-defined]
    if opened is not None:
        opened.close()
    shutil.rmtree(store, ignore_errors=True)


def wait_for(found: Callable[[], object]) -> None:
    end = time.monotonic() + 10
    while not found():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.fixture(scope="module")
def store(demo_client: TestClient) -> Path:
    folder: Path = demo_client.app.state.settings.data_dir / "features"  # type: ignore[attr-defined]
    return folder


@pytest.mark.parametrize("accept", ["*/*", GDAL_TAKES])
def test_door_store_and_routes_say_the_same(
    demo_client: TestClient, store: Path, monkeypatch: pytest.MonkeyPatch, accept: str
) -> None:
    asked = questions(demo_client)
    plainly = {"Accept-Encoding": "identity", "Accept": accept}
    empty(demo_client, store)
    cold = [plain(demo_client.get(each, headers=plainly)) for each in asked]
    warm = [plain(demo_client.get(each, headers=plainly)) for each in asked]
    wait_for(lambda: any(store.rglob("*.identity")))
    monkeypatch.setattr(door, "COLLECTIONS", "/nowhere/")
    routes = [plain(demo_client.get(each, headers=plainly)) for each in asked]
    for question, *three in zip(asked, cold, warm, routes, strict=True):
        for name, *said in zip(("status", "headers", "body"), *three, strict=True):
            assert said[0] == said[1] == said[2], (question, name)


def test_boxes_through_the_door_find_what_outlines_meet(
    demo_client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Large and tiny boxes, at the corners of features and anywhere: corners alone decide nothing at an edge."""
    draw = random.Random(20)
    whole = demo_client.get(f"{ITEMS}?limit=10000").json()["features"]
    asked = []
    for _ in range(60):
        ring = draw.choice(whole)["geometry"]["coordinates"][0][0]
        (west, south), half = draw.choice(ring), draw.choice([1e-7, 1e-6, 2e-5, 1e-3, 0.05])
        west, south = west + draw.uniform(-half, half), south + draw.uniform(-half, half)
        asked.append(f"{ITEMS}?limit=10000&bbox={west},{south},{west + half},{south + half}")
    through = [demo_client.get(each).content for each in asked]
    monkeypatch.setattr(door, "COLLECTIONS", "/nowhere/")
    behind = [demo_client.get(each).content for each in asked]
    assert through == behind
    assert len({body.count(b'"Feature"') for body in through}) > 3


def test_box_is_asked_of_one_process(demo_client: TestClient, demo_engine: Engine) -> None:
    """The database begins no processes for a box, whatever it thinks of the table, even where they cost nothing."""
    assert demo_client.get(f"{ITEMS}?limit=1").status_code == 200
    statement = re.sub(r"\$(\d+)", r"%(p\1)s", finished._BOX.decode())
    given = {f"p{n}": value for n, value in enumerate(("lsoa", *[0.5] * 8, 10), 1)}
    with demo_engine.connect() as connection:
        raw = connection.connection.dbapi_connection
        assert raw is not None
        cursor = raw.cursor()
        for setting in (
            "parallel_setup_cost = 0", "parallel_tuple_cost = 0", "min_parallel_table_scan_size = 0",
            "min_parallel_index_scan_size = 0", "max_parallel_workers_per_gather = 4",
        ):  # fmt: skip
            cursor.execute(f"SET LOCAL {setting}")
        cursor.execute("EXPLAIN SELECT count(*) FROM feature_texts WHERE length(written) > 0")
        assert "Gather" in str(cursor.fetchall())
        cursor.execute(f"EXPLAIN {statement}", given)
        plan = str(cursor.fetchall()).partition("on feature_sets")[
            2
        ]  # behind how the one set is found
        assert "ix_feature_texts_reach" in plan
        assert "Gather" not in plan
        assert "hashed" not in plan  # the whole set would be compared


def test_statement_that_takes_too_long_is_503_with_a_hint_and_not_asked_again(
    demo_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_of: object) -> None:
        raise AssertionError("asked a second time")

    monkeypatch.setattr(routes, "read_page", never)
    settings = Settings(data_dir=tmp_path, statement_timeout_s=0.4)
    with TestClient(create_app(settings, demo_engine)) as client:
        assert client.get(f"{ITEMS}?limit=3").status_code == 200  # finished, and known
        with demo_engine.connect() as other, other.begin():
            other.execute(text("LOCK TABLE feature_texts IN ACCESS EXCLUSIVE MODE"))
            answer = client.get(f"{ITEMS}?limit=4")
        assert answer.status_code == 503
        assert answer.json()["type"] == "/problems/took-too-long"
        assert int(answer.headers["retry-after"]) > 0
        assert client.get(f"{ITEMS}?limit=4").status_code == 200


def test_what_is_in_memory_is_sent_ahead_of_all_that_works(
    demo_client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same to the byte, and only for as long as the state that was seen is believed."""
    code = demo_client.get(f"{ITEMS}?limit=1").json()["features"][0]["id"]
    address = f"{ITEMS}/{code}"
    first = demo_client.get(address)

    async def never(*_of: object) -> None:
        raise AssertionError("asked behind")

    monkeypatch.setattr(door, "BELIEVED_S", 60.0)
    with monkeypatch.context() as closed:
        closed.setattr(door.FeatureDoor, "__call__", never)
        again = demo_client.get(address)
        same = demo_client.get(address, headers={"If-None-Match": first.headers["etag"]})
        assert demo_client.get(address, headers={"Accept": "text/html"}).status_code == 500
        assert demo_client.get(f"{ITEMS}?limit=3").status_code == 500
    assert again.content == first.content
    assert (same.status_code, same.content) == (304, b"")
    differ = {"x-request-id", "date"}
    assert {n: v for n, v in again.headers.items() if n not in differ} == {
        n: v for n, v in first.headers.items() if n not in differ
    }
    monkeypatch.setattr(door, "BELIEVED_S", -1.0)
    monkeypatch.setattr(door.FeatureDoor, "__call__", never)
    assert demo_client.get(address).status_code == 500


def test_feature_that_leaves_memory_is_found_on_disk(tmp_path: Path) -> None:
    kept = AnswerStore(tmp_path / "store", most_in_memory=10_000)
    ready = [Ready("", [], [], b"%04d" % n) for n in range(8)]
    for n, each in enumerate(ready):
        kept.remember(n, each, ("state", f"address {n}", "identity"), on_disk=False)
    assert kept.recall(7) is ready[7]
    assert kept.recall(0) is None
    assert kept.find("state", "address 7", "identity") is None
    kept.close()
    assert [kept.find("state", f"address {n}", "identity") for n in (0, 7)] == [b"0000", b"0007"]


def test_of_a_page_memory_holds_the_head_and_the_disk_the_body(tmp_path: Path) -> None:
    kept = AnswerStore(tmp_path / "store", most_in_memory=10_000)
    page = Ready('"tag"', [(b"etag", b'"tag"')], [], b"x" * (LARGEST_IN_MEMORY + 1))
    place = ("state", "page", "gzip")
    kept.remember("page", page, place, on_disk=True)
    assert kept.recall("page") is None  # not written yet
    kept.keep(*place, page.body)
    kept.remember("page", page, place, on_disk=True)
    assert kept.recall("page") == page
    assert len(pickle.dumps(kept._of_disk.__dict__)) < LARGEST_IN_MEMORY
    kept.keep(*place, b"of another length")
    assert kept.recall("page") is None
    kept.keep(*place, page.body)
    kept.remember("page", page, place, on_disk=True)
    shutil.rmtree(tmp_path / "store")
    assert kept.recall("page") is None


def test_compressed_pages_take_no_place_of_features_in_memory(tmp_path: Path) -> None:
    kept = AnswerStore(tmp_path / "store")
    one = Ready("", [], [], b"feature")
    kept.remember("feature", one, ("state", "feature", "identity"), on_disk=False)
    page = Ready("", [], [], b"x" * LARGEST_IN_MEMORY)
    for n in range(60):
        kept.remember(n, page, ("state", str(n), "gzip"), on_disk=True)
    assert kept.recall("feature") is one
    assert kept.recall(59) is page
    assert LARGEST_IN_MEMORY <= PIECE  # it passes by who cuts long answers
    assert kept.recall(0) is None  # of these there were too many
    assert not (tmp_path / "store").exists()  # and they are on disk already


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip"])
def test_coding_is_negotiated_and_made_once(
    demo_client: TestClient, store: Path, coding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"{ITEMS}?limit=100"
    whole = demo_client.get(address, headers={"Accept-Encoding": "identity"})
    with demo_client.stream("GET", address, headers={"Accept-Encoding": coding}) as answer:
        raw = b"".join(answer.iter_raw())
    assert answer.headers["content-encoding"] == coding
    assert "Accept-Encoding" in answer.headers["vary"]
    opened = {
        "br": brotli.decompress,
        "gzip": gzip.decompress,
        "zstd": lambda body: pa.Codec("zstd").decompress(body, len(whole.content)).to_pybytes(),
    }[coding](raw)
    assert opened == whole.content
    assert answer.headers["etag"] != whole.headers["etag"]  # strong: other bytes, another tag

    def never(_body: bytes, _coding: str) -> bytes:
        raise AssertionError("compressed a second time")

    monkeypatch.setattr(door, "compress", never)
    with demo_client.stream("GET", address, headers={"Accept-Encoding": coding}) as again:
        assert b"".join(again.iter_raw()) == raw
    same = {"Accept-Encoding": coding, "If-None-Match": answer.headers["etag"]}
    assert demo_client.get(address, headers=same).status_code == 304


def test_coding_is_the_smallest_that_is_taken() -> None:
    assert choose_coding("gzip, deflate, br, zstd") == "br"
    assert choose_coding("gzip;q=1, br;q=0") == "gzip"
    assert choose_coding("identity") == choose_coding("") == choose_coding("x;q=y") == "identity"


def test_store_drops_older_states_and_keeps_to_its_size(tmp_path: Path) -> None:
    kept = AnswerStore(tmp_path / "store", most_bytes=10)
    kept.keep("one", "a", "identity", b"12345")
    kept.keep("one", "b", "identity", b"1234567")
    assert kept.find("one", "a", "identity") == b"12345"
    assert kept.find("one", "b", "identity") is None
    kept.keep("two", "b", "identity", b"1234567")
    assert kept.find("two", "b", "identity") == b"1234567"
    assert kept.find("one", "a", "identity") is None


def test_address_cannot_name_a_place_outside_the_store(tmp_path: Path) -> None:
    kept = AnswerStore(tmp_path / "store")
    kept.keep("../../x", "../../../etc/passwd", "identity", b"x")
    assert all(each.is_relative_to(tmp_path / "store") for each in tmp_path.rglob("*.identity"))
    assert compress(b"x" * 10, "gzip") == compress(b"x" * 10, "gzip")
