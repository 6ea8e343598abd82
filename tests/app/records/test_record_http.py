"""A record over HTTP and from the command line: who sees the draft, what comes in, and what its trail says."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import openpyxl
import pytest
from httpx import Response
from starlette.testclient import TestClient

from app.access.actions import create_token
from app.imports.worker import run
from app.places.demo import DEMO_SLUG
from app.sessions import writing
from app.settings import Settings
from tests.support.databases import ClusterForTests
from tests.support.engines import open_engine

pytestmark = pytest.mark.slow
RECORD = f"/partnerships/{DEMO_SLUG}/record"
WORDS = {
    "vision": "Secret yet", "objectives": [{"title": "Homes"}], "reason": "A draft", "publish": False,
}  # fmt: skip


class Desk(NamedTuple):
    """The demo county's service, its editor's token and a stranger's, and the folder of its files."""

    client: TestClient
    editor: str
    stranger: str
    folder: Path

    def send(self, method: str, path: str, secret: str | None = None, **sent: Any) -> Response:
        signed = {} if secret is None else {"Authorization": f"Bearer {secret}"}
        headers = {**signed, **sent.pop("headers", {})}
        return self.client.request(method, f"/api/v1{path}", headers=headers, **sent)

    def bring(self, content: bytes, asked: str) -> dict[str, Any]:
        """Begin an import and do in this process what the worker's process would."""
        path = f"/imports/record?partnership={DEMO_SLUG}&{asked}"
        begun = self.send("POST", path, self.editor, content=content)
        assert begun.status_code == 202, begun.text
        engine = self.client.app.state.engine  # type: ignore[attr-defined]
        run(engine, self.folder / "imports", begun.json()["id"])
        return dict(self.send("GET", f"/imports/{begun.json()['id']}", self.editor).json())


@pytest.fixture(scope="module")
def desk(
    demo_template: str, cluster: ClusterForTests, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Desk]:
    from app.imports.running import Runs
    from app.main import create_app

    url = cluster.clone(demo_template)
    folder = tmp_path_factory.mktemp("records")
    with TestClient(create_app(Settings(data_dir=folder), open_engine(url))) as client:
        with writing(client.app.state.engine) as session:  # type: ignore[attr-defined]
            editor = create_token(session, "editor", DEMO_SLUG, "a test").secret
            stranger = create_token(session, "editor", "other-pact", "a test").secret
        made = Desk(client, editor, stranger, folder)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(Runs, "start", lambda *_: None)  # the tests run it themselves
            path, match = f"/partnerships/{DEMO_SLUG}/strategy", {"If-Match": "*"}
            answer = made.send("PUT", path, editor, json=WORDS, headers=match)
            assert answer.status_code == 200, answer.text
            yield made
    cluster.drop(url)


def test_only_the_partnership_s_own_token_is_told_its_draft(desk: Desk) -> None:
    for secret in (None, desk.stranger):
        seen = desk.send("GET", RECORD, secret)
        assert (seen.status_code, seen.json()["strategies"]) == (200, [])
        assert seen.headers["vary"].startswith("Authorization")
    assert desk.send("GET", RECORD, "wrong").status_code == 401
    own = desk.send("GET", RECORD, desk.editor)
    assert own.json()["strategies"][0]["vision"] == "Secret yet"
    assert "no-store" in own.headers["cache-control"]
    etag = desk.send("GET", f"{RECORD}.json").headers["etag"]
    assert desk.send("GET", f"{RECORD}.json", headers={"If-None-Match": etag}).status_code == 304


def test_a_record_is_taken_as_a_workbook_and_one_table_of_it_as_csv(desk: Desk) -> None:
    book = desk.send("GET", f"{RECORD}.xlsx")
    assert "targets" in openpyxl.load_workbook(io.BytesIO(book.content)).sheetnames
    table = desk.send("GET", f"{RECORD}/members.csv")
    assert table.text.startswith("name,sector,communities,role,joined,left,as_exported\r\n")
    assert desk.send("GET", f"{RECORD}/people.csv").json()["type"] == "/problems/unknown-table"
    assert desk.send("GET", "/partnerships/no-such/record").status_code == 404


def test_members_come_in_as_an_import_that_names_its_wrong_rows(desk: Desk) -> None:
    bad = b"name,sector\nA,public\nA,public\nB,guild\n"
    told = desk.bring(bad, "table=members&name=m.csv")
    assert told["status"] == "refused"
    found = [(e["row"], e["column"], e["rule"]) for e in told["report"]["refused"]]
    assert found == [(3, "name", "member-once"), (4, "sector", "member-has-a-sector")]
    assert (told["report"]["rows_ready"], told["report"]["stored"]) == (1, False)
    good = b"name,sector\nA,public\nC,private\n"
    told = desk.bring(good, "table=members&name=m.csv")
    assert (told["status"], told["report"]["rows_stored"]) == ("done", 2)
    sits = desk.send("GET", f"/partnerships/{DEMO_SLUG}/members").json()
    assert (sits["total"], sits["missing_sectors"]) == (2, ["voluntary", "community"])
    events = desk.send("GET", f"/history/partnership/{DEMO_SLUG}").json()["items"]
    assert events[0]["changed"]["members"][1][0] == {"name": "A", "sector": "public"}


def test_a_stranger_s_token_brings_no_record_in(desk: Desk) -> None:
    path = f"/imports/record?partnership={DEMO_SLUG}&table=members"
    assert desk.send("POST", path, desk.stranger, content=b"name,sector\n").status_code == 404
    assert desk.send("POST", path, content=b"name,sector\n").status_code == 401


def test_the_history_of_a_strategy_tells_what_was_published_and_signed_and_no_draft(
    desk: Desk,
) -> None:
    path = f"/history/strategy/{DEMO_SLUG}"
    assert desk.send("GET", path).json()["type"] == "/problems/unknown-history"
    strategy, match = f"/partnerships/{DEMO_SLUG}/strategy", {"If-Match": "*"}
    words = WORDS | {"publish": True, "reason": "Agreed"}
    assert desk.send("PUT", strategy, desk.editor, json=words, headers=match).status_code == 200
    events = desk.send("GET", path).json()
    assert [(each["verb"], each["reason"]) for each in events["items"]] == [("publish", "Agreed")]
    assert events["total"] == 1
    told = desk.client.get(f"/history/strategy/{DEMO_SLUG}").text.split("<tbody>")[1]
    assert (told.count("<tr>"), "version: 1" in told) == (1, True)
