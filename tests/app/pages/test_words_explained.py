"""The field's own words are explained on each page where they first stand, and not again."""

from __future__ import annotations

import html
import re

import pytest
from starlette.testclient import TestClient

from app.places.demo import DEMO_SLUG

PLACE = f"/partnerships/{DEMO_SLUG}"
PAGES = (
    "/", "/search?q=XB1+1AA", "/areas/X07000002", "/areas/X01000001", PLACE, f"{PLACE}/priorities",
    f"{PLACE}/resources", f"{PLACE}/profile", f"{PLACE}/progress", f"{PLACE}/gap", f"{PLACE}/ground", f"{PLACE}/build",
    "/neighbourhoods", "/board-check", f"/compare?place=partnerships/{DEMO_SLUG}&place=X07000002",
)  # fmt: skip
# A word of the field, and what stands around it where it is first said. "LSOA 2011" is part of a source's title.
WORDS = {
    r"\bMSOAs?\b": r"(middle-layer areas?|15,000 people) \(MSOAs?\)",
    r"\bLSOAs?\b(?! 20\d\d)": r"small areas? \(LSOAs?\)",
    r"(?i)\bexact lookup\b": r"Exact lookup: it lies wholly inside",
    r"\bIMD \d{4}\b": r"IMD is the Index of Multiple Deprivation|Index of Multiple Deprivation \(IMD\)",
    r"\bpercentile \d": r"Percentile: the hundredth",
    r"\bdecile\b": r"tenth \(decile\)",
}


def _seen(page: str) -> str:
    """Give the text of a page that a reader sees, without pictures."""
    main = page[page.index("<main") : page.index("</main>")]
    plain = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", main, flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", plain))).replace(" .", ".")


@pytest.mark.parametrize("address", PAGES)
def test_a_word_of_the_field_is_explained_on_its_page(
    demo_client: TestClient, address: str
) -> None:
    answer = demo_client.get(address, headers={"Accept": "text/html"})
    assert answer.status_code == 200
    text = _seen(answer.text)
    for word, explained in WORDS.items():
        first = re.search(word, text)
        assert first is None or re.search(explained, text), (
            word,
            text[first.start() - 80 : first.end() + 80],
        )
    # once, without noise
    assert len(re.findall("IMD is the Index", text)) <= 1
    assert len(re.findall(WORDS[r"\bpercentile \d"], text)) <= 1
