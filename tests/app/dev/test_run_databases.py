"""The test run's own databases: built once, cloned, rolled back; and the network is shut."""

from __future__ import annotations

import socket
from collections.abc import Callable

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.support.databases import ClusterForTests


def plain(url: str) -> str:
    return url.replace("+psycopg", "")


def test_a_template_is_built_once_and_clones_are_apart(
    cluster: ClusterForTests, make_database: Callable[[str], str]
) -> None:
    built: list[str] = []

    def build(url: str) -> None:
        built.append(url)
        with psycopg.connect(plain(url)) as connection:
            connection.execute("CREATE TABLE seen AS SELECT 1 AS n")

    name = f"numbered_{cluster.worker}"
    assert cluster.template(name, build) == cluster.template(name, build) == name
    assert len(built) == 1
    first, second = make_database(name), make_database(name)
    with psycopg.connect(plain(first)) as connection:
        connection.execute("DELETE FROM seen")
    with psycopg.connect(plain(second)) as connection:
        assert connection.execute("SELECT count(*) FROM seen").fetchone() == (1,)
    cluster.drop(first)
    cluster.drop(second)


def test_a_template_that_failed_to_build_is_built_afresh(cluster: ClusterForTests) -> None:
    name = f"failing_{cluster.worker}"

    def fail(url: str) -> None:
        with psycopg.connect(plain(url)) as connection:
            connection.execute("CREATE TABLE half (n int)")
        raise RuntimeError("half-way")

    def build(url: str) -> None:
        with psycopg.connect(plain(url)) as connection:
            connection.execute("CREATE TABLE half (n int)")

    with pytest.raises(RuntimeError, match="half-way"):
        cluster.template(name, fail)
    assert cluster.template(name, build) == name


@pytest.mark.parametrize("attempt", [1, 2])
def test_what_a_test_commits_is_gone_in_the_next(db: Session, attempt: int) -> None:
    assert db.execute(text("SELECT to_regclass('left_behind')")).scalar() is None
    db.execute(text("CREATE TABLE left_behind (n int)"))
    db.commit()
    assert db.execute(text("SELECT count(*) FROM left_behind")).scalar() == 0


def test_a_connection_beyond_this_machine_is_refused() -> None:
    with pytest.raises(PermissionError, match=r"tried to reach 192\.0\.2\.1"):
        socket.create_connection(("192.0.2.1", 443), timeout=1)
