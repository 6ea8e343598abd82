"""`bounds db …` on a real private cluster and beside a given database."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner, Result

from app.dev.commands import db_app
from app.dev.database_choice import private_postgres
from app.dev.private_postgres import PrivatePostgres
from app.settings import Settings
from boundaries.errors import Conflict

GIVEN = "postgresql+psycopg://ann:hunter2@db.example:5433/bounds"


@pytest.fixture
def settings() -> Iterator[Settings]:
    folder = Path(tempfile.mkdtemp(prefix="bounds-commands-"))
    folder.chmod(0o755)  # the server's own user must be able to pass
    yield Settings(data_dir=folder)
    PrivatePostgres(folder / "postgres", throwaway=True).remove()
    shutil.rmtree(folder)


def run(settings: Settings, *arguments: str) -> Result:
    return CliRunner().invoke(db_app, list(arguments), obj=SimpleNamespace(settings=settings))


@pytest.mark.slow
@pytest.mark.database
def test_start_leaves_it_running_and_stop_ends_it(settings: Settings) -> None:
    before = json.loads(run(settings, "status", "--json").stdout)
    assert (before["kind"], before["running"], before["postgres"]) == ("private", False, None)

    started = run(settings, "start")
    assert started.exit_code == 0, started.output
    during = json.loads(run(settings, "status", "--json").stdout)
    assert (during["running"], during["kept"]) == (True, True)
    address = run(settings, "url").stdout.strip()
    assert address == f"postgresql://bounds_owner@/bounds?host={during['socket_dir']}"
    # one more user comes and goes; the server was asked to stay
    assert run(settings, "psql", "-c", "SELECT 1").exit_code == 0
    assert private_postgres(settings).status().is_running

    assert run(settings, "stop").stdout == "stopped\n"
    assert not private_postgres(settings).status().is_running
    assert run(settings, "stop").stdout == "it was not running\n"


@pytest.mark.slow
@pytest.mark.database
def test_emergency_gives_the_laid_by_room_back(settings: Settings) -> None:
    assert run(settings, "start").exit_code == 0
    ballast = settings.data_dir / "postgres/ballast"
    assert ballast.stat().st_blocks * 512 >= 64 * 1024 * 1024, "real blocks, not a sparse file"
    assert run(settings, "start", "--emergency").exit_code == 0
    assert not ballast.exists()


def test_a_given_database_is_shown_without_its_password_and_not_started() -> None:
    given = Settings(data_dir=Path("/nonexistent"), database_url=GIVEN)
    assert run(given, "url").stdout == "postgresql://ann@db.example:5433/bounds\n"
    assert "hunter2" not in run(given, "status").stdout
    for verb in ("start", "stop"):
        refused = run(given, verb)
        assert isinstance(refused.exception, Conflict)
