"""A partnership whose data are not loaded: each page says what is missing and what to do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from app.main import create_app
from app.places.demo import DEMO_SLUG
from app.settings import Settings
from boundaries.database import make_engine
from tests.app.pages.test_pages import read, text_of

pytestmark = pytest.mark.slow

PLACE = f"/partnerships/{DEMO_SLUG}"
PAGES = {
    "": "Overview", "/priorities": "Priorities", "/resources": "Resources", "/gap": "Gap", "/profile": "Profile",
    "/statement-of-use": "Statement of use", "/build": "Building a neighbourhood",
}  # fmt: skip
ROW = re.compile(
    r'<tr data-n="\d+"><th scope="row">([^<]+)</th><td>(.*?)</td><td>.*?</td><td>(.*?)</td></tr>'
)


@pytest.fixture(scope="module")
def emptied(
    make_database: Callable[[str], str],
    demo_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[TestClient]:
    """The demo county with its partnership, without indices, people and money."""
    engine = make_engine(make_database(demo_template), pool_size=0)
    with engine.begin() as connection:
        connection.execute(
            text("TRUNCATE index_values, indices, weights, resource_lines, resource_files CASCADE")
        )
    settings = Settings(data_dir=tmp_path_factory.mktemp("emptied"))
    with TestClient(create_app(settings, engine)) as opened:
        yield opened


@pytest.mark.parametrize("ending", PAGES)
def test_a_page_without_its_data_says_what_is_missing_and_what_to_do(
    emptied: TestClient, ending: str
) -> None:
    page = read(emptied, PLACE + ending)
    assert text_of(re.findall(r"<h1>(.*?)</h1>", page)[0]).startswith(f"{PAGES[ending]} of ")
    rows = ROW.findall(page)
    assert {name: "missing" not in state for name, state, _ in rows} == {
        "Boundaries of its councils": True, "An index of deprivation that ranks its small areas": False,
        "People of its small areas": False, "Lines of money": False, "Saved neighbourhoods": False,
    }  # fmt: skip
    steps = {name: text_of(step) for name, _, step in rows}
    assert steps["Boundaries of its councils"] == "nothing"
    assert "bounds load england --commit" in steps["People of its small areas"]
    assert f"--partnership {DEMO_SLUG}" in steps["Lines of money"]
    assert "4 things are missing" in text_of(page)


def test_progress_and_strategy_say_what_to_do_next_without_any_data(emptied: TestClient) -> None:
    for ending in ("/progress", "/strategy"):
        assert "What to do next" in text_of(read(emptied, PLACE + ending))


def test_what_is_wrong_in_the_address_stays_so_where_nothing_is_missing(
    demo_client: TestClient, emptied: TestClient
) -> None:
    read(demo_client, f"{PLACE}?index=imd-1999", 404)
    read(emptied, "/partnerships/nobody", 404)
    assert emptied.get(f"/api/v1{PLACE}/profile").status_code == 404
