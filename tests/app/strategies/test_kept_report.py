"""What an action leaves as it was, the money and the gap, is not worked out again for a page; what changes it, is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import event, text

from app.places.demo import DEMO_SLUG
from app.sessions import writing
from tests.app.strategies.conftest import Promises

PAGE = f"/partnerships/{DEMO_SLUG}/progress"
REPORT = f"/api/v1{PAGE}/report"
DEED: dict[str, Any] = {
    "partnership": DEMO_SLUG, "title": "A kept deed", "owner": "The council", "due_on": "2031-03-31",
}  # fmt: skip


def asked_of(promises: Promises, ask: Callable[[], object]) -> list[str]:
    """List the statements that read lines of money or all values of an index."""
    engine = promises.client.app.state.engine  # type: ignore[attr-defined]
    found: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        if any(name in statement for name in ("FROM resource_lines", "what does an index say")):
            found.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        ask()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return found


def test_after_an_action_the_page_reads_neither_money_nor_indices(promises: Promises) -> None:
    before = promises.client.get(REPORT).json()
    promises.client.get(PAGE)
    made = promises.send("POST", "/actions", json=DEED)
    assert made.status_code == 201, made.text
    page: list[str] = []
    assert asked_of(promises, lambda: page.append(promises.client.get(PAGE).text)) == []
    assert "A kept deed" in page[0]
    after = promises.client.get(REPORT).json()
    assert [each["title"] for each in after["actions"]] == ["A kept deed"]
    assert after["spent"] == before["spent"]
    assert after["moved"] == before["moved"]


def test_a_saved_neighbourhood_and_a_line_that_changed_are_told_at_once(promises: Promises) -> None:
    before = promises.client.get(REPORT).json()
    assert before["spent"]["neighbourhoods_are"] == "priorities"
    engine = promises.client.app.state.engine  # type: ignore[attr-defined]
    with writing(engine) as session:
        session.execute(text("UPDATE resource_lines SET amount_pence = 2 * amount_pence"))
    doubled = promises.client.get(REPORT).json()["spent"]["stages"]
    for was, now in zip(before["spent"]["stages"], doubled, strict=True):
        assert now["neighbourhoods_pence"] == 2 * was["neighbourhoods_pence"]
    estate = {"name": "Ours", "codes": promises.ours[:1], "partnership": DEMO_SLUG, "reason": "R"}
    kept = promises.send("POST", "/neighbourhoods", json=estate)
    assert kept.status_code == 201, kept.text
    saved = promises.client.get(REPORT).json()
    assert saved["spent"]["neighbourhoods_are"] == "saved"
    assert saved["moved"] == before["moved"]  # of the saved priorities, while there are any
    with writing(engine) as session:
        session.execute(text("DELETE FROM designations"))
    assert promises.client.get(REPORT).json()["moved"]["ground"] == "Ours"
