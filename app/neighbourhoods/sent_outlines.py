"""A file of outlines that somebody sent, read under limits by the one reader of such files; keeps nothing."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from boundaries.untrusted import read_uploaded_outlines


def read_sent_outlines(
    name: str, content: bytes, layer: str | None = None, name_column: str | None = None, crs: str | None = None
) -> list[tuple[str, Any]]:  # fmt: skip
    """Read the outlines of a file: names and areas (BNG, valid), in order. Raises what `read_uploaded_outlines` does.

    name : the sender's; only its last part is kept, and only for what is said of the file.
    """
    with tempfile.TemporaryDirectory(prefix="bounds-sent-") as folder:
        plain = "".join(ch for ch in Path(name).name if ch.isalnum() or ch in " ._-")[:100]
        path = Path(folder) / (plain.lstrip(".") or "outlines")
        path.write_bytes(content)
        return read_uploaded_outlines(path, layer=layer, name_column=name_column, crs_name=crs)
