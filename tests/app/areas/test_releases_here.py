"""Releases over HTTP and by command: listed with their checks, taken back, served again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
import typer
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient
from typer.testing import CliRunner

from app.access.tables import AuditEvent
from app.areas.release_commands import releases_app
from boundaries.releases import ReleaseInUse, UnknownRelease
from boundaries.tables import LookupDisagreement, Release
from tests.support.engines import open_engine

DISTRICTS = "lad-2023-05-demo"


@pytest.fixture
def engine(make_database: Callable[[str], str], demo_template: str) -> Iterator[Engine]:
    opened = open_engine(make_database(demo_template))
    yield opened
    opened.dispose()


@pytest.fixture
def command(engine: Engine) -> typer.Typer:
    made = typer.Typer()

    @made.callback()
    def root(context: typer.Context) -> None:
        context.obj = lambda: engine

    made.add_typer(releases_app, name="releases")
    return made


def run(command: typer.Typer, *words: str) -> dict[str, object]:
    done = CliRunner().invoke(command, ["releases", *words, "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    told: dict[str, object] = json.loads(done.stdout)
    return told


def state_of(engine: Engine, release_id: str) -> str | None:
    with Session(engine) as session:
        return session.scalar(select(Release.state).where(Release.id == release_id))


def test_the_list_says_what_answers_today(demo_client: TestClient) -> None:
    body = demo_client.get("/api/v1/releases", params={"type": "lad"}).json()
    rows = {row["id"]: row for row in body["items"]}
    assert body["total"] == len(rows) == 2
    assert [key for key, row in rows.items() if row["draws_today"]] == [DISTRICTS]
    assert {check["check"] for check in rows[DISTRICTS]["checks"]} >= {"codes", "validity"}
    assert rows[DISTRICTS]["areas"] == rows[DISTRICTS]["features_stored"]


def test_lists_page_by_cursor_and_hold_each_release_once(demo_client: TestClient) -> None:
    seen: list[str] = []
    address: str | None = "/api/v1/releases?limit=4"
    while address:
        body = demo_client.get(address).json()
        seen += [row["id"] for row in body["items"]]
        address = body["next"]
    assert len(seen) == len(set(seen)) == body["total"]


def test_one_release_its_findings_and_one_that_is_not_there(demo_client: TestClient) -> None:
    assert demo_client.get(f"/api/v1/releases/{DISTRICTS}").json()["state"] == "served"
    assert demo_client.get(f"/api/v1/releases/{DISTRICTS}/findings").json()["items"] == []
    for address in ("/api/v1/releases/lad-1066", "/api/v1/releases/lad-1066/findings"):
        answer = demo_client.get(address)
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-release")
    assert demo_client.get("/api/v1/releases?type=shire").status_code == 422


def test_disagreements_are_listed_with_shares_and_what_is_used(
    demo_client_that_writes: TestClient,
) -> None:
    engine: Engine = demo_client_that_writes.app.state.engine  # type: ignore[attr-defined]
    with Session(engine) as session, session.begin():
        session.add(
            LookupDisagreement(
                lookup="lsoa21.parquet", child_code="E01027305", parent_type="lad", used="outline",
                lookup_parent="E07000177", outline_parent="E06000062", lookup_share=0.0005,
                outline_share=0.9995, child_release="lsoa-2021-12-bgc", parent_release="lad-2023-05-bgc",
            )
        )  # fmt: skip
    (row,) = demo_client_that_writes.get("/api/v1/lookup-disagreements").json()["items"]
    assert (row["lookup_parent"], row["outline_parent"], row["used"]) == (
        "E07000177", "E06000062", "outline",
    )  # fmt: skip
    assert row["share_in_outline_parent"] == 0.9995


def test_a_withdrawal_is_rehearsed_then_done_then_taken_back(
    command: typer.Typer, engine: Engine
) -> None:
    told = run(command, "withdraw", DISTRICTS)
    assert (told["after"], told["drawn_by"], told["stored"]) == (
        "withdrawn", "lad-2019-12-demo", False,
    )  # fmt: skip
    assert state_of(engine, DISTRICTS) == "served"
    assert run(command, "withdraw", DISTRICTS, "--commit")["stored"]
    assert state_of(engine, DISTRICTS) == "withdrawn"
    assert run(command, "serve", DISTRICTS, "--commit")["drawn_by"] == DISTRICTS
    with Session(engine) as session:
        told_of = session.scalars(
            select(AuditEvent.verb).where(AuditEvent.subject == f"release:{DISTRICTS}").order_by(AuditEvent.id)
        )  # fmt: skip
        assert list(told_of) == ["withdraw", "serve"]


def test_removing_wants_a_release_that_is_not_served(command: typer.Typer, engine: Engine) -> None:
    with pytest.raises(ReleaseInUse, match="withdraw it first"):
        run(command, "remove", DISTRICTS, "--commit")
    run(command, "withdraw", DISTRICTS, "--commit")
    run(command, "remove", DISTRICTS)
    assert state_of(engine, DISTRICTS) == "withdrawn"
    run(command, "remove", DISTRICTS, "--commit")
    assert state_of(engine, DISTRICTS) is None
    with pytest.raises(UnknownRelease):
        run(command, "serve", DISTRICTS)


def test_commit_and_dry_run_together_are_wrong_usage(command: typer.Typer) -> None:
    done = CliRunner().invoke(command, ["releases", "withdraw", DISTRICTS, "--commit", "--dry-run"])
    assert done.exit_code == 2
