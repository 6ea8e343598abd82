"""Deals connections out evenly among the processes that serve one address; knows no request.

They all listen at one socket, and whoever is awake takes what comes: of 32 connections one process was seen to
take 30, and a service on two cores then answered as fast as on one. So a process that holds more connections
than another leaves a new one to it for a moment. How many each holds stands in a small file of the data folder
that all of them map into their memory; without it each takes what it can, as before.
"""

from __future__ import annotations

import asyncio
import fcntl
import mmap
import os
import socket
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvloop

from app.logs import get_logger

log = get_logger(__name__)

MOST_PROCESSES = 64
# What another process needs to wake up and take it; the loop counts no less.
LEFT_TO_OTHERS_S = 0.001
# Where no more files can be opened; who waits is taken when others have gone.
FULL_S = 0.5
_COUNT = struct.Struct("i")
_NOBODY = 2**31 - 1
_SIZE = MOST_PROCESSES * _COUNT.size


class Holdings:
    """How many connections each process of one address holds; this process has one place among them."""

    def __init__(self, file: Path) -> None:
        """Take a place. Raises OSError where the file cannot be used or every place is taken."""
        # Nobody else's file: what a symlink names is not opened.
        self._file = os.open(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            if os.fstat(self._file).st_size != _SIZE:
                os.ftruncate(self._file, _SIZE)
            self._counts = mmap.mmap(self._file, _SIZE)
            places = range(0, _SIZE, _COUNT.size)
            free = [place for place in places if self._lock(place)]
            if not free:
                raise OSError("every place is taken")
            self._own = free[0]
            for place in free:  # whoever held it is gone
                _COUNT.pack_into(self._counts, place, _NOBODY)
            for place in free[1:]:
                fcntl.lockf(self._file, fcntl.LOCK_UN, _COUNT.size, place)
        except OSError:
            os.close(self._file)
            raise
        self.tell(0)

    def _lock(self, place: int) -> bool:
        # Given back by the system with the process, however it ends.
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, _COUNT.size, place)
        except BlockingIOError:
            return False
        return True

    def tell(self, held: int) -> None:
        """Say how many connections this process holds now."""
        _COUNT.pack_into(self._counts, self._own, held)

    def is_ahead(self) -> bool:
        """Say whether another process holds fewer."""
        (own,) = _COUNT.unpack_from(self._counts, self._own)
        return own > min(count for (count,) in _COUNT.iter_unpack(self._counts))

    def close(self) -> None:
        """Give the place back."""
        self.tell(_NOBODY)
        self._counts.close()
        os.close(self._file)


class DealingLoop(uvloop.Loop):
    """The event loop of a serving process; one that was given `holdings` takes connections by turns."""

    holdings: Holdings | None = None

    def deal(self, folder: Path, port: int) -> None:
        """Take connections by turns with the other processes of this port."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self.holdings = Holdings(folder / f"open-connections-{port}")
        except OSError as problem:
            log.warning("connections are not dealt out", extra={"reason": type(problem).__name__})

    async def create_server(self, protocol_factory: Any, *args: Any, **options: Any) -> Any:
        """Listen; at a socket that is given, by turns."""
        at = options.get("sock")
        if self.holdings is None or at is None or options.get("ssl") is not None:
            return await super().create_server(protocol_factory, *args, **options)
        return Listening(self, self.holdings, protocol_factory, at, options["backlog"])


class Listening:
    """One socket that is listened at, one connection at a time; stands for asyncio's own server."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, holdings: Holdings, make: Callable[[], asyncio.Protocol],
        at: socket.socket, backlog: int,
    ) -> None:  # fmt: skip
        self.sockets = [at]
        self._loop, self._holdings, self._make, self._at = loop, holdings, make, at
        self._taking: set[asyncio.Task[None]] = set()
        self._pause: asyncio.TimerHandle | None = None
        self._has_left_it = self._is_closed = False
        at.setblocking(False)
        at.listen(backlog)
        self._look()

    def close(self) -> None:
        """Take no more connections; those that were taken stay."""
        if self._is_closed:
            return
        self._is_closed = True
        if self._pause is not None:
            self._pause.cancel()
        else:
            self._loop.remove_reader(self._at)
        self._holdings.close()

    async def wait_closed(self) -> None:
        """Wait until every connection that was taken has begun."""
        if self._taking:
            await asyncio.wait(self._taking)

    def _look(self) -> None:
        self._pause = None
        self._loop.add_reader(self._at, self._come)

    def _look_away(self, seconds: float) -> None:
        self._loop.remove_reader(self._at)
        self._pause = self._loop.call_later(seconds, self._look)

    def _come(self) -> None:
        if not self._has_left_it and self._holdings.is_ahead():
            self._has_left_it = True  # once: another may be busy for long
            self._look_away(LEFT_TO_OTHERS_S)
            return
        self._has_left_it = False
        try:
            taken, _ = self._at.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return  # another process was quicker, or the caller is gone
        except OSError as problem:
            log.warning("no connection can be taken", extra={"reason": problem.strerror})
            self._look_away(FULL_S)
            return
        taking = self._loop.create_task(self._begin(taken))
        self._taking.add(taking)
        taking.add_done_callback(self._taking.discard)

    async def _begin(self, taken: socket.socket) -> None:
        taken.setblocking(False)
        try:
            if taken.family in {socket.AF_INET, socket.AF_INET6}:
                taken.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await self._loop.connect_accepted_socket(self._make, taken)
        except OSError:  # the caller is gone already
            taken.close()
