"""What a partnership may not keep of its year, each over HTTP with its rule and its place; nothing of it is kept."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest

from app.places.demo import DEMO_SLUG
from tests.app.strategies.conftest import SERIES, Promises

HERE = f"/partnerships/{DEMO_SLUG}"
TARGET: dict[str, Any] = {
    "partnership": DEMO_SLUG, "title": "Odd", "kind": "floor", "indicator": SERIES, "threshold": 56,
    "baseline_period": "2023", "due_period": "2031",
}  # fmt: skip
ONE = {"name": "The Trust", "sector": "public"}


def members(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"members": list(rows)}


def plans(*parts: tuple[str, str]) -> dict[str, Any]:
    listed = [{"title": title, "part_of": over} for title, over in parts]
    return {"vision": "V", "objectives": [{"title": "O"}], "plans": listed, "reason": "R"}


@pytest.mark.parametrize(
    ("method", "path", "said", "pointer", "rule"),
    [
        ("POST", "/targets", TARGET | {"baseline_period": "2019"}, "/baseline_period", "baseline-required"),
        ("POST", "/targets", TARGET | {"due_period": "2025"}, "/due_period", "due-not-past"),
        ("POST", "/targets", TARGET | {"due_period": "2024-25"}, "/due_period", "due-not-past"),
        ("POST", "/targets", TARGET | {"due_period": "2025-11"}, "/due_period", "due-not-past"),
        ("POST", "/targets", TARGET | {"unit": "years"}, "/unit", "unit-is-the-series"),
        ("POST", "/targets", TARGET | {"threshold": 100.5}, "/threshold", "within-the-unit"),
        ("POST", "/targets", TARGET | {"baseline_value": -0.5}, "/baseline_value", "within-the-unit"),
        ("PATCH", HERE, members({"name": "The Trust"}), "/members/0/sector", "member-has-a-sector"),
        ("PATCH", HERE, members(ONE | {"sector": "royal"}), "/members/0/sector", "member-has-a-sector"),
        ("PATCH", HERE, members(ONE, ONE | {"name": " the  TRUST "}), "/members/1/name", "member-once"),
        ("PATCH", HERE, members(ONE, ONE | {"sector": "private"}), "/members/1/name", "member-once"),
        ("PUT", f"{HERE}/strategy", plans(("A", "A")), "/plans/0/part_of", "no-circle"),
        ("PUT", f"{HERE}/strategy", plans(("A", "B"), ("B", "c"), ("C", " a ")), "/plans/2/part_of", "no-circle"),
    ],
)  # fmt: skip
def test_what_may_not_be_kept_is_refused_by_its_rule_at_its_place(
    promises: Promises, method: str, path: str, said: dict[str, Any], pointer: str, rule: str
) -> None:
    read = "/targets/none" if method == "POST" else path.replace("/strategy", "/strategy/draft")
    before = promises.send("GET", read)
    answer = promises.send(
        method, path, json=said, headers={"If-Match": before.headers.get("ETag", "")}
    )
    assert answer.status_code == 422, answer.text
    faults = {(each["pointer"], each.get("rule")) for each in answer.json()["errors"]}
    assert (pointer, rule) in faults
    after = promises.send("GET", read)
    # A 404 names its request.
    assert after.status_code == before.status_code
    assert before.status_code == 404 or after.json() == before.json()
    assert promises.client.get(f"/api/v1/targets/{DEMO_SLUG}-odd").status_code == 404


def test_of_two_assessors_who_write_one_note_the_second_is_told_and_the_first_s_words_stay(
    promises: Promises,
) -> None:
    address = f"{HERE}/accreditation/practice/note"
    read = {"If-Match": promises.client.get(f"/api/v1{address}").headers["ETag"]}
    said = {"words": "First", "role": "Assessor"}
    first = promises.send("PUT", address, promises.root, json=said, headers=read)
    second = promises.send(
        "PUT", address, promises.root, json=said | {"words": "Second"}, headers=read
    )
    assert (first.status_code, second.status_code) == (200, 412)
    assert first.headers["ETag"] in second.json()["detail"]
    assert promises.client.get(f"/api/v1{address}").json()["note"]["words"] == "First"
    assert promises.send("PUT", address, promises.root, json=said).status_code == 428


def test_a_formula_for_a_title_is_words_in_every_file_that_is_taken_away(
    promises: Promises,
) -> None:
    title = '=HYPERLINK("http://x","1")'
    made = promises.send("POST", "/targets", json=TARGET | {"title": title})
    assert made.status_code == 201, made.text
    written = promises.client.get(f"/api/v1{HERE}/progress.csv").text
    assert f'"\'{title.replace(chr(34), chr(34) * 2)}"' in written
    for path in ("progress.xlsx", "progress/report.xlsx", "record.xlsx"):
        book = openpyxl.load_workbook(
            io.BytesIO(promises.client.get(f"/api/v1{HERE}/{path}").content)
        )
        cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
        (found, *_) = [cell for cell in cells if str(cell.value or "").endswith(title)]
        assert (found.data_type, [c for c in cells if c.data_type == "f"]) == ("s", []), path
