"""A place of which only some districts are loaded is refused: half a count would be a wrong count."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("areas", "lacking"),
    [
        ("East Sussex", ["Eastbourne", "Lewes", "Wealden"]),
        ("Hastings,Manchester", ["Manchester"]),
    ],
)
def test_half_a_place_is_refused_and_the_districts_that_lack_are_named(
    place_client: TestClient, areas: str, lacking: list[str]
) -> None:
    answer = place_client.get("/api/v1/designate", params={"areas": areas})
    assert answer.status_code == 404
    assert answer.json()["type"] == "/problems/no-small-areas"
    assert all(name in answer.json()["detail"] for name in lacking)
    assert "Hastings" not in answer.json()["detail"]


def test_a_region_names_a_few_of_the_districts_that_lack(place_client: TestClient) -> None:
    detail = place_client.get("/api/v1/designate", params={"areas": "E12000008"}).json()["detail"]
    # 64 districts of the South East on this day, 2 of them loaded: six are named, 56 are counted.
    assert "and 56 more" in detail


def test_a_merged_council_does_not_stand_for_one_of_the_districts_it_was_made_of(
    place_client: TestClient,
) -> None:
    # Bournemouth ended in 2019; its successor is not loaded either: nothing is counted for it.
    answer = place_client.get("/api/v1/designate", params={"areas": "E06000028,E07000062"})
    assert answer.status_code == 404
    assert "Bournemouth" in answer.json()["detail"]
