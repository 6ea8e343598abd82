"""The audit trail: who may read it, in which order, a page at a time, and by command."""

from __future__ import annotations

import orjson
import pytest
import typer
from sqlalchemy import Engine
from starlette.testclient import TestClient
from typer.testing import CliRunner

from app.access import actions
from app.access.audit import record
from app.access.commands import audit_command
from app.sessions import writing
from tests.support.small_apps import with_routes

ADDRESS = "/api/v1/audit"


@pytest.fixture
def engine(client: TestClient) -> Engine:
    """An empty database with two tokens (events 1 and 2) and three events after them."""
    opened: Engine = client.app.state.engine  # type: ignore[attr-defined]
    with writing(opened) as session:
        for role, slug in (("administrator", None), ("editor", "exe")):
            made = actions.create_token(session, role, slug, "a test")
            client.headers[f"X-{role}"] = made.secret
        for subject in ("partnership:exe", "partnership:exe-valley", "designation:exe-1"):
            record(session, "token 2", "change", subject, {"fields": ["lead"]})
    return opened


@pytest.fixture
def served(client: TestClient, engine: Engine) -> TestClient:
    """The service, asked as its administrator."""
    from app.trail import router

    if "/api/v1/audit" not in client.get("/openapi.json").json()["paths"]:
        with_routes(client.app, router)  # type: ignore[arg-type]
    client.headers["Authorization"] = f"Bearer {client.headers['X-administrator']}"
    return client


def test_the_trail_is_for_administrators_alone(served: TestClient) -> None:
    assert served.get(ADDRESS).status_code == 200
    served.headers["Authorization"] = f"Bearer {served.headers['X-editor']}"
    refused = served.get(ADDRESS)
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/not-allowed")
    del served.headers["Authorization"]
    refused = served.get(ADDRESS)
    assert (refused.status_code, refused.json()["type"]) == (401, "/problems/not-signed-in")


def test_the_newest_comes_first_and_every_event_once(served: TestClient) -> None:
    seen, url = [], f"{ADDRESS}?limit=2"
    while url:
        page = served.get(url).json()
        assert page["total"] == 5
        seen += page["items"]
        url = page["next"]
    assert [event["id"] for event in seen] == [5, 4, 3, 2, 1]
    newest = seen[0]
    assert {key: newest[key] for key in newest if key != "at"} == {
        "id": 5, "actor": "token 2", "verb": "change", "subject": "designation:exe-1",
        "detail": {"fields": ["lead"]},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("subject", "ids"),
    [
        ("partnership:exe", [3]),
        ("partnership", [4, 3]),
        ("token", [2, 1]),
        ("partnership:", []),
        ("%", []),
        ("p_rtnership", []),
    ],
)
def test_one_thing_or_one_kind_of_thing_may_be_asked_for(
    served: TestClient, subject: str, ids: list[int]
) -> None:
    page = served.get(ADDRESS, params={"subject": subject}).json()
    assert [event["id"] for event in page["items"]] == ids
    assert (page["total"], page["next"]) == (len(ids), None)


def test_the_trail_holds_no_token_and_no_browser_keeps_it(served: TestClient) -> None:
    answer = served.get(ADDRESS)
    assert "bounds_" not in answer.text
    assert answer.headers["cache-control"] == "no-store"


def test_a_cursor_of_another_list_and_a_limit_of_zero_are_400(served: TestClient) -> None:
    assert served.get(ADDRESS, params={"cursor": "WyJ4Il0"}).status_code == 400
    assert served.get(ADDRESS, params={"limit": 0}).status_code == 400


def test_the_command_lists_the_same_newest_first(engine: Engine) -> None:
    def bounds(*words: str) -> str:
        app = typer.Typer()
        app.command()(audit_command)
        result = CliRunner().invoke(app, list(words), obj=lambda: engine, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.stdout

    body = orjson.loads(bounds("--subject", "partnership", "--limit", "1", "--json"))
    assert [event["subject"] for event in body["items"]] == ["partnership:exe-valley"]
    assert body["total"] == 2
    table = bounds()
    assert table.index("designation:exe-1") < table.index("partnership:exe-valley")
    assert "token 2" in table
