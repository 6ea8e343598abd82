"""Hastings and Rother's page says the figures that were worked out from the publishers' files by hand."""

from __future__ import annotations

import re
import time
from html import unescape
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from starlette.testclient import TestClient

VIEW = "/view?councils=E07000062&councils=E07000064"


@pytest.mark.slow
def test_the_view_says_the_known_figures(place_client: TestClient) -> None:
    page = place_client.get(VIEW, headers={"Accept": "text/html"}).text
    said = " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())
    assert "18 of 111 small areas in Hastings and Rother are priorities" in said
    assert "home to 31,191 of 189,270 people" in said
    assert "the English Indices of Deprivation 2025 chooses 21" in said
    assert "£669,995.00 located and £0.00 estimated" in said
    assert "Most grants state no place of spending" in said
    assert "Eastbourne, Lewes and Wealden are left out" in said
    assert len(re.findall(r'<path data-code="', page)) == 111
    assert len(re.findall(r'<tr data-code="', page)) == 111


def test_a_council_that_is_known_but_not_loaded_is_said_to_be_so(place_client: TestClient) -> None:
    found = place_client.get("/search?q=Wealden", headers={"Accept": "text/html"})
    assert './bounds up --place "Wealden"' in unescape(found.text)
    view = place_client.get("/view?councils=E07000065", headers={"Accept": "text/html"})
    assert view.status_code == 404
    both = place_client.get(f"{VIEW}&councils=E07000065", headers={"Accept": "text/html"})
    assert both.status_code == 404
    assert "small areas of Wealden are not loaded" in both.text


def test_repaired_features_are_listed_with_their_area_before_and_after(
    place_client: TestClient,
) -> None:
    page = place_client.get("/data", headers={"Accept": "text/html"}).text
    findings = page.split("Findings in lad-2025-05-bgc</caption>")[1].split("</table>")[0]
    rows = re.findall(r"<td>repaired</td><td>[^<]+</td><td class=\"num\">[\d,.]+</td>", findings)
    assert rows


@pytest.mark.slow
def test_the_page_is_ready_soon_when_warm(place_client: TestClient) -> None:
    place_client.get(VIEW)
    took: list[float] = []
    # Kept while the database shows the same moment, which writes of tests beside this one change: the
    # same cluster counts them. So it is asked until nothing was written between two.
    while len(took) < 20 and min(took, default=1.0) >= 0.5:
        began = time.process_time()
        assert place_client.get(VIEW).status_code == 200
        took.append(time.process_time() - began)
    # Computing time of this process, so that tests running beside it do not count.
    assert min(took) < 0.5, took
