"""The page of an estate on the demo county, read as a browser without JavaScript reads it."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from boundaries.tables import Postcode


@pytest.fixture
def postcodes(demo_db: Session) -> list[str]:
    """Some current postcodes of one small area of the demo county."""
    rows = demo_db.execute(
        select(Postcode.postcode, Postcode.lsoa21_code)
        .where(Postcode.status == "current", Postcode.demo)
        .order_by(Postcode.lsoa21_code, Postcode.postcode)
    ).all()
    return [row.postcode for row in rows if row.lsoa21_code == rows[0].lsoa21_code]


def test_the_form_is_there_and_the_home_page_leads_to_it(demo_client: TestClient) -> None:
    text = demo_client.get("/neighbourhoods").text
    assert '<label class="heading" for="postcodes">' in text
    assert "<script" not in text
    assert 'href="/neighbourhoods"' in demo_client.get("/").text


def test_people_areas_and_money_are_answered_at_once_with_the_numbers_of_the_api(
    demo_client: TestClient, postcodes: list[str]
) -> None:
    pasted = "\n".join(postcodes[:5])
    text = demo_client.get("/neighbourhoods", params={"postcodes": pasted}).text
    body = demo_client.post("/api/v1/neighbourhoods/preview", json={"postcodes": pasted}).json()
    people = body["people"]
    status = re.search(r'<p class="lead" role="status">(.*?)</p>', text)
    assert status is not None
    low, high = people["range"]["low"], people["range"]["high"]
    assert f"{people['value']:,} people ({low:,} to {high:,})" in status[1]
    assert "5 current postcodes" in status[1]
    for key, value in people["estimates"].items():
        row = re.search(rf'<tr data-way="{key}">.*?</tr>', text, re.DOTALL)
        assert row is not None
        assert f'<td class="num">{value:,}</td>' in row[0]
    assert re.findall(r'<tr data-code="([^"]+)">', text) == [row["code"] for row in body["areas"]]
    assert len(re.findall(r'<tr data-line="', text)) == len(body["money"]["lines"])
    located = body["money"]["located"]["pence"]
    assert f"£{located // 100:,}.{located % 100:02d}" in text


def test_what_is_not_counted_is_said_and_escaped(
    demo_client: TestClient, postcodes: list[str]
) -> None:
    pasted = f"{postcodes[0]}\n<script>alert(1)</script>"
    answer = demo_client.get("/neighbourhoods", params={"postcodes": pasted})
    assert answer.status_code == 200
    assert "<script>alert(1)" not in answer.text
    assert "not a postcode" in answer.text
    nothing = demo_client.get("/neighbourhoods", params={"postcodes": "nonsense, more"})
    assert nothing.status_code == 422
    assert 'role="alert"' in nothing.text
    assert nothing.text.count("not a postcode") == 2
