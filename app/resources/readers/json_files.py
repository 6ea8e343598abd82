"""Tells JSON from tables by the first character, and says where a JSON file breaks off or goes wrong."""

from __future__ import annotations

from json import JSONDecodeError

from app.vintages.readers.cells import FileRefused
from boundaries.errors import Fault

_ZIP = b"PK\x03\x04"
_MARKS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_LOOKED_AT = 4_096


def is_json(raw: bytes) -> bool:
    """Say whether bytes are JSON: the first character after marks and blanks is a brace or a bracket."""
    if raw.startswith(_ZIP):
        return False
    head = raw[:_LOOKED_AT]
    if raw[:2] in _MARKS:
        head = head[2:].decode(_MARKS[raw[:2]], errors="ignore").encode()
    return head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")


def json_refused(name: str, text: str, fault: Exception) -> FileRefused:
    """Say why text is no JSON: that it ends in the middle, or the line and column where it goes wrong."""
    where, row = "", None
    if isinstance(fault, JSONDecodeError):
        row = fault.lineno
        where = f" at line {fault.lineno}, column {fault.colno}"
        # A string that is never closed is met at its beginning, however far that is from the end.
        if fault.pos >= len(text.rstrip()) or "Unterminated" in fault.msg:
            where += ": it ends in the middle, so a part of it is missing"
    detail = f"The file is not JSON that can be read{where}."
    return FileRefused(
        f"{name} is not JSON that can be read{where}.",
        [Fault(detail, file=name, row=row, rule="file-readable")],
    )
