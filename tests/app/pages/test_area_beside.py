"""The page of an area says what it lies in, contains and overlaps, with the shares that the API gives."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from starlette.testclient import TestClient

pytestmark = pytest.mark.slow
DISTRICT = "X07000002"


def rows_of(page: str) -> list[list[str]]:
    section = page[page.index('id="beside"') :]
    table = section[section.index("<tbody>") : section.index("</tbody>")]
    return [
        [re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row)]
        for row in re.findall(r"<tr>(.*?)</tr>", table)
    ]


def test_the_rows_are_those_of_the_api_the_largest_first(demo_client: TestClient) -> None:
    items = [
        item
        for asked in ("covers", "overlaps")
        for item in demo_client.get(
            f"/api/v1/areas/{DISTRICT}/{asked}", params={"type": "lsoa", "limit": 1000}
        ).json()["items"]
    ]
    assert items
    answer = demo_client.get(f"/areas/{DISTRICT}", params={"beside": "lsoa"})
    assert answer.status_code == 200
    rows = rows_of(answer.text)
    assert len(rows) == min(len(items), 50)
    share = {item["code"]: f"{100 * item['share_of_this']:.2f}" for item in items}
    people = {item["code"]: f"{100 * item['population_share_of_that']:.2f}" for item in items}
    for _, _, code, of_this, _, _, of_its_people in rows:
        assert share[code] in of_this
        assert people[code] in of_its_people
    shown = [float(re.sub(r"[^\d.]", "", row[3])) for row in rows]
    assert shown == sorted(shown, reverse=True)


def test_the_type_is_chosen_without_a_script_and_an_unknown_one_is_refused(
    demo_client: TestClient,
) -> None:
    page = demo_client.get(f"/areas/{DISTRICT}").text
    assert '<option value="wd" selected>' in page
    assert '<option value="lep"' not in page, "nothing invented draws enterprise partnerships"
    assert "passed over" in page
    none = demo_client.get(f"/areas/{DISTRICT}", params={"beside": "lep"}).text
    assert "Nothing loaded draws that type" in none
    refused = demo_client.get(
        f"/areas/{DISTRICT}", params={"beside": "<b>"}, headers={"Accept": "text/html"}
    )
    assert refused.status_code == 422
    assert "<b>" not in refused.text.replace("<b>Bounds", "")


def test_a_small_area_lies_in_its_district(demo_client: TestClient) -> None:
    rows = rows_of(demo_client.get("/areas/X01000129").text)
    assert rows[0][0] == "lies in"
    assert rows[0][2].startswith("X0")
