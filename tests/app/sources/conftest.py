"""A database to load into, a publisher on this machine, and one download from it as a command would make it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Engine

from app.sources.catalogue import Dataset, get_dataset
from app.sources.fetching import FetchReport, fetch_dataset
from app.sources.publishers.asking import Patience
from tests.app.sources.publisher_server import PublishedFile, PublisherServer, publishing
from tests.support.engines import open_engine

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

HURRIED = Patience(
    download_seconds=60, answer_seconds=10, silence_seconds=5, connect_seconds=5, pause_seconds=0
)
FILE, LAYER = "/media/list.csv", "/rest/services/LAD/FeatureServer/0"
SHEET = b"code,figure\n" + b"".join(b"E%08d,%d\n" % (at, at * at) for at in range(20_000))
LIST = Dataset(
    "made-up-list", "indicator", "A list", "Somebody", "2025", "OGL", "Contains figures",
    fetch="file", note="Without totals. Release page: X; release page: https://example.org/lists-2025",
)  # fmt: skip
DISTRICTS = get_dataset("lad-2025-05-bgc")


@pytest.fixture
def url(make_database: Callable[[str], str], template_database: str) -> str:
    """Address of a database of the test's own, with every table and no rows."""
    return make_database(template_database)


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    """An engine on it, as a command that loads has."""
    opened = open_engine(url, statement_timeout_s=120)
    yield opened
    opened.dispose()


@pytest.fixture
def server() -> Iterator[PublisherServer]:
    with publishing() as opened:
        opened.files[FILE] = PublishedFile(SHEET)
        yield opened


@pytest.fixture
def said() -> list[str]:
    return []


Fetch = Callable[..., FetchReport]


@pytest.fixture
def fetch(db: Session, tmp_path: Path, said: list[str]) -> Fetch:
    def run(dataset: Dataset, address: str, *, accept_new: bool = False) -> FetchReport:
        return fetch_dataset(
            db, dataset, tmp_path, accept_new=accept_new, progress=said.append, address=address,
            patience=HURRIED,
        )  # fmt: skip

    return run


def square(code: str, west: float, south: float, side: float = 100.0) -> dict[str, Any]:
    east, north = west + side, south + side
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {
        "type": "Feature",
        "id": int(code[-3:]),
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "properties": {"LAD25NM": f"District {code[-3:]}", "LAD25CD": code, "OBJECTID": 7},
    }


def squares(count: int) -> list[dict[str, Any]]:
    return [square(f"E0700{at:04}", 400_000.0 + 100 * at, 200_000.0) for at in range(count)]


def folder_of(tmp_path: Path, dataset: Dataset) -> set[str]:
    return {path.name for path in (tmp_path / "downloads" / dataset.id).iterdir()} - {".lock"}
