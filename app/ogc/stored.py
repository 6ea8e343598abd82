"""Finished answers on disk: deleting the folder changes speed and nothing else.

An answer's place is named by the state of the geography, the day and the address that asked, so that none
is ever older than the data; a newer state drops the older ones. What is not kept is made again.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import threading
from pathlib import Path

from app.logs import get_logger

log = get_logger(__name__)

#: all answers of one state together; beyond it nothing more is kept
MOST_BYTES = 2_000_000_000
#: in the order in which a caller that takes several is served: the smallest first
CODINGS = ("br", "zstd", "gzip")
SMALLEST_COMPRESSED = 1_000


class AnswerStore:
    """Bodies by state, address and coding; safe among threads and processes."""

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES) -> None:
        self._folder = folder
        self._most_bytes = most_bytes
        self._kept_bytes = 0
        self._state = ""
        self._lock = threading.Lock()

    def find(self, state: str, address: str, coding: str) -> bytes | None:
        """Read a finished answer; None where it was not kept or cannot be read."""
        try:
            return self._place(state, address, coding).read_bytes()
        except OSError:
            return None

    def keep(self, state: str, address: str, coding: str, body: bytes) -> None:
        """Keep an answer, whole or not at all; a full or closed disk is noted and costs speed alone."""
        place = self._place(state, address, coding)
        try:
            self._begin(state, place.parent.parent)
            with self._lock:
                if self._kept_bytes + len(body) > self._most_bytes:
                    return
                self._kept_bytes += len(body)
            place.parent.mkdir(parents=True, exist_ok=True)
            half = place.with_name(f"{place.name}.{os.getpid()}.{threading.get_ident()}.part")
            half.write_bytes(body)
            half.replace(place)
        except OSError as problem:
            log.warning("an answer was not kept", extra={"reason": type(problem).__name__})

    def _begin(self, state: str, own: Path) -> None:
        """At the first answer of a state: drop the states before it, and count what others kept of this one."""
        with self._lock:
            if state == self._state and own.is_dir():
                return
            self._state = state
            own.mkdir(parents=True, exist_ok=True)
            for older in self._folder.iterdir():
                if older != own:
                    shutil.rmtree(older, ignore_errors=True)
            self._kept_bytes = sum(each.stat().st_size for each in own.rglob("*") if each.is_file())

    def _place(self, state: str, address: str, coding: str) -> Path:
        name = hashlib.sha256(address.encode()).hexdigest()[:40]
        own = hashlib.sha256(state.encode()).hexdigest()[:24]
        return self._folder / own / name[:2] / f"{name[2:]}.{coding}"


def compress(body: bytes, coding: str) -> bytes:
    """Compress an answer for keeping: it is done once, so small is worth more than quick."""
    if coding == "gzip":
        return gzip.compress(body, 6, mtime=0)
    if coding == "br":
        import brotli  # at first use, like the next

        return bytes(brotli.compress(body, quality=5))
    import pyarrow as pa

    return bytes(pa.Codec("zstd", compression_level=6).compress(body).to_pybytes())


def choose_coding(accepted: str) -> str:
    """Choose a coding that an Accept-Encoding header takes; "identity" where it takes none of ours."""
    weights: dict[str, float] = {}
    for part in accepted.lower().split(","):
        name, _, parameters = part.partition(";")
        weight = parameters.strip().removeprefix("q=") or "1"
        try:
            weights[name.strip()] = float(weight)
        except ValueError:
            weights[name.strip()] = 0.0
    for coding in CODINGS:
        if weights.get(coding, 0.0) > 0:
            return coding
    return "identity"
