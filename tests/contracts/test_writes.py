"""Every write over HTTP: who may, what the audit trail says of it, and that a failed one leaves nothing behind."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from httpx import Response
from sqlalchemy import Engine, func, update
from starlette.testclient import TestClient

from app.access import actions, queries
from app.access.tables import Token
from app.imports.tables import ImportRun
from app.main import create_app
from app.sessions import writing
from app.settings import Settings
from tests.contracts.test_routes import CHANGES
from tests.contracts.write_cases import (
    API,
    CASES,
    COUNCIL,
    DEED,
    ENDED,
    ESTATE,
    FUND,
    JOBS,
    MAPPED,
    MONEY,
    OWN_INDEX,
    POST_HELD,
    PROMISE,
    REFORM,
    RUNNING,
    STRATEGY,
)
from tests.support.databases import ClusterForTests
from tests.support.engines import open_engine
from tests.support.trail import Stored, break_the_trail, events_after, last_event, stored

pytestmark = pytest.mark.slow
DAY = timedelta(days=1)
ROUTES = [f"{route.method} {route.path}" for route in CHANGES]


@dataclass
class County:
    """A demo county of the test's own, its service, and tokens for it."""

    client: TestClient
    engine: Engine
    administrator: str
    file_id: str
    own_index: str

    def token(self, role: str, slug: str | None = None) -> str:
        """Make a token."""
        with writing(self.engine) as session:
            return actions.create_token(session, role, slug, "a test").secret

    def ask(self, name: str, secret: str | None, **over: Any) -> Response:
        """Do the write of a case with a token, with parts of what is sent replaced."""
        case = CASES[name]
        given: dict[str, Any] = {"url": case.address, **case.sent, **over}
        given["url"] = given["url"].replace("FILE", self.file_id).replace("INDEX", self.own_index)
        headers = {**case.headers, **given.pop("headers", {})}
        if secret is not None:
            headers["Authorization"] = f"Bearer {secret}"
        return self.client.request(name.split(maxsplit=1)[0], **given, headers=headers)

    def stored(self) -> Stored:
        """What every table holds now."""
        return stored(self.engine)


@pytest.fixture(scope="session")
def pact_template(
    cluster: ClusterForTests, demo_template: str, tmp_path_factory: pytest.TempPathFactory
) -> str:
    """Name of a template of the demo county with what the cases speak of; how to sign in lies beside it."""
    folder = tmp_path_factory.mktemp("pact")

    def fill(url: str) -> None:
        engine = open_engine(url)
        with TestClient(create_app(Settings(data_dir=folder), engine)) as client:
            _pact_file(cluster).write_text(json.dumps(_store_what_cases_speak_of(client)))

    return cluster.template("bounds_pact", fill, base=demo_template)


def _pact_file(cluster: ClusterForTests) -> Path:
    return cluster.home / "pact.json"


def _counties(cluster: ClusterForTests, template: str, folder: Path) -> Iterator[County]:
    url = cluster.clone(template)
    engine = open_engine(url)
    (folder / "imports").mkdir()
    (folder / "imports" / ENDED).write_bytes(b"what")
    # The service as the role that it has: what the owner may and it may not would be seen here.
    served = open_engine(url.replace("bounds_owner@", "bounds_rw@"))
    with TestClient(create_app(Settings(data_dir=folder), served)) as client:
        yield County(client, engine, **json.loads(_pact_file(cluster).read_text()))
    cluster.drop(url)


@pytest.fixture
def county(cluster: ClusterForTests, pact_template: str, tmp_path: Path) -> Iterator[County]:
    yield from _counties(cluster, pact_template, tmp_path)


