"""A page that was made is given again, and never after the data changed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event, text

from app.pages.kept import Kept
from app.places.demo import DEMO_SLUG

if TYPE_CHECKING:
    from starlette.testclient import TestClient

PLACE = f"/partnerships/{DEMO_SLUG}"


def test_the_text_unused_for_longest_makes_room() -> None:
    kept = Kept(most=2)
    kept.keep("a", "1")
    kept.keep("b", "2")
    assert kept.find("a") == "1"
    kept.keep("c", "3")
    assert [kept.find(key) for key in "abc"] == ["1", None, "3"]


@pytest.mark.slow
@pytest.mark.parametrize("address", [PLACE, f"{PLACE}/map.geojson"])
def test_a_second_reader_costs_one_question_to_the_database(
    demo_client_that_writes: TestClient, address: str
) -> None:
    client = demo_client_that_writes
    first = client.get(address)
    asked: list[str] = []
    engine = client.app.state.engine  # type: ignore[attr-defined]
    event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    # Work elsewhere in the cluster moves the snapshot on, and then the page is made anew: the other
    # tests of the run write there, so it is asked until two readings lie close enough together.
    give_up_at = time.monotonic() + 60
    cost = 1
    while cost and time.monotonic() < give_up_at:
        asked.clear()
        assert client.get(address).text == first.text
        cost = sum("pg_current_snapshot" not in one and "FROM" in one for one in asked)
    assert cost == 0


@pytest.mark.slow
def test_after_any_write_the_page_is_made_anew(demo_client_that_writes: TestClient) -> None:
    client = demo_client_that_writes
    before = client.get(PLACE).text
    assert "Renamed by a test" not in before
    with client.app.state.engine.begin() as connection:  # type: ignore[attr-defined]
        connection.execute(
            text("UPDATE partnerships SET name = 'Renamed by a test' WHERE slug = :slug"),
            {"slug": DEMO_SLUG},
        )
    assert "<h1>Renamed by a test</h1>" in client.get(PLACE).text


@pytest.mark.slow
def test_two_addresses_are_kept_apart(demo_client: TestClient) -> None:
    narrow, wide = (demo_client.get(f"{PLACE}?worst={n}").text for n in (10, 20))
    assert narrow != wide
    assert demo_client.get(f"{PLACE}?worst=10").text == narrow
