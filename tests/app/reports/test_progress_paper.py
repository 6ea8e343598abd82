"""The printed report of progress: every number of it stands in the report's JSON."""

from __future__ import annotations

from datetime import date

import orjson
import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.places.demo import DEMO_SLUG
from app.reports.progress_paper import make_progress_paper
from app.strategies.report import report_of
from tests.app.reports.test_paper import read_pdf, unaccounted, words_of

DAY = date(2026, 11, 28)


@pytest.mark.slow
def test_every_number_of_the_paper_is_in_the_json(demo_engine: Engine) -> None:
    with Session(demo_engine) as session:
        body = report_of(session, DEMO_SLUG, DAY, None)
    text = words_of(read_pdf(make_progress_paper(body, DAY, demo=True)))
    # the day that it was printed on is the paper's own
    missing, seen = unaccounted(text, orjson.loads(orjson.dumps(body | {"made": DAY})))
    assert missing == []
    assert seen > 60, "too few numbers were found for this test to mean anything"
    spent = text.partition("What was spent")[2].partition("What moved")[0]
    assert spent.count("£") >= 6
