"""A real nginx with the configuration that is shipped, before a real service: what it keeps, and what it never does."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from fastapi import APIRouter
from fastapi.responses import Response
from sqlalchemy import Engine

from app.access import actions
from app.main import create_app
from app.ogc.asking import GDAL_GOES_ON, GDAL_TAKES
from app.sessions import writing
from app.settings import Settings
from boundaries.database import REPOSITORY, make_engine
from tests.support.databases import ClusterForTests
from tests.support.serving import half_open, is_closed, serving
from tests.support.small_apps import with_routes

pytestmark = pytest.mark.slow
PLACES = "/api/v1/partnerships"
# Of an answer from the cache: a busy machine may take more than the second for which it is fresh.
KEPT = {"HIT", "STALE", "UPDATING"}
HTML = {"Accept": "text/html,application/xhtml+xml"}


private = APIRouter()


@private.get("/own-word")
def own_word() -> Response:
    return Response("of one person", headers={"Cache-Control": "private, no-store"})


@dataclass
class Cached:
    """A service, the cache before it, and a way to stop the service."""

    address: str
    origin: str
    token: str

    def get(self, path: str, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return httpx.get(self.address + path, headers=named, timeout=30)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def engine(cluster: ClusterForTests, demo_template: str) -> Iterator[Engine]:
    url = cluster.clone(demo_template)
    opened = make_engine(url)
    yield opened
    opened.dispose()
    cluster.drop(url)


@pytest.fixture(scope="module")
def nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    """The shipped configuration, with its marked lines and its folders changed; gives its address and its upstream."""
    program = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    if program is None:
        pytest.skip("no nginx is installed; ./bounds test installs it")
    folder, port, upstream = tmp_path_factory.mktemp("nginx"), free_port(), free_port()
    written = (REPOSITORY / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    changed = {
        "/var/cache/nginx/bounds": str(folder / "cache"), "127.0.0.1:8000": f"127.0.0.1:{upstream}",
        "listen 8080": f"listen 127.0.0.1:{port}", "/run/nginx.pid": str(folder / "pid"),
        "/var/log/nginx/error.log": str(folder / "error.log"),
        "server_name bounds.example.org": "server_name localhost",
        "client_header_timeout 10s": "client_header_timeout 2s",
    }  # fmt: skip
    for before, after in changed.items():
        assert written.count(before) >= 1, before
        written = written.replace(before, after)
    bodies = "".join(
        f"    {name}_temp_path {folder}/{name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    written = written.replace("http {\n", "http {\n" + bodies, 1)
    if os.geteuid() == 0:
        written = "user root;\n" + written  # its own user cannot enter the tests' folder
    (folder / "nginx.conf").write_text(written, encoding="utf-8")
    running = subprocess.Popen(
        [program, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-g", "daemon off;"],
        stderr=subprocess.PIPE,
    )
    give_up_at = time.monotonic() + 15
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            break
        except OSError:
            assert running.poll() is None, running.stderr and running.stderr.read()
            assert time.monotonic() < give_up_at
            time.sleep(0.05)
    yield f"http://127.0.0.1:{port}", upstream
    running.terminate()
    running.wait(10)
    assert running.stderr is not None
    running.stderr.close()


@pytest.fixture
def cached(nginx: tuple[str, int], engine: Engine, tmp_path: Path) -> Iterator[Cached]:
    with writing(engine) as session:
        secret = actions.create_token(session, "administrator", None, "a test").secret
    app = create_app(Settings(data_dir=tmp_path, base_url="http://localhost"), engine)
    with serving(with_routes(app, private), port=nginx[1]) as (port, _):
        yield Cached(nginx[0], f"http://127.0.0.1:{port}", secret)


def hit(answer: httpx.Response) -> str:
    return answer.headers["x-cache"]


def test_public_answers_are_kept_and_asked_again_by_their_tag(cached: Cached) -> None:
    first, second = cached.get(PLACES), cached.get(PLACES)
    assert hit(first) == "MISS"
    assert hit(second) in KEPT
    assert first.content == second.content == httpx.get(cached.origin + PLACES).content
    tag = first.headers["etag"]
    assert cached.get(PLACES, If_None_Match=tag).status_code == 304

    def is_old() -> bool:
        time.sleep(1.1)
        return hit(cached.get(PLACES)) in {"STALE", "UPDATING"}

    wait_for(is_old)  # served at once, and asked again behind it
    wait_for(lambda: hit(cached.get(PLACES)) == "HIT")


def test_gdal_is_led_on_to_large_pages_and_others_are_not(cached: Cached) -> None:
    """It begins with ten features and follows `next`: in pages of ten England's small areas took 3,285 requests."""
    items = "/ogc/collections/lsoa/items?limit=10"
    for accepted, size in (("*/*", 10), (GDAL_TAKES, GDAL_GOES_ON), ("application/json", 10)):
        for _ in range(2):  # made, and from the cache
            links = cached.get(items, Accept=accepted).json()["links"]
            following = next(each["href"] for each in links if each["rel"] == "next")
            assert f"limit={size}&" in following, accepted


