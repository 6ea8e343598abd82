"""How often an address or a token may ask in a minute, counted by all of a machine's processes; knows no request.

The counts stand in one small file of the data folder that every process maps into its memory, under keyed
digests and never the addresses themselves. Deleting the file forgives what was asked and nothing else.
"""

from __future__ import annotations

import fcntl
import hashlib
import ipaddress
import mmap
import os
import struct
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from secrets import token_bytes
from tempfile import TemporaryFile

from app.logs import get_logger

log = get_logger(__name__)

FILE_NAME = "request-rates"
SETS, PLACES = 4096, 8  # 32,768 who asked last are remembered, in 1 MB
_KEY_BYTES = 32
_PLACE = struct.Struct("16sdd")  # digest, requests left, when that was worked out
_SIZE = _KEY_BYTES + SETS * PLACES * _PLACE.size
_TRIES, _PAUSE_S = 20, 0.0005


class Rates:
    """A bucket for each asker: it holds a minute's worth and refills evenly.

    Of several askers named for one request all must have some left, so that neither many tokens from one
    address nor many addresses with one token ask more. The clock is the machine's own since it was started,
    the same for all processes, which nobody can set. Where the file cannot be used this process counts alone.
    """

    def __init__(
        self, folder: Path, per_minute: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._path = folder / FILE_NAME
        self._per_minute = float(per_minute)
        self._clock = clock
        self._file: int | None = None
        self._places: mmap.mmap | None = None
        self._is_shared = True

    def wait_s(self, askers: Sequence[str]) -> float:
        """Take one request of each asker; 0, or the seconds until the last of them has one (and none is taken)."""
        places = self._opened()
        with self._held():
            now = self._clock()
            found = [self._find(places, asker, now) for asker in dict.fromkeys(askers)]
            least = min(left for _, _, left in found)
            taken = 1.0 if least >= 1 else 0.0
            for offset, digest, left in found:
                _PLACE.pack_into(places, offset, digest, left - taken, now)
        return 0.0 if taken else (1 - least) * 60 / self._per_minute

    def _find(self, places: mmap.mmap, asker: str, now: float) -> tuple[int, bytes, float]:
        """Where an asker stands, or whoever was not heard of for longest; with the requests it has left."""
        key = places[:_KEY_BYTES]
        digest = hashlib.blake2b(asker.encode("utf-8", "replace"), digest_size=16, key=key).digest()
        first = _KEY_BYTES + int.from_bytes(digest[:2], "big") % SETS * PLACES * _PLACE.size
        oldest, oldest_seen = first, float("inf")
        for offset in range(first, first + PLACES * _PLACE.size, _PLACE.size):
            written, left, seen = _PLACE.unpack_from(places, offset)
            if written == digest:
                # A time to come is of before the machine was started again: all is forgiven.
                more = (now - seen) * self._per_minute / 60 if seen <= now else self._per_minute
                return offset, digest, max(0.0, min(self._per_minute, left + more))
            if seen > now:
                seen = -1.0
            if seen < oldest_seen:
                oldest, oldest_seen = offset, seen
        return oldest, digest, self._per_minute

    def _opened(self) -> mmap.mmap:
        if self._places is None:
            try:
                self._file = self._open_shared()
            except OSError as problem:
                log.warning("requests are counted alone", extra={"reason": type(problem).__name__})
                self._is_shared = False
                with TemporaryFile() as own:
                    own.write(token_bytes(_KEY_BYTES))
                    own.truncate(_SIZE)
                    own.flush()
                    self._file = os.dup(own.fileno())  # the name goes, the file stays
            self._places = mmap.mmap(self._file, _SIZE)
        return self._places

    def _open_shared(self) -> int:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        # Nobody else's file: what a symlink names is not opened.
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            if os.fstat(file).st_size != _SIZE:
                os.ftruncate(file, 0)
                os.pwrite(file, token_bytes(_KEY_BYTES), 0)
                os.ftruncate(file, _SIZE)
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)
        return file

    @contextmanager
    def _held(self) -> Iterator[None]:
        """Keep other processes out for some microseconds; one that was stopped meanwhile is not waited for."""
        assert self._file is not None, "opened before"
        is_held = False
        for _ in range(_TRIES if self._is_shared else 0):
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(_PAUSE_S)
            else:
                is_held = True
                break
        try:
            yield
        finally:
            if is_held:
                fcntl.flock(self._file, fcntl.LOCK_UN)


def askers(address: str, authorization: str) -> list[str]:
    """Name who asks: the address (of IPv6 the network of one household) and, where one was sent, the token."""
    named = [f"address {_network(address)}"]
    scheme, _, secret = authorization.partition(" ")
    if scheme.lower() == "bearer" and secret.strip():
        named.append(f"token {secret.strip()}")
    return named


def _network(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((int(parsed), 64), strict=False))
    return str(parsed)
