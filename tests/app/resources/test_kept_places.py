"""How places lie is related once for the same data, and again as soon as anything was written."""

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
ASKED = {"stage": "awarded", "slug": None, "ground": ["A"]}


def test_the_same_question_is_related_once_until_something_is_written(
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

    def is_kept(found: GroundFound = FOUND, stage: str = "awarded") -> bool:
        # The moment is the whole server's: another test's write in between moves it on too.
        return any(ask(found, stage) == ask(found, stage) for _ in range(50))

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
        assert is_kept(found, stage)
    # Its own writes are in nobody else's picture: asked anew, and not kept.
    before = len(made)
    assert [ask(after_a_write=True), ask()] == [before + 1, before + 2]
    cluster.drop(url)
