"""The demo county through the same doors as real files, held against answers worked out another way."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.dependencies import today
from app.dev.sample_county.facts import Facts
from app.findings.gather import Findings, find_ground, gather, read_asked
from app.places.demo import DEMO_SLUG, load_demo
from boundaries.tables import Area, Postcode, Release
from tests.support.places import quiet

pytestmark = pytest.mark.slow


def answer(engine: Engine, slug: str) -> Findings:
    with Session(engine) as session:
        ground = find_ground(session, slug=slug, councils=None, day=today())
        asked = read_asked(session, ground, index_id=None, worst=None, rule=None)
        return gather(session, ground, asked, today())


def test_every_line_stands_in_the_bucket_that_its_ground_gives(
    demo_engine: Engine, facts: Facts
) -> None:
    found = answer(demo_engine, DEMO_SLUG)
    told = {line["id"]: line["bucket"] for line in found.ledger.lines}
    worked_out = {line: facts.line_buckets[line][0] for line in told}
    assert len(told) > 60
    assert told == worked_out


def test_the_file_is_the_same_for_every_partnership(demo_engine: Engine) -> None:
    totals = [answer(demo_engine, slug).ledger.totals for slug in (DEMO_SLUG, "plumstead-vale")]
    assert totals[0]["file_pence"] == totals[1]["file_pence"] == 4_138_388_40
    assert totals[0]["source_pence"] == totals[1]["source_pence"]


def test_a_partnership_by_outline_takes_no_money_of_districts_that_it_cuts(
    demo_engine: Engine,
) -> None:
    found = answer(demo_engine, "plumstead-vale")
    whole_districts = [
        line for line in found.ledger.lines
        if line["grade"] == "D" and line["bucket"] in ("neighbourhoods", "rest_of_partnership")
    ]  # fmt: skip
    assert whole_districts == []
    assert found.ledger.totals["rest_of_partnership_pence"] > 0


def test_all_that_is_invented_says_so(demo_db: Session) -> None:
    assert all(
        release.quality == "invented" and release.demo
        for release in demo_db.scalars(select(Release))
    )
    assert all(area.demo and area.code.startswith("X") for area in demo_db.scalars(select(Area)))
    assert all(postcode.startswith("XB") for postcode in demo_db.scalars(select(Postcode.postcode)))


def test_loading_it_again_changes_nothing(demo_db: Session) -> None:
    before = demo_db.scalars(select(Release.loaded_at).order_by(Release.id)).all()
    assert load_demo(demo_db, quiet) == DEMO_SLUG
    assert demo_db.scalars(select(Release.loaded_at).order_by(Release.id)).all() == before
