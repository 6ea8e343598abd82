"""The printed statement of use, its page and its files: no figure that its JSON has not."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import orjson
import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.access.audit import COMMAND_LINE
from app.places.demo import DEMO_SLUG
from app.reports.statement_paper import make_statement_paper, write_statement_paper
from app.resources.actions import import_resources
from app.resources.methods.programme_record import WHOLE_PARTNERSHIP, AllocationSaid, Record
from app.resources.own_programmes import create_programme
from app.resources.partnership_money import partnership_ground
from app.statements.actions import write_statement
from app.statements.queries import StatementAsked, statements_of_use
from tests.app.reports.test_paper import numbers_in, read_pdf, words_of

pytestmark = pytest.mark.slow
DAY = date(2026, 11, 28)
# Pounds have two decimals always; what is drawn after a cell may follow them without a blank.
NUMBER = re.compile(r"£[\d,]+\.\d{2}|(?<![\w.,£])\d[\d,]*(?:\.\d+)?(?!\w)")
HOSTILE = "<script>alert('x')</script> & =1+1"


def row(what: str, amount: str, place: str, **more: str) -> dict[str, str]:
    return {
        "what": what, "amount": amount, "year": "2018-19", "funder": "The fund", "programme": HOSTILE,
        "place": place, **more,
    }  # fmt: skip


def make_body(session: Session) -> dict[str, Any]:
    """A fund of the demo partnership with lines at a postcode here, at large and wider, drafted and signed."""
    allocations = (
        AllocationSaid(WHOLE_PARTNERSHIP, "2018-19", None, 123_456_789),
        AllocationSaid(WHOLE_PARTNERSHIP, "2018-19", None, 765_432, "estimate", True, "by people"),
        AllocationSaid(WHOLE_PARTNERSHIP, "2017-18", None, 99_887_701),
    )
    fund = Record(HOSTILE, "Council", "Safety", "revenue", allocations=allocations)
    made = create_programme(
        session, COMMAND_LINE, fund, partnership=DEMO_SLUG, day=DAY, name="Renewal"
    )
    estate = partnership_ground(session, DEMO_SLUG, DAY).neighbourhoods[0].codes[0]
    rows = [
        row("Wardens", "654321.09", WHOLE_PARTNERSHIP, theme="Crime"),
        row(HOSTILE, "77.01", ""), row("Estate", "310.03", estate),
        *(row(f"Street {number}", f"{number}.{number % 90 + 10}", WHOLE_PARTNERSHIP) for number in range(1, 71)),
    ]  # fmt: skip
    import_resources(
        session, COMMAND_LINE, rows, "rows", partnership_slug=DEMO_SLUG, demo=True, commit=True
    )
    asked = StatementAsked("2018-19", made.id)
    sign_off = {
        "prepared_by_role": "Manager", "agreed_on": "2020-05-04",
        "signatories": [{"role": HOSTILE, "organisation": "The partnership"}],
    }  # fmt: skip
    words = {"introduction": "", "outcomes": f"41 homes. {HOSTILE}", "unallocated": None, "next": "x"}  # fmt: skip
    write_statement(session, COMMAND_LINE, DEMO_SLUG, asked, words, sign_off, DAY, sign=True)
    return statements_of_use(session, DEMO_SLUG, asked, DAY)


@pytest.fixture(scope="module")
def body(demo_engine: Engine) -> dict[str, Any]:
    with demo_engine.connect() as connection, connection.begin() as outer:
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            made = make_body(session)
        outer.rollback()
    return made


def figures(printed: str) -> list[str]:
    """The numbers that a paper prints, pounds as pence."""
    found = []
    for number in NUMBER.findall(re.sub(r"Page \d+ of \d+", "", printed)):
        plain = number.replace(",", "")
        if plain.startswith("£"):
            pounds, _, pence = plain[1:].partition(".")
            plain = str(int(pounds) * 100 + int(pence or 0))
        found.append(plain.lstrip("0") or "0")
    return found


def test_every_figure_of_the_paper_stands_in_the_json(body: dict[str, Any]) -> None:
    printed = figures(words_of(read_pdf(make_statement_paper(body))))
    known = {each.lstrip("-").lstrip("0") or "0" for each in numbers_in(orjson.loads(orjson.dumps(body)))}  # fmt: skip
    assert [each for each in printed if each not in known] == []
    assert len(set(printed)) > 60, "too few figures were found for this test to mean anything"
    (statement,) = body["statements"]
    # The figures that matter are printed: allocation, drawn, unallocated.
    rests = statement["unallocated"]
    (benefits,) = statement["use"][0]["neighbourhoods"]
    assert benefits["located_pence"] == 31_003
    for pence in (
        123_456_789,
        31_003,
        statement["use"][0]["drawn_pence"],
        rests[0]["unallocated_pence"],
    ):
        assert str(abs(pence)) in printed


def test_the_paper_is_tagged_titled_and_tells_what_is_worked_out_signed_and_invented(
    body: dict[str, Any],
) -> None:
    reader = read_pdf(make_statement_paper(body))
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert b"pdfuaid" in root["/Metadata"].get_object().get_data()
    assert reader.metadata is not None
    assert str(reader.metadata.title).startswith("Statement of use: ")
    words = words_of(reader)
    for told in ("worked out, not published", "Worked out: by people", "Signed", "is invented"):
        assert told in words


def test_hostile_words_are_shown_and_never_run(body: dict[str, Any]) -> None:
    written = write_statement_paper(body)
    assert "<script>" not in written
    assert "&lt;script&gt;" in written


def test_a_line_more_than_is_printed_is_said(body: dict[str, Any]) -> None:
    (statement,) = body["statements"]
    assert statement["lines_total"] == 73
    assert "all 73 lines are in the JSON and the CSV" in write_statement_paper(body)


def test_page_pdf_and_files_of_a_statement_are_served(demo_client: TestClient) -> None:
    place = f"/partnerships/{DEMO_SLUG}/statement-of-use"
    page = demo_client.get(place)
    assert page.status_code == 200, page.text
    assert "Statement of use" in page.text
    # Nothing of the fund above: it was undone. The demo's own programme is of a period, in no one year.
    assert "for 2016-17 to 2022-23, in no one year" in page.text
    paper = demo_client.get(f"/api/v1{place}.pdf")
    assert (paper.status_code, paper.headers["content-type"]) == (200, "application/pdf")
    assert demo_client.get(f"/partnerships/{DEMO_SLUG}").text.count(place) == 1
