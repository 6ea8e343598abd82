"""The address that the service listens at is taken before any work is done."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

import httpx
import pytest

from app.cli import Opening
from app.places.commands import AddressTaken, claim_address
from app.settings import PUBLIC_RATE_LIMIT_PER_MIN, from_environment
from boundaries.database import REPOSITORY


def test_a_taken_port_is_said_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(AddressTaken) as raised:
            claim_address("127.0.0.1", port)
    assert raised.value.detail == (
        f"cannot listen at 127.0.0.1 port {port}: Address already in use; choose another with --port"
    )


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(AddressTaken):
        claim_address("192.0.2.1", 8000)  # kept for examples: no machine has it


def test_nobody_can_connect_before_the_server_listens() -> None:
    with (
        claim_address("127.0.0.1", 0) as claimed,
        pytest.raises(ConnectionRefusedError),
        socket.create_connection(claimed.getsockname(), timeout=2),
    ):
        pass


def test_an_address_on_the_command_line_brings_the_rules_of_that_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # `bounds serve --host 0.0.0.0` in a container must take the container's name as Host, and
    # must not serve the world without a limit.
    monkeypatch.setenv("BOUNDS_PORT", "8123")
    with ExitStack() as stack:
        opening = Opening(from_environment({"BOUNDS_PORT": "8123"}), stack)
        public = opening.settings_at("0.0.0.0", None)
        assert not public.is_loopback
        assert public.rate_limit_per_min == PUBLIC_RATE_LIMIT_PER_MIN
        assert public.base_url == "http://0.0.0.0:8123"
        assert opening.settings_at(None, 8124).base_url == "http://127.0.0.1:8124"
        assert opening.settings_at(None, None) is opening.settings


@pytest.mark.long
def test_two_processes_serve_one_address_and_one_that_dies_is_started_again(
    make_database: Callable[[str], str], demo_template: str, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {
        **os.environ, "BOUNDS_DATABASE_URL": make_database(demo_template), "BOUNDS_WORKERS": "2",
        "BOUNDS_DATA_DIR": str(tmp_path / "home"),
    }  # fmt: skip
    command = [sys.executable, "-m", "app.cli", "serve", "--port", str(port)]
    with (tmp_path / "said").open("w") as said:
        serving = subprocess.Popen(
            command, cwd=REPOSITORY, env=environment, stderr=said, start_new_session=True
        )
    try:
        first = wait_for_two(serving.pid, port)
        os.kill(min(first), signal.SIGKILL)
        second = wait_for_two(serving.pid, port, but=min(first))
        assert max(first) in second
        serving.terminate()
        assert serving.wait(timeout=20) == 0
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=2)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(serving.pid, signal.SIGKILL)
        serving.wait()


def wait_for_two(pid: int, port: int, but: int | None = None) -> set[int]:
    """Wait until two processes below `pid` listen at a port and answer there; gives their ids."""
    give_up_at = time.monotonic() + 60
    while time.monotonic() < give_up_at:
        below = {int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}
        serving = {one for one in below - {but} if is_server(one)}
        if len(serving) == 2 and all(answers(port) for _ in range(8)):
            return serving
        time.sleep(0.1)
    raise AssertionError("no two processes began to serve within a minute")


def answers(port: int) -> bool:
    """Say whether the service answers, and from the database."""
    try:
        answer = httpx.get(f"http://127.0.0.1:{port}/api/v1/partnerships", timeout=20)
    except httpx.ConnectError:
        return False
    return bool(answer.json()["total"] > 0)


def is_server(pid: int) -> bool:
    """Say whether a process is one that runs the service: another beside them only keeps count of files."""
    try:
        return b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
