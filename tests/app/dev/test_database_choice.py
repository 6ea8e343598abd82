"""Which database a run uses, and what it says where PostgreSQL is not to be had."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import make_url

from app.dev.database_choice import (
    GivenDatabaseUnfit,
    check_given,
    open_database,
    private_postgres,
)
from app.dev.postgres_binaries import PostgresMissing, find_binaries
from app.dev.postgres_conf import conf_text, ident_text
from app.settings import Settings, from_environment

GIB = 1024**3


def test_a_given_database_wins_and_the_private_one_is_not_touched(tmp_path: Path) -> None:
    settings = from_environment(
        {
            "BOUNDS_DATABASE_URL": "postgresql://u:p@127.0.0.1:1/nothing-listens-here",
            "BOUNDS_DATA_DIR": str(tmp_path / "data"),
        }
    )
    with open_database(settings) as addresses:
        assert set(addresses) == {"postgresql+psycopg://u:p@127.0.0.1:1/nothing-listens-here"}
    assert not (tmp_path / "data").exists()


def test_missing_postgis_says_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))  # no pg_config on it either
    with pytest.raises(PostgresMissing) as raised:
        find_binaries(places=(f"{tmp_path}/*/bin",))
    lines = raised.value.detail.splitlines()
    assert lines[0] == "no PostgreSQL with PostGIS was found."
    assert "sudo apt-get install -y --no-install-recommends postgresql-postgis" in lines[1]
    assert "BOUNDS_DATABASE_URL=" in lines[4]
    assert lines[-1] == f"looked in: {tmp_path}/*/bin, pg_config --bindir"


def test_a_folder_given_for_the_programs_is_the_only_one_looked_in(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, pg_bindir=tmp_path)
    with pytest.raises(PostgresMissing, match=f"looked in: {tmp_path}$"):
        find_binaries(settings.pg_bindir)
    assert private_postgres(settings).home == tmp_path / "postgres"


def test_a_version_that_is_not_installed_is_never_replaced_by_another() -> None:
    with pytest.raises(PostgresMissing, match=r"made by PostgreSQL 9, but only [\d, ]+ is"):
        find_binaries(needed_major=9)


def test_memory_of_the_server_follows_the_machine_within_limits() -> None:
    def setting(memory: int, name: str) -> str:
        text = conf_text(Path("/s"), memory_bytes=memory, small_shm=False, throwaway=False)
        return next(line for line in text.splitlines() if line.startswith(f"{name} = "))

    # an eighth: 4 GiB / 8 = 512 MB; never above 2 GB, never under 64 MB
    assert setting(4 * GIB, "shared_buffers") == "shared_buffers = 512MB"
    assert setting(64 * GIB, "shared_buffers") == "shared_buffers = 2048MB"
    assert setting(GIB // 4, "shared_buffers") == "shared_buffers = 64MB"


def test_durability_is_off_only_for_a_throwaway_cluster() -> None:
    lasting = conf_text(Path("/s"), memory_bytes=GIB, small_shm=False, throwaway=False)
    thrown = conf_text(Path("/s"), memory_bytes=GIB, small_shm=False, throwaway=True)
    assert "fsync" not in lasting
    assert "fsync = off" in thrown


def test_an_odd_user_name_stays_one_name_in_the_identity_map() -> None:
    assert ident_text(['/o"d d']).splitlines()[1] == 'bounds "/o""d d" postgres'


def test_a_given_database_that_is_down_is_said_without_its_password() -> None:
    for password in ("secret", "sec@ret"):
        with pytest.raises(GivenDatabaseUnfit) as raised:
            check_given(f"postgresql+psycopg://u:{password}@127.0.0.1:1/none")
        assert "is not reachable" in raised.value.detail
        assert "\n" not in raised.value.detail
        assert "ret@" not in raised.value.detail
        assert "secret" not in raised.value.detail


def test_an_address_that_libpq_cannot_read_is_said_in_one_line() -> None:
    with pytest.raises(GivenDatabaseUnfit, match="nonsense"):
        check_given("postgresql+psycopg://u@127.0.0.1:1/none?nonsense=1")


def test_a_given_database_without_postgis_is_told_what_it_lacks(database_url: str) -> None:
    check_given(database_url)  # this one has it
    # Every cluster has template1, and nothing has been put into it.
    bare = make_url(database_url)._replace(database="template1", username="postgres")
    with pytest.raises(GivenDatabaseUnfit, match="CREATE EXTENSION postgis"):
        check_given(bare.render_as_string(hide_password=False))
