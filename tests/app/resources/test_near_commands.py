"""`bounds ledger --near` and `bounds access`: the same figures as over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest
import typer
from sqlalchemy import Engine, text
from starlette.testclient import TestClient
from typer.testing import CliRunner

from app.places.demo import DEMO_SLUG
from app.resources.access_commands import access_command
from app.resources.ledger_commands import ledger_command

pytestmark = pytest.mark.slow


@pytest.fixture
def bounds(demo_engine: Engine) -> Callable[..., Any]:
    app = typer.Typer()
    app.command("ledger")(ledger_command)
    app.command("access")(access_command)
    return lambda *words: CliRunner().invoke(app, list(words), obj=lambda: demo_engine)


def test_the_command_line_tells_a_radius_as_http_does(
    demo_engine: Engine, demo_client: TestClient, bounds: Callable[..., Any]
) -> None:
    with demo_engine.connect() as connection:
        home = connection.execute(
            text("SELECT min(postcode) FROM postcodes WHERE demo")
        ).scalar_one()
    printed = bounds("ledger", DEMO_SLUG, "--near", home, "--within", "1000,9000", "--json")
    assert printed.exit_code == 0, printed.output
    body = demo_client.get(
        f"/api/v1/partnerships/{DEMO_SLUG}/ledger/radius",
        params={"postcode": home, "within_m": "1000,9000"},
    ).json()
    assert orjson.loads(printed.stdout)["radii"] == body["radii"]
    table = bounds("ledger", DEMO_SLUG, "--near", home, "--within", "9000").stdout
    assert "9,000 m" in table
    assert bounds("ledger", DEMO_SLUG, "--near", "x,y").exit_code == 2


def test_access_says_when_no_source_tells(bounds: Callable[..., Any]) -> None:
    said = bounds("access", "--kind", "pharmacy", "--partnership", DEMO_SLUG)
    assert said.exit_code == 0, said.output
    assert "No source loaded here tells of pharmacy for these people." in said.stdout
    summary = orjson.loads(
        bounds("access", "--kind", "pharmacy", "--partnership", DEMO_SLUG, "--json").stdout
    )["summary"]
    assert (summary["share_beyond"], summary["services"]) == (None, 0)