@pytest.fixture(scope="module")
def untouched(
    cluster: ClusterForTests, pact_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[County]:
    """One county for all the tests that prove that nothing was changed."""
    yield from _counties(cluster, pact_template, tmp_path_factory.mktemp("untouched"))


@pytest.fixture(scope="module")
def without_trail(
    cluster: ClusterForTests, pact_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[County]:
    """One county whose trail takes nothing more, so that nothing can be changed in it."""
    for made in _counties(cluster, pact_template, tmp_path_factory.mktemp("without_trail")):
        break_the_trail(made.engine)
        yield made


def _store_what_cases_speak_of(client: TestClient) -> dict[str, str]:
    """Sign in as an administrator and store what the cases speak of; gives what a county is told of it."""
    engine: Engine = client.app.state.engine  # type: ignore[attr-defined]
    with writing(engine) as session:
        secret = actions.create_token(session, "administrator", None, "a test").secret
    signed = {"Authorization": f"Bearer {secret}"}
    member = {"name": "Exe Council", "sector": "public"}
    body = {"name": "Exe Pact", "authorities": COUNCIL, "members": [member]}
    assert client.post(f"{API}/partnerships", json=body, headers=signed).status_code == 201
    assert client.post(f"{API}/areas", json=REFORM, headers=signed).status_code == 201
    assert client.post(f"{API}/neighbourhoods", json=ESTATE, headers=signed).status_code == 201
    assert client.post(f"{API}/targets", json=PROMISE, headers=signed).status_code == 201
    assert client.post(f"{API}/actions", json=DEED, headers=signed).status_code == 201
    held = client.post(f"{API}/agreements/managers", json=POST_HELD, headers=signed)
    assert held.status_code == 201, held.text
    row = MONEY | {"what": "Brought in before"}
    brought = client.post(f"{API}/resources?partnership=exe-pact", json=[row], headers=signed)
    assert brought.status_code == 201, brought.text
    jobs = f"{API}/indicators?partnership=exe-pact&id=jobs-before&{MAPPED}"
    assert client.post(jobs, content=JOBS, headers=signed).status_code == 201
    mapping = {"name": "plan", "columns": {"what": "Project"}}
    mapped = f"{API}/partnerships/exe-pact/resource-mappings"
    assert client.post(mapped, json=mapping, headers=signed).status_code == 201
    for title in ("Exe Fund", "Exe Draft"):
        fund = client.post(f"{API}/programmes", json=FUND | {"title": title}, headers=signed)
        assert fund.status_code == 201, fund.text
    draft = (
        f"{API}/partnerships/exe-pact/statement-of-use?programme=exe-pact.exe-draft&year=2018-19"
    )
    written = client.put(draft, json={"words": {"next": "x"}}, headers={**signed, "If-Match": "*"})
    assert written.status_code == 200, written.text
    own = client.post(f"{API}/partnerships/exe-pact/indices", json=OWN_INDEX, headers=signed)
    assert own.status_code == 201, own.text
    for words, tag in ((STRATEGY, "0.0"), (STRATEGY | {"publish": False}, "1.1")):
        match = {"If-Match": f'"exe-pact-strategy-{tag}"'}
        kept = client.put(
            f"{API}/partnerships/exe-pact/strategy", json=words, headers={**signed, **match}
        )
        assert kept.status_code == 200, kept.text
    with writing(engine) as session:
        for run_id, status in ((RUNNING, "running"), (ENDED, "interrupted")):
            session.add(
                ImportRun(
                    id=run_id, kind="resources", partnership_slug="exe-pact", token_id=1, file_name="m.csv",
                    given={"partnership": ["exe-pact"]}, sha256=run_id, bytes=4, stores=True, status=status,
                    alive_at=datetime(2100, 1, 1, tzinfo=UTC),
                )
            )  # fmt: skip
    file_id = brought.headers["Location"].rpartition("/")[2]
    return {"administrator": secret, "file_id": file_id, "own_index": own.json()["id"]}


def test_every_write_of_the_service_has_a_case_here() -> None:
    assert set(ROUTES) - set(CASES) == set(), (
        "a new write needs a case, so that its trail is proved"
    )
    assert set(CASES) - set(ROUTES) == set(), "a case whose route is gone"


@pytest.mark.parametrize("name", CASES)
def test_a_write_by_who_may_leaves_one_event_with_who_did_what_to_what(
    county: County, name: str
) -> None:
    case = CASES[name]
    slug = "new-pact" if name == "POST /api/v1/partnerships" else "exe-pact"
    # The editor of the partnership, where that is enough.
    secret = county.administrator if case.for_administrators else county.token("editor", slug)
    number, before = last_event(county.engine), county.stored()
    answer = county.ask(name, secret)
    assert answer.status_code == case.done, answer.text
    event, *others = events_after(county.engine, number)
    # With a partnership its editors' tokens end, which is told too.
    ended = ["token:2"] if name == "DELETE /api/v1/partnerships/{slug}" else []
    assert [other.subject for other in others] == ended
    who = "token 1" if case.for_administrators else "token 2"
    assert (event.actor, event.verb) == (who, case.verb)
    assert re.fullmatch(case.subject, event.subject)
    assert secret not in str(event.detail)
    changed = {table for table, held in county.stored().items() if held != before[table]}
    assert changed > {"audit_events"}, "the case changes nothing, so the tests below prove nothing"


@pytest.mark.parametrize("name", CASES)
def test_a_write_that_is_refused_leaves_neither_a_change_nor_an_event(
    untouched: County, name: str
) -> None:
    before = untouched.stored()
    answer = untouched.ask(name, untouched.administrator, **CASES[name].spoilt)
    assert answer.status_code == CASES[name].refused, answer.text
    assert untouched.stored() == before


@pytest.mark.parametrize("name", CASES)
def test_a_write_whose_event_cannot_be_recorded_is_undone(without_trail: County, name: str) -> None:
    before = without_trail.stored()
    answer = without_trail.ask(name, without_trail.administrator)
    assert answer.status_code == 500
    assert "trail" not in answer.text
    assert without_trail.stored() == before


def _expire(county: County) -> tuple[str, str]:
    secret = county.token("administrator")
    with writing(county.engine) as session:
        found = Token.sha256 == queries.hash_token(secret)
        session.execute(update(Token).where(found).values(expires_at=func.now() - DAY))
        now = session.execute(func.now().select()).scalar_one()
    return secret, f"that token expired on {now - DAY:%Y-%m-%d}"


def _revoke(county: County) -> tuple[str, str]:
    secret = county.token("administrator")
    with writing(county.engine) as session:
        actions.revoke_token(session, queries.list_tokens(session)[-1].id, "a test")
        now = session.execute(func.now().select()).scalar_one()
    return secret, f"that token was revoked on {now:%Y-%m-%d}"


def _invent(_county: County) -> tuple[str, str]:
    return "bounds_invented", "that token is not known"


@pytest.mark.parametrize("name", CASES)
def test_a_token_that_no_longer_works_is_401_and_told_why(untouched: County, name: str) -> None:
    told = [spoil(untouched) for spoil in (_expire, _revoke, _invent)]
    before = untouched.stored()
    for secret, why in told:
        answer = untouched.ask(name, secret)
        assert (answer.status_code, answer.json()["detail"]) == (401, why)
        assert answer.headers["www-authenticate"].startswith("Bearer")
    assert untouched.stored() == before


@pytest.mark.parametrize("name", CASES)
def test_an_editor_of_another_partnership_changes_nothing(untouched: County, name: str) -> None:
    secret = untouched.token("editor", "theirs")
    before = untouched.stored()
    answer = untouched.ask(name, secret)
    assert answer.status_code == CASES[name].elsewhere, answer.text
    assert untouched.stored() == before


@pytest.mark.parametrize("name", [name for name in CASES if "exe-pact" in CASES[name].address])
def test_another_partnership_and_none_at_all_are_told_in_the_same_words(
    untouched: County, name: str
) -> None:
    secret = untouched.token("editor", "theirs")
    nothing = CASES[name].address.replace("exe-pact", "no-such")
    theirs, none = (
        untouched.ask(name, secret).json(),
        untouched.ask(name, secret, url=nothing).json(),
    )
    for told in (theirs, none):
        del told["request_id"]
    assert str(theirs).replace("exe-pact", "no-such") == str(none)


@pytest.mark.parametrize("name", [name for name in CASES if CASES[name].for_administrators])
def test_what_concerns_all_is_for_administrators_alone(untouched: County, name: str) -> None:
    before = stored(untouched.engine)
    assert untouched.ask(name, untouched.token("editor", "exe-pact")).status_code == 403
    after = stored(untouched.engine)
    assert {table for table in after if after[table] != before[table]} <= {"tokens", "audit_events"}
