"""A real browser before a real server over the demo county; everything that a page asks for is written down."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
import uvicorn
from sqlalchemy import Engine

from app.main import create_app
from app.settings import Settings
from tests.browser.looking import watch_policy
from tests.support.databases import ClusterForTests
from tests.support.engines import open_engine

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

STARTED_WITHIN_S = 15


class Watched:
    """A page and what went wrong on it: other hosts asked, console messages, script errors."""

    def __init__(self, page: Page, host: str) -> None:
        self.page = page
        self.headers: dict[str, str] = {}
        self.elsewhere: list[str] = []
        self.messages: list[str] = []
        page.on("request", lambda request: self._note(request.url, host))
        page.on("console", lambda message: self.messages.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.messages.append(f"error: {error}"))

    def _note(self, url: str, host: str) -> None:
        if urlsplit(url).scheme not in {"data", "blob"} and urlsplit(url).netloc != host:
            self.elsewhere.append(url)


def serve(engine: Engine, settings: Settings) -> Iterator[str]:
    """Serve the application on a free port of this machine for as long as the caller holds on."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        port = listening.getsockname()[1]
        config = uvicorn.Config(create_app(settings, engine), log_config=None, lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        give_up = time.monotonic() + STARTED_WITHIN_S
        while not server.started:
            assert time.monotonic() < give_up, "the server did not start"
            time.sleep(0.02)
        yield f"http://127.0.0.1:{port}"
        server.should_exit = True
        thread.join(10)


@pytest.fixture(scope="session")
def demo_server(demo_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a server over the demo county, for tests that only read."""
    yield from serve(demo_engine, Settings(data_dir=tmp_path_factory.mktemp("served")))


@pytest.fixture(scope="session")
def basemap_server(demo_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a server over the demo county whose maps have a background that nobody serves."""
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("basemap"), basemap_url="https://tiles.invalid/{z}/{x}/{y}.png",
        basemap_attribution="Nobody",
    )  # fmt: skip
    yield from serve(demo_engine, settings)


@pytest.fixture(scope="session")
def place_server(place_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a server over one real place, Hastings and Rother, for tests that only read."""
    yield from serve(place_engine, Settings(data_dir=tmp_path_factory.mktemp("place")))


@pytest.fixture(scope="session")
def hostile_server(
    cluster: ClusterForTests, demo_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Address of a server over a demo county in which everything has a hostile name."""
    from sqlalchemy.orm import Session

    from app.partnerships.tables import Partnership
    from app.places.demo import DEMO_SLUG
    from boundaries.tables import Area

    url = cluster.clone(demo_template)
    engine = open_engine(url)
    hostile = "<img src=x onerror=\"document.title='owned'\">${document.title='owned'}{{7*7}}"
    # Markup, a script, a template's braces, a turned direction, an emoji, three hundred letters.
    others = (
        f"</script><script>document.title='owned'</script>{hostile}",
        f"\u202eevil\u2066 \U0001f3da {hostile}",
        f"{hostile} {'Llanfair' * 30}",
    )
    with Session(engine) as session, session.begin():
        row = session.get(Partnership, DEMO_SLUG)
        assert row is not None
        row.name = hostile
        named = session.query(Area).filter(Area.type.in_(["lsoa", "wd", "lad"]))
        for n, area in enumerate(named.order_by(Area.code)):
            area.name = f"{(hostile, *others)[n % 4] if area.type == 'wd' else hostile} {area.code}"
    yield from serve(engine, Settings(data_dir=tmp_path_factory.mktemp("hostile")))
    cluster.drop(url)


@pytest.fixture(scope="session")
def windows(browser: Browser) -> Iterator[dict[bool, BrowserContext]]:
    """One window with scripts and one without for the whole session: its pages share what was fetched."""
    opened = {
        scripts: browser.new_context(java_script_enabled=scripts) for scripts in (True, False)
    }
    yield opened
    for context in opened.values():
        context.close()


@pytest.fixture(scope="session")
def watched() -> Callable[..., Watched]:
    """Open an address in a given window at a width, and write down what happens."""

    def open_in(context: BrowserContext, url: str, width: int = 1280) -> Watched:
        seen = Watched(context.new_page(), urlsplit(url).netloc)
        seen.page.set_viewport_size({"width": width, "height": 900})
        watch_policy(seen.page)
        answer = seen.page.goto(url)
        seen.headers = {} if answer is None else answer.headers
        return seen

    return open_in


@pytest.fixture
def open_page(
    windows: dict[bool, BrowserContext], watched: Callable[..., Watched]
) -> Iterator[Callable[..., Watched]]:
    """Open an address on a page of its own: `open_page(url, width=1280, scripts=True)`."""
    opened: list[Watched] = []

    def open_one(url: str, *, width: int = 1280, scripts: bool = True) -> Watched:
        opened.append(watched(windows[scripts], url, width))
        return opened[-1]

    yield open_one
    for seen in opened:
        seen.page.close()
