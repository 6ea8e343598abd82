"""The catalogue over HTTP: its list in pages, its filters, one dataset, and what was done with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from app.sources.catalogue import catalogue
from app.sources.tables import DatasetFetch, DatasetLoad
from tests.support.engines import open_engine

pytestmark = pytest.mark.slow
ADDRESS = "/api/v1/sources"


@pytest.fixture
def mirrored(tmp_path: Path, database_url: str) -> Iterator[tuple[TestClient, Path]]:
    """The service with a mirror that holds one file of the catalogue's."""
    folder = tmp_path / "files"
    (folder / "boundaries").mkdir(parents=True)
    (folder / "boundaries" / "rgn_2016_bsc.gpkg").write_bytes(b"here")
    settings = replace(Settings(data_dir=tmp_path / "bounds"), mirror=folder)
    with TestClient(create_app(settings, open_engine(database_url))) as opened:
        yield opened, folder


def test_the_pages_hold_every_dataset_once_in_order(client: TestClient) -> None:
    address: str | None = f"{ADDRESS}?limit=100"
    seen: list[str] = []
    while address:
        page = client.get(address).json()
        assert page["total"] == len(catalogue())
        seen += [item["id"] for item in page["items"]]
        address = page["next"]
    assert seen == sorted(catalogue())


def test_a_group_and_a_kind_narrow_the_list(client: TestClient) -> None:
    body = client.get(ADDRESS, params={"group": "place", "kind": "index"}).json()
    assert [item["id"] for item in body["items"]] == ["imd-2015", "imd-2019", "imd-2025"]
    assert (body["total"], body["next"]) == (3, None)
    national = client.get(ADDRESS, params={"group": "england", "kind": "index"}).json()
    assert national["total"] > 3
    assert {item["kind"] for item in national["items"]} == {"index"}


@pytest.mark.parametrize("name", ["group", "kind"])
def test_a_filter_of_another_word_is_refused_with_those_it_may_be(
    client: TestClient, name: str
) -> None:
    answer = client.get(ADDRESS, params={name: "wales"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == f"/{name}"
    assert ("england-2001" if name == "group" else "boundaries") in answer.json()["detail"]


def test_one_dataset_says_its_terms_where_it_is_and_that_nothing_was_done_with_it(
    client: TestClient,
) -> None:
    body = client.get(f"{ADDRESS}/lad-2025-05-bgc").json()
    assert body["publisher"] == "Office for National Statistics"
    assert body["licence"] == "Open Government Licence v3.0"
    assert "2025" in body["attribution"]
    assert body["address"].endswith("/LAD_MAY_2025_UK_BGC_V2/FeatureServer/0")
    assert (body["features"], body["quality"], body["loads"]) == (296, "official", True)
    assert (body["in_mirror"], body["fetched_at"], body["loaded_at"]) == (
        False,
        "never fetched",
        None,
    )
    assert body["layer"]["code_column"] == "LAD25CD"
    assert body["layer"]["published_on"] == "2025-05-31"


def test_a_dataset_that_only_the_mirror_has_says_so(client: TestClient) -> None:
    assert client.get(f"{ADDRESS}/rgn-2016-12-bsc").json()["address"] == "mirror only"


def test_an_unknown_dataset_is_404(client: TestClient) -> None:
    answer = client.get(f"{ADDRESS}/lad-1066")
    assert answer.status_code == 404
    assert answer.json()["type"] == "/problems/unknown-dataset"


def test_the_newest_fetch_and_the_last_load_are_told(client: TestClient) -> None:
    first, last = datetime(2025, 1, 2, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
    with Session(client.app.state.engine) as session:  # type: ignore[attr-defined]
        for day in (last, first):
            session.add(
                DatasetFetch(
                    dataset_id="imd-2019",
                    address="x",
                    sha256="0" * 64,
                    size_bytes=1,
                    fetched_at=day,
                )
            )
        session.add(
            DatasetLoad(
                dataset_id="imd-2019",
                sha256="0" * 64,
                rows_in=2,
                rows_stored=1,
                rows_refused=0,
                rows_elsewhere=1,
                partial=True,
                seconds=0.5,
                loaded_at=last,
            )
        )
        session.commit()
    body = client.get(f"{ADDRESS}/imd-2019").json()
    assert datetime.fromisoformat(body["fetched_at"]) == last
    assert datetime.fromisoformat(body["loaded_at"]) == last
    assert body["loaded_in_part"] is True


def test_what_the_mirror_holds_is_told_and_its_folder_is_not(
    mirrored: tuple[TestClient, Path],
) -> None:
    client, folder = mirrored
    assert client.get(f"{ADDRESS}/rgn-2016-12-bsc").json()["in_mirror"] is True
    answer = client.get(ADDRESS, params={"group": "place"})
    assert [item["id"] for item in answer.json()["items"] if item["in_mirror"]] == [
        "rgn-2016-12-bsc"
    ]
    assert str(folder) not in answer.text
