"""Behind every check of ours the database keeps a partnership's drafts from whoever was not let in to it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import ProgrammingError

from app.access import actions, queries, walls
from app.partnerships.tables import Partnership
from app.sessions import reading, writing
from app.strategies.tables import WrittenStrategy
from tests.support.databases import ClusterForTests
from tests.support.engines import open_engine

TWO = ("exe-valley", "wye-valley")


@pytest.fixture(scope="module")
def owner(cluster: ClusterForTests, template_database: str) -> Iterator[Engine]:
    """A database of two partnerships, each with a published strategy and a draft, as its owner."""
    url = cluster.clone(template_database)
    engine = open_engine(url)
    with writing(engine) as session:
        for slug in TWO:
            session.add(
                Partnership(
                    slug=slug, name=slug, kind="lsp", authorities=["X07000001"], members=[],
                    valid_from=date(2001, 4, 1),
                )
            )  # fmt: skip
            session.flush()
            for version, published_on in ((1, date(2002, 4, 1)), (2, None)):
                session.add(strategy(slug, version, published_on))
    yield engine
    cluster.drop(url)


@pytest.fixture(scope="module")
def service(owner: Engine) -> Engine:
    """The same database as the service opens it."""
    url = owner.url.render_as_string(hide_password=False).replace("bounds_owner@", "bounds_rw@")
    assert "bounds_rw@" in url
    return open_engine(url)


def strategy(slug: str, version: int, published_on: date | None = None) -> WrittenStrategy:
    words = {"vision": "", "objectives": [], "learning": [], "plans": []}
    return WrittenStrategy(
        partnership_slug=slug, version=version, words=words, reason="a test", published_on=published_on,
        made_by="a test",
    )  # fmt: skip


def seen(engine: Engine, *slugs: str | None) -> set[tuple[str, int]]:
    """What a transaction sees that was let in to these."""
    with reading(engine) as session:
        for slug in slugs:
            walls.let_in(session, slug)
        found = session.execute(select(WrittenStrategy.partnership_slug, WrittenStrategy.version))
        return {(slug, version) for slug, version in found}


PUBLIC = {("exe-valley", 1), ("wye-valley", 1)}
EVERYTHING = PUBLIC | {("exe-valley", 2), ("wye-valley", 2)}


def test_a_query_that_forgets_to_ask_gives_only_what_is_public(service: Engine) -> None:
    assert seen(service) == PUBLIC
    assert seen(service, "exe-valley") == PUBLIC | {("exe-valley", 2)}
    assert seen(service, None) == EVERYTHING
    assert seen(service, "") == seen(service, "*") == seen(service, "% OR true --") == PUBLIC


def test_who_was_let_in_is_forgotten_with_the_transaction(service: Engine) -> None:
    for _ in range(8):  # more than the pool has connections
        assert seen(service, None) == EVERYTHING
        assert seen(service) == PUBLIC


def test_nothing_of_another_partnership_is_written(service: Engine) -> None:
    with writing(service) as session:
        walls.let_in(session, "exe-valley")
        session.add(strategy("wye-valley", 3))
        with pytest.raises(ProgrammingError, match="row-level security"):
            session.flush()
        session.rollback()
    with writing(service) as session:
        walls.let_in(session, "exe-valley")
        for statement in (
            "UPDATE written_strategies SET reason = 'x' WHERE partnership_slug = 'wye-valley'",
            "DELETE FROM written_strategies WHERE partnership_slug = 'wye-valley'",
        ):
            assert session.execute(text(statement)).rowcount == 0  # type: ignore[attr-defined]


def test_a_token_lets_in_to_its_own_partnership_alone(owner: Engine, service: Engine) -> None:
    for role, slug, expected in (
        ("editor", "exe-valley", PUBLIC | {("exe-valley", 2)}), ("editor", "no-such", PUBLIC),
        ("editor", None, EVERYTHING), ("administrator", None, EVERYTHING),
    ):  # fmt: skip
        with writing(owner) as session:
            secret = actions.create_token(session, role, slug, "a test").secret
        with reading(service) as session:
            assert queries.find_actor(session, secret) is not None
            found = session.execute(
                select(WrittenStrategy.partnership_slug, WrittenStrategy.version)
            )
            assert {(each, version) for each, version in found} == expected


def test_the_owner_who_backs_up_is_held_by_no_wall(owner: Engine) -> None:
    assert seen(owner) == EVERYTHING
    with reading(owner) as session:
        walled = session.scalar(
            select(func.count())
            .select_from(text("pg_policies"))
            .where(text("tablename = 'statements_of_use'"))
        )
    assert walled == 4
