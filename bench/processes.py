"""What processes cost: the processor time of a server and its database for what they were asked."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from app.readying import PAUSE_S

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


def spent_at_once_ms(
    server: int, database: int | None, asks: Sequence[str], headers: dict[str, str], at_once: int = 8
) -> float:  # fmt: skip
    """Ask each address once over some connections at a time; CPU milliseconds a request, as `spent_ms`.

    For answers that cost less than it costs to wake a server up for one.
    """
    parts = urlsplit(asks[0])
    given = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    lines = [
        ConnectionLine(str(parts.hostname), int(parts.port or 80)) for _ in range(at_once)
    ]  # fmt: skip
    asked = [
        f"GET {each.partition(parts.netloc)[2]} HTTP/1.1\r\nHost: {parts.netloc}\r\n{given}\r\n".encode()
        for each in asks
    ]
    pids = family(server) + (family(database) if database else [])
    before = cpu_s(pids)
    try:
        for first in range(0, len(asked), at_once):
            some = asked[first : first + at_once]
            for line, one in zip(lines, some, strict=False):
                line.socket.sendall(one)
            for line, _ in zip(lines, some, strict=False):
                line.take()
        return (cpu_s(pids) - before) * 1000 / len(asks)
    finally:
        for line in lines:
            line.socket.close()


class ConnectionLine:
    """One kept connection over which whole answers are read and thrown away."""

    def __init__(self, host: str, port: int) -> None:
        self.socket = socket.create_connection((host, port), 60)
        self._rest = b""

    def take(self) -> None:
        """Read one answer. Raises RuntimeError for any but a whole 200 of a stated length."""
        while b"\r\n\r\n" not in self._rest:
            self._more()
        head, _, body = self._rest.partition(b"\r\n\r\n")
        stated = [
            int(line.split(b":")[1])
            for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")
        ]  # fmt: skip
        if not head.startswith(b"HTTP/1.1 200") or not stated:
            raise RuntimeError(f"not an answer to be measured: {head[:80]!r}")
        left = stated[0] - len(body)
        while left > 0:
            left -= len(self._read())
        self._rest = b""  # one question at a time: nothing follows

    def _more(self) -> None:
        self._rest += self._read()

    def _read(self) -> bytes:
        found = self.socket.recv(1 << 18)
        if not found:
            raise RuntimeError("the server closed the connection")
        return found


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
        for _ in range(3_000):
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
        process.wait(120)


def settle(*roots: int) -> None:
    """Wait until neither a server nor its database does anything more of its own, after a start.

    A service rests between the pieces that it makes ready: the end is a rest of twice the longest of those.
    """

    def spent_s() -> float:
        return sum(cpu_s(family(root)) for root in roots)

    rested_s = 0
    for _ in range(90):
        before = spent_s()
        time.sleep(1)
        rested_s = rested_s + 1 if spent_s() - before <= 2 * TICK_S else 0
        if rested_s >= 2 * PAUSE_S:
            return
