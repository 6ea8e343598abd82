"""Connections are dealt out evenly among the processes that serve one address."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.dealing import Holdings
from boundaries.database import REPOSITORY

CONNECTIONS = 24
SERVER = """
import asyncio, os, socket, sys
from pathlib import Path
from app.dealing import DealingLoop

held = set()

class Named(asyncio.Protocol):
    def connection_made(self, transport):
        held.add(self)
        self.tell()
        transport.write(f"{os.getpid()}".encode().ljust(10))

    def connection_lost(self, problem):
        held.discard(self)
        self.tell()

    def tell(self):
        asyncio.get_running_loop().holdings.tell(len(held))

async def serve():
    loop = asyncio.get_running_loop()
    loop.deal(Path(sys.argv[2]), 80)
    at = socket.socket(fileno=int(sys.argv[1]))
    server = await loop.create_server(Named, sock=at, backlog=100)
    print("ready", flush=True)
    await asyncio.sleep(60)

with asyncio.Runner(loop_factory=DealingLoop) as runner:
    runner.run(serve())
"""

HOLDER = """
import sys
from pathlib import Path
from app.dealing import Holdings

held = Holdings(Path(sys.argv[1]))
held.tell(int(sys.argv[2]))
print("there", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """An address that two processes serve."""
    with socket.socket() as at:
        at.bind(("127.0.0.1", 0))
        # As the web server's own: a process begins to listen when it is ready.
        command = [sys.executable, "-c", SERVER, str(at.fileno()), str(tmp_path)]
        servers = [
            subprocess.Popen(
                command, cwd=REPOSITORY, stdout=subprocess.PIPE, pass_fds=[at.fileno()]
            )
            for _ in range(2)
        ]
        try:
            for each in servers:
                assert each.stdout is not None
                assert each.stdout.readline() == b"ready\n"
            yield at.getsockname()[1]
        finally:
            for each in servers:
                each.kill()
                each.communicate()


def _connect(port: int) -> tuple[socket.socket, int]:
    made = socket.create_connection(("127.0.0.1", port), 10)
    told = b""
    while len(told) < 10:
        told += made.recv(10)
    return made, int(told)


def test_each_of_two_processes_holds_about_half_of_the_connections(port: int) -> None:
    held = [_connect(port) for _ in range(CONNECTIONS)]
    counts = Counter(process for _, process in held)
    for connection, _ in held:
        connection.close()
    assert len(counts) == 2
    assert min(counts.values()) >= CONNECTIONS / 2 - 3, counts


def test_a_process_that_has_stopped_keeps_nobody_waiting(port: int) -> None:
    first, process = _connect(port)
    os.kill(
        process, 19
    )  # it holds one and takes no more, the other is ahead of it from the second on
    try:
        others = [_connect(port) for _ in range(6)]
    finally:
        os.kill(process, signal.SIGCONT)
    first.close()
    for connection, other in others:
        connection.close()
        assert other != process


def test_a_place_is_given_back_and_who_is_gone_counts_for_nobody(tmp_path: Path) -> None:
    one = Holdings(tmp_path / "open")
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "open")]
    other = subprocess.Popen(
        [*command, "0"], cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert other.stdout is not None
    assert other.stdout.readline() == b"there\n"
    one.tell(3)
    assert one.is_ahead()
    other.kill()  # without a word: its count stays until somebody takes a place
    other.communicate()
    assert one.is_ahead()
    again = subprocess.run(
        [*command, "9"], cwd=REPOSITORY, stdin=subprocess.DEVNULL, check=True, capture_output=True
    )
    assert again.stdout == b"there\n"
    assert not one.is_ahead()
    one.close()


def test_a_file_that_cannot_be_used_is_said_and_nothing_is_dealt(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("kept")
    (tmp_path / "open").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic links"):
        Holdings(tmp_path / "open")
    assert (tmp_path / "elsewhere").read_text() == "kept"
