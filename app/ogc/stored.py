"""Finished answers on disk: deleting the folder changes speed and nothing else.

An answer's place is named by the state of the geography, the day and the address that asked, so that none
is ever older than the data; a newer state drops the older ones. What is not kept is made again.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import threading
from collections import OrderedDict
from collections.abc import Hashable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from app.logs import get_logger
from app.whole_files import read_whole

log = get_logger(__name__)

#: all answers of one state together; beyond it nothing more is kept
MOST_BYTES = 2_000_000_000
#: answers in the memory of one process: those that go to disk when they leave it, and of those that lie there already
#: the compressed pages that programs go through; of what is larger the head alone
MOST_IN_MEMORY, MOST_OF_DISK_IN_MEMORY, LARGEST_IN_MEMORY = 12_000_000, 12_000_000, 400_000
#: of an answer in memory, beside its body
_OVERHEAD = 2_000
#: what waits to be written; beyond it an answer is not kept this time
MOST_WAITING = 100_000_000
Place = tuple[str, str, str]


class _Held(NamedTuple):
    """An answer in memory, and where it goes or lies on disk; `size` of a body that lies there alone."""

    ready: Any
    place: Place
    size: int | None


class _Shelf:
    """Answers in memory up to some bytes; what was unused for longest leaves."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._held: OrderedDict[Hashable, _Held] = OrderedDict()
        self._bytes = 0

    def __contains__(self, own: Hashable) -> bool:
        return own in self._held

    def find(self, own: Hashable) -> _Held | None:
        found = self._held.get(own)
        if found is not None:
            self._held.move_to_end(own)
        return found

    def add(self, own: Hashable, held: _Held) -> list[_Held]:
        """Put an answer on it; gives what leaves."""
        self._held[own] = held
        self._bytes += len(held.ready.body) + _OVERHEAD
        leaving = []
        while self._bytes > self._most_bytes:
            leaving.append(self.drop(next(iter(self._held))))
        return leaving

    def drop(self, own: Hashable) -> _Held:
        held = self._held.pop(own)
        self._bytes -= len(held.ready.body) + _OVERHEAD
        return held

    def empty(self) -> list[_Held]:
        return [self.drop(own) for own in list(self._held)]


class AnswerStore:
    """Bodies by state, address and coding; safe among threads and processes."""

    def __init__(
        self, folder: Path, most_bytes: int = MOST_BYTES, most_in_memory: int = MOST_IN_MEMORY
    ) -> None:
        self._folder = folder
        self._most_bytes = most_bytes
        self._kept_bytes = 0
        self._state = ""
        self._lock = threading.Lock()
        self._owns: tuple[str, str] = ("", "")
        self._newest = ""
        self._writer: ThreadPoolExecutor | None = None
        self._waiting = 0
        self._memory = _Shelf(most_in_memory)
        self._of_disk = _Shelf(MOST_OF_DISK_IN_MEMORY)

    def in_memory(self, own: Hashable) -> Any:
        """Give what `remember` took under this name where all of it is in memory, else None."""
        held = self._memory.find(own) or self._of_disk.find(own)
        return held.ready if held is not None and held.size is None else None

    def recall(self, own: Hashable) -> Any:
        """Give what `remember` took under this name, which holds the state; None where it was forgotten."""
        held = self._memory.find(own) or self._of_disk.find(own)
        if held is None:
            return None
        if held.size is None:
            return held.ready
        body = self.find(*held.place)
        if body is None or len(body) != held.size:
            self._of_disk.drop(own)  # another process dropped its state, or somebody the folder
            return None
        return held.ready._replace(body=body)

    def remember(self, own: Hashable, ready: Any, place: Place, *, on_disk: bool) -> None:
        """Keep an answer (a named tuple with a `body`) in memory; what was unused for longest leaves.

        place : state, address and coding under which it is on disk, or goes there when it leaves. One thread's.
        """
        self._newest = place[0]
        if on_disk:
            size = None
            if len(ready.body) > LARGEST_IN_MEMORY:
                size, ready = len(ready.body), ready._replace(body=b"")
            if own not in self._of_disk:
                self._of_disk.add(own, _Held(ready, place, size))
        elif own not in self._memory:
            self._spill(self._memory.add(own, _Held(ready, place, None)))

    def _spill(self, leaving: list[_Held]) -> None:
        for held in leaving:
            if held.place[0] == self._newest:
                self.keep_soon(*held.place, held.ready.body)

    def find(self, state: str, address: str, coding: str) -> bytes | None:
        """Read a finished answer; None where it was not kept or cannot be read."""
        return read_whole(self._place(state, address, coding))

    def keep_soon(self, state: str, address: str, coding: str, body: bytes) -> None:
        """Keep an answer without waiting for the disk."""
        with self._lock:
            if self._waiting + len(body) > MOST_WAITING:
                return
            self._waiting += len(body)
            if self._writer is None:
                self._writer = ThreadPoolExecutor(1, "answers")
        self._writer.submit(self._keep_waiting, state, address, coding, body)

    def close(self) -> None:
        """Write what memory alone holds, and wait until all is kept."""
        self._spill(self._memory.empty())
        if self._writer is not None:
            self._writer.shutdown()
            self._writer = None

    def _keep_waiting(self, state: str, address: str, coding: str, body: bytes) -> None:
        try:
            self.keep(state, address, coding, body)
        finally:
            with self._lock:
                self._waiting -= len(body)

    def keep(self, state: str, address: str, coding: str, body: bytes) -> None:
        """Keep an answer, whole or not at all; a full or closed disk is noted and costs speed alone."""
        place = self._place(state, address, coding)
        try:
            self._begin(state)
            with self._lock:
                if self._kept_bytes + len(body) > self._most_bytes:
                    return
                self._kept_bytes += len(body)
            half = f"{place}.{os.getpid()}.{threading.get_ident()}.part"
            try:
                _write(half, body)
            except FileNotFoundError:
                os.makedirs(os.path.dirname(place), exist_ok=True)
                _write(half, body)
            os.replace(half, place)
        except OSError as problem:
            log.warning("an answer was not kept", extra={"reason": type(problem).__name__})

    def _begin(self, state: str) -> None:
        """At the first answer of a state: drop the states before it, and count what others kept of this one."""
        own = self._folder / self._own(state)
        with self._lock:
            if state == self._state and own.is_dir():
                return
            self._state = state
            own.mkdir(parents=True, exist_ok=True)
            for older in self._folder.iterdir():
                if older != own:
                    shutil.rmtree(older, ignore_errors=True)
            self._kept_bytes = sum(each.stat().st_size for each in own.rglob("*") if each.is_file())

    def _own(self, state: str) -> str:
        known, name = self._owns
        if known != state:
            name = hashlib.sha256(state.encode()).hexdigest()[:24]
            self._owns = (state, name)
        return name

    def _place(self, state: str, address: str, coding: str) -> str:
        name = hashlib.sha256(address.encode()).hexdigest()[:40]
        return f"{self._folder}/{self._own(state)}/{name[:2]}/{name[2:]}.{coding}"


def _write(place: str, body: bytes) -> None:
    with open(place, "wb", buffering=0) as out:
        out.write(body)
