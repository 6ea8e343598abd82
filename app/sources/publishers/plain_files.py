"""Downloads one file as it stands, going on after a break from where it stopped; refuses what is not it."""

from __future__ import annotations

import gzip
import os
import shutil
import zlib
from pathlib import Path
from typing import Any

import httpx
import orjson

from app.problems import DiskFull
from app.sources.publishers.asking import Publisher, TryAgain, refuse_web_page
from app.sources.publishers.refusals import DownloadRefused

# Room that a download leaves on the disk for whatever else runs there.
SPARE_BYTES = 64 * 1024 * 1024
_GZIP = b"\x1f\x8b"


def download_file(publisher: Publisher, part: Path, limit_bytes: int) -> None:
    """Bring the file at the publisher's address whole into `part`.

    `part` may hold the beginning from a run before: what the publisher called that version (ETag or
    date) is kept in a small file beside it and asked for again, so that two versions are never
    joined. Raises DownloadRefused, FileGone, PublisherUnavailable, DiskFull.
    """
    _Plain(publisher, part, limit_bytes).download()


def notes_of(part: Path) -> Path:
    """Name the file beside a part that says which version it is of."""
    return part.with_name(part.name + ".json")


def forget(part: Path) -> None:
    """Remove a part and what is noted of it."""
    part.unlink(missing_ok=True)
    notes_of(part).unlink(missing_ok=True)


def write_durably(path: Path, content: bytes) -> None:
    """Write a small file so that a kill leaves the old content or the new, never half of one."""
    fresh = path.with_name(path.name + ".writing")
    with fresh.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def check_room(folder: Path, needed_bytes: int) -> None:
    """Refuse a download before it starts where the disk has no room for it. Raises DiskFull."""
    free = shutil.disk_usage(folder).free
    if free < needed_bytes + SPARE_BYTES:
        raise DiskFull(
            f"the download needs {(needed_bytes + SPARE_BYTES) / 1e6:,.0f} MB in {folder},"
            f" where {free / 1e6:,.0f} MB are free"
        )


class _Plain:
    def __init__(self, publisher: Publisher, part: Path, limit_bytes: int) -> None:
        self.publisher = publisher
        self.id = publisher.dataset_id
        self.part = part
        self.limit_bytes = limit_bytes
        self.noted: dict[str, Any] = {}

    def download(self) -> None:
        self._recall()
        if not self._is_whole():
            self.publisher.persist(self._attempt)
        with self.part.open("rb") as file:
            start = file.read(512)
        try:
            if not start:
                raise DownloadRefused(f"{self.id}: the publisher sent an empty file")
            if self.noted.get("encoding") == "gzip":
                self._unpack()
            elif start.startswith(_GZIP):
                for _ in self._unpacked():
                    pass
            refuse_web_page(self.id, start, "")
        except DownloadRefused:
            forget(self.part)
            raise

    def _recall(self) -> None:
        try:
            self.noted = orjson.loads(notes_of(self.part).read_bytes())
        except (FileNotFoundError, orjson.JSONDecodeError):
            self.noted = {}
        if self.noted.get("address") != self.publisher.address or not self._version():
            forget(self.part)
            self.noted = {}

    def _version(self) -> str:
        """What If-Range may compare: a strong ETag, else a date."""
        etag = self.noted.get("etag") or ""
        return etag if etag.startswith('"') else self.noted.get("modified") or ""

    def _size(self) -> int:
        return self.part.stat().st_size if self.part.exists() else 0

    def _is_whole(self) -> bool:
        total = self.noted.get("total")
        return total is not None and self._size() == total

    def _attempt(self) -> None:
        have = self._size()
        # As it lies on the publisher's disk: ranges and lengths then count the file's own bytes.
        headers = {"Accept-Encoding": "identity"}
        if have and self._version():
            headers |= {"Range": f"bytes={have}-", "If-Range": self._version()}
        with self.publisher.ask(self.publisher.address, headers=headers) as response:
            if response.status_code == 416 or (
                response.status_code == 206 and not self._continues(response, have)
            ):
                forget(self.part)
                self.noted = {}
                raise TryAgain(f"{self.publisher.host} has another file now", 0.0)
            if response.status_code == 200:
                have = 0
                self._begin(response)
            self._receive(response, have)

    def _continues(self, response: httpx.Response, have: int) -> bool:
        unit, _, told = response.headers.get("Content-Range", "").partition(" ")
        span, _, total = told.partition("/")
        known = self.noted.get("total")
        same_size = known is None or total in {"*", str(known)}
        return unit == "bytes" and span.startswith(f"{have}-") and same_size and have > 0

    def _begin(self, response: httpx.Response) -> None:
        refuse_web_page(self.id, b"", response.headers.get("Content-Type", ""))
        encoding = response.headers.get("Content-Encoding", "identity").lower()
        if encoding not in {"identity", "gzip"}:
            raise DownloadRefused(f"{self.id}: the publisher packed its file as {encoding!r}")
        length = response.headers.get("Content-Length", "")
        total = int(length) if length.isascii() and length.isdigit() else None
        if total is not None and total > self.limit_bytes:
            raise self.publisher.too_big(self.limit_bytes)
        check_room(self.part.parent, total or 0)
        self.noted = {
            "address": self.publisher.address,
            "etag": response.headers.get("ETag"),
            "modified": response.headers.get("Last-Modified"),
            "encoding": encoding,
            "total": total,
        }
        self.part.write_bytes(b"")
        write_durably(notes_of(self.part), orjson.dumps(self.noted))

    def _receive(self, response: httpx.Response, have: int) -> None:
        total = self.noted.get("total")
        of = f" of {total / 1e6:,.1f}" if total else ""
        with self.part.open("ab") as file:
            try:
                for chunk in self.publisher.chunks(response, self.limit_bytes - have, raw=True):
                    file.write(chunk)
                    self.publisher.pace.say(f"{self.id}: {file.tell() / 1e6:,.1f}{of} MB")
            except DownloadRefused:
                forget(self.part)
                raise
            finally:
                file.flush()
                os.fsync(file.fileno())
        if total is not None and self._size() != total:
            raise TryAgain(f"{self.publisher.host} sent {self._size():,} of {total:,} bytes")

    def _unpacked(self) -> Any:
        """Read the packed file to its end, as only that shows it to be whole."""
        size = 0
        try:
            with gzip.open(self.part) as packed:
                while chunk := packed.read(1 << 16):
                    size += len(chunk)
                    if size > self.limit_bytes:
                        raise self.publisher.too_big(self.limit_bytes)
                    yield chunk
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise DownloadRefused(
                f"{self.id}: the gzip that the publisher sent is damaged or ends too soon"
            ) from error

    def _unpack(self) -> None:
        fresh = self.part.with_name(self.part.name + ".unpacked")
        with fresh.open("wb") as file:
            for chunk in self._unpacked():
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.part)
        # Its bytes are no longer those on the publisher's disk: nothing could be added to them.
        notes_of(self.part).unlink()
