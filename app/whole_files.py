"""Files that are whole or not at all: sends what is long from one, in parts, and reads what was kept in one."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Generator, Iterable, Mapping
from contextlib import ExitStack
from typing import IO

from fastapi import Request
from fastapi.responses import FileResponse, StreamingResponse
from starlette.types import Receive, Scope, Send

from app.codings import compress_parts, takes_gzip
from boundaries import deadlines

_PIECE = 1 << 18
_OF_PIECES = (b"range", b"if-range")


def send_whole(
    request: Request, pieces: Iterable[bytes], media_type: str, headers: Mapping[str, str] | None = None
) -> StreamingResponse:  # fmt: skip
    """Take all pieces, then send them. A fault in the last is a refusal, and a slow reader keeps nothing but a file."""
    with ExitStack() as undone:
        whole = undone.enter_context(tempfile.TemporaryFile("w+b"))
        for piece in pieces:
            deadlines.check(f"{whole.tell():,} bytes of it were written")
            whole.write(piece)
        whole.seek(0)
        undone.pop_all()  # closed when sent
    return send_parts(request, _blocks(whole), media_type, headers)


def send_parts(
    request: Request, parts: Generator[bytes], media_type: str, headers: Mapping[str, str] | None = None
) -> StreamingResponse:  # fmt: skip
    """Send parts one after the other, compressed where the caller takes that."""
    coding = coding_of_parts(request)
    if "Content-Encoding" in coding:
        parts = compress_parts(parts)
    return StreamingResponse(parts, media_type=media_type, headers={**(headers or {}), **coding})


def coding_of_parts(request: Request, vary: str = "Accept-Encoding") -> dict[str, str]:
    """Say in headers whether what is sent in parts is compressed: where the caller takes gzip."""
    is_taken = takes_gzip(request.headers.get("accept-encoding", ""))
    coding = {"Content-Encoding": "gzip"} if is_taken else {}
    return coding | {"Vary": vary}


class MadeFile(FileResponse):
    """A file made for one answer, sent as a whole: for each piece it would be made anew, and need not be the same."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.headers["Accept-Ranges"] = "none"
        kept = [header for header in scope["headers"] if header[0] not in _OF_PIECES]
        await super().__call__({**scope, "headers": kept}, receive, send)


def read_whole(path: str) -> bytes | None:
    """Read a kept answer, by the least calls there are; None where it is not there, or not whole."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        size = os.fstat(file).st_size
        body = os.read(file, size)
        return body if len(body) == size else None
    except OSError:
        return None
    finally:
        os.close(file)


def _blocks(file: IO[bytes]) -> Generator[bytes]:
    with file:
        while block := file.read(_PIECE):
            yield block
