"""Actions over HTTP on the demo county: who does what, where, until when; of this partnership's ground and targets."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.places.demo import DEMO_SLUG
from app.resources.tables import ResourceLine
from app.sessions import reading
from tests.app.strategies.conftest import Promises

DEED: dict[str, Any] = {
    "partnership": DEMO_SLUG, "title": "Street wardens", "owner": "The council", "due_on": "2031-03-31",
    "targets": ["national-2001-burglary"],
}  # fmt: skip


@pytest.fixture(scope="module")
def theirs(promises: Promises) -> str:
    """A neighbourhood of another partnership on the same ground."""
    made = promises.send(
        "POST",
        "/partnerships",
        promises.root,
        json={"name": "Other", "authorities": promises.ours[:1]},
    )
    assert made.status_code == 201, made.text
    estate = {"name": "Theirs", "codes": promises.ours[:1], "partnership": "other", "reason": "R"}
    kept = promises.send("POST", "/neighbourhoods", promises.root, json=estate)
    assert kept.status_code == 201, kept.text
    return str(kept.json()["slug"])


def test_an_action_is_kept_listed_by_its_day_and_stands_in_progress(promises: Promises) -> None:
    late = promises.send(
        "POST", "/actions",
        json=DEED | {"title": "Long ago", "starts_on": "2019-01-01", "due_on": "2020-01-01"},
    )  # fmt: skip
    made = promises.send("POST", "/actions", json=DEED)
    assert (late.status_code, made.status_code) == (201, 201)
    listed = promises.client.get(f"/api/v1/actions?partnership={DEMO_SLUG}").json()
    assert [each["id"] for each in listed["items"]] == [late.json()["id"], made.json()["id"]]
    assert [each["overdue"] for each in listed["items"]] == [True, False]
    first = promises.client.get(f"/api/v1/actions?partnership={DEMO_SLUG}&limit=1").json()
    assert promises.client.get(first["next"]).json()["items"] == listed["items"][1:]
    progress = promises.client.get(f"/api/v1/partnerships/{DEMO_SLUG}/progress").json()
    assert (len(progress["actions"]), progress["overdue"]) == (2, 1)
    done = promises.send(
        "PATCH", f"/actions/{late.json()['id']}", json={"status": "done"},
        headers={"If-Match": late.headers["ETag"]},
    )  # fmt: skip
    assert (done.json()["status"], done.json()["overdue"]) == ("done", False)
    again = promises.send("POST", "/actions", json=DEED)
    assert (again.status_code, again.json()["type"]) == (409, "/problems/action-exists")


@pytest.mark.parametrize(
    ("said", "pointer", "rule"),
    [
        ({"owner": " "}, "/owner", "owner-required"),
        ({"owner": "jo@example.org"}, "/owner", "no-personal-contact"),
        ({"due_on": None}, "/due_on", "due-required"),
        ({"starts_on": "2031-04-01"}, "/due_on", "due-after-start"),
        ({"status": "hoped for"}, "/status", "status-is-known"),
        ({"targets": ["no-such"]}, "/targets/0", "target-of-the-partnership"),
        ({"programmes": ["no-such"]}, "/programmes/0", "programme-is-held"),
        ({"lines": ["no-such"]}, "/lines/0", "line-is-held"),
    ],
)
def test_an_action_that_cannot_be_followed_is_refused_with_its_rule(
    promises: Promises, said: dict[str, Any], pointer: str, rule: str
) -> None:
    answer = promises.send("POST", "/actions", json=DEED | {"title": "Odd"} | said)
    assert answer.status_code == 422, answer.text
    assert [(each["pointer"], each["rule"]) for each in answer.json()["errors"]] == [
        (pointer, rule)
    ]


def test_a_neighbourhood_of_another_partnership_is_refused_by_name(
    promises: Promises, theirs: str
) -> None:
    answer = promises.send(
        "POST", "/actions", json=DEED | {"title": "Odd", "neighbourhoods": [theirs]}
    )
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["pointer"], error["value"]) == (
        422,
        "/neighbourhoods/0",
        theirs,
    )


def test_an_action_names_its_lines_of_money_and_another_partnerships_are_refused(
    promises: Promises, theirs: str
) -> None:
    row = {"what": "Wardens' pay", "amount": 1250, "year": "2018-19", "funder": "Home Office"}
    lines = {}
    for slug in (DEMO_SLUG, "other"):
        sent = [row | {"place": "whole partnership", "what": f"Pay of {slug}"}]
        kept = promises.send("POST", f"/resources?partnership={slug}", promises.root, json=sent)
        assert kept.status_code == 201, kept.text
        lines[slug] = line_of(promises, f"Pay of {slug}")
    estate = {"name": "Ours", "codes": promises.ours[:1], "partnership": DEMO_SLUG, "reason": "R"}
    slug = promises.send("POST", "/neighbourhoods", promises.root, json=estate).json()["slug"]
    said = DEED | {"title": "Paid wardens", "neighbourhoods": [slug]}
    refused = promises.send("POST", "/actions", json=said | {"lines": [lines["other"]]})
    assert [each["rule"] for each in refused.json()["errors"]] == ["line-is-held"]
    made = promises.send("POST", "/actions", json=said | {"lines": [lines[DEMO_SLUG]]})
    assert (made.status_code, made.json()["lines"]) == (201, [lines[DEMO_SLUG]])
    words = f"Pay of {DEMO_SLUG} (Home Office, £1,250.00)"
    for page in (f"/partnerships/{DEMO_SLUG}/progress", f"/neighbourhoods/{slug}"):
        assert words in promises.client.get(page).text, page


def line_of(promises: Promises, title: str) -> str:
    """The id of the line of a title, as the database keeps it."""
    with reading(promises.client.app.state.engine) as session:  # type: ignore[attr-defined]
        return session.scalars(select(ResourceLine.id).where(ResourceLine.title == title)).one()
