"""A file is sent while it is written: the first part early, half a file never for the whole, nothing for nobody."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING

import pytest

from app.ogc.spooling import PIECE, BrokenOff, Spool

if TYPE_CHECKING:
    from starlette.testclient import TestClient


def wait_for(found: Callable[[], object]) -> None:
    end = time.monotonic() + 10
    while not found():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_first_part_is_out_before_the_next_is_written() -> None:
    may_go_on, ended = threading.Event(), threading.Event()

    def parts() -> Generator[bytes]:
        yield b"first"
        assert may_go_on.wait(10)
        yield b"x" * (2 * PIECE + 1)

    async def read() -> bytes:
        spool = Spool(parts(), ended.set)
        spool.start()
        pieces = spool.pieces()
        assert await anext(pieces) == b"first"
        assert not ended.is_set()
        may_go_on.set()
        rest = [piece async for piece in pieces]
        assert max(map(len, rest)) <= PIECE
        return b"".join(rest)

    assert asyncio.run(read()) == b"x" * (2 * PIECE + 1)
    assert ended.wait(10)


def test_fault_before_the_first_part_is_told_and_a_later_one_breaks_off() -> None:
    ends: list[int] = []

    def fails_after(sent: int) -> Generator[bytes]:
        yield from [b"part"] * sent
        raise ZeroDivisionError

    async def read(spool: Spool) -> None:
        async for piece in spool.pieces():
            assert set(piece) <= set(b"part")

    spool = Spool(fails_after(0), lambda: ends.append(0))
    with pytest.raises(ZeroDivisionError):
        spool.start()
    spool = Spool(fails_after(2), lambda: ends.append(2))
    spool.start()
    with pytest.raises(BrokenOff) as broken:
        asyncio.run(read(spool))
    assert isinstance(broken.value.__cause__, ZeroDivisionError)
    assert ends == [0, 2]


def test_empty_file_is_a_file() -> None:
    def nothing() -> Generator[bytes]:
        yield from ()

    async def read(spool: Spool) -> list[bytes]:
        return [piece async for piece in spool.pieces()]

    spool = Spool(nothing(), lambda: None)
    spool.start()
    assert asyncio.run(read(spool)) == []


def test_reader_who_goes_away_stops_the_writing() -> None:
    closed, ended = threading.Event(), threading.Event()

    def endless() -> Generator[bytes]:
        try:
            while True:
                time.sleep(0.001)
                yield b"more"
        finally:
            closed.set()

    async def leave() -> None:
        spool = Spool(endless(), ended.set)
        spool.start()
        pieces = spool.pieces()
        await anext(pieces)
        await pieces.aclose()  # type: ignore[attr-defined]

    asyncio.run(leave())
    assert closed.wait(10)
    assert ended.wait(10)


@pytest.mark.parametrize("form", ["geojson", "geojsonseq", "csv"])
def test_streamed_file_is_refused_in_time_and_leaves_its_place(
    demo_client: TestClient, form: str
) -> None:
    gate = demo_client.app.state.gate  # type: ignore[attr-defined]
    asked = f"/ogc/collections/lsoa/items?f={form}"
    whole = demo_client.get(asked)
    assert whole.status_code == 200
    assert "content-length" not in whole.headers
    assert whole.headers["content-disposition"].startswith('attachment; filename="lsoa.')
    same = demo_client.get(asked, headers={"If-None-Match": whole.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")
    assert demo_client.get(f"{asked}&properties=nosuch").status_code == 400
    nothing = demo_client.get(f"{asked}&bbox=0,0,1,1")
    assert nothing.status_code == 200
    wait_for(lambda: gate.running == 0)
