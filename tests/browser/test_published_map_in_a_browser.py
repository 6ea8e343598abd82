"""A published folder's national map, from a web server that sends files whole and from one that sends pieces."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.ogc import publishing
from app.ogc.publishing import publish
from tests.support.places import quiet

pytestmark = pytest.mark.slow
Open = Callable[..., Any]
_RANGE = re.compile(r"bytes=(\d+)-(\d+)")


class Plain(SimpleHTTPRequestHandler):
    """Sends files whole."""

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class InPieces(Plain):
    """Sends the piece of a file that was asked for, as object storage does."""

    def send_head(self) -> Any:
        asked = _RANGE.fullmatch(self.headers.get("Range", ""))
        path = Path(self.translate_path(self.path))
        if asked is None or not path.is_file():
            return super().send_head()
        first, last = (int(number) for number in asked.groups())
        piece = path.read_bytes()[first : last + 1]
        self.send_response(206)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(len(piece)))
        self.end_headers()
        return BytesIO(piece)


@contextmanager
def serving(folder: Path, handler: type[Plain]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(folder)))
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(scope="module")
def folder(demo_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("published") / "out"
    with pytest.MonkeyPatch.context() as patch, Session(demo_engine) as session:
        patch.setattr(publishing, "list_ids", lambda _session, _day: ["partnerships"])
        publish(session, made, "http://127.0.0.1:8000/ogc", date(2026, 1, 1), quiet)
    return made


@pytest.mark.parametrize("handler", [Plain, InPieces])
def test_the_national_map_works_from_the_folder_alone(
    folder: Path, open_page: Open, handler: type[Plain]
) -> None:
    with serving(folder, handler) as address:
        watched = open_page(f"{address}/index.html")
        page = watched.page
        page.wait_for_selector('#map[data-ready="true"]')
        rows = page.locator("#councils tbody tr").count()
        assert int(page.locator("#map").get_attribute("data-shapes")) == rows > 1
        assert page.locator(".mapbox > svg.mapsvg").is_hidden()
        fills = set(
            page.evaluate(
                """() => { const seen = new Map();
                document.querySelectorAll('#map canvas').forEach(c => {
                  const p = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
                  for (let at = 0; at < p.length; at += 4) if (p[at + 3] === 255) {
                    const key = [p[at], p[at + 1], p[at + 2]].join(); seen.set(key, (seen.get(key) || 0) + 1); } });
                return [...seen].filter(one => one[1] > 50).map(one => one[0]); }"""
            )
        )
        wanted = page.evaluate("JSON.parse(document.getElementById('map').dataset.colours)")
        named = {
            ",".join(str(int(colour[at : at + 2], 16)) for at in (1, 3, 5)) for colour in wanted
        }
        classes = set(page.locator("#councils tbody td:last-child").all_inner_texts())
        assert len(fills & named) >= len(classes)
        page.locator("#map").focus()
        page.keyboard.press("Enter")
        page.wait_for_selector("#detail li")
        names = page.locator("#councils tbody th").all_inner_texts()
        assert any(name in page.locator("#detail").inner_text() for name in names)
        page.get_by_role("button", name="Small areas").click()
        page.wait_for_function(
            "() => performance.getEntriesByType('resource').some(r => r.name.includes('map-small-areas'))"
        )
        assert page.locator('[data-key="small"]').is_visible()
        from axe_playwright_python.sync_playwright import Axe

        told = Axe().run(page).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"][:200]) for one in told] == []
        assert watched.elsewhere == []
        assert watched.messages == []


def test_where_the_tiles_are_lost_the_picture_stays(folder: Path, open_page: Open) -> None:
    with serving(folder, Plain) as address:
        watched = open_page("about:blank")
        page = watched.page
        page.route("**/*.pmtiles", lambda route: route.abort())
        page.goto(f"{address}/index.html")
        page.wait_for_selector("#map-status.warning")
        assert page.locator(".mapbox > svg.mapsvg").is_visible()
        assert page.locator("#map").is_hidden()
