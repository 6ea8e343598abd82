"""The page of a register of members: who sits in which sector, who led when, and who is to be looked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.access.actions import create_token
from app.places.demo import DEMO_SLUG
from app.sessions import writing
from app.settings import Settings
from tests.support.databases import ClusterForTests
from tests.support.engines import open_engine

pytestmark = pytest.mark.slow
PACT = f"/api/v1/partnerships/{DEMO_SLUG}"
MEMBERS = [
    {"name": "<b>Council</b>", "sector": "public", "role": "chair", "joined": "2020-01-02"},
    {"name": "Mosque", "sector": "community", "communities": ["faith communities"]},
    {"name": "Old club", "sector": "voluntary", "left": "2021-01-01"},
]


@pytest.fixture(scope="module")
def page(
    demo_template: str, cluster: ClusterForTests, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[TestClient, str]]:
    from app.main import create_app

    url = cluster.clone(demo_template)
    settings = Settings(data_dir=tmp_path_factory.mktemp("members"))
    with TestClient(create_app(settings, open_engine(url))) as client:
        with writing(client.app.state.engine) as session:  # type: ignore[attr-defined]
            secret = create_token(session, "editor", DEMO_SLUG, "a test").secret
        signed = {"Authorization": f"Bearer {secret}", "If-Match": "*"}
        changes: tuple[dict[str, Any], ...] = (
            {"members": MEMBERS, "lead": "Mosque"},
            {"lead": None},
        )
        for change in changes:
            assert client.patch(PACT, json=change, headers=signed).status_code == 200
        yield client, client.get(f"/partnerships/{DEMO_SLUG}/members").text
    cluster.drop(url)


def test_members_stand_by_sector_and_hostile_names_are_words(page: tuple[TestClient, str]) -> None:
    told = page[1]
    assert "&lt;b&gt;Council&lt;/b&gt;" in told
    assert "<b>Council" not in told
    assert "Nobody is there for the private or voluntary sector." in told
    assert "Old club (voluntary), until" in told


def test_the_checklist_names_who_nobody_speaks_for_and_is_no_score(
    page: tuple[TestClient, str],
) -> None:
    told = page[1]
    assert "<li>young people</li>" in told
    assert "<li>faith communities</li>" not in told
    assert "A list to work through, and no score" in told


def test_each_lead_is_told_with_the_days_between_which_it_led(page: tuple[TestClient, str]) -> None:
    told = page[1].split("Who led")[1].split("</ul>")[0]
    assert [part.split(",")[0] for part in told.split("<li>")[1:]] == [
        "Nobody", "Mosque", "Hogglestock Borough Council",
    ]  # fmt: skip


def test_a_lead_is_no_person_s_address(page: tuple[TestClient, str]) -> None:
    client = page[0]
    with writing(client.app.state.engine) as session:  # type: ignore[attr-defined]
        secret = create_token(session, "editor", DEMO_SLUG, "a test").secret
    signed = {"Authorization": f"Bearer {secret}", "If-Match": "*"}
    refused = client.patch(PACT, json={"lead": "ann@example.org"}, headers=signed)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/lead")


def test_the_register_is_linked_from_the_partnership_s_page(page: tuple[TestClient, str]) -> None:
    assert f"/partnerships/{DEMO_SLUG}/members" in page[0].get(f"/partnerships/{DEMO_SLUG}").text
    assert page[0].get("/partnerships/no-such/members").status_code == 404
