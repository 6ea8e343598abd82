"""A partnership's overview says who sits on it and what nobody has written yet, each once."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from markupsafe import escape
from starlette.testclient import TestClient

from app.neighbourhoods.queries import Neighbourhood, Version
from app.pages.place_view import told_apart
from app.places.demo import DEMO_SLUG
from tests.app.pages.test_pages import read, text_of

pytestmark = pytest.mark.slow

PLACE, API = f"/partnerships/{DEMO_SLUG}", f"/api/v1/partnerships/{DEMO_SLUG}"
LACKS = {
    "designations": "No list of priority areas is saved", "neighbourhoods": "No neighbourhood is saved",
    "targets": "No target of its own is kept", "actions": "No action is kept",
}  # fmt: skip


def test_the_overview_names_its_members_by_sector(demo_client: TestClient) -> None:
    page = read(demo_client, PLACE)
    body = demo_client.get(f"{API}/members").json()
    section = re.search(r'<h2 id="members">.*?<h2 id="missing">', page, re.DOTALL)
    assert section is not None
    assert body["sentence"] in text_of(section[0])
    names = {one["name"] for sector in body["sectors"] for one in sector["members"]}
    assert names
    for name in names:
        assert str(escape(name)) in section[0]


def test_it_says_what_is_missing_and_nothing_that_is_there(demo_client: TestClient) -> None:
    missing = text_of(
        read(demo_client, PLACE).partition('<h2 id="missing">')[2].partition("<h2")[0]
    )
    for kind, words in LACKS.items():
        of = {"partnership": DEMO_SLUG, "limit": "1"}
        address = f"{API}/designations" if kind == "designations" else f"/api/v1/{kind}"
        told = demo_client.get(address, params={} if kind == "designations" else of).json()
        held = told.get("total", len(told.get("items", ())))
        assert (words in missing) == (held == 0), kind


def test_other_pages_of_the_place_do_not_repeat_it(demo_client: TestClient) -> None:
    for ending in ("/priorities", "/resources"):
        assert 'id="missing"' not in read(demo_client, PLACE + ending)


def test_a_neighbourhood_drawn_now_is_told_apart_from_a_saved_one_of_its_name() -> None:
    def saved(name: str, codes: tuple[str, ...] | None) -> tuple[Neighbourhood, Version]:
        at = datetime(2026, 11, 29, tzinfo=UTC)
        one = Neighbourhood(
            "x", name, DEMO_SLUG, "grown", 1, 1, at, "a test", "ward", demo=True, revision=1
        )
        return one, Version("x", 1, 1, codes, "lsoa-2021", "a test", "somebody", at, {}, {})

    groups = [
        {"name": name, "codes": ["A", "B"], "note": ""}
        for name in ("Same", "Other", "Drawn", "New")
    ]
    kept = [saved("Same", ("B", "A")), saved("Other", ("B", "C")), saved("Drawn", None)]
    told = {group["name"]: group["note"] for group in told_apart(groups, kept)}
    other = "not the saved neighbourhood of this name, which is other ground"
    assert told == {"Same": "", "Other": other, "Drawn": "", "New": ""}
    noted = told_apart([groups[1] | {"note": "joined"}], kept)
    assert noted[0]["note"] == f"joined; {other}"
