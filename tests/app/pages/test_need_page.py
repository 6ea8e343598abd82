"""Need and money on the resources page, and the reconciliation page: the figures of the API, in words and tables."""

from __future__ import annotations

import re

from starlette.testclient import TestClient

from app.places.demo import DEMO_SLUG

PAGE, API = f"/partnerships/{DEMO_SLUG}", f"/api/v1/partnerships/{DEMO_SLUG}"


def pounds(pence: int) -> str:
    return f"£{pence // 100:,}.{pence % 100:02d}"


def test_the_resources_page_says_need_and_money_as_the_api_does(demo_client: TestClient) -> None:
    text = demo_client.get(f"{PAGE}/resources").text
    body = demo_client.get(f"{API}/ledger/need").json()
    table = re.search(r'aria-label="Need against money">.*?</table>', text, re.DOTALL)
    assert table is not None
    for part in body["parts"]:
        assert part["label"] in table[0]
        assert pounds(part["pence_per_head"]) in table[0]
        assert part["quadrant"] in table[0]
    assert f"<dd>{body['kakwani']:.3f}</dd>".replace("-", "−") in text
    drawn = [part for part in body["parts"] if part["lines"] and part["people"]]
    picture = re.search(r'<svg[^>]*class="mapsvg scatter".*?</svg>', text, re.DOTALL)
    assert picture is not None
    assert len(re.findall(r"<g><title>", picture[0])) == len(drawn)


def test_neighbourhood_by_programme_adds_up_to_the_file(demo_client: TestClient) -> None:
    text = demo_client.get(f"{PAGE}/resources").text
    totals = demo_client.get(f"{API}/ledger?lines=none").json()["totals"]
    table = re.search(r'aria-label="Neighbourhood by programme">.*?</table>', text, re.DOTALL)
    assert table is not None
    foot = table[0].partition("<tfoot>")[2]
    amounts = [
        int(p.replace(",", "").replace(".", "")) for p in re.findall(r"£([\d,]+\.\d\d)", foot)
    ]
    assert amounts[-1] == totals["file_pence"] == sum(amounts[:-1])


def test_the_reconciliation_page_holds_every_file_and_total(demo_client: TestClient) -> None:
    text = demo_client.get(f"{PAGE}/reconciliation").text
    body = demo_client.get(f"{API}/reconciliation").json()
    assert body["balanced"] is True
    assert "is accounted for" in text
    assert re.findall(r'<tr data-file="([^"]+)">', text) == [
        file["id"]
        for held in (True, False)
        for file in body["files"]
        if file["holds_lines"] is held
    ]
    for stage in body["totals"]:
        assert pounds(stage["pence"]) in text
        assert pounds(stage["not_placed_pence"]) in text
    assert demo_client.get("/partnerships/nowhere/reconciliation").status_code == 404
