"""Migrations beside readers and beside each other, and the rule that the code before goes on with them."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from app.operations import newest_migration
from boundaries.database import REPOSITORY, migrate
from tests.support.databases import ClusterForTests

VERSIONS = REPOSITORY / "migrations" / "versions"
# Those before were made while nobody had a service to keep up; their history is not rewritten.
SINCE = "0036"
NARROWS = {"drop_table", "drop_column", "rename_table"}
NARROWING_SQL = re.compile(
    r"\b(DROP\s+(TABLE|COLUMN)|RENAME\s+(TO|COLUMN)|ALTER\s+COLUMN\s+\S+\s+(SET\s+NOT\s+NULL|(SET\s+DATA\s+)?TYPE))\b",
    re.IGNORECASE,
)


def plain(url: str) -> str:
    return url.replace("+psycopg", "")


@pytest.mark.slow
def test_readers_wait_a_moment_while_a_migration_waits_for_a_long_one(
    make_database: Callable[[str], str], template_database: str
) -> None:
    url = make_database(template_database)
    waited: list[float] = []
    is_over = threading.Event()

    def read_on() -> None:
        with psycopg.connect(plain(url), autocommit=True) as reader:
            while not is_over.is_set():
                began = time.monotonic()
                reader.execute("SELECT count(*) FROM areas")
                waited.append(time.monotonic() - began)
                time.sleep(0.01)

    with (
        ThreadPoolExecutor(2) as beside,
        psycopg.connect(plain(url)) as long_reader,
        psycopg.connect(plain(url), autocommit=True) as watcher,
    ):
        long_reader.execute("SELECT count(*) FROM areas")
        reading = beside.submit(read_on)
        migrating = beside.submit(migrate, url, "base")
        refused = wait_for_refusals(watcher, migrating)
        is_over.set()
        reading.result()
        long_reader.rollback()
        migrating.result()
    assert refused >= 2, "it gave up its place and came again"
    # Without it the readers would stand still as long as the long one reads.
    assert max(waited) < 2.0
    with psycopg.connect(plain(url)) as connection:
        assert connection.execute("SELECT to_regclass('areas')").fetchone() == (None,)


def wait_for_refusals(watcher: psycopg.Connection[tuple[int]], migrating: object) -> int:
    """Count how often the migration came to the locked table and left again, until it was there three times."""
    seen, was_waiting = 0, False
    give_up_at = time.monotonic() + 60
    while seen < 3 and time.monotonic() < give_up_at:
        row = watcher.execute(
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        ).fetchone()
        is_waiting = row is not None and row[0] > 0
        seen += is_waiting and not was_waiting
        was_waiting = is_waiting
        time.sleep(0.005)
    return seen


@pytest.mark.slow
def test_two_programs_that_start_at_once_migrate_one_after_the_other(
    cluster: ClusterForTests,
) -> None:
    url = cluster.clone(cluster.template("bounds_nothing"))
    with psycopg.connect(plain(url)) as first:
        # The first is in the middle for longer than a migration waits for a table.
        first.execute("SELECT pg_advisory_xact_lock(40316001)")
        program = "import sys; from boundaries.database import migrate; migrate(sys.argv[1])"
        command = [sys.executable, "-c", program, url]
        both = [subprocess.Popen(command, cwd=REPOSITORY) for _ in range(2)]
        waiting = (
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        give_up_at = time.monotonic() + 60
        while first.execute(waiting).fetchone() != (2,) and time.monotonic() < give_up_at:
            time.sleep(0.05)
        time.sleep(0.3)  # longer than a migration waits for a table
        assert [each.poll() for each in both] == [None, None]
        first.commit()
        assert [each.wait(timeout=120) for each in both] == [0, 0]
    with psycopg.connect(plain(url)) as connection:
        rows = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    assert rows == [(newest_migration(),)]
    cluster.drop(url)


def narrowing(source: str) -> list[str]:
    """What the upgrade of a migration takes away from the code before it; empty where it only adds."""
    found: list[str] = []
    tree = ast.parse(source)
    upgrades = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == "upgrade"]
    for node in ast.walk(upgrades[0]) if upgrades else ():
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found += [match[0] for match in NARROWING_SQL.finditer(node.value)]
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", "")
        given = {keyword.arg: keyword.value for keyword in node.keywords}
        if name in NARROWS:
            found.append(name)
        if name == "alter_column" and given.keys() & {"new_column_name", "type_"}:
            found.append(name)
        never_null = isinstance(given.get("nullable"), ast.Constant) and not given["nullable"].value  # type: ignore[attr-defined]
        if name == "alter_column" and never_null:
            found.append("alter_column nullable=False")
        if name == "add_column":
            for column in ast.walk(node):
                if isinstance(column, ast.Call) and getattr(column.func, "attr", "") == "Column":
                    says = {keyword.arg: ast.unparse(keyword.value) for keyword in column.keywords}
                    counts = any("Identity" in ast.unparse(given) for given in column.args)
                    if (
                        says.get("nullable") == "False"
                        and "server_default" not in says
                        and not counts
                    ):
                        found.append("add_column without a default")
    return found


def test_a_migration_only_adds_so_that_the_code_before_goes_on() -> None:
    told = {
        file.name: took
        for file in sorted(VERSIONS.glob("[0-9]*.py"))
        # One that takes away what no version in use reads any more says so, with the number that left it.
        if file.name[:4] >= SINCE
        and "CONTRACTS_AFTER = " not in file.read_text()
        and (took := narrowing(file.read_text()))
    }
    assert told == {}


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("op.drop_column('a', 'b')", ["drop_column"]),
        ("op.execute('ALTER TABLE a RENAME COLUMN b TO c')", ["RENAME COLUMN"]),
        ("op.execute('ALTER TABLE a ALTER COLUMN b SET NOT NULL')", ["ALTER COLUMN b SET NOT NULL"]),
        ("op.alter_column('a', 'b', nullable=False)", ["alter_column nullable=False"]),
        ("op.add_column('a', sa.Column('b', sa.Text(), nullable=False))", ["add_column without a default"]),
        ("op.add_column('a', sa.Column('b', sa.Integer(), sa.Identity(), nullable=False))", []),
        ("op.add_column('a', sa.Column('b', sa.Text(), nullable=False, server_default=''))", []),
        ("op.execute('CREATE INDEX b ON a (c)')", []),
    ],
)  # fmt: skip
def test_what_takes_away_is_seen(written: str, found: list[str]) -> None:
    assert (
        narrowing(f"def upgrade():\n    {written}\n\ndef downgrade():\n    op.drop_table('a')\n")
        == found
    )
