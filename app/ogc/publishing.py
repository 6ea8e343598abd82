"""Writes every public collection as files for object storage, so that public reads need no database.

Left out: what stands under a licence that is not open, and whom money was paid to. An index names each
file with its size and SHA-256; it is written last, so that a folder with an index is whole.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session
from starlette.datastructures import QueryParams

from app.ogc.asking import ITEMS, read_question
from app.ogc.describing import collection as describe
from app.ogc.files import write_file
from app.ogc.queries import find_collection, list_ids
from app.ogc.statements.collections import Collection
from boundaries.errors import Refused

INDEX = "index.json"
PUBLISHED = {"parquet": "parquet", "fgb": "fgb", "geojson": "geojson"}
# The licences under which anybody may pass data on: of the Crown, of Parliament, and attribution alone or alike.
_OPEN = re.compile(
    r"open government licence|open parliament licence|\bogl\b|creative commons (attribution|zero)|"
    r"\bcc[ -]?(by|0)\b|\bpddl\b|\bodbl\b",
    re.IGNORECASE,
)
_CLOSED = re.compile(
    r"\bnc\b|non-?commercial|\bnd\b|no-?deriv|check with|other|closed", re.IGNORECASE
)
_MEBIBYTE = 1 << 20


class FolderNotEmpty(Refused):
    """The folder to publish into holds something that no earlier publication wrote."""

    slug = "folder-not-empty"
    title = "The folder is not empty"


def is_open(licence: str) -> bool:
    """Say whether each licence of a list (semicolons between) lets anybody pass the data on."""
    parts = [part.strip() for part in licence.split(";")]
    return all(_OPEN.search(part) and not _CLOSED.search(part) for part in parts)


def publish(
    session: Session, folder: Path, base: str, day: date, told: Callable[[str], None]
) -> dict[str, Any]:
    """Write the files and their index; gives the index. What is not published is listed with its reason.

    Raises FolderNotEmpty.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()) and not (folder / INDEX).is_file():
        raise FolderNotEmpty(f"{folder} holds files and no {INDEX}: name a new folder")
    (folder / INDEX).unlink(missing_ok=True)
    entries, left_out = [], []
    for name in list_ids(session, day):
        found = find_collection(session, name, None, day)
        about = found.about
        if not found.matched or not is_open(about.licence):
            reason = f"its licence is not open: {about.licence}" if found.matched else "it is empty"
            left_out.append({"id": name, "reason": reason})
            continue
        told(f"{name}: {found.matched:,} features")
        files = [_written(session, found, form, folder) for form in PUBLISHED]
        said = {key: value for key, value in describe(about, base).items() if key != "links"}
        entries.append({**said, "features": found.matched, "files": files})
    index = {
        "title": "Bounds", "published_on": day.isoformat(), "collections": entries, "left_out": left_out,
    }  # fmt: skip
    (folder / INDEX).write_text(json.dumps(index, indent=1, default=str) + "\n", encoding="utf-8")
    return index


def _written(session: Session, found: Collection, form: str, folder: Path) -> dict[str, Any]:
    name = f"{re.sub(r'[^A-Za-z0-9._-]', '-', found.about.id)}.{PUBLISHED[form]}"
    question = read_question(QueryParams({}), ITEMS, is_file=True)
    write_file(session, found, question, form, folder / name)
    return {"name": name, "bytes": (folder / name).stat().st_size, "sha256": _sha256(folder / name)}


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_MEBIBYTE):
            digest.update(block)
    return digest.hexdigest()
