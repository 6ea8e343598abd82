"""Two people save one record: the second is told both revisions and what changed; anybody may read its history."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from httpx import Response
from markupsafe import escape
from starlette.testclient import TestClient

from app.access.actions import create_token
from app.access.audit import COMMAND_LINE, record
from app.dependencies import listed_tags
from app.places.demo import DEMO_SLUG
from app.sessions import writing
from app.settings import Settings
from tests.support.databases import ClusterForTests
from tests.support.engines import open_engine


class Kept(NamedTuple):
    """The service and its editor's token."""

    client: TestClient
    secret: str

    def send(self, method: str, path: str, **sent: Any) -> Response:
        headers = {"Authorization": f"Bearer {self.secret}", **sent.pop("headers", {})}
        return self.client.request(method, f"/api/v1{path}", headers=headers, **sent)


@pytest.fixture(scope="module")
def kept(
    demo_template: str, cluster: ClusterForTests, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Kept]:
    """A neighbourhood with an agreement on it, a target and an action of the demo's partnership."""
    from app.main import create_app

    url = cluster.clone(demo_template)
    settings = Settings(data_dir=tmp_path_factory.mktemp("saved"))
    with TestClient(create_app(settings, open_engine(url))) as client:
        with writing(client.app.state.engine) as session:  # type: ignore[attr-defined]
            made = Kept(client, create_token(session, "editor", DEMO_SLUG, "a test").secret)
        found = client.get(f"/api/v1/designate?partnership={DEMO_SLUG}").json()
        codes = [each["code"] for each in found["areas"] if each["selected"]][:2]
        for path, body in (
            ("/neighbourhoods", {"name": "Quiet End", "codes": codes, "partnership": DEMO_SLUG, "reason": "R"}),
            ("/agreements/services", {
                "neighbourhood": "quiet-end", "service": "Sweeping", "provider": "The council",
                "standard": "Daily", "review_on": "2030-04-01"}),
            ("/actions", {
                "partnership": DEMO_SLUG, "title": "Plant trees", "owner": "The council", "due_on": "2030-04-01"}),
        ):  # fmt: skip
            answer = made.send("POST", path, json=body)
            assert answer.status_code == 201, answer.text
        yield made
    cluster.drop(url)


# What is saved, its kind and id in the history, the field, and two people's words for it.
SAVED = (
    (f"/partnerships/{DEMO_SLUG}", f"partnership/{DEMO_SLUG}", "lead", "First", "Second"),
    ("/neighbourhoods/quiet-end", "neighbourhood/quiet-end", "name", "First End", "Second End"),
    ("/agreements/services/quiet-end-sweeping-the-council", "services/quiet-end-sweeping-the-council",
     "provider", "First", "Second"),
    (f"/actions/{DEMO_SLUG}-plant-trees", f"action/{DEMO_SLUG}-plant-trees", "owner", "First", "Second"),
)  # fmt: skip


@pytest.mark.parametrize(("path", "named", "field", "first", "second"), SAVED)
def test_who_saves_second_is_told_both_revisions_and_what_changed_and_nothing_is_lost(
    kept: Kept, path: str, named: str, field: str, first: str, second: str
) -> None:
    # One saved before either opened it: whoever is told what changed since knows of that already.
    before = kept.send("GET", path)
    known = {"If-Match": before.headers["ETag"]}
    assert kept.send("PATCH", path, json={field: "Before both"}, headers=known).status_code == 200
    read = kept.send("GET", path)
    was, match = read.json()[field], {"If-Match": read.headers["ETag"]}
    assert kept.send("PATCH", path, json={field: first}, headers=match).status_code == 200
    refused = kept.send("PATCH", path, json={field: second}, headers=match)
    assert refused.status_code == 412, refused.text
    told = refused.json()["detail"]
    tag = next(iter(listed_tags(read.headers["ETag"]))).strip('"')
    number = int(tag.rpartition(".")[2])
    assert f"you read revision {number} and it is at revision {number + 1}: " in told
    assert told.count("(revision ") == 1, "only what came after the revision that was read"
    assert f"an editor of {DEMO_SLUG} changed {field} from " in told
    assert f'to "{first}"' in told
    assert kept.send("GET", path).json()[field] == first
    (newest, *_) = kept.client.get(f"/api/v1/history/{named}").json()["items"]
    assert (newest["who"], newest["verb"]) == (f"an editor of {DEMO_SLUG}", "change")
    assert newest["changed"][field] == [was, first]
    assert first in kept.client.get(f"/history/{named}").text


def test_a_removed_record_keeps_its_history_with_what_it_was(kept: Kept) -> None:
    post = {"neighbourhood": "quiet-end", "role": "<b>Warden</b>", "organisation": "The council"}
    made = kept.send("POST", "/agreements/managers", json=post)
    path = f"managers/{made.json()['id']}"
    gone = kept.send("DELETE", f"/agreements/{path}", headers={"If-Match": made.headers["ETag"]})
    assert gone.status_code == 204
    newest, oldest = kept.client.get(f"/api/v1/history/{path}").json()["items"]
    assert (newest["verb"], newest["before"]["role"]) == ("remove", "<b>Warden</b>")
    assert (oldest["verb"], oldest["after"]["role"]) == ("create", "<b>Warden</b>")
    page = kept.client.get(f"/history/{path}").text
    assert "&lt;b&gt;Warden" in page
    assert "<b>Warden" not in page
    first = kept.client.get(f"/api/v1/history/{path}?limit=1").json()
    assert (first["total"], len(first["items"])) == (2, 1)
    assert kept.client.get(first["next"]).json()["items"] == [oldest]


def test_a_neighbourhood_made_among_others_tells_of_that_and_the_page_speaks_in_words(
    kept: Kept,
) -> None:
    named = f"neighbourhoods:{DEMO_SLUG}"
    with writing(kept.client.app.state.engine) as session:  # type: ignore[attr-defined]
        record(session, COMMAND_LINE, "grow", named, {"made": ["north-one", "south-one"]})
        record(session, COMMAND_LINE, "import", named, {"made": [], "changed": ["north-one"]})
    told = kept.client.get("/api/v1/history/neighbourhood/north-one").json()["items"]
    assert [(each["verb"], each["changed"], "made" in each) for each in told] == [
        ("import", {}, False), ("grow", {}, False)]  # fmt: skip
    south = kept.client.get("/api/v1/history/neighbourhood/south-one").json()
    assert [each["verb"] for each in south["items"]] == ["grow"]
    page = kept.client.get(f"/history/neighbourhoods/{DEMO_SLUG}")
    assert page.status_code == 200
    assert "brought in; changed too: north-one" in page.text
    assert "grown; made: north-one; south-one" in page.text
    whole = kept.client.get(f"/history/partnership/{DEMO_SLUG}").text
    name = kept.send("GET", f"/partnerships/{DEMO_SLUG}").json()["name"]
    assert f"<h1>History of the partnership {escape(name)}</h1>" in whole
    assert "Hogglestock (X07000002); " in whole
    assert "<td>Kind</td><td></td><td>local strategic partnership</td>" in whole
    assert "1 April 2016" in whole
    assert not re.search(r"authorities|valid_from|\[\{|&#34;", whole.split("<main")[1])


@pytest.mark.parametrize("named", ["token/1", "strategy/exe-pact", "partnership/no-such", "%25/x"])
def test_tokens_drafts_and_what_was_never_written_have_no_public_history(
    kept: Kept, named: str
) -> None:
    refused = kept.client.get(f"/api/v1/history/{named}")
    assert (refused.status_code, refused.json()["type"]) == (404, "/problems/unknown-history")
