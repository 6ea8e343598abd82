"""Partnerships over HTTP from the making to the removing: who may, which version, what is refused."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from app.access.actions import create_token
from app.access.audit import COMMAND_LINE
from app.sessions import writing

pytestmark = pytest.mark.slow
ADDRESS = "/api/v1/partnerships"
HOGGLESTOCK = "X07000002"


@pytest.fixture
def signed(demo_client_that_writes: TestClient) -> TestClient:
    """An administrator's client over a demo county of the test's own, with one partnership made."""
    engine: Engine = demo_client_that_writes.app.state.engine  # type: ignore[attr-defined]
    with writing(engine) as session:
        secret = create_token(session, "administrator", None, COMMAND_LINE).secret
    demo_client_that_writes.headers["Authorization"] = f"Bearer {secret}"
    made = demo_client_that_writes.post(
        ADDRESS, json={"name": "Exe Pact", "authorities": [HOGGLESTOCK]}
    )
    assert made.status_code == 201
    assert made.headers["Location"] == f"{ADDRESS}/exe-pact"
    assert made.headers["ETag"] == '"exe-pact.1"'
    return demo_client_that_writes


def test_a_change_needs_the_version_that_was_read_and_makes_the_next(signed: TestClient) -> None:
    where, change = f"{ADDRESS}/exe-pact", {"lead": "Mrs Proudie"}
    assert signed.patch(where, json=change).status_code == 428
    assert signed.patch(where, json=change, headers={"If-Match": '"exe-pact.9"'}).status_code == 412
    done = signed.patch(where, json=change, headers={"If-Match": '"exe-pact.1"'})
    assert (done.status_code, done.headers["ETag"]) == (200, '"exe-pact.2"')
    assert done.json()["lead"] == "Mrs Proudie"
    again = signed.patch(where, json=change, headers={"If-Match": '"exe-pact.1"'})
    assert again.status_code == 412


@pytest.mark.parametrize("field", ["name", "kind", "authorities", "members"])
def test_null_is_no_value_of_what_a_partnership_always_has(signed: TestClient, field: str) -> None:
    answer = signed.patch(
        f"{ADDRESS}/exe-pact", json={field: None}, headers={"If-Match": '"exe-pact.1"'}
    )
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == f"/{field}"


def test_what_may_be_empty_is_emptied_by_null(signed: TestClient) -> None:
    where = f"{ADDRESS}/exe-pact"
    signed.patch(where, json={"lead": "Mrs Proudie"}, headers={"If-Match": '"exe-pact.1"'})
    done = signed.patch(where, json={"lead": None}, headers={"If-Match": '"exe-pact.2"'})
    assert (done.status_code, done.json()["lead"]) == (200, None)


def test_a_name_that_is_taken_is_409_and_a_removed_one_is_404(signed: TestClient) -> None:
    same = {"name": "Exe pact", "authorities": [HOGGLESTOCK]}
    assert signed.post(ADDRESS, json=same).status_code == 409
    where = f"{ADDRESS}/exe-pact"
    assert signed.delete(where).status_code == 428
    assert signed.delete(where, headers={"If-Match": '"exe-pact.1"'}).status_code == 204
    assert signed.get(where).status_code == 404


def test_without_a_token_nothing_is_written(signed: TestClient) -> None:
    del signed.headers["Authorization"]
    body = {"name": "Another", "authorities": [HOGGLESTOCK]}
    assert signed.post(ADDRESS, json=body).status_code == 401
    assert signed.get(f"{ADDRESS}/another").status_code == 404
