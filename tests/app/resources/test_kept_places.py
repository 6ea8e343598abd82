"""How places lie is related once for the same data, whatever is written elsewhere, and again once money changed."""

from __future__ import annotations

from sqlalchemy import text

from app.resources.kept_places import kept_relations
from app.resources.methods.ledger import Neighbourhood
from app.resources.methods.relate import Ground
from app.resources.queries import GroundFound
from app.sessions import reading, writing
from tests.support.databases import ClusterForTests
from tests.support.engines import open_engine

FOUND = GroundFound(
    Ground({"A"}, {"A": 1}, {"D"}), "lsoa-2021", (Neighbourhood(1, "N", ("A",)),), None
)
_NEW_PARTNERSHIP = (
    "INSERT INTO partnerships (slug, name, kind, authorities, members)"
    " VALUES ('p', 'P', 'lsp', '{E07000062}', '[]')"
)
ASKED = {"stage": "awarded", "demo": False, "slug": None, "ground": ["A"]}


def test_the_same_question_is_related_once_until_what_it_follows_from_is_written(
    cluster: ClusterForTests, template_database: str
) -> None:
    url = cluster.clone(template_database)
    engine, made = open_engine(url), []

    def ask(
        found: GroundFound = FOUND, stage: str = "awarded", *, after_a_write: bool = False
    ) -> int:
        def relate() -> object:
            made.append(stage)
            return object()

        with (writing if after_a_write else reading)(engine) as session:
            if after_a_write:
                session.execute(text("UPDATE geography_changes SET id = id"))
                session.execute(text("SELECT pg_current_xact_id()"))
            kept_relations(session, ASKED | {"stage": stage}, found, relate)  # type: ignore[arg-type]
        return len(made)

    other = FOUND._replace(ground=FOUND.ground._replace(neighbourhood_of={"A": 2}))
    drawn = FOUND._replace(neighbourhoods=(FOUND.neighbourhoods[0]._replace(footprint_id=7),))
    for found, stage in (
        (FOUND, "awarded"),
        (FOUND, "paid"),
        (other, "awarded"),
        (drawn, "awarded"),
    ):
        before = len(made)
        assert ask(found, stage) == before + 1  # another question than those before
        assert ask(found, stage) == before + 1
    for statement, more in (
        (
            "INSERT INTO audit_events (actor, verb, subject, detail) VALUES ('x', 'x', 'x:y', '{}')",
            0,
        ),
        (_NEW_PARTNERSHIP, 1),
        ("UPDATE partnerships SET authorities = '{E07000064}'", 1),
        ("DELETE FROM resource_lines", 1),
    ):
        with writing(engine) as session:
            session.execute(text(statement))
        before = len(made)
        assert ask() == before + more, statement
    # Its own writes are in nobody else's picture: asked anew, and not kept.
    before = len(made)
    assert [ask(after_a_write=True), ask()] == [before + 1, before + 1]
    cluster.drop(url)
