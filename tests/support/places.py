"""Databases with a place in them: the demo county, and Hastings and Rother from the publishers' files.

Each is loaded once in a run and cloned for every worker, so that a test begins with real answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.sessions import writing
from app.settings import Settings
from tests.support.databases import ClusterForTests
from tests.support.engines import open_engine

if TYPE_CHECKING:
    from starlette.testclient import TestClient

    from app.dev.sample_county.county import SampleCounty
    from app.dev.sample_county.facts import Facts

PLACE = "Hastings, Rother"


def quiet(_words: str) -> None:
    """Hear progress and say nothing."""


def fill_demo(url: str) -> None:
    """Fill an empty database, which has the tables, with the demo county."""
    from app.places.demo import load_demo

    with writing(open_engine(url, statement_timeout_s=120)) as session:
        load_demo(session, quiet)


def fill_place(mirror: Path) -> Callable[[str], None]:
    """Give a function that fills an empty database, which has the tables, with Hastings and Rother."""
    from app.places.load import load_place

    def fill(url: str) -> None:
        with writing(open_engine(url, statement_timeout_s=120)) as session:
            load_place(session, mirror, PLACE, quiet)

    return fill


@pytest.fixture(scope="session")
def county() -> SampleCounty:
    """The invented county as it is before any database, made once a process: to be read only."""
    from app.dev.sample_county.county import make_county

    return make_county()


@pytest.fixture(scope="session")
def facts(county: SampleCounty) -> Facts:
    """What is true of the invented county, worked out of its cells."""
    from app.dev.sample_county.facts import work_out_facts

    return work_out_facts(county)


@pytest.fixture(scope="session")
def demo_template(cluster: ClusterForTests, template_database: str) -> str:
    """Name of a template with the demo county."""
    return cluster.template("bounds_demo", fill_demo, base=template_database)


@pytest.fixture(scope="session")
def place_template(cluster: ClusterForTests, mirror: Path, template_database: str) -> str:
    """Name of a template with Hastings and Rother."""
    return cluster.template("bounds_place", fill_place(mirror), base=template_database)


@pytest.fixture(scope="session")
def demo_engine(cluster: ClusterForTests, demo_template: str) -> Engine:
    """A clone of the demo county for this worker, to read from."""
    return open_engine(cluster.clone(demo_template), statement_timeout_s=60)


@pytest.fixture(scope="session")
def place_engine(cluster: ClusterForTests, place_template: str) -> Engine:
    """A clone of Hastings and Rother for this worker, to read from."""
    return open_engine(cluster.clone(place_template), statement_timeout_s=60)


def undone_session(engine: Engine) -> Iterator[Session]:
    """A session whose every commit is undone at the end."""
    with engine.connect() as connection, connection.begin() as outer:
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            yield session
        outer.rollback()


@pytest.fixture
def demo_db(demo_engine: Engine) -> Iterator[Session]:
    """The demo county; what the test writes is undone."""
    yield from undone_session(demo_engine)


@pytest.fixture
def place_db(place_engine: Engine) -> Iterator[Session]:
    """Hastings and Rother; what the test writes is undone."""
    yield from undone_session(place_engine)


@pytest.fixture(scope="session")
def demo_client(
    demo_engine: Engine, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    """The whole application over the demo county, for tests that only read."""
    yield from _client(demo_engine, tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="session")
def place_client(
    place_engine: Engine, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    """The whole application over Hastings and Rother, for tests that only read."""
    yield from _client(place_engine, tmp_path_factory.mktemp("place"))


@pytest.fixture
def demo_client_that_writes(
    cluster: ClusterForTests, demo_template: str, tmp_path: Path
) -> Iterator[TestClient]:
    """The whole application over a clone of the demo county of the test's own."""
    url = cluster.clone(demo_template)
    yield from _client(open_engine(url), tmp_path)
    cluster.drop(url)


def _client(engine: Engine, folder: Path) -> Iterator[TestClient]:
    from starlette.testclient import TestClient

    from app.main import create_app

    with TestClient(create_app(Settings(data_dir=folder), engine)) as opened:
        yield opened
