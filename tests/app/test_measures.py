"""What is measured can be read by Prometheus's own parser, and is what is there."""

from __future__ import annotations

import math
from typing import Any

import anyio
import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from app.dependencies import Gate
from app.imports.tables import ImportRun
from app.problems import Busy
from app.sessions import writing
from tests.support.small_apps import service_without_database

ALWAYS = {
    "bounds_database_up", "bounds_requests", "bounds_request_seconds", "bounds_process_start_time_seconds",
    "bounds_heavy_requests", "bounds_heavy_requests_limit", "bounds_heavy_refused",
}  # fmt: skip
OF_A_DATABASE = {
    "bounds_pool_connections", "bounds_pool_connections_limit", "bounds_database_bytes",
    "bounds_database_longest_transaction_seconds", "bounds_database_lock_waits", "bounds_database_connections",
    "bounds_database_connections_limit", "bounds_imports", "bounds_imports_oldest_running_seconds",
    "bounds_disk_free_bytes",
}  # fmt: skip


def measured(client: TestClient) -> dict[str, dict[tuple[str, ...], float]]:
    """Every family by name, its samples by their labels' values."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(answer.text):
        assert family.documentation
        assert family.type in {"gauge", "counter", "histogram"}
        assert family.name not in found
        for sample in family.samples:
            assert math.isfinite(sample.value)
            found.setdefault(family.name, {})[tuple(sample.labels.values())] = sample.value
    return found


@pytest.fixture
def client(demo_client_that_writes: TestClient) -> TestClient:
    demo_client_that_writes.get("/api/v1/areas?limit=1")
    return demo_client_that_writes


def test_everything_that_is_watched_is_told_and_parsed(client: TestClient) -> None:
    found = measured(client)
    assert set(found) >= ALWAYS | OF_A_DATABASE
    assert found["bounds_database_up"][()] == 1
    assert found["bounds_database_bytes"][()] > 1_000_000
    assert found["bounds_imports"][("running",)] == 0
    assert sum(found["bounds_database_connections"].values()) >= 1
    assert found["bounds_pool_connections_limit"][()] >= 1


def test_imports_are_counted_by_how_they_stand(client: TestClient) -> None:
    engine: Any = client.app.state.engine  # type: ignore[attr-defined]
    given = {
        "kind": "resources",
        "token_id": 1,
        "file_name": "m",
        "given": {},
        "bytes": 1,
        "stores": True,
    }
    with writing(engine) as session:
        for status in ("done", "refused", "refused", "running"):
            n = len(session.new)
            session.add(ImportRun(id=f"{n:032x}", sha256=str(n), status=status, **given))
    imports = measured(client)["bounds_imports"]
    assert imports == {("done",): 1, ("refused",): 2, ("running",): 1}


def test_without_a_database_the_rest_is_told(client: TestClient) -> None:
    found = measured(service_without_database())
    assert found["bounds_database_up"][()] == 0
    assert set(found) >= ALWAYS - {"bounds_requests", "bounds_request_seconds"}
    assert "bounds_database_bytes" not in found


def test_the_gate_counts_who_runs_who_waits_and_who_was_sent_away() -> None:
    async def crowd() -> None:
        gate = Gate(running=1, waiting=1, patience_s=0.05)
        await gate.enter()
        async with anyio.create_task_group() as group:

            async def wait_in_vain() -> None:
                with pytest.raises(Busy):
                    await gate.enter()

            group.start_soon(wait_in_vain)
            await anyio.sleep(0.01)
            assert (gate.running, gate.waiting, gate.refused) == (1, 1, 0)
            with pytest.raises(Busy):
                await gate.enter()
        assert (gate.running, gate.waiting, gate.refused) == (1, 0, 2)
        gate.leave()
        assert gate.running == 0

    anyio.run(crowd)
