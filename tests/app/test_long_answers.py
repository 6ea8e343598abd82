"""A long answer reaches a slow reader whole, and waits for them on disk; measured over a real socket."""

from __future__ import annotations

import hashlib
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import APIRouter, Response
from starlette.responses import StreamingResponse

from app import long_answers
from app.main import create_app
from app.settings import Settings
from app.slow_clients import ImpatientProtocol
from tests.support.serving import serving
from tests.support.small_apps import no_database, with_routes

LENGTH = 24_000_000  # more than the system itself holds for a connection
GONE = threading.Event()


class Body(bytes):
    """Says when nobody holds it any more."""

    def __del__(self) -> None:
        GONE.set()


def made() -> bytes:
    return hashlib.shake_128(b"long").digest(LENGTH)


long = APIRouter()


@long.get("/long")
def give() -> Response:
    return Response(Body(made()), media_type="application/octet-stream")


@long.get("/long/in-two")
def give_in_two() -> StreamingResponse:
    def parts() -> Iterator[bytes]:
        yield made()
        yield b"end"

    return StreamingResponse(parts(), media_type="application/octet-stream")


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    settings = Settings(data_dir=tmp_path_factory.mktemp("data"))
    app = with_routes(create_app(settings, no_database()), long)
    with serving(app, http=ImpatientProtocol) as (found, _):
        yield found


@pytest.fixture
def reader(port: int) -> Iterator[socket.socket]:
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        one.settimeout(30)
        one.connect(("127.0.0.1", port))
        yield one


def ask(reader: socket.socket, path: str) -> None:
    reader.sendall(
        f"GET /api/v1{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: identity\r\n"
        "Connection: close\r\n\r\n".encode()
    )


def take(reader: socket.socket, pause_s: float) -> bytes:
    """Read an answer in a dozen steps with a pause after each; its body."""
    answer = bytearray()
    step = LENGTH // 12
    while piece := reader.recv(65_536):
        before = len(answer) // step
        answer += piece
        if len(answer) // step > before:
            time.sleep(pause_s)
    return bytes(answer.partition(b"\r\n\r\n")[2])


@pytest.mark.parametrize("waited_s", [0.05, 60.0])
def test_a_reader_who_takes_piece_by_piece_has_the_whole(
    reader: socket.socket, monkeypatch: pytest.MonkeyPatch, waited_s: float
) -> None:
    """The whole takes longer than a server waits for one piece; from memory and from disk."""
    monkeypatch.setattr(ImpatientProtocol, "send_s", 1.0)
    monkeypatch.setattr(long_answers, "WAITED_S", waited_s)
    ask(reader, "/long")
    assert take(reader, pause_s=0.25) == made()


def test_an_answer_in_parts_keeps_their_order(
    reader: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(long_answers, "WAITED_S", 0.05)
    ask(reader, "/long/in-two")
    body = take(reader, pause_s=0.2)
    # Each piece stands behind its length: the length was not known when it began.
    assert body.endswith(b"3\r\nend\r\n0\r\n\r\n")
    assert len(body) > LENGTH


def test_who_takes_nothing_holds_no_memory(reader: socket.socket, port: int) -> None:
    GONE.clear()
    ask(reader, "/long")
    assert reader.recv(10)
    assert GONE.wait(20), "the answer is in memory though nobody takes it"
    assert reader.recv(LENGTH)  # and the reader is still served


def test_who_goes_away_leaves_no_file(
    reader: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(long_answers, "WAITED_S", 0.05)
    ask(reader, "/long")
    assert reader.recv(10)
    give_up_at = time.monotonic() + 20
    while not waiting_on_disk():
        assert time.monotonic() < give_up_at
        time.sleep(0.02)
    reader.close()
    while waiting_on_disk():
        assert time.monotonic() < give_up_at, "the file is still open"
        time.sleep(0.02)


def waiting_on_disk() -> int:
    """Count the open files that have no name and are as long as an answer."""
    found = 0
    for link in Path("/proc/self/fd").iterdir():
        try:
            found += "(deleted)" in str(link.readlink()) and link.stat().st_size > LENGTH // 4
        except OSError:
            continue
    return found
