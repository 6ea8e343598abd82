"""A strategy from draft to signature and its accreditation, over HTTP on the demo county."""

from __future__ import annotations

import csv
import io
from typing import Any

import openpyxl
import pytest

from tests.app.strategies.conftest import Promises

WORDS: dict[str, Any] = {
    "vision": "Every street <b>good</b> to live in.",
    "objectives": [{"title": "=Homes", "theme": "Housing", "targets": ["national-2001-burglary"]}],
    "learning": [{"title": "How others ask tenants", "by": "The forum", "due_on": "2031-01-31"}],
    "plans": [{"title": "Community plan"}, {"title": "Crime plan", "part_of": "Community plan"}],
    "reason": "Agreed in the meeting",
}
HERE = "/partnerships/signers"


@pytest.fixture(scope="module")
def published(promises: Promises) -> Promises:
    return publish(promises)


def publish(promises: Promises) -> Promises:
    """Make a partnership of two members whose strategy is published and signed by one of them."""
    members = [{"name": "The Council", "sector": "public"}, {"name": "The Forum", "sector": "voluntary"}]  # fmt: skip
    body = {"name": "Signers", "authorities": promises.ours[:1], "members": members, "lead": "The Council"}  # fmt: skip
    assert promises.send("POST", "/partnerships", promises.root, json=body).status_code == 201
    draft = put(promises, WORDS, '"signers-strategy-0.0"')
    assert draft.status_code == 200, draft.text
    hidden = promises.client.get(f"/api/v1{HERE}/strategy").json()
    assert (hidden["version"], hidden["vision"]) == (None, "")
    assert promises.send("GET", f"{HERE}/strategy/draft").status_code == 404
    seen = promises.send("GET", f"{HERE}/strategy/draft", promises.root)
    assert (seen.json()["vision"], seen.headers["ETag"]) == (WORDS["vision"], draft.headers["ETag"])
    done = put(promises, WORDS | {"publish": True}, draft.headers["ETag"])
    assert done.status_code == 200, done.text
    signed = promises.send(
        "POST", f"{HERE}/strategy/sign-offs", promises.root, json={"member": "the council"}
    )
    assert signed.status_code == 201, signed.text
    return promises


def put(promises: Promises, words: dict[str, Any], tag: str) -> Any:
    return promises.send(
        "PUT", f"{HERE}/strategy", promises.root, json=words, headers={"If-Match": tag}
    )


def test_a_published_strategy_says_who_of_its_members_signed_it_by_sector(
    published: Promises,
) -> None:
    body = published.client.get(f"/api/v1{HERE}/strategy").json()
    assert (body["version"], body["signed"], body["members"]) == (1, 1, 2)
    assert body["by_sector"] == [
        {"sector": "public", "signed": 1, "members": 1},
        {"sector": "voluntary", "signed": 0, "members": 1},
    ]


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"member": "The Council"}, 409),
        ({"member": "Nobody"}, 422),
        ({"member": "The Forum", "signed_on": "2001-01-01"}, 422),
        ({"member": "The Forum", "signed_on": "2999-01-01"}, 422),
    ],
)
def test_a_second_signature_a_stranger_and_an_impossible_day_are_refused(
    published: Promises, said: dict[str, Any], status: int
) -> None:
    answer = published.send("POST", f"{HERE}/strategy/sign-offs", published.root, json=said)
    assert answer.status_code == status, answer.text


def test_the_next_draft_is_a_version_nobody_signed_and_the_published_one_stays(
    published: Promises,
) -> None:
    tag = published.send("GET", f"{HERE}/strategy/draft", published.root).headers["ETag"]
    first = put(published, WORDS | {"vision": "Another"}, tag)
    assert (first.json()["version"], first.json()["signed"]) == (2, 0)
    late = put(published, WORDS | {"vision": "A third"}, tag)
    assert (late.status_code, first.headers["ETag"] in late.json()["detail"]) == (412, True)
    assert published.client.get(f"/api/v1{HERE}/strategy").json()["vision"] == WORDS["vision"]
    listed = published.client.get(f"/api/v1{HERE}/strategy/versions").json()
    assert ([each["version"] for each in listed["items"]], listed["total"]) == ([1], 1)
    assert published.client.get(f"/api/v1{HERE}/strategy/versions/2").status_code == 404


def test_plans_in_a_circle_are_refused_over_http_with_their_place(published: Promises) -> None:
    plans = [{"title": "A", "part_of": "B"}, {"title": "B", "part_of": "A"}]
    answer = put(published, WORDS | {"plans": plans}, "*")
    assert answer.status_code == 422
    assert {each["rule"] for each in answer.json()["errors"]} == {"no-circle"}


def test_what_is_taken_away_holds_the_same_and_no_formula(published: Promises) -> None:
    told = published.client.get(f"/api/v1{HERE}/strategy.csv").text
    (row,) = csv.DictReader(io.StringIO(told))
    assert (row["title"], row["theme"]) == ("'=Homes", "Housing")
    book = published.client.get(f"/api/v1{HERE}/strategy.xlsx").content
    sheets = openpyxl.load_workbook(io.BytesIO(book)).sheetnames
    assert sheets == ["objectives", "learning", "plans", "sign_offs"]


def test_accreditation_shows_its_evidence_and_the_assessors_note_beside_it(
    published: Promises,
) -> None:
    note = published.client.get(f"/api/v1{HERE}/accreditation/players/note")
    assert (note.json()["note"], note.headers["ETag"]) == (None, '"note-players.0"')
    kept = published.send(
        "PUT", f"{HERE}/accreditation/players/note", published.root,
        json={"words": "Business is <i>absent</i>.", "role": "Regional assessor"},
        headers={"If-Match": note.headers["ETag"]},
    )  # fmt: skip
    assert kept.status_code == 200, kept.text
    body = published.client.get(f"/api/v1{HERE}/accreditation").json()
    by_id = {each["id"]: each for each in body["criteria"]}
    assert len(by_id) == 6
    assert by_id["players"]["note"]["words"] == "Business is <i>absent</i>."
    assert "Nobody is there for the private sector." in by_id["players"]["missing"]
    assert "1 of 2 members signed the strategy." in [e["words"] for e in by_id["performance"]["evidence"]]  # fmt: skip
    rows = list(csv.DictReader(io.StringIO(published.client.get(f"/api/v1{HERE}/accreditation.csv").text)))  # fmt: skip
    assert len(rows) == sum(body["counts"].values()) == sum(len(e["evidence"]) for e in by_id.values())  # fmt: skip
    unknown = published.client.get(f"/api/v1{HERE}/accreditation/luck/note")
    assert unknown.status_code == 404
