"""A restore on a server that BOUNDS_DATABASE_URL names: by a superuser, by others with a template or without."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest
from typer.testing import CliRunner, Result

from app.cli import app as whole_app
from app.dev.commands import db_app
from app.dev.private_postgres import OWNER
from app.dev.restore_places import MAINTENANCE, WITH_POSTGIS
from app.dev.restoring import RestoreFailed
from app.settings import Settings
from tests.support.databases import ClusterForTests

pytestmark = [pytest.mark.slow, pytest.mark.database]
assert whole_app is not None, "it puts the commands into `bounds db`"
Run = Callable[..., Result]


@pytest.fixture
def given(cluster: ClusterForTests, demo_template: str, tmp_path: Path) -> Iterator[Run]:
    """Run `bounds db …` with BOUNDS_DATABASE_URL naming a copy of the demo county, as a role of that server."""
    url = cluster.clone(demo_template).replace("+psycopg", "")

    def run(role: str, *arguments: str) -> Result:
        address = url.replace(f"{OWNER}@", f"{role}@")
        settings = Settings(data_dir=tmp_path, database_url=address)
        return CliRunner().invoke(db_app, list(arguments), obj=SimpleNamespace(settings=settings))

    yield run
    cluster.drop(url)


@pytest.fixture
def plain_owner(cluster: ClusterForTests) -> Iterator[Callable[[str], None]]:
    """The owner of the tables as a given server has one: CREATEDB and no more; gives how its superuser is asked."""
    with psycopg.connect(
        cluster.server.url("postgres", MAINTENANCE).replace("+psycopg", ""), autocommit=True
    ) as chief:

        def ask(statement: str) -> None:
            chief.execute(statement)  # type: ignore[call-overload]

        ask(f"ALTER ROLE {OWNER} CREATEDB")
        yield ask
        ask(f"ALTER ROLE {OWNER} NOCREATEDB")


def kept(given: Run, role: str, file: Path) -> int:
    done = given(role, "backup", str(file), "--json")
    assert done.exit_code == 0, repr(done.exception)
    rows: int = json.loads(done.stdout)["rows"]
    return rows


def test_a_superuser_restores_on_a_given_server(given: Run, tmp_path: Path) -> None:
    rows = kept(given, "postgres", tmp_path / "all.dump")
    done = given("postgres", "restore", str(tmp_path / "all.dump"), "--json", "--drop-former")
    assert done.exit_code == 0, done.exception
    assert json.loads(done.stdout)["rows"] == rows > 1000


def test_a_user_who_is_none_restores_where_a_template_has_postgis_and_is_told_where_none_has(
    given: Run,
    cluster: ClusterForTests,
    plain_owner: Callable[[str], None],
    tmp_path: Path,
) -> None:
    file = tmp_path / "all.dump"
    rows = kept(given, OWNER, file)
    refused = given(OWNER, "restore", str(file))
    assert isinstance(refused.exception, RestoreFailed)
    assert "CREATE DATABASE template_postgis" in str(refused.exception)
    plain_owner(f"CREATE DATABASE {WITH_POSTGIS} TEMPLATE template0 IS_TEMPLATE true")
    try:
        inside = cluster.server.url("postgres", WITH_POSTGIS).replace("+psycopg", "")
        with psycopg.connect(inside, autocommit=True) as superuser:
            superuser.execute("CREATE EXTENSION postgis")
            superuser.execute("CREATE EXTENSION pg_trgm")
        done = given(OWNER, "restore", str(file), "--json", "--drop-former")
    finally:
        plain_owner(f"ALTER DATABASE {WITH_POSTGIS} IS_TEMPLATE false")
        plain_owner(f"DROP DATABASE {WITH_POSTGIS} WITH (FORCE)")
    assert done.exit_code == 0, done.exception
    assert json.loads(done.stdout)["rows"] == rows > 1000
