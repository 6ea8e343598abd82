"""What processes cost: the processor time of a server and its database for what they were asked."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

PLAIN, GZIP = {"Accept-Encoding": "identity"}, {"Accept-Encoding": "gzip"}
TICK_S = 1 / os.sysconf("SC_CLK_TCK")


def cpu_s(pids: Sequence[int]) -> float:
    """Add up the processor time that processes and their finished children took, in seconds."""
    total = 0.0
    for pid in pids:
        with suppress(OSError):
            parts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += sum(int(parts[n]) for n in (11, 12, 13, 14)) * TICK_S
    return total


def family(root: int) -> list[int]:
    """List a process and all that it began."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                stat = (entry / "stat").read_text().rpartition(")")[2].split()
                parents[int(entry.name)] = int(stat[1])
    found, waiting = [], [root]
    while waiting:
        one = waiting.pop()
        found.append(one)
        waiting += [pid for pid, parent in parents.items() if parent == one]
    return found


def spent_ms(
    server: int, database: int | None, asks: Sequence[str], client: httpx.Client, headers: dict[str, str]
) -> float:  # fmt: skip
    """Ask each address once, bodies as they were sent; CPU milliseconds a request of server and database together."""

    def spent_s() -> float:
        return cpu_s(family(server) + (family(database) if database else []))

    before = spent_s()
    for each in asks:
        with client.stream("GET", each, headers=headers) as answer:
            answer.raise_for_status()
            for _ in answer.iter_raw():
                pass
    return (spent_s() - before) * 1000 / len(asks)


@contextmanager
def running(command: Sequence[str], port: int, environment: dict[str, str]) -> Iterator[int]:
    """Run a server until it listens; ended by its own id."""
    process = subprocess.Popen(
        command,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            if process.poll() is not None:
                raise RuntimeError(
                    (process.stderr.read() if process.stderr else b"").decode()[-2000:]
                )
            time.sleep(0.1)
        yield process.pid
    finally:
        process.terminate()
        process.wait(20)


def settle(pid: int) -> None:
    """Wait until a server does nothing more of its own, after its start."""
    for _ in range(60):
        before = cpu_s(family(pid))
        time.sleep(1)
        if cpu_s(family(pid)) - before <= 2 * TICK_S:
            return
