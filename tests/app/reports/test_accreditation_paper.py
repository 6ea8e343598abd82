"""The printed accreditation: each piece of evidence as the API says it, a hostile name as it is written."""

from __future__ import annotations

from datetime import date
from typing import Any

import orjson
import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.places.demo import DEMO_SLUG
from app.reports.accreditation_paper import make_accreditation_paper, write_accreditation_paper
from app.strategies.accreditation import accreditation_of
from tests.app.reports.test_paper import read_pdf, unaccounted, words_of

DAY = date(2026, 11, 28)


@pytest.fixture(scope="module")
def body(demo_engine: Engine) -> dict[str, Any]:
    with Session(demo_engine) as session:
        return accreditation_of(session, DEMO_SLUG, DAY)


@pytest.mark.slow
def test_every_piece_of_evidence_is_printed_with_its_state(body: dict[str, Any]) -> None:
    reader = read_pdf(make_accreditation_paper(body, DAY, demo=True))
    text = " ".join(words_of(reader).split())
    pieces = [piece for each in body["criteria"] for piece in each["evidence"]]
    assert len(body["criteria"]) == 6
    assert [p["words"] for p in pieces if f"{p['words']} {p['state']}" not in text] == []
    assert len(pieces) >= 12, "too few pieces for this test to mean anything"
    assert body["sentence"] in text
    missing, seen = unaccounted(text, orjson.loads(orjson.dumps(body | {"made": DAY})))
    assert missing == []
    assert seen > 10
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert "sources and licences at the end" not in text, "it has none"


def test_an_assessors_note_and_a_name_are_escaped_and_a_criterion_without_one_says_so(
    body: dict[str, Any],
) -> None:
    note = {"words": "<b>Enough</b>", "role": "assessor & friend", "noted_on": DAY}
    first, *others = body["criteria"]
    told = body | {
        "partnership": {"slug": "x", "name": "A <i> & B"}, "criteria": [first | {"note": note}, *others],
    }  # fmt: skip
    written = write_accreditation_paper(told, DAY, demo=False)
    assert "<h1>A &lt;i&gt; &amp; B</h1>" in written
    assert "&lt;b&gt;Enough&lt;/b&gt; (assessor &amp; friend, 28 November 2026)" in written
    assert written.count("none yet.") == len(others)
