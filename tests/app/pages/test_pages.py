"""The pages over the demo county, read as a browser without JavaScript reads them."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

import pytest

from app.places.demo import DEMO_SLUG

if TYPE_CHECKING:
    from starlette.testclient import TestClient

PLACE = f"/partnerships/{DEMO_SLUG}"
VIEW = "/view?councils=X07000002&councils=X07000006"
HTML = {"Accept": "text/html"}
NOTICE = "Barsetshire is invented"


def read(client: TestClient, address: str, status: int = 200) -> str:
    answer = client.get(address, headers=HTML)
    assert answer.status_code == status, answer.text[:500]
    return answer.text


def text_of(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


@pytest.mark.slow
@pytest.mark.parametrize(
    "address",
    ["/", PLACE, f"{PLACE}/priorities", f"{PLACE}/resources", f"{PLACE}/map", VIEW,
     "/areas/X07000002", "/areas/X01000129", "/view/map?councils=X07000002"],
)  # fmt: skip
def test_every_page_of_the_demo_county_says_that_it_is_invented(
    demo_client: TestClient, address: str
) -> None:
    assert NOTICE in read(demo_client, address)


@pytest.mark.slow
def test_the_map_has_as_many_shapes_as_the_tables_have_rows(demo_client: TestClient) -> None:
    page = read(demo_client, PLACE)
    shapes = re.findall(r'<path data-code="([^"]+)" fill="([^"]+)"', page)
    rows = re.findall(r'<tr data-code="([^"]+)"', page)
    assert len(shapes) == 92
    assert [code for code, _ in shapes] == rows
    assert len({fill for _, fill in shapes}) >= 3


@pytest.mark.slow
def test_a_view_and_the_saved_partnership_of_the_same_councils_say_the_same(
    demo_client: TestClient,
) -> None:
    tables = [
        re.findall(r'<tr data-code="[^"]+">.*?</tr>', read(demo_client, address))
        for address in (VIEW, PLACE)
    ]
    assert len(tables[0]) == 92
    assert tables[0] == tables[1]


@pytest.mark.slow
def test_the_rule_stands_in_the_address_and_is_kept_by_every_link(demo_client: TestClient) -> None:
    page = read(demo_client, f"{PLACE}?worst=20&index=imd-2025-demo&stage=planned")
    assert "most deprived 20% in Barsetshire" in text_of(page)
    assert '<option value="20" selected>' in page
    assert 'value="imd-2025-demo" checked' in page
    links = re.findall(rf'href="({PLACE}/[^"]+)"', page)
    assert len(links) >= 4
    for link in links:
        assert "worst=20" in link
        assert "index=imd-2025-demo" in link
        assert "stage=planned" in link
    # the ledger's own download knows no rule: a link would give other figures than the page
    assert "ledger.csv" not in page
    assert "ledger.csv" in read(demo_client, PLACE)


@pytest.mark.slow
def test_a_rule_of_ones_own_replaces_the_share(demo_client: TestClient) -> None:
    rule = '{"measure":"crime","statistic":"percentile","scope":"national","at_most":5}'
    answer = demo_client.get(PLACE, params={"rule": rule, "worst": 10}, headers=HTML)
    assert answer.status_code == 200
    assert "in the most deprived 5% of Barsetshire (invented) on crime" in text_of(answer.text)


@pytest.mark.slow
def test_money_buckets_on_the_page_add_up_to_the_file_to_the_penny(
    demo_client: TestClient,
) -> None:
    page = read(demo_client, f"{PLACE}/resources")
    table = page.split('aria-label="Where the money goes"')[1].split("</table>")[0]
    amounts = [
        int(found.replace(",", "").replace(".", ""))
        for found in re.findall(r"£([\d,]+\.\d\d)", table)
    ]
    assert len(amounts) == 8
    assert sum(amounts[:-1]) == amounts[-1] == 413_838_840
    said = text_of(page)
    assert "In no total: 5 lines worth £85,283.60 paid to organisations based here" in said
    assert "Renewal Fund allocation for Hogglestock" in said


@pytest.mark.slow
def test_where_nothing_meets_the_rule_the_page_says_so_and_offers_wider_ones(
    demo_client: TestClient,
) -> None:
    page = read(demo_client, "/view?councils=X07000003&worst=1")
    assert "None of the 39 small areas of Framley is a priority" in text_of(page)
    assert "worst=20" in page


@pytest.mark.slow
def test_unknown_councils_indices_and_years_are_told_as_problems(demo_client: TestClient) -> None:
    assert "Hogglestock" in read(demo_client, "/view?councils=Hoglestock", 404)
    assert "imd-2019-demo" in read(demo_client, f"{VIEW}&index=imd-1999", 404)
    assert "2018-19" in read(demo_client, f"{VIEW}&year=2018", 422)
    read(demo_client, f"{VIEW}&stage=spent", 422)
    read(demo_client, f"{VIEW}&worst=0", 422)
    read(demo_client, f"{VIEW}&rule=%7B", 422)
    assert "Choose at least one council" in read(demo_client, "/view", 422)
    read(demo_client, "/partnerships/nowhere", 404)


def test_a_council_by_its_whole_name_leads_straight_to_its_page(demo_client: TestClient) -> None:
    answer = demo_client.get("/search?q=hogglestock", follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/view?councils=X07000002"


def test_a_search_lists_several_answers_and_never_picks_one(demo_client: TestClient) -> None:
    page = read(demo_client, "/search?q=hoggle")
    assert "/view?councils=X07000002" in page
    assert f"/partnerships/{DEMO_SLUG}" in page


def test_a_search_by_postcode_names_council_small_area_and_partnership(
    demo_client: TestClient,
) -> None:
    page = text_of(read(demo_client, "/search?q=xb2%208aa"))
    assert "XB2 8AA lies in Hogglestock" in page
    assert NOTICE in page
    assert "small area (LSOA)" in page
    assert "Partnership" in page


def test_a_search_that_finds_nothing_says_what_was_tried_and_what_is_spelt_alike(
    demo_client: TestClient,
) -> None:
    page = read(demo_client, "/search?q=Silverbrige")
    assert "Nothing here is called Silverbrige" in text_of(page)
    assert "the names of 2 partnerships" in text_of(page)
    assert "/areas/X07000001" in page


def test_a_postcode_that_is_no_longer_in_use_says_so(demo_client: TestClient) -> None:
    said = text_of(read(demo_client, "/search?q=XB28AS"))
    assert "XB2 8AS (not in the current list) lies in" in said


def test_the_first_half_of_a_postcode_lists_its_districts(demo_client: TestClient) -> None:
    said = text_of(read(demo_client, "/search?q=xb2"))
    assert "XB2 is the start of" in said


def test_an_unknown_postcode_is_said_to_be_in_no_list(demo_client: TestClient) -> None:
    said = text_of(read(demo_client, "/search?q=ZZ99+9ZZ"))
    assert "the postcode ZZ99 9ZZ, which is in no list loaded here" in said


def test_a_former_council_leads_to_what_followed_it(demo_client: TestClient) -> None:
    page = read(demo_client, "/areas/x07000004")
    assert "a former district" in text_of(page)
    assert "to 1 April 2023 (gone on that day)" in text_of(page)
    assert 'href="/areas/X07000007"' in page


def test_an_area_is_drawn_among_its_neighbours(demo_client: TestClient) -> None:
    page = read(demo_client, "/areas/X07000002")
    assert '<path data-code="X07000002"' in page
    assert "It touches " in text_of(page)
    assert 'href="/view?councils=X07000002"' in page
    read(demo_client, "/areas/X09999999", 404)


def test_the_page_of_what_is_loaded_loses_no_feature_and_no_row(demo_client: TestClient) -> None:
    page = read(demo_client, "/data")
    assert "lad-2023-05-demo" in page
    rows = [
        [int(n.replace(",", "")) for n in re.findall(r'<td class="num">([\d,]+)</td>', row)]
        for row in re.findall(r'<tr><td><a href="/data/releases/.*?</tr>', page, re.DOTALL)
    ]
    assert len(rows) == 11
    assert all(read_in == stored + refused + away for read_in, stored, refused, away, _ in rows)


@pytest.mark.slow
def test_the_single_file_map_is_a_download_that_asks_for_nothing(demo_client: TestClient) -> None:
    answer = demo_client.get(f"{PLACE}/map.html")
    assert answer.status_code == 200
    name = f'attachment; filename="bounds-{DEMO_SLUG}.html"'
    assert answer.headers["content-disposition"] == name
    outside_scripts = re.sub(r"<script.*?</script>", "", answer.text, flags=re.DOTALL)
    assert not re.findall(r'(?:src|href)="(?!data:|#)[^"]', outside_scripts)


@pytest.mark.slow
def test_the_folium_page_allows_its_own_scripts_only_by_nonce(demo_client: TestClient) -> None:
    answers = [demo_client.get(f"{PLACE}/map") for _ in range(2)]
    policies = [answer.headers["content-security-policy"] for answer in answers]
    nonces = [re.findall(r"script-src 'nonce-([^']+)'", policy) for policy in policies]
    assert nonces[0] != nonces[1]
    assert "unsafe" not in policies[0]
    assert answers[0].text.count(f'nonce="{nonces[0][0]}"') >= 4


@pytest.mark.slow
def test_a_page_that_has_not_changed_is_not_sent_again(demo_client: TestClient) -> None:
    first = demo_client.get(PLACE, headers=HTML)
    again = demo_client.get(PLACE, headers={**HTML, "If-None-Match": first.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.slow
def test_a_hostile_name_stays_text_on_every_page(demo_client_that_writes: TestClient) -> None:
    from sqlalchemy.orm import Session

    from app.partnerships.tables import Partnership
    from boundaries.tables import Area

    client = demo_client_that_writes
    hostile = '"><img src=x onerror=alert(1)>${7*7}'
    with Session(client.app.state.engine) as session, session.begin():  # type: ignore[attr-defined]
        row = session.get(Partnership, DEMO_SLUG)
        area = session.get(Area, "X01000129")
        assert row is not None
        assert area is not None
        row.name = area.name = hostile
    lists = f"/compare?partnership={DEMO_SLUG}&index=imd-2019-demo&against=imd-2025-demo"
    for address in ("/", PLACE, f"{PLACE}/priorities", f"{PLACE}/resources", f"{PLACE}/map",
                    f"{PLACE}/map.html", f"{PLACE}/profile", lists,
                    "/areas/X01000129", "/search?q=img", "/areas/X07000002"):  # fmt: skip
        page = read(client, address)
        assert "<img src=x" not in page, address
        if address != "/areas/X07000002":
            assert "onerror=alert(1)" in page, address


def test_an_empty_search_says_so_and_leads_to_the_councils(demo_client: TestClient) -> None:
    page = read(demo_client, "/search?q=+")
    assert "Nothing was typed." in text_of(page)
    assert 'href="/#choose"' in page


def test_the_title_of_a_search_names_what_was_searched(demo_client: TestClient) -> None:
    assert "<title>Search: hoggle – Bounds</title>" in read(demo_client, "/search?q=hoggle")


@pytest.mark.slow
def test_a_rule_that_nothing_meets_offers_only_wider_shares(demo_client: TestClient) -> None:
    page = read(demo_client, "/view?councils=X07000003&worst=10")
    offered = page.split("No areas match this rule.")[1].split("</p>")[0]
    assert re.findall(r"worst=(\d+)", offered) == ["20", "30", "50"]


@pytest.mark.slow
def test_the_key_counts_small_areas_and_nothing_else(demo_client: TestClient) -> None:
    key = read(demo_client, PLACE).split('<ul class="mapkey">')[1].split("</ul>")[0]
    counts = [int(n) for n in re.findall(r'class="count">\((\d+)\)', key)]
    assert len(counts) == 5
    assert sum(counts) == 92
    assert "<span>Councils</span></li>" in key


@pytest.mark.slow
def test_every_figure_on_the_map_stands_in_a_table(demo_client: TestClient) -> None:
    page = read(demo_client, PLACE)
    rows = [
        [unescape(re.sub(r"<[^>]+>", "", cell)).strip() for cell in re.findall(r"<t[hd].*?</t[hd]>", row)]
        for row in re.findall(r'<tr data-n="\d+">.*?</tr>', page, re.DOTALL)
    ]  # fmt: skip
    shapes = demo_client.get(f"{PLACE}/map.geojson").json()["features"]
    marks = [one["properties"] for one in shapes if one["properties"]["role"] != "place"]
    numbers = {one["label"]: one["name"] for one in marks if one["role"] == "neighbourhood"}
    assert len(numbers) == 7
    for number, name in numbers.items():
        assert any(row[0] == number and row[1].startswith(name) for row in rows), name
    amounts = [dict(one["fields"]) for one in marks if one["role"] == "point"]
    assert len(amounts) == 6
    written = {cell for row in rows for cell in row}
    for amount in amounts:
        assert amount["Located"] in written or amount["Located"] == "£0.00"
        assert amount["Estimated"] in written or amount["Estimated"] == "£0.00"
