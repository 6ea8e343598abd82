"""What is old is forgotten, what people entered and what still runs stays."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from app.dev.doctor import check_machine
from app.dev.tidying import tidy
from app.lacks import find_lacks
from app.sessions import reading, writing
from app.settings import Settings
from tests.support.engines import open_engine

RUN = (
    "INSERT INTO import_runs (id, kind, token_id, given, file_name, sha256, bytes, stores, status, ended_at, alive_at)"
    " VALUES (:id, 'resources', 1, '{}', 'm.csv', :id, 1, true, :status, now() - make_interval(days => :days),"
    " now() - make_interval(days => :days))"
)


@pytest.fixture
def engine(make_database: Callable[[str], str], template_database: str) -> Engine:
    return open_engine(make_database(template_database))


def add_run(engine: Engine, run_id: str, status: str, days: int) -> None:
    with writing(engine) as session:
        session.execute(text(RUN), {"id": run_id, "status": status, "days": days})


def test_what_is_older_than_said_is_forgotten_and_a_rehearsal_only_counts(
    engine: Engine, tmp_path: Path
) -> None:
    settings = Settings(data_dir=tmp_path, keep_days=10)
    add_run(engine, "old", "done", 11)
    add_run(engine, "new", "done", 9)
    add_run(engine, "runs", "running", 11)
    with writing(engine) as session:
        session.execute(
            text(
                "INSERT INTO audit_events (at, actor, verb, subject, detail)"
                " SELECT now() - make_interval(days => age), 'a', verb, 's', '{}'"
                " FROM (VALUES (1, 'load'), (40, 'import')) AS told (age, verb)"
            )
        )
    (tmp_path / "imports").mkdir()
    ages = {"new": 30, "nobodys": 2, "just sent": 0}
    for name, days in ages.items():
        file = tmp_path / "imports" / name
        file.write_bytes(b"x")
        os.utime(file, (time.time() - days * 86_400 - 1,) * 2)
    counted = tidy(engine, settings, audit_days=30, dry_run=True)
    assert {counted.forgotten[kind] for kind in ("imports", "files", "audit events")} == {1}
    assert runs(engine) == {"old", "new", "runs"}
    assert tidy(engine, settings, audit_days=30) == counted
    assert runs(engine) == {"new", "runs"}
    assert {file.name for file in (tmp_path / "imports").iterdir()} == {"new", "just sent"}
    with reading(engine) as session:
        verbs = session.scalars(text("SELECT verb FROM audit_events ORDER BY id")).all()
    assert list(verbs) == ["load", "tidy"]
    assert "audit events" not in tidy(engine, settings).forgotten


def runs(engine: Engine) -> set[str]:
    with reading(engine) as session:
        return set(session.scalars(text("SELECT id FROM import_runs")))


def test_what_is_missing_or_stale_is_told_with_its_remedy(
    engine: Engine, demo_engine: Engine, tmp_path: Path
) -> None:
    with reading(engine) as session:
        told = {lack.name: lack for lack in find_lacks(session, tmp_path)}
    assert told.keys() == {"boundaries", "indices"}
    assert all("bounds load" in lack.detail for lack in told.values())
    add_run(engine, "ended", "interrupted", 0)
    add_run(engine, "silent", "running", 1)
    add_run(engine, "long ago", "interrupted", 3)
    with reading(engine) as session:
        told = {lack.name: lack for lack in find_lacks(session, tmp_path)}
    assert told["interrupted imports"].detail.startswith("2 ")
    assert told["interrupted imports"].kind == "stale"
    with reading(demo_engine) as session:
        assert "boundaries" not in {lack.name for lack in find_lacks(session, tmp_path)}


def test_the_machine_check_says_tables_clock_memory_and_backups(
    database_url: str, tmp_path: Path
) -> None:
    settings = Settings(data_dir=tmp_path, database_url=database_url, backup_dir=tmp_path)
    seen = {check.name: check for check in check_machine(settings, {})}
    assert seen["tables"].is_well
    assert seen["clock"].is_well
    assert "differ by 0." in seen["clock"].detail
    assert "MB" in seen["memory"].detail
    assert not seen["backups"].is_well, "a folder was named, and nothing is in it"
    assert seen["boundaries"].detail.startswith("missing: ")
    tmp_path.chmod(0o777)
    open_to_all = {check.name: check for check in check_machine(settings, {})}["data folder"]
    assert not open_to_all.is_well
    assert "chmod o-w" in open_to_all.detail
