"""The pages of a strategy and of its accreditation say what the API says, with every address that they lead to."""

from __future__ import annotations

from tests.app.strategies.conftest import Promises
from tests.app.strategies.test_strategy_http import HERE, publish


def test_the_pages_say_what_is_published_escaped_and_each_piece_of_evidence_leads_somewhere(
    promises: Promises,
) -> None:
    published = publish(promises)
    page = published.client.get(f"{HERE}/strategy").text
    assert "1 of 2 members signed it" in page
    assert "&lt;b&gt;good&lt;/b&gt;" in page
    assert "<b>good" not in page
    kept = published.send(
        "PUT", f"{HERE}/accreditation/players/note", published.root,
        json={"words": "Business is <i>absent</i>.", "role": "Regional assessor"},
        headers={"If-Match": '"note-players.0"'},
    )  # fmt: skip
    assert kept.status_code == 200, kept.text
    page = published.client.get(f"{HERE}/accreditation").text
    assert "Business is &lt;i&gt;absent&lt;/i&gt;." in page
    body = published.client.get(f"/api/v1{HERE}/accreditation").json()
    links = {
        piece["link"].partition("#")[0] for each in body["criteria"] for piece in each["evidence"]
    }
    assert len(links) > 3
    assert {published.client.get(link).status_code for link in links} == {200}
    told = [piece["words"] for each in body["criteria"] for piece in each["evidence"]]
    assert all(words.split(",")[0].split("'")[0] in page for words in told)
