"""Maps to take away: the same drawing as SVG and PNG at addresses beside their pages."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest
from PIL import Image

from tests.app.pages.test_pages import PLACE, read

if TYPE_CHECKING:
    from starlette.testclient import TestClient

pytestmark = pytest.mark.slow


def test_the_picture_of_a_partnership_is_the_drawing_of_its_page_with_words(
    demo_client: TestClient,
) -> None:
    answer = demo_client.get(f"{PLACE}/map.svg")
    assert answer.headers["content-type"].startswith("image/svg+xml")
    # opened by itself it may run nothing and fetch nothing
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    root = ElementTree.fromstring(answer.content)
    drawn = [found.get("data-code") for found in root.iter() if found.get("data-code")]
    page = read(demo_client, PLACE)
    assert drawn == re.findall(r'<path data-code="([^"]+)" fill=', page)
    assert len(drawn) == 92
    said = " ".join(
        "".join(found.itertext()) for found in root.iter() if found.tag.endswith("text")
    )
    assert "no place, person or pound on this picture is real" in said
    assert "Most deprived 10%" in said


@pytest.mark.parametrize(
    ("address", "width"), [(f"{PLACE}/resources/map.png?width=420", 420), ("/areas/X07000002/map.png", 1680)]
)  # fmt: skip
def test_a_png_is_as_wide_as_asked(demo_client: TestClient, address: str, width: int) -> None:
    answer = demo_client.get(address)
    assert answer.headers["content-type"] == "image/png"
    with Image.open(io.BytesIO(answer.content)) as picture:
        assert picture.width == width


def test_a_picture_too_wide_or_of_another_kind_is_refused_and_other_maps_keep_their_addresses(
    demo_client: TestClient,
) -> None:
    assert demo_client.get(f"{PLACE}/map.png?width=9").status_code == 422
    assert demo_client.get(f"{PLACE}/map.gif").status_code == 422
    assert demo_client.get("/areas/X99/map.svg").status_code == 404
    assert "json" in demo_client.get(f"{PLACE}/map.geojson").headers["content-type"]


def test_pages_name_their_picture_for_those_who_share_them(demo_client: TestClient) -> None:
    page = read(demo_client, f"{PLACE}/resources")
    (shown,) = re.findall(r'<meta property="og:image" content="([^"]+)">', page)
    assert shown.startswith(f"http://127.0.0.1:8000{PLACE}/resources/map.png?index=")
    assert f'href="{PLACE}/map.svg?' in page
