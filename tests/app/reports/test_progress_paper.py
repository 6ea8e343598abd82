"""The printed report of progress: every number of its money stands in the report's JSON."""

from __future__ import annotations

from datetime import date

import orjson
import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.places.demo import DEMO_SLUG
from app.reports.progress_paper import make_progress_paper
from app.strategies.report import report_of
from tests.app.reports.test_paper import numbers_in, read_pdf, words_of
from tests.app.reports.test_statement_paper import figures

DAY = date(2026, 11, 28)


@pytest.mark.slow
def test_every_amount_of_the_paper_is_in_the_json(demo_engine: Engine) -> None:
    with Session(demo_engine) as session:
        body = report_of(session, DEMO_SLUG, DAY, None)
    text = words_of(read_pdf(make_progress_paper(body, DAY, demo=True)))
    spent = text.partition("What was spent")[2].partition("What moved")[0]
    pounds = [f"£{each.split()[0]}" for each in spent.split("£")[1:]]
    known = {
        each.lstrip("-").lstrip("0") or "0" for each in numbers_in(orjson.loads(orjson.dumps(body)))
    }
    assert [each for each in figures(" ".join(pounds)) if each not in known] == []
    assert len(pounds) >= 6, "too few amounts were found for this test to mean anything"
