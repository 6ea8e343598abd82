"""Sends a file while it is written: one thread writes as fast as it can, and the reader takes it at their own pace.

Who reads slowly holds a file and nothing of the database; who goes away stops the writing. A fault before the first
part is the caller's to answer, a later one breaks the answer off, so that nobody takes half a file for the whole.
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import AsyncIterator, Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor

from anyio import to_thread

from boundaries.errors import Unavailable

#: bytes of the file that are in memory at a time
PIECE = 256_000


class BrokenOff(Unavailable):
    """The file could not be written to its end; ask for it again."""

    slug = "file-broken-off"
    title = "The file broke off"


class Spool:
    """One file as it grows; `ended` is called once, by the thread that writes, when nothing more is written."""

    def __init__(self, parts: Generator[bytes], ended: Callable[[], None]) -> None:
        self._parts, self._ended = parts, ended
        self._grows = threading.Condition()
        self._written, self._users = 0, 2
        self._is_whole = self._is_over = self._is_stopped = False
        self._file = tempfile.TemporaryFile(prefix="bounds-features-")  # noqa: SIM115  without a name
        self._writing: Future[None] = Future()

    def start(self) -> None:
        """Begin to write, and wait for the first part. Raises what the writing raised before it."""
        thread = ThreadPoolExecutor(1, "spool")
        self._writing = thread.submit(self._write)
        thread.shutdown(wait=False)  # it has nothing else to do
        with self._grows:
            self._grows.wait_for(lambda: self._written or self._is_over)
            is_begun = self._written > 0
        if not is_begun:
            self._leave()
            self._writing.result()

    async def pieces(self) -> AsyncIterator[bytes]:
        """Give the file as it is written. Raises BrokenOff where it did not come to its end."""
        sent = 0
        try:
            while piece := await to_thread.run_sync(self._piece, sent):
                sent += len(piece)
                yield piece
        finally:
            self._is_stopped = True
            self._leave()

    def _piece(self, sent: int) -> bytes:
        with self._grows:
            self._grows.wait_for(lambda: self._written > sent or self._is_over)
            left, is_whole = self._written - sent, self._is_whole
        if left:
            return os.pread(self._file.fileno(), min(left, PIECE), sent)
        if not is_whole:
            failure = self._writing.exception()
            raise BrokenOff("the file could not be written to its end") from failure
        return b""

    def _write(self) -> None:
        try:
            for part in self._parts:
                if self._is_stopped:
                    return
                self._file.write(part)
                self._file.flush()
                with self._grows:
                    self._written += len(part)
                    self._grows.notify_all()
            self._is_whole = True
        finally:
            self._parts.close()
            try:
                self._ended()  # first: who has the last piece may ask again at once, and needs what is left here
            finally:
                with self._grows:
                    self._is_over = True
                    self._grows.notify_all()
                self._leave()

    def _leave(self) -> None:
        """Close the file when the second of writer and reader has done with it."""
        with self._grows:
            self._users -= 1
            is_last = self._users == 0
        if is_last:
            self._file.close()
