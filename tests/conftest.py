"""Fixtures of the whole test run: its own PostGIS, no network, the real files where they are."""

from __future__ import annotations

import gc
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from itertools import chain, groupby
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from app.settings import Settings
from tests.support.databases import ClusterForTests, RunFolder, remove_abandoned_runs
from tests.support.network import only_this_machine

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlalchemy.orm import Session
    from starlette.testclient import TestClient

# The same examples in every run, however busy the machine is: how long one takes is no fault.
hypothesis_settings.register_profile(
    "bounds", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("bounds")

# Until all is collected nothing of it is garbage: going through it again and again took a tenth of the time.
gc.disable()

pytest_plugins = ["tests.support.places", "tests.support.browsing"]
REPOSITORY = Path(__file__).resolve().parent.parent
DATABASE_FIXTURES = {"database_url", "db", "client", "make_database", "template_database"}
PLACE_FIXTURES = {"place_template", "place_engine", "place_db", "place_client"}
run_folder = pytest.StashKey[RunFolder]()
outside = pytest.StashKey[dict[str, str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow: takes more than a second")
    config.addinivalue_line("markers", "database: uses PostGIS (set by the fixtures asked for)")
    taken = {
        name: os.environ.pop(name)
        for name in list(os.environ)
        if name.startswith(("BOUNDS_", "PG")) or name == "DATABASE_URL"
    }  # neither the user's database nor the user's settings reach a test
    handed_down = getattr(config, "workerinput", {}).get("outside")
    config.stash[outside] = taken if handed_down is None else handed_down
    if not hasattr(config, "workerinput"):
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # `timeout` ends us in order
        remove_abandoned_runs()
        config.stash[run_folder] = RunFolder()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput["run_folder"] = str(node.config.stash[run_folder].path)
    node.workerinput["outside"] = node.config.stash[outside]


def pytest_unconfigure(config: pytest.Config) -> None:
    if run_folder in config.stash:
        config.stash[run_folder].remove()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if DATABASE_FIXTURES.intersection(getattr(item, "fixturenames", ())):
            item.add_marker("database")
    turn = _turn(items)
    items.sort(key=turn)
    long = sum(turn(item) == 0 for item in items)
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    items[:] = deal(items[:long], items[long:], workers)


def pytest_collection_finish() -> None:
    """Let the collector pass over the thousands of tests and all that was imported for them."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 10, 20)
    gc.enable()


def deal(long: list[pytest.Item], others: list[pytest.Item], workers: int) -> list[pytest.Item]:
    """Put the long tests in front of the equal parts that the workers begin with, a file's all in one.

    A worker that has run its part takes half of what another still has (`--dist worksteal`).
    """
    files = [list(group) for _, group in groupby(long, key=attrgetter("path"))]
    dealt: list[pytest.Item] = []
    left = len(long) + len(others)
    for at in range(workers):
        part = left // (workers - at)
        own = list(chain.from_iterable(files[at::workers]))
        taken = max(0, part - len(own))
        dealt += [*own, *others[:taken]]
        others = others[taken:]
        left -= part
    return [*dealt, *others]


def _turn(items: list[pytest.Item]) -> Callable[[pytest.Item], int]:
    """Say when a test's turn is: tests of tens of seconds first, those that stand on the real place last.

    One that takes long would else run alone at the end. The real place is loaded once in the run, by the
    first test that asks for it: that one begins with the long ones, and the others find it loaded.
    """
    on_place = [item for item in items if PLACE_FIXTURES.intersection(_fixtures(item))]
    first = on_place[:1]

    def turn(item: pytest.Item) -> int:
        if item in first or item.get_closest_marker("long"):
            return 0
        return 2 if PLACE_FIXTURES.intersection(_fixtures(item)) else 1

    return turn


def _fixtures(item: pytest.Item) -> tuple[str, ...]:
    return tuple(getattr(item, "fixturenames", ()))


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    """Refuse every connection that would leave this machine."""
    with only_this_machine():
        yield


@pytest.fixture(scope="session")
def cluster(request: pytest.FixtureRequest) -> Iterator[ClusterForTests]:
    worker = getattr(request.config, "workerinput", None)
    folder = Path(worker["run_folder"]) if worker else request.config.stash[run_folder].path
    bindir = request.config.stash[outside].get("BOUNDS_PG_BINDIR")
    name = worker["workerid"] if worker else "main"
    made = ClusterForTests(folder, name, Path(bindir) if bindir else None)
    yield made
    made.close()


@pytest.fixture(scope="session")
def template_database(cluster: ClusterForTests) -> str:
    """Name of the template with every table and no rows."""
    from boundaries.database import migrate

    return cluster.template("bounds_tables", migrate)


@pytest.fixture(scope="session")
def make_database(cluster: ClusterForTests) -> Callable[[str], str]:
    """Clone a template by name into a database of this worker; gives its address."""
    return cluster.clone


@pytest.fixture(scope="session")
def database_url(make_database: Callable[[str], str], template_database: str) -> str:
    """Address of this worker's clone; tests that commit must take a clone of their own."""
    return make_database(template_database)


@pytest.fixture(scope="session")
def database_engine(database_url: str) -> Engine:
    """This worker's clone, kept open."""
    from tests.support.engines import open_engine

    return open_engine(database_url, statement_timeout_s=60)


@pytest.fixture
def db(database_engine: Engine) -> Iterator[Session]:
    """A session whose every commit is undone at the end of the test."""
    from sqlalchemy.orm import Session

    with database_engine.connect() as connection, connection.begin() as outer:
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            yield session
        outer.rollback()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Defaults, with a data folder of the test's own."""
    return Settings(data_dir=tmp_path / "bounds")


@pytest.fixture
def client(
    settings: Settings, cluster: ClusterForTests, template_database: str
) -> Iterator[TestClient]:
    """The whole application over a fresh database of its own, so that commits are real."""
    from starlette.testclient import TestClient

    from app.main import create_app
    from tests.support.engines import open_engine

    url = cluster.clone(template_database)
    with TestClient(create_app(settings, open_engine(url))) as opened:
        yield opened
    cluster.drop(url)


@pytest.fixture(scope="session")
def mirror(request: pytest.FixtureRequest) -> Path:
    """Folder of the publishers' real files."""
    named = request.config.stash[outside].get("BOUNDS_MIRROR")
    folder = Path(named) if named else REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"the publishers' files are not here: {folder}; set BOUNDS_MIRROR")
    return folder.resolve()


@pytest.fixture(scope="session")
def browser_path() -> str:
    """Path of a Chromium."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    pytest.skip("no Chromium is installed; ./bounds test installs it")
