"""Behind every check of ours the database keeps a partnership's drafts from whoever was not let in to it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import product

import pytest
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import Engine, Table, Update, delete, func, insert, select, text, update
from sqlalchemy.exc import ProgrammingError

from app.access import actions, queries, walls
from app.agreements.tables import AgreedStandard
from app.indicators.value_tables import Indicator
from app.neighbourhoods.tables import Neighbourhood
from app.partnerships.tables import Partnership
from app.resources.tables import Programme, ResourceFile
from app.sessions import reading, writing
from app.strategies.tables import WrittenStrategy
from boundaries.database import Base, copy_rows
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


# What is written without a partnership's word: by whom, and what keeps it instead.
UNWALLED = {
    "tokens": "read before anybody is let in; the service may neither add nor remove any",
    "browser_sessions": "made by who holds a token",
    "sent_once": "of one token, under its number",
    "resource_line_places": "worked out from lines and ground, the same for everybody",
    "resource_placings": "worked out from lines and ground, the same for everybody",
}
REACHED = text(
    """
    WITH RECURSIVE reached AS (
        SELECT attrelid AS owner FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
        WHERE attname = 'partnership_slug' AND relkind = 'r' AND relnamespace = 'public'::regnamespace
        UNION SELECT 'partnerships'::regclass
        UNION SELECT conrelid FROM pg_constraint JOIN reached ON confrelid = owner WHERE contype = 'f'
    )
    SELECT relname, relrowsecurity FROM reached JOIN pg_class ON pg_class.oid = owner ORDER BY relname
    """
)


def test_every_table_that_holds_what_a_partnership_entered_is_walled(owner: Engine) -> None:
    with reading(owner) as session:
        found = {str(name): bool(walled) for name, walled in session.execute(REACHED)}
        counted = dict(
            session.execute(
                text("SELECT tablename, count(DISTINCT cmd) FROM pg_policies GROUP BY tablename")
            ).all()
        )
    assert len(found) > 20
    assert {name for name, walled in found.items() if not walled} <= UNWALLED.keys()
    # A million values are held to their indicator by its number alone.
    found["indicator_values"] = True
    assert {name: 4 for name, walled in found.items() if walled} == counted


@pytest.fixture(scope="module")
def county(cluster: ClusterForTests, demo_template: str) -> Iterator[tuple[Engine, Engine]]:
    """The demo county, as its owner and as the service opens it."""
    url = cluster.clone(demo_template)
    engine = open_engine(url)
    with writing(engine) as session:
        slug = session.scalar(select(Partnership.slug).order_by(Partnership.slug))
        # Some of what was published becomes the partnership's own, beside what stays.
        for each in (ResourceFile, Programme, Indicator):
            first = select(func.min(each.id)).scalar_subquery()
            session.execute(update(each).where(each.id == first).values(partnership_slug=slug))
        session.add(
            Neighbourhood(
                slug="estate", partnership_slug=slug, name="Estate", named_by="person", kind="listed", made_by="a test"
            )
        )  # fmt: skip
        session.flush()
        session.add(
            AgreedStandard(
                id="cleaning", neighbourhood="estate", service="Cleaning", provider="Council", standard="daily",
                review_on=date(2030, 1, 1), made_by="a test",
            )
        )  # fmt: skip
    yield engine, open_engine(url.replace("bounds_owner@", "bounds_rw@"))
    cluster.drop(url)


# Of these the demo county has rows that belong to its partnership.
HELD = (
    "partnerships", "neighbourhoods", "service_agreements", "programmes", "resource_files", "resource_lines",
    "indicators", "indicator_values",
)  # fmt: skip


def same_rows(table: Table) -> Update:
    """A change that changes nothing: of rows that the wall shows to who changes."""
    column = next(each for each in table.columns if each.identity is None and each.computed is None)
    return update(table).values({column.name: column})


def test_nothing_of_any_table_is_written_for_who_was_let_in_elsewhere(
    county: tuple[Engine, Engine],
) -> None:
    owner, service = county
    with reading(owner) as session:
        slug = session.scalar(select(Partnership.slug).order_by(Partnership.slug))
        names = session.scalars(text("SELECT DISTINCT tablename FROM pg_policies")).all()
    assert slug is not None
    walled = [Base.metadata.tables[str(name)] for name in sorted(names)]
    for elsewhere, table in product(("elsewhere", "", "*"), walled):
        given = [each for each in table.columns if each.identity is None and each.computed is None]
        with writing(service) as session:
            walls.let_in(session, elsewhere)
            held = session.scalar(select(func.count()).select_from(table))
            assert held or table.name not in HELD, f"{table} holds nothing: it proves nothing"
            if held:
                again = insert(table).from_select(
                    [each.name for each in given], select(*given).limit(1)
                )
                with pytest.raises(ProgrammingError, match="row-level security"):
                    session.execute(again)
                session.rollback()
        with writing(service) as session:
            walls.let_in(session, elsewhere)
            for statement in (same_rows(table), delete(table)):
                assert session.execute(statement).rowcount == 0, table.name  # type: ignore[attr-defined]
    for name in HELD:
        with writing(service) as session:
            walls.let_in(session, slug)
            changed = session.execute(same_rows(Base.metadata.tables[name]))
            assert changed.rowcount > 0, name  # type: ignore[attr-defined]
            session.rollback()


def test_rows_by_the_thousand_pass_the_wall_one_by_one(county: tuple[Engine, Engine]) -> None:
    owner, service = county
    with reading(owner) as session:
        slug = session.scalar(select(Partnership.slug).order_by(Partnership.slug))
        mine = session.scalar(
            text("SELECT id FROM resource_files WHERE partnership_slug = :slug LIMIT 1"),
            {"slug": slug},
        )
        others = session.scalar(
            text(
                "SELECT id FROM resource_files WHERE partnership_slug IS DISTINCT FROM :slug LIMIT 1"
            ),
            {"slug": slug},
        )
    assert mine is not None
    assert others is not None
    columns = ("file_id", "row", "column", "value", "rule", "detail")
    with writing(service) as session:
        walls.let_in(session, slug)
        given = [(mine, n, "a", "x", "a-test", "a test") for n in range(2_000)]
        assert copy_rows(session, "resource_refusals", columns, given) == 2_000
        session.rollback()
    with writing(service) as session:
        walls.let_in(session, slug)
        with pytest.raises(InsufficientPrivilege, match="row-level security"):
            copy_rows(
                session,
                "resource_refusals",
                columns,
                [*given, (others, 1, "a", "x", "a-test", "a test")],
            )
        session.rollback()
