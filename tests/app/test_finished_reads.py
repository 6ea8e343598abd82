"""Finished text is read over connections that may break while nobody asks anything over them."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

import psycopg
import pytest
import uvloop

from app.finished_reads import FinishedReads
from tests.support.engines import open_engine


@pytest.fixture
def url(make_database: Callable[[str], str], template_database: str) -> str:
    return make_database(template_database)


def _end(url: str, process: bytes) -> None:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as ending:
        ending.execute("SELECT pg_terminate_backend(%s, 5000)", [int(process)])


async def _asked(reads: FinishedReads) -> bytes:
    result = await reads.fetch(b"SELECT pg_backend_pid()::text")
    told = result.get_value(0, 0)
    assert told is not None
    return bytes(told)


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_a_socket_that_took_the_number_of_a_lost_one_is_left_alone(
    url: str, loop: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    async def run() -> tuple[bytes, bytes, bytes]:
        reads = FinishedReads(open_engine(url), 5)
        first = await _asked(reads)
        await asyncio.to_thread(_end, url, first)
        await asyncio.sleep(0.2)  # the loop hears of it and the socket is closed
        # A request's connections, which take the numbers that are free: the lost one's is among them.
        pairs = [socket.socketpair() for _ in range(8)]
        opened = [await asyncio.open_connection(sock=here) for here, _ in pairs]
        second = await _asked(reads)
        heard = b""
        for (reader, writer), (_, there) in zip(opened, pairs, strict=True):
            there.sendall(b"x")
            heard += await asyncio.wait_for(reader.read(1), 5)
            writer.close()
            there.close()
        reads.close()
        return first, second, heard

    with asyncio.Runner(loop_factory=loop) as runner:
        first, second, heard = runner.run(run())
    assert second != first, "over another connection"
    assert heard == b"x" * 8, "nobody else's socket was taken out of the loop"
