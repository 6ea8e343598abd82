"""Pieces of pages for frames of other sites, and what a page offers to be passed on, over the demo county."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

import pytest

from app.pages.share import share_of
from app.places.demo import DEMO_SLUG
from tests.app.pages.test_pages import read, text_of

if TYPE_CHECKING:
    from starlette.testclient import TestClient

pytestmark = pytest.mark.slow

PLACE = f"/partnerships/{DEMO_SLUG}"
PIECES = [
    f"/embed{PLACE}/priorities",
    f"/embed{PLACE}/resources",
    f"/embed{PLACE}/profile",
    "/embed/areas/X07000002",
]


@pytest.mark.parametrize("address", PIECES)
def test_a_piece_may_stand_in_any_frame_with_its_title_its_sources_and_a_way_back(
    demo_client: TestClient, address: str
) -> None:
    answer = demo_client.get(f"{address}?show=map")
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert "frame-ancestors *" in policy
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    piece = answer.text
    assert not re.search(r"<(script|form|button|input)", piece)
    assert re.search(r'<path data-code="[^"]+" fill="#', piece)
    page = address.removeprefix("/embed")
    back = html.unescape(
        re.findall(r'<h1><a href="https?://[^/]+([^"]+)" target="_top">', piece)[0]
    )
    assert back.split("?")[0] == page
    assert read(demo_client, back)
    assert "invented" in text_of(piece.split('<p class="mapcaption"')[1])
    figures = read(demo_client, f"{address}?show=figures")
    assert "<svg" not in figures.split('<dl class="facts">')[1]
    assert len(re.findall(r"<dd>[^<]*\d", figures)) >= 2


def test_only_pieces_may_be_framed_by_others(demo_client: TestClient) -> None:
    others = ["/", PLACE, f"{PLACE}/priorities", "/areas/X07000002", "/sign-in", "/compare",
              "/embed/partnerships/nobody/priorities", "/embed/areas/X99999999",
              f"/embed{PLACE}/profile?show=all"]  # fmt: skip
    for address in others:
        policy = demo_client.get(address, headers={"Accept": "text/html"}).headers[
            "content-security-policy"
        ]
        assert "frame-ancestors 'self'" in policy, address


@pytest.mark.parametrize("address", [PLACE, f"{PLACE}/priorities?worst=20", f"{PLACE}/profile"])
def test_a_page_offers_its_link_a_frame_that_works_and_a_paragraph_with_its_finding(
    demo_client: TestClient, address: str
) -> None:
    page = read(demo_client, address)
    link = html.unescape(re.findall(r'id="share-link" readonly value="([^"]+)"', page)[0])
    assert link.split("?")[0].endswith(address.split("?", maxsplit=1)[0])
    snippet = html.unescape(
        re.findall(r'<textarea id="share-frame"[^>]*>(.*?)</textarea>', page)[0]
    )
    framed = html.unescape(
        re.findall(r'^<iframe src="https?://[^/]+([^"]+)" title="[^"]+"', snippet)[0]
    )
    piece = demo_client.get(framed)
    assert "frame-ancestors *" in piece.headers["content-security-policy"]
    paragraph = text_of(
        re.findall(r'<blockquote id="share-paragraph"[^>]*>(.*?)</blockquote>', page)[0]
    )
    lead = text_of(re.findall(r'<p class="lead" role="status">(.*?)</p>', page)[0])
    assert lead.strip() in paragraph
    assert "as of" in paragraph
    assert link in paragraph
    if "worst=20" in address:
        assert "worst=20" in link
        assert "worst=20" in framed


def test_a_view_that_nobody_saved_has_a_link_and_no_frame(demo_client: TestClient) -> None:
    page = read(demo_client, "/view?councils=X07000002")
    assert 'id="share-link"' in page
    assert "share-frame" not in page


def test_a_title_of_quotes_and_tags_stays_one_attribute_of_the_frame() -> None:
    made = share_of("https://b.test", "/p", 'A" onload="x<b>', "Said.", "S", embed='/e?a="1"&b=2')
    assert made.frame.count('"') == 10  # five attributes
    assert "<b>" not in made.frame
    assert "&amp;b=2" in made.frame
    assert made.paragraph == "Said. Source: S, by Bounds, https://b.test/p"
