from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from app.access import audit
from app.access.tables import AuditEvent
from app.sessions import RECONNECT_S, AskedTogether, applied_migration, reading, writing
from tests.support.engines import open_engine
from tests.support.small_apps import no_database


@pytest.fixture
def url(make_database: Callable[[str], str], template_database: str) -> str:
    return make_database(template_database)


def events(url: str) -> int:
    with reading(open_engine(url)) as session:
        return session.query(AuditEvent).count()


def test_a_read_waits_for_a_server_that_is_coming_back(url: str, tmp_path: Path) -> None:
    # The server's socket folder under another name that appears only after 0.4 s.
    address = make_url(url)
    real = Path(str(address.query.get("host") or address.host))
    assert real.is_dir(), "the tests' server is not reached by a socket"
    late = tmp_path / "late"
    engine = create_engine(address.set(host=None).update_query_dict({"host": str(late)}))
    threading.Timer(0.4, late.symlink_to, [real]).start()
    began = time.monotonic()
    with reading(engine) as session:
        assert session.execute(text("SELECT 1")).scalar_one() == 1
    assert 0.3 < time.monotonic() - began < RECONNECT_S + 1
    engine.dispose()


@pytest.mark.slow
def test_a_read_gives_up_on_a_server_that_stays_away() -> None:
    began = time.monotonic()
    with pytest.raises(OperationalError), reading(no_database()):
        pass
    assert RECONNECT_S - 0.5 < time.monotonic() - began < RECONNECT_S + 1


def test_a_write_does_not_wait_for_a_server(url: str) -> None:
    # A write that was perhaps done must not be done again, so it is never tried twice.
    began = time.monotonic()
    with pytest.raises(OperationalError), writing(no_database()) as session:
        session.execute(text("SELECT 1"))
    assert time.monotonic() - began < 1


def test_a_read_sees_one_moment_whatever_others_commit(url: str) -> None:
    engine = open_engine(url)
    with reading(engine) as session:
        assert session.query(AuditEvent).count() == 0
        with writing(engine) as other:
            audit.record(other, "somebody", "change", "x:1", {})
        assert session.query(AuditEvent).count() == 0
    assert events(url) == 1


def test_a_write_is_kept_when_the_block_ends_well_and_lost_when_it_does_not(url: str) -> None:
    engine = open_engine(url)

    def fail_half_way() -> None:
        with writing(engine) as session:
            audit.record(session, "somebody", "change", "x:1", {})
            session.execute(text("SELECT nonsense"))

    with pytest.raises(ProgrammingError):
        fail_half_way()
    assert events(url) == 0
    with writing(engine) as session:
        audit.record(session, "somebody", "change", "x:1", {"kept": True})
    assert events(url) == 1


def test_a_statement_stops_at_the_limit_it_was_given(url: str) -> None:
    slow = pytest.raises(OperationalError, match="statement timeout")
    with slow, reading(open_engine(url), statement_timeout_s=0.1) as session:
        session.execute(text("SELECT pg_sleep(5)"))


def test_a_database_without_tables_stands_at_no_migration(
    make_database: Callable[[str], str],
) -> None:
    assert applied_migration(open_engine(make_database("template1"))) is None


class Asking:
    """Stands for a database that takes its time; counts what it is asked."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    async def __call__(self, keys: list[str]) -> int:
        self.asked.append(keys)
        await asyncio.sleep(0.02)
        if "bad" in keys:
            raise OSError("gone")
        return len(self.asked)


def test_what_waits_for_one_statement_is_asked_in_the_next() -> None:
    async def ask() -> tuple[list[int], list[list[str]]]:
        asking = Asking()
        together = AskedTogether(asking)
        first = asyncio.create_task(together.fetch("a"))
        await asyncio.sleep(0.01)
        # They came while the first was under way: its moment is older than they are.
        later = [asyncio.create_task(together.fetch(key)) for key in ("b", "c", "b")]
        found = await asyncio.gather(first, *later)
        return [*found, await together.fetch("d")], asking.asked

    assert asyncio.run(ask()) == ([1, 2, 2, 2, 3], [["a"], ["b", "c"], ["d"]])


@pytest.mark.parametrize(("pause_s", "together"), [(0.0, 1), (0.05, 2)])
def test_those_who_were_answered_are_waited_for_where_others_wait_already(
    pause_s: float, together: int
) -> None:
    async def ask() -> list[list[str]]:
        asking = Asking()
        asked = AskedTogether(asking, pause_s)

        async def twice(key: str) -> None:
            await asked.fetch(f"{key}1")
            await asked.fetch(f"{key}2")

        first = asyncio.create_task(twice("a"))
        await asyncio.sleep(0.01)
        await asyncio.gather(first, twice("b"))
        return asking.asked

    # Without a pause `b` is asked for at once, and `a` again by itself; each alone is never kept waiting.
    asked = asyncio.run(ask())
    assert asked[0] == ["a1"]
    assert len(asked[1]) == together


def test_a_statement_that_fails_fails_those_who_waited_for_it_and_no_other() -> None:
    async def ask() -> list[object]:
        together = AskedTogether(Asking())
        bad = [together.fetch("bad"), together.fetch("beside")]
        failed = await asyncio.gather(*bad, return_exceptions=True)
        return [*(type(one) for one in failed), await together.fetch("good")]

    assert asyncio.run(ask()) == [OSError, OSError, 2]


def test_a_caller_who_goes_away_leaves_the_others_their_answer() -> None:
    async def ask() -> int:
        together = AskedTogether(Asking())
        gone, stays = (asyncio.create_task(together.fetch(key)) for key in "ab")
        await asyncio.sleep(0.01)
        gone.cancel()
        return await stays

    assert asyncio.run(ask()) == 1
