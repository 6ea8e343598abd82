"""A disk that fills up under the private database: no committed row is lost, and the laid-by room brings it back."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from app.dev.cluster_folders import BALLAST_BYTES, MIB
from app.dev.postgres_processes import PostgresFailed, find_servers_of, server_user
from app.dev.private_postgres import PrivatePostgres
from app.disk_room import DiskShort, check_import
from app.problems import status_of
from app.settings import Settings

SIZE_MB = 700
WRITTEN = {"statements": 0}


@pytest.fixture
def small_disk() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="bounds-small-disk-"))
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m,mode=755", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
        folder.rmdir()
        pytest.skip("a disk of a test's own needs root and the right to mount")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)
    folder.rmdir()


def leave(folder: Path, bytes_free: int) -> Path:
    """Fill a disk but for so many bytes."""
    filler = folder / "filler"
    with filler.open("ab") as opened:
        os.posix_fallocate(
            opened.fileno(), opened.tell(), max(1, shutil.disk_usage(folder).free - bytes_free)
        )
    return filler


def fill(connection: psycopg.Connection[tuple[int]]) -> None:
    """Write until the database refuses."""
    while True:
        connection.execute("INSERT INTO kept SELECT n FROM generate_series(1, 20000) AS n")
        WRITTEN["statements"] += 1


@pytest.mark.slow
@pytest.mark.database
def test_a_full_disk_stops_writing_loses_nothing_and_the_emergency_brings_it_back(
    small_disk: Path,
) -> None:
    server = PrivatePostgres(small_disk / "postgres")
    try:
        address = server.ensure_running().replace("+psycopg", "")
        assert (server.home / "ballast").stat().st_size == BALLAST_BYTES
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute("CREATE TABLE kept AS SELECT n FROM generate_series(1, 1000) AS n")
            filler = leave(small_disk, 4 * MIB)
            with pytest.raises(psycopg.Error) as told:
                fill(connection)
        # Refused as a full disk, or the server went down rather than lose what it had promised.
        assert (told.value.sqlstate or "57P")[:3] in {"531", "57P", "080"}
        server.stop(force=True)
        leave(small_disk, 1 * MIB)
        with pytest.raises(PostgresFailed, match=r"\d MB left.*bounds db start --emergency"):
            server.ensure_running()
        assert find_servers_of(server.data, server_user()) == []
        server.free_space_for_recovery()
        server.ensure_running()
        assert not (server.home / "ballast").exists()
        with psycopg.connect(address, autocommit=True) as connection:
            # Every row whose statement was answered, and no part of the last one.
            row = connection.execute("SELECT count(*) FROM kept").fetchone()
            assert row == (1000 + 20_000 * WRITTEN["statements"],)
            filler.unlink()
            connection.execute("INSERT INTO kept VALUES (1)")
        server.stop(force=True)
        server.ensure_running()
        assert (server.home / "ballast").exists() == (
            shutil.disk_usage(small_disk).free + BALLAST_BYTES >= 8 * BALLAST_BYTES
        )
    finally:
        server.stop(force=True)
        server.release()


def test_an_import_that_has_no_room_is_refused_with_507_before_it_begins(small_disk: Path) -> None:
    file = small_disk / "money.csv"
    file.write_bytes(b"what,amount\n")
    private = Settings(data_dir=small_disk / "home")
    with pytest.raises(DiskShort, match=r"2\.1 GB of room.* 0\.7 GB free; nothing was begun"):
        check_import(private, file)
    assert status_of(DiskShort) == 507
    # Of another machine's disk nothing is known here.
    check_import(Settings(data_dir=small_disk, database_url="postgresql://h/d"), file)
