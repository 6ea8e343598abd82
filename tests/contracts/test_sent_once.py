"""A POST under an Idempotency-Key is done once, whatever it makes, however often and from wherever it is sent."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update
from starlette.testclient import TestClient

from app.access import actions, once, own_process, queries
from app.access.tables import SentOnce
from app.sessions import reading, writing
from boundaries.errors import Conflict
from tests.contracts.test_writes import County, _counties, county, pact_template
from tests.contracts.write_cases import API, CASES
from tests.support.databases import ClusterForTests
from tests.support.small_apps import service_without_database

__all__ = ["county", "pact_template"]
pytestmark = pytest.mark.slow
POSTS = [name for name in CASES if name.startswith("POST ")]
NEW = {"json": {"name": "Wye Pact", "authorities": ["X07000001"]}}


@pytest.fixture(scope="module")
def shared(
    cluster: ClusterForTests, pact_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[County]:
    """One county for the tests that each make things of their own."""
    yield from _counties(cluster, pact_template, tmp_path_factory.mktemp("once"))


def make(county: County, key: str, secret: str | None = None, **over: Any) -> Any:
    headers = {"Idempotency-Key": key, "Authorization": f"Bearer {secret or county.administrator}"}
    given = {"url": f"{API}/partnerships", **NEW, **over}
    return county.client.post(**given, headers=headers)


def named(name: str) -> dict[str, Any]:
    return {"json": NEW["json"] | {"name": name}}


@pytest.mark.parametrize("name", POSTS)
def test_the_second_sending_changes_nothing_and_gets_the_first_answer(
    county: County, name: str
) -> None:
    key = {**CASES[name].headers, "Idempotency-Key": "a key of mine"}
    first = county.ask(name, county.administrator, headers=key)
    assert first.status_code == CASES[name].done, first.text
    assert "idempotent-replayed" not in first.headers
    before = county.stored()
    again = county.ask(name, county.administrator, headers=key)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    for header in ("location", "content-type", "etag"):
        assert again.headers.get(header) == first.headers.get(header)
    after = county.stored()
    assert {table for table in after if after[table] != before[table]} <= {"import_runs"}


def test_another_body_or_address_under_the_key_is_422_and_another_token_has_keys_of_its_own(
    shared: County,
) -> None:
    assert make(shared, "k1", **named("Avon Pact")).status_code == 201
    before = shared.stored()
    for over in (named("Other"), {"url": f"{API}/partnerships?x=1"}, {"url": f"{API}/targets"}):
        refused = make(shared, "k1", **{**named("Avon Pact"), **over})
        assert refused.status_code == 422
        assert refused.json()["type"] == "/problems/idempotency-key-reused"
    assert shared.stored() == before
    other = shared.token("administrator")
    assert make(shared, "k1", other, **named("Tamar Pact")).status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 256, "ü", "a\tb"])
def test_a_key_that_is_none_is_400(shared: County, key: str) -> None:
    sent = key.encode("latin-1")
    headers = [
        (b"Idempotency-Key", sent), (b"Authorization", f"Bearer {shared.administrator}".encode()),
    ]  # fmt: skip
    answer = shared.client.post(f"{API}/partnerships", json={}, headers=headers)  # type: ignore[arg-type]
    assert answer.status_code == 400
    assert "Idempotency-Key" in answer.json()["detail"]


def test_what_was_refused_frees_its_key_and_a_revoked_token_gets_no_kept_answer(
    shared: County,
) -> None:
    assert make(shared, "k2", json={"name": ""}).status_code == 422
    secret = shared.token("administrator")
    assert make(shared, "k2", secret, **named("Exmouth Pact")).status_code == 201
    assert make(shared, "k2", **named("Sid Pact")).status_code == 201
    with writing(shared.engine) as session:
        actor = queries.find_actor(session, secret)
        assert actor is not None
        actions.revoke_token(session, actor.token_id, "a test")
    assert make(shared, "k2", secret, **named("Exmouth Pact")).status_code == 401


def test_of_ten_at_once_one_is_done(shared: County) -> None:
    answers: list[Any] = []
    together = threading.Barrier(10)

    def send() -> None:
        together.wait()
        answers.append(make(shared, "k3", **named("Teign Pact")))

    threads = [threading.Thread(target=send) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    statuses = {answer.status_code for answer in answers}
    assert statuses <= {201, 409}
    made = {answer.json()["slug"] for answer in answers if answer.status_code == 201}
    assert made == {"teign-pact"}
    running = [a for a in answers if a.status_code == 409]
    assert {a.json()["type"] for a in running} <= {"/problems/still-running"}
    assert make(shared, "k3", **named("Teign Pact")).headers["idempotent-replayed"] == "true"


def set_back(county: County, key: str, **values: Any) -> None:
    """Make a kept row what it would be had its process died, or so much time gone by."""
    with writing(county.engine) as session:
        session.execute(update(SentOnce).where(SentOnce.key == key).values(**values))


def test_a_try_that_died_before_its_commit_is_made_again_and_one_after_it_is_not(
    shared: County,
) -> None:
    unanswered = {"status": None, "headers": None, "body": None, "body_sha256": None}
    assert make(shared, "k4", **named("Otter Pact")).status_code == 201
    set_back(shared, "k4", **unanswered)
    assert make(shared, "k4", **named("Otter Pact")).json()["type"] == "/problems/still-running"
    set_back(shared, "k4", begun_at=func.now() - once.GIVEN_UP)
    assert make(shared, "k4", **named("Otter Pact")).json()["type"] == "/problems/answer-lost"
    # As it stands where a process died before its commit.
    set_back(shared, "k4", is_stored=False, begun_at=func.now() - once.GIVEN_UP)
    assert make(shared, "k4", **named("Axe Pact")).status_code == 201


def test_a_try_whose_process_was_killed_is_made_again_at_once(shared: County) -> None:
    other = subprocess.Popen(["sleep", "60"])
    name = own_process.name_of(other.pid)
    died = {
        "status": None,
        "headers": None,
        "body": None,
        "body_sha256": None,
        "run": f"a try@{name}",
    }
    assert make(shared, "k9", **named("Lyd Pact")).status_code == 201
    set_back(shared, "k9", **died, is_stored=False)
    assert make(shared, "k9", **named("Tavy Pact")).json()["type"] == "/problems/still-running"
    other.kill()
    other.wait()
    assert make(shared, "k9", **named("Tavy Pact")).status_code == 201
    set_back(shared, "k9", **died)
    assert make(shared, "k9", **named("Tavy Pact")).json()["type"] == "/problems/answer-lost"
    # Of another machine nobody here can say that it ended.
    elsewhere = own_process.is_gone(f"elsewhere{name}")
    assert own_process.is_gone(name)
    assert not elsewhere
    assert not own_process.is_gone(own_process.own_name())
    assert not own_process.is_gone("")


def test_a_try_whose_turn_is_over_stores_nothing(shared: County) -> None:
    with writing(shared.engine) as session:
        first = once.begin_once(session, shared.administrator, "k5", "asked")
    set_back(shared, "k5", begun_at=func.now() - once.GIVEN_UP)
    with writing(shared.engine) as session:
        second = once.begin_once(session, shared.administrator, "k5", "asked")
    assert isinstance(first, once.Turn)
    assert isinstance(second, once.Turn)
    with pytest.raises(Conflict), writing(shared.engine) as session:
        once.store_once(session, first)
    with writing(shared.engine) as session:
        once.store_once(session, second)


def test_after_a_day_a_key_is_forgotten_and_no_answer_is_kept_longer(shared: County) -> None:
    assert make(shared, "k6", **named("Dart Pact")).status_code == 201
    set_back(shared, "k6", begun_at=func.now() - once.KEPT)
    assert make(shared, "k7", **named("Erme Pact")).status_code == 201
    with reading(shared.engine) as session:
        kept = set(session.scalars(select(SentOnce.key)))
    assert "k6" not in kept
    assert "k7" in kept


def test_without_a_token_the_key_means_nothing(shared: County) -> None:
    answer = shared.client.post(f"{API}/partnerships", headers={"Idempotency-Key": "k"}, **NEW)
    assert answer.status_code == 401
    public = {"json": {"codes": ["X07000001"]}, "headers": {"Idempotency-Key": "k"}}
    for _ in range(2):
        computed = shared.client.post(f"{API}/align", **public)
        assert computed.status_code == 200
        assert "idempotent-replayed" not in computed.headers


def test_without_a_database_it_is_503(tmp_path: Path) -> None:
    service: TestClient = service_without_database()
    headers = {"Idempotency-Key": "k", "Authorization": "Bearer x"}
    answer = service.post(f"{API}/partnerships", json={}, headers=headers)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
