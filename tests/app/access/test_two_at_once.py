"""Two people saving one thing at the same moment, against a real server: one is let through, the other is told."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from httpx import Response
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.access.actions import create_token
from app.partnerships.tables import Partnership
from app.priorities.methods.conditions import worst_percent
from app.sessions import writing

pytestmark = pytest.mark.slow
API = "/api/v1"
PACT = f"{API}/partnerships/exe-pact"
COUNCIL = ["X07000002"]
ROUNDS = 20
PATIENCE_S = 10.0


@pytest.fixture
def engine(demo_client_that_writes: TestClient) -> Engine:
    opened: Engine = demo_client_that_writes.app.state.engine  # type: ignore[attr-defined]
    with writing(opened) as session:
        secret = create_token(session, "administrator", None, "a test").secret
    demo_client_that_writes.headers["Authorization"] = f"Bearer {secret}"
    body = {"name": "Exe Pact", "authorities": COUNCIL}
    made = demo_client_that_writes.post(f"{API}/partnerships", json=body)
    assert made.status_code == 201
    return opened


@contextmanager
def nobody_may_write(engine: Engine) -> Iterator[None]:
    """Hold the partnership's row until two others wait for it: both have then read all they could."""
    with Session(engine) as session, session.begin():
        session.execute(select(Partnership.slug).with_for_update())
        yield
        give_up_at = time.monotonic() + PATIENCE_S
        while _waiting(engine) < 2:
            assert time.monotonic() < give_up_at, "the two never came to the row"
            time.sleep(0.005)


def _waiting(engine: Engine) -> int:
    with Session(engine) as session:
        asked = (
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return int(session.execute(text(asked)).scalar_one())


def both(client: TestClient, *asked: dict[str, Any]) -> tuple[list[Response], Callable[[], None]]:
    """Begin two requests in threads of their own, from one moment; gives the answers and what waits for them."""
    answers: list[Response] = []
    start = threading.Barrier(len(asked))

    def ask(given: dict[str, Any]) -> None:
        own = TestClient(client.app, headers=dict(client.headers))
        start.wait(PATIENCE_S)
        answers.append(own.request(**given))

    threads = [threading.Thread(target=ask, args=(given,)) for given in asked]
    for thread in threads:
        thread.start()

    def wait() -> None:
        for thread in threads:
            thread.join(PATIENCE_S)

    return answers, wait


def statuses(answers: list[Response]) -> list[int]:
    return sorted(answer.status_code for answer in answers)


def test_of_two_changes_to_one_version_one_is_made_and_the_other_told(
    demo_client_that_writes: TestClient, engine: Engine
) -> None:
    for version in range(1, ROUNDS + 1):
        match = {"If-Match": f'"exe-pact.{version}"'}
        asked = [
            {"method": "PATCH", "url": PACT, "json": change, "headers": match}
            for change in ({"lead": f"Ann {version}"}, {"name": f"Exe Pact {version}"})
        ]
        with nobody_may_write(engine):
            answers, wait = both(demo_client_that_writes, *asked)
        wait()
        assert statuses(answers) == [200, 412], f"round {version}"
        done, told = sorted(answers, key=lambda answer: answer.status_code)
        assert done.headers["ETag"] == f'"exe-pact.{version + 1}"'
        detail = told.json()["detail"]
        assert f'its ETag is now "exe-pact.{version + 1}"; you read revision {version}' in detail
        now = demo_client_that_writes.get(PACT)
        assert now.json() == done.json()
        assert now.headers["ETag"] == done.headers["ETag"]


def test_a_change_and_a_removal_at_once_are_not_both_done(
    demo_client_that_writes: TestClient, engine: Engine
) -> None:
    match = {"If-Match": '"exe-pact.1"'}
    with nobody_may_write(engine):
        answers, wait = both(
            demo_client_that_writes,
            {"method": "PATCH", "url": PACT, "json": {"lead": "Ann"}, "headers": match},
            {"method": "DELETE", "url": PACT, "headers": match},
        )
    wait()
    changed_first = statuses(answers) == [200, 412]
    assert changed_first or statuses(answers) == [204, 404]
    assert demo_client_that_writes.get(PACT).status_code == (200 if changed_first else 404)


def test_a_partnership_made_twice_at_once_is_made_once_and_the_other_told_it_exists(
    demo_client_that_writes: TestClient, engine: Engine
) -> None:
    for number in range(5):
        body = {"name": f"Twice {number}", "authorities": COUNCIL}
        asked = {"method": "POST", "url": f"{API}/partnerships", "json": body}
        answers, wait = both(demo_client_that_writes, asked, asked)
        wait()
        assert statuses(answers) == [201, 409]
        told = max(answers, key=lambda answer: answer.status_code).json()
        assert told["type"] == "/problems/partnership-exists"


def test_one_file_sent_twice_at_once_is_stored_once(
    demo_client_that_writes: TestClient, engine: Engine
) -> None:
    for number in range(5):
        row = {"what": f"Wardens {number}", "amount": 1, "year": "2018-19", "funder": "F"}
        asked = {
            "method": "POST",
            "url": f"{API}/resources?partnership=exe-pact",
            "json": [row | {"place": "whole partnership"}],
        }
        answers, wait = both(demo_client_that_writes, asked, asked)
        wait()
        assert statuses(answers) in ([200, 201], [201, 409])
        files = demo_client_that_writes.get(f"{API}/resources?limit=1000").json()["items"]
        assert len([each for each in files if each["partnership"] == "exe-pact"]) == number + 1


def test_a_designation_saved_twice_under_one_name_is_two_with_numbers_of_their_own(
    demo_client_that_writes: TestClient, engine: Engine
) -> None:
    asked = {
        "method": "POST",
        "url": f"{PACT}/designations",
        "json": {"rule": worst_percent(10), "name": "Board list"},
    }
    answers, wait = both(demo_client_that_writes, asked, asked)
    wait()
    assert statuses(answers) == [201, 201]
    listed = demo_client_that_writes.get(f"{PACT}/designations").json()["items"]
    assert {each["id"] for each in listed} == {answer.json()["id"] for answer in answers}
    assert [each["name"] for each in listed] == ["Board list", "Board list"]


def test_an_editor_of_a_removed_partnership_has_no_way_into_one_made_later_under_its_name(
    demo_client_that_writes: TestClient, engine: Engine
) -> None:
    with writing(engine) as session:
        made = create_token(session, "editor", "exe-pact", "a test")
    match = {"If-Match": '"exe-pact.1"'}
    assert demo_client_that_writes.delete(PACT, headers=match).status_code == 204
    body = {"name": "Exe Pact", "authorities": COUNCIL}
    assert demo_client_that_writes.post(f"{API}/partnerships", json=body).status_code == 201
    editor = {"Authorization": f"Bearer {made.secret}"}
    answer = demo_client_that_writes.patch(PACT, json={"lead": "Ann"}, headers=match | editor)
    assert answer.status_code == 401
    assert answer.json()["detail"].startswith("that token was revoked on ")
