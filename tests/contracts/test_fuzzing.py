"""Requests made from the service's own description, right and wrong: no fault of ours, none over its time.

One for every third operation in each run of the suite, the same ones each time; `make national` makes twenty for
each. They are made by Schemathesis, and asked in turn by a stranger and by an administrator.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from httpx import InvalidURL, Response
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from app.access import actions
from app.main import create_app
from app.sessions import writing
from app.settings import Settings
from tests.contracts.test_hostile_requests import faults_of
from tests.support.databases import ClusterForTests
from tests.support.engines import open_engine

pytestmark = pytest.mark.slow
# What the service gives a request, by itself and where it is of whole files, and to say so: other work runs beside.
SHORT_S, LONG_S, TO_SAY_S = 20, 120, 10.0
A_FEW, MANY = 1, 10
A_THIRD = 3
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
# Of what an HTTP client of its own would say; the test's client says its own.
UNSENT = {
    "host",
    "user-agent",
    "accept-encoding",
    "connection",
    "content-length",
    "transfer-encoding",
}


def as_part(part: Any) -> Any:
    """A part of a form as the client can send it: any value as its text."""
    if isinstance(part, tuple):
        return (part[0], as_part(part[1]), *part[2:])
    return part if isinstance(part, bytes) else str(part).encode("utf-8", "replace")


def may_take_long(sent: dict[str, Any]) -> bool:
    """Say whether it asks for a whole file, or sends one."""
    ending = sent["url"].rsplit("/", 1)[-1].rpartition(".")[2]
    return (
        ending.isalpha() or "data" in sent or "files" in sent or "f" in (sent.get("params") or {})
    )


class Fuzzed:
    """A county that strangers and an administrator ask whatever its description allows, and what it does not."""

    def __init__(self, client: TestClient, secret: str) -> None:
        self.client = client
        self.signed = {"Authorization": f"Bearer {secret}"}
        self.asked = 0
        self.faults: list[str] = []
        self.slowest_s = 0.0

    def ask(self, case: Any) -> None:
        """Send one case, in turn as a stranger and signed in, and note what is wrong with the answer."""
        sent = case.as_transport_kwargs(base_url="http://testserver")
        headers = {
            name: each for name, each in sent.pop("headers").items() if name.lower() not in UNSENT
        }
        body = sent.pop("data", None)
        if body is not None:  # a form's fields, or bytes
            sent["data" if isinstance(body, dict) else "content"] = body
        if sent.get("files"):
            sent["files"] = [(name, as_part(part)) for name, part in sent["files"]]
        self.asked += 1
        if self.asked % 2 and not sent["url"].endswith("/sign-in"):
            headers |= self.signed
        sent.pop("cookies", None)
        began = time.monotonic()
        try:
            answer: Response = self.client.request(headers=headers, **sent)
        except (InvalidURL, ValueError, TypeError):
            return  # no client can send it
        took = time.monotonic() - began
        wrong = faults_of(answer)
        if answer.status_code >= 500 and answer.status_code not in {503, 507}:
            wrong = f"status {answer.status_code}"
        if took > LONG_S + TO_SAY_S or (took > SHORT_S + TO_SAY_S and not may_take_long(sent)):
            wrong += f" {took:.0f} s"
        self.slowest_s = max(self.slowest_s, took)
        if wrong:
            said = f"{sent['method']} {sent['url']} {sent.get('params')} {str(sent.get('json', body))[:300]}"
            self.faults.append(f"{said[:700]}: {wrong} {answer.text[:200]}")


def server_process(engine: Engine, data: Path) -> tuple[str, Any]:
    """The number of the database's process, and since when it takes sessions without a crash."""
    number = (data / "postmaster.pid").read_text().split("\n", 1)[0]
    with engine.connect() as connection:
        return number, connection.scalar(text("SELECT pg_postmaster_start_time()"))


def operations(client: TestClient) -> list[Any]:
    """Every operation of both descriptions, as Schemathesis reads them."""
    found = []
    for address in ("/openapi.json", "/ogc/api"):
        described = schemathesis.openapi.from_dict(client.get(address).json())
        found += [each.ok() for each in described.get_all_operations()]
    return found


@pytest.fixture
def fuzzed(cluster: ClusterForTests, demo_template: str, tmp_path: Path) -> Iterator[Fuzzed]:
    url = cluster.clone(demo_template)
    engine = open_engine(url.replace("bounds_owner@", "bounds_rw@"), statement_timeout_s=15)
    with writing(open_engine(url)) as session:
        secret = actions.create_token(session, "administrator", None, "a test").secret
    log = cluster.server.log
    said_before = log.stat().st_size
    before = server_process(engine, cluster.server.data)
    settings = Settings(data_dir=tmp_path, request_timeout_s=SHORT_S, long_request_timeout_s=LONG_S)
    with TestClient(create_app(settings, engine)) as client:
        yield Fuzzed(client, secret)
    assert server_process(engine, cluster.server.data) == before, "the database was started again"
    said = log.read_bytes()[said_before:]
    assert b"PANIC" not in said
    assert b"terminated by signal" not in said
    cluster.drop(url)


def fuzz(fuzzed: Fuzzed, examples: int, begin: int = 0) -> None:
    listed = operations(fuzzed.client)
    assert len(listed) > 200, "the descriptions list less than there is"
    step = A_THIRD if examples == A_FEW else 1
    for number, operation in enumerate(listed[begin % step :: step]):
        # In the quick run one of the two, in turn; the other where nothing of that one can be sent.
        turn = -1 if (number + begin) % 2 == 0 else 1
        for mode in MODES[::turn]:

            @seed(begin)
            @settings(
                max_examples=examples,
                database=None,
                deadline=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(operation.as_strategy(generation_mode=mode))
            def send(case: Any) -> None:
                fuzzed.ask(case)

            try:
                send()
            except Unsatisfiable:
                continue  # nothing wrong can be sent to what takes nothing
            if examples == A_FEW:
                break
    assert fuzzed.asked >= len(listed) // step
    assert fuzzed.faults == []


@pytest.mark.long
def test_a_request_of_every_third_operation(fuzzed: Fuzzed) -> None:
    fuzz(fuzzed, A_FEW)


@pytest.mark.national
def test_many_requests_of_every_operation(fuzzed: Fuzzed, record_property: Any) -> None:
    fuzz(fuzzed, MANY, begin=1)
    record_property("asked", fuzzed.asked)
    record_property("slowest_s", round(fuzzed.slowest_s, 1))
