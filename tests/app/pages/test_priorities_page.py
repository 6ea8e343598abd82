"""The priorities page: method controls in the address, ranking beside the map, stability and contested areas."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from app.places.demo import DEMO_SLUG
from tests.app.pages.test_pages import read, text_of

if TYPE_CHECKING:
    from starlette.testclient import TestClient

pytestmark = pytest.mark.slow

PAGE = f"/partnerships/{DEMO_SLUG}/priorities"


def test_the_ranking_beside_the_map_has_a_row_for_every_shape(demo_client: TestClient) -> None:
    page = read(demo_client, PAGE)
    shapes = re.findall(r'<path data-code="([^"]+)" fill=', page)
    rows = re.findall(r'<tr data-code="([^"]+)"', page)
    assert len(rows) == 92
    assert shapes == rows
    said = text_of(page)
    assert "Shaken 1,000 times (weights, thresholds and year; seed 1)" in said
    contested = re.search(r"seed 1\): (\d+) small areas? (?:is|are) contested", said)
    assert contested
    assert page.count('<span class="chip">contested</span>') == int(contested[1]) > 0


def test_an_empty_seed_shakes_nothing_and_the_same_seed_the_same_way(
    demo_client: TestClient,
) -> None:
    calm = read(demo_client, f"{PAGE}?seed=")
    assert "Shaken" not in calm
    assert "Chosen in" not in calm
    once, again = (read(demo_client, f"{PAGE}?seed=7") for _ in range(2))
    assert once == again
    assert 'name="seed" id="seed" inputmode="numeric" maxlength="19" value="7"' in once


def test_weights_of_ones_own_stand_in_the_address_and_in_every_link(
    demo_client: TestClient,
) -> None:
    address = f"{PAGE}?w_income=0.5&w_crime=0.5&worst=15&seed="
    page = read(demo_client, address)
    assert "with weights of one's own" in text_of(page)
    assert 'name="w_crime" id="w-crime" inputmode="decimal" maxlength="20" value="0.5"' in page
    assert 'name="w_living" id="w-living" inputmode="decimal" maxlength="20" value="0"' in page
    assert "w_income=0.5" in page
    # what can be taken away is drawn by the same weights
    book = re.search(r'href="(/api/v1/designate\.csv|/api/v1/designate\.xlsx)\?([^"]+)"', page)
    assert book
    assert "weights=%7B%22income%22%3A+0.5" in book[2].replace("&amp;", "&")
    other = read(demo_client, f"{PAGE}?worst=15&seed=")
    assert text_of(other) != text_of(page)


def test_the_publishers_own_weights_are_no_weights_of_ones_own(demo_client: TestClient) -> None:
    weights = "&".join(
        f"w_{name}={weight}"
        for name, weight in (
            ("income", 0.225), ("employment", 0.225), ("education", 0.135), ("health", 0.135),
            ("crime", 0.093), ("barriers", 0.093), ("living", 0.093),
        )
    )  # fmt: skip
    assert "weights of one" not in text_of(read(demo_client, f"{PAGE}?{weights}&seed="))


def test_a_domain_is_a_measure_of_the_short_rule(demo_client: TestClient) -> None:
    page = read(demo_client, f"{PAGE}?measure=crime&worst=20&seed=")
    assert "in the most deprived 20% in Barsetshire (invented) on crime" in text_of(page)
    assert '<option value="crime" selected>' in page


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("w_income=-1", "negative"), ("w_income=abc", "the weight of income is a number"), ("w_income=0", "zero"),
        ("w_income=nan", "number"), ("seed=x", "seed is a whole number"), ("measure=shoes", "shoes"),
        ("worst=0", "worst"),
    ],
)  # fmt: skip
def test_bad_methods_are_told_as_problems(demo_client: TestClient, asked: str, said: str) -> None:
    assert said in text_of(read(demo_client, f"{PAGE}?{asked}", 422)).lower()