def test_pages_and_data_of_one_address_are_kept_apart(cached: Cached) -> None:
    page, data = cached.get("/ogc/collections", **HTML), cached.get("/ogc/collections")
    assert page.headers["content-type"].startswith("text/html")
    assert data.headers["content-type"].startswith("application/json")
    again = cached.get("/ogc/collections", **HTML)
    assert hit(again) in KEPT
    assert again.content == page.content
    plain = cached.get("/ogc/collections", Accept_Encoding="identity")
    assert "content-encoding" not in plain.headers
    assert plain.json() == data.json()


def test_nothing_personal_is_kept_or_answered_from_what_is_kept(cached: Cached) -> None:
    path = "/api/v1/areas?type=lad&limit=3"
    cached.get(path)
    personal = (
        {"Authorization": f"Bearer {cached.token}"}, {"Cookie": "bounds=secret"},
        {"Cookie": "a=b; __Host-bounds=secret"},
        {"X_Bounds_LSN": "0/1"}, {"Cookie": "bounds_lsn=0/1"}, {"Origin": "https://elsewhere.example"},
    )  # fmt: skip
    for headers in personal:
        assert hit(cached.get(path, **headers)) == "BYPASS", headers
    for _ in range(3):
        assert hit(cached.get("/api/v1/own-word")) == "MISS", "it says that it is private"


def test_a_written_answer_is_never_kept_and_a_refusal_neither(cached: Cached) -> None:
    for path in ("/api/v1/partnerships/nobody", "/nowhere", "/api/v1/areas?nonsense=1"):
        assert {hit(cached.get(path)) for _ in range(2)} == {"MISS"}, path
    for _ in range(2):
        sent = httpx.post(cached.address + PLACES, json={}, timeout=30)
        assert sent.status_code == 401
        assert "x-cache" not in sent.headers or sent.headers["x-cache"] in {"", "MISS", "BYPASS"}


@pytest.mark.parametrize(
    "poison",
    [
        {"X-Forwarded-Host": "evil.example"}, {"Host": "evil.example"}, {"Forwarded": "host=evil.example"},
        {"X-Forwarded-Proto": "https"}, {"X-Original-URL": "/evil"}, {"X-Rewrite-URL": "/evil"},
        {"X-Forwarded-Prefix": "/evil"}, {"Accept": "text/evil"}, {"Accept-Language": "xx-evil"},
        {"Cookie": "theme=evil"}, {"X-HTTP-Method-Override": "DELETE"}, {"Range": "bytes=0-3"},
        {"X-Forwarded-For": "6.6.6.6, evil"}, {"User-Agent": "evil"}, {"X-Request-ID": "evil"},
    ],
    ids=lambda headers: next(iter(headers)),
)  # fmt: skip
def test_no_header_poisons_what_others_are_given(cached: Cached, poison: dict[str, str]) -> None:
    path = f"/ogc/collections/lsoa/items?limit={10 + sum(map(ord, str(poison))) % 900}"
    httpx.get(cached.address + path, headers=poison, timeout=30)
    given = cached.get(path)
    assert given.status_code == 200
    assert given.content == httpx.get(cached.origin + path).content
    assert "evil" not in given.text
    assert "evil" not in str(given.headers)


def test_it_goes_on_serving_with_the_service_dead(
    nginx: tuple[str, int], engine: Engine, tmp_path: Path
) -> None:
    app = create_app(Settings(data_dir=tmp_path, base_url="http://localhost"), engine)
    paths = ["/", PLACES, "/ogc/collections/lsoa/items?limit=7"]
    with serving(app, port=nginx[1]):
        alive = [httpx.get(nginx[0] + path, timeout=60) for path in paths]
        assert [answer.status_code for answer in alive] == [200] * 3
    time.sleep(1.1)
    for path, before in zip(paths, alive, strict=True):
        dead = httpx.get(nginx[0] + path, timeout=10)
        assert (dead.status_code, dead.content) == (200, before.content)
        assert hit(dead) in KEPT
    assert httpx.get(nginx[0] + "/api/v1/areas?limit=77", timeout=10).status_code == 502
    assert httpx.post(nginx[0] + PLACES, json={}, timeout=10).status_code == 502


def test_clients_that_stop_half_way_are_hung_up_on(nginx: tuple[str, int]) -> None:
    opened = half_open(int(nginx[0].rpartition(":")[2]), 50)
    wait_for(lambda: all(is_closed(one) for one in opened))
    for one in opened:
        one.close()


def wait_for(holds: object, most_s: float = 15) -> None:
    give_up_at = time.monotonic() + most_s
    while not holds():  # type: ignore[operator]
        assert time.monotonic() < give_up_at
        time.sleep(0.1)
