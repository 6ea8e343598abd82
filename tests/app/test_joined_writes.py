"""What one turn of the loop writes goes out at its end, an answer in one piece; nothing is kept back beyond it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import uvloop

from app.joined_writes import MOST_HELD_BYTES, JoinedWrites


class Sent(asyncio.Transport):
    """Writes down what it was given to send, a list a call."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[bytes] = []
        self.has_closed = False

    def write(self, data: Any) -> None:
        self.pieces.append(bytes(data))

    def writelines(self, list_of_data: Any) -> None:
        self.pieces.append(b"".join(list_of_data))

    def is_closing(self) -> bool:
        return self.has_closed

    def close(self) -> None:
        self.has_closed = True

    abort = close


@pytest.fixture
def loop() -> Any:
    made = uvloop.new_event_loop()
    yield made
    made.close()


def test_a_head_goes_out_with_its_body_and_a_lone_piece_by_itself(loop: Any) -> None:
    sent = Sent()

    async def answer() -> None:
        joined = JoinedWrites(sent, loop)
        joined.write(b"head")
        assert sent.pieces == []
        joined.write(b"body")
        assert sent.pieces == []
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert sent.pieces == [b"headbody"]
        joined.write(b"alone")
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert sent.pieces == [b"headbody", b"alone"]

    loop.run_until_complete(answer())


def test_answers_of_one_turn_go_out_one_after_another_at_its_end(loop: Any) -> None:
    """Whoever asked for all of them is woken once."""
    order: list[str] = []

    class Told(Sent):
        def writelines(self, list_of_data: Any) -> None:
            order.append("sent")

    async def answer() -> None:
        joined = JoinedWrites(Told(), loop)
        joined.write(b"head")
        joined.write(b"body")
        order.append("worked out")

    async def all_of_them() -> None:
        await asyncio.gather(*(answer() for _ in range(3)))
        await asyncio.sleep(0)

    loop.run_until_complete(all_of_them())
    assert order == ["worked out"] * 3 + ["sent"] * 3


def test_what_is_large_waits_for_nothing_and_order_is_kept(loop: Any) -> None:
    sent = Sent()
    large = b"x" * (MOST_HELD_BYTES + 1)

    async def answer() -> None:
        joined = JoinedWrites(sent, loop)
        joined.write(large)
        assert sent.pieces == [large]
        for piece in (b"1", b"2", b"3", large, b"4"):
            joined.write(piece)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert b"".join(sent.pieces[1:]) == b"123" + large + b"4"

    loop.run_until_complete(answer())


def test_closing_sends_what_is_held_and_breaking_off_does_not(loop: Any) -> None:
    closed, broken = Sent(), Sent()

    async def answer() -> None:
        for sent, end in ((closed, JoinedWrites.close), (broken, JoinedWrites.abort)):
            joined = JoinedWrites(sent, loop)
            joined.write(b"last")
            end(joined)
            assert joined.is_closing()
            await asyncio.sleep(0)

    loop.run_until_complete(answer())
    assert (closed.pieces, broken.pieces) == ([b"last"], [])


def test_what_is_held_for_who_went_away_is_let_go(loop: Any) -> None:
    sent = Sent()

    async def answer() -> None:
        joined = JoinedWrites(sent, loop)
        joined.write(b"head")
        sent.has_closed = True
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    loop.run_until_complete(answer())
    assert sent.pieces == []


def test_an_answer_comes_to_a_real_client_in_one_piece(loop: Any) -> None:
    class Answering(asyncio.Protocol):
        def connection_made(self, transport: Any) -> None:
            self.transport = JoinedWrites(transport, loop)

        def data_received(self, data: bytes) -> None:
            self.transport.write(b"head")
            self.transport.write(b"body" * 5_000)
            self.transport.close()

    async def ask() -> bytes:
        server = await loop.create_server(Answering, "127.0.0.1", 0)
        async with server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.write(b"?")
            told = await reader.read()
            writer.close()
            return told

    assert loop.run_until_complete(ask()) == b"head" + b"body" * 5_000
