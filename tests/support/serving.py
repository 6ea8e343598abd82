"""A service behind a real socket of this machine, and callers that misbehave."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from fastapi import FastAPI

STARTED_WITHIN_S = 30


@contextmanager
def serving(app: FastAPI, *, port: int = 0, **chosen: Any) -> Iterator[tuple[int, uvicorn.Server]]:
    """Serve `app` on a port (0: a free one) in a thread; gives the port and the server."""
    with socket.create_server(("127.0.0.1", port), backlog=512) as listening:
        port = listening.getsockname()[1]
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, **chosen))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        give_up = time.monotonic() + STARTED_WITHIN_S
        while not server.started:
            assert time.monotonic() < give_up, "the server did not start"
            time.sleep(0.02)
        yield port, server
        server.should_exit = True
        thread.join(40)
        assert not thread.is_alive(), "the server did not stop"


def half_open(port: int, many: int) -> list[socket.socket]:
    """Open connections that each send the beginning of a request and nothing more."""
    opened = []
    for _ in range(many):
        one = socket.create_connection(("127.0.0.1", port), timeout=10)
        one.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")
        opened.append(one)
    return opened


def is_closed(one: socket.socket) -> bool:
    """Say whether the other side has hung up."""
    one.setblocking(False)
    try:
        return one.recv(1) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True
