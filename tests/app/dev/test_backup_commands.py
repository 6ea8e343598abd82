"""`bounds db backup`, `restore` and `upgrade` on a private cluster of the test's own."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest
from typer.testing import CliRunner, Result

from app.cli import app as whole_app
from app.dev.commands import db_app
from app.dev.database_choice import open_database, private_postgres
from app.dev.postgres_binaries import PostgresMissing
from app.dev.private_postgres import PrivatePostgres
from app.dev.restoring import DatabaseBusy
from app.dev.upgrading import upgrade
from app.settings import Settings
from boundaries.database import migrate
from boundaries.errors import Invalid, NotFound

pytestmark = [pytest.mark.slow, pytest.mark.database]
OTHER = os.environ.get("OTHER_POSTGRES")
assert whole_app is not None, "it puts the three commands into `bounds db`"


@pytest.fixture(scope="module")
def settings() -> Iterator[Settings]:
    folder = Path(tempfile.mkdtemp(prefix="bounds-backups-"))
    folder.chmod(0o755)  # the server's own user must be able to pass
    made = Settings(data_dir=folder)
    with open_database(made) as addresses:
        migrate(addresses.owner)
        name_one(made, "before")
    yield made
    PrivatePostgres(folder / "postgres", throwaway=True).remove()
    shutil.rmtree(folder)


def run(settings: Settings, *arguments: str) -> Result:
    return CliRunner().invoke(db_app, list(arguments), obj=SimpleNamespace(settings=settings))


def name_one(settings: Settings, name: str) -> None:
    """Have one partnership, of this name."""
    with psycopg.connect(private_postgres(settings).url().replace("+psycopg", "")) as connection:
        connection.execute("DELETE FROM partnerships")
        connection.execute(
            "INSERT INTO partnerships (slug, name, kind, authorities, members)"
            " VALUES ('one', %s, 'lsp', '{X07000002}', '[]')",
            [name],
        )


def named(settings: Settings) -> str:
    with open_database(settings):
        server = private_postgres(settings)
        return server.run_sql("SELECT name FROM partnerships", database="bounds").strip()


def test_a_folder_is_filled_and_thinned_and_the_newest_backup_brings_a_day_back(
    settings: Settings, tmp_path: Path
) -> None:
    with open_database(settings) as addresses:
        told = json.loads(run(settings, "backup", str(tmp_path), "--keep", "1", "--json").stdout)
        assert told["removed"] == []
        name_one(settings, "after")
        with psycopg.connect(addresses.owner.replace("+psycopg", "")):
            refused = run(settings, "restore", told["file"])
            assert isinstance(refused.exception, DatabaseBusy)
        done = run(settings, "restore", told["file"], "--json")
    assert done.exit_code == 0, done.exception
    answer = json.loads(done.stdout)
    assert answer["rows"] == told["rows"]
    assert answer["former"].startswith("bounds_before_")
    assert named(settings) == "before"
    wrong = run(settings, "backup", str(tmp_path / "x.dump"), "--keep", "1")
    assert isinstance(wrong.exception, Invalid)
    assert isinstance(run(settings, "restore", str(tmp_path / "none")).exception, NotFound)


def test_a_cluster_moves_into_another_with_its_rows_and_the_old_folder_is_kept(
    settings: Settings,
) -> None:
    name_before = named(settings)
    stays = upgrade(settings, lambda _line: None)
    assert stays.former is None, "nothing newer is installed, or this test must move to it"
    moved = upgrade(settings, lambda _line: None, again=True)
    assert moved.former is not None
    assert (moved.former / "data" / "PG_VERSION").exists()
    assert named(settings) == name_before
    assert not [each for each in settings.data_dir.iterdir() if each.name.startswith("upgrade-")]
    assert private_postgres(settings).status().postgres_major == moved.new_major


@pytest.mark.skipif(
    OTHER is None,
    reason="OTHER_POSTGRES names no bin folder of a newer PostgreSQL with PostGIS: one version is here",
)
def test_a_cluster_moves_to_a_newer_version_with_its_rows(
    settings: Settings,
) -> None:
    assert OTHER is not None, "else it is skipped"
    newer = dataclasses.replace(settings, pg_bindir=Path(OTHER))
    with pytest.raises(PostgresMissing, match=r"bounds db upgrade"), open_database(newer):
        pass
    name_before = named(settings)
    moved = upgrade(newer, lambda _line: None)
    assert moved.former is not None
    assert moved.new_major > moved.old_major
    assert named(newer) == name_before
    assert private_postgres(newer).status().postgres_major == moved.new_major


def test_a_folder_of_a_version_that_is_gone_says_what_to_install_and_is_left_alone() -> None:
    with tempfile.TemporaryDirectory(prefix="bounds-backups-") as folder:
        Path(folder).chmod(0o755)
        home = Path(folder) / "postgres"
        (home / "data").mkdir(parents=True)
        (home / ".ready").touch()
        (home / "data" / "PG_VERSION").write_text("9\n")
        told = Settings(data_dir=Path(folder))
        with pytest.raises(PostgresMissing, match=r"postgresql-9-postgis-3.*move it away"):
            upgrade(told, lambda _line: None)
        with (
            pytest.raises(PostgresMissing, match=r"postgresql-9-postgis-3 or.*bounds db upgrade"),
            open_database(told),
        ):
            pass
        assert (home / "data" / "PG_VERSION").read_text() == "9\n"
