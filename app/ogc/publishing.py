"""Writes every public collection as files for object storage, with a map: public reads then need no database.

Left out, entry by entry: what stands under a licence that is not open, and the names of people
(`published_entries`). An index names each file with its size and SHA-256; it is written last, so that a
folder with an index is whole. What was stopped is taken up where it ended, and what has not changed since
the last time is not written again.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session
from starlette.datastructures import QueryParams

from app.ogc.asking import ITEMS, read_question
from app.ogc.describing import collection as describe
from app.ogc.files import write_file
from app.ogc.published_map import write_map
from app.ogc.queries import find_collection, list_ids, may_wait
from app.ogc.statements.kept_layers import KINDS
from app.ogc.statements.published_entries import Publishable, publishable
from app.ogc.statements.record_tiles import record_tiles
from app.tiles.archive import ENDING, tile_words, write_archive, write_tiles
from app.tiles.baking import NothingToDraw, plan_baking
from app.tiles.queries import Shown
from app.tiles.stored import TileStore
from boundaries.errors import Refused

INDEX = "index.json"
#: what is done so far, while a publication is under way
UNFINISHED = ".publishing.json"
PUBLISHED = {"parquet": "parquet", "fgb": "fgb", "geojson": "geojson"}
#: another way of publishing writes everything anew
WAY = "2"
_MEBIBYTE = 1 << 20
Told = Callable[[str], None]


class FolderNotEmpty(Refused):
    """The folder to publish into holds something that no earlier publication wrote."""

    slug = "folder-not-empty"
    title = "The folder is not empty"


def publish(
    session: Session, folder: Path, base: str, day: date, told: Told, store: TileStore | None = None
) -> dict[str, Any]:
    """Write the files, the map and their index; gives the index. What is not published is listed with its reason.

    store : finished tiles, which are not drawn again

    Raises FolderNotEmpty, and ChangedMeanwhile where a release changes while its tiles are drawn.
    """
    folder.mkdir(parents=True, exist_ok=True)
    done = _done_before(folder)
    may_wait(session)  # while others draw tiles: for minutes, of all England
    (folder / INDEX).unlink(missing_ok=True)
    engine = session.get_bind().engine
    entries: list[dict[str, Any]] = []
    left_out: list[dict[str, Any]] = []
    drawn: dict[str, str] = {}
    for name in list_ids(session, day):
        found = find_collection(session, name, None, day)
        allowed = publishable(session, found)
        if not allowed.collection.matched:
            reason = "; ".join(words for words, _ in allowed.left_out) or "it is empty"
            left_out.append({"id": name, "reason": reason})
            continue
        entry = _entry(allowed, base)
        before = done.get(name)
        if before is not None and before["stamp"] == entry["stamp"] and _are_whole(folder, before):
            told(f"{name}: as it was")
            entry["files"] = before["files"]
        else:
            told(f"{name}: {allowed.collection.matched:,} features")
            entry["files"] = [
                _written(session, allowed.collection, form, folder) for form in PUBLISHED
            ]
            if name in KINDS:
                entry["files"] += _record_tiles(session, allowed, folder, told)
            else:
                entry["files"] += _tiles(engine, name, day, folder, drawn, store, told)
        for file in entry["files"]:
            if "drawn" in file:
                drawn.setdefault(file["drawn"], file["name"])
        entries.append(entry)
        _note(folder, entries)
    pages = write_map(session, folder, day, entries, told, store)
    index = {
        "title": "Bounds", "published_on": day.isoformat(), "collections": entries, "left_out": left_out,
        "map": [_described(folder / name, folder) for name in pages],
    }  # fmt: skip
    _drop_older(folder, done, index)
    (folder / INDEX).write_text(json.dumps(index, indent=1, default=str) + "\n", encoding="utf-8")
    (folder / UNFINISHED).unlink(missing_ok=True)
    return index


def _entry(allowed: Publishable, base: str) -> dict[str, Any]:
    found = allowed.collection
    about = replace(found.about, licence=allowed.licence, attribution=allowed.attribution)
    said = {key: value for key, value in describe(about, base).items() if key != "links"}
    entry = {
        **said, "licence": allowed.licence, "features": found.matched,
        "stamp": hashlib.sha256(f"{WAY}|{found.stamp}|{found.matched}".encode()).hexdigest()[:24],
    }  # fmt: skip
    if allowed.left_out:
        entry["entries_left_out"] = [
            {"count": count, "reason": reason} for reason, count in allowed.left_out
        ]
    return entry


def _written(session: Session, found: Any, form: str, folder: Path) -> dict[str, Any]:
    name = f"{_safe(found.about.id)}.{PUBLISHED[form]}"
    question = read_question(QueryParams({}), ITEMS, is_file=True)
    half = folder / f"{name}.part"
    write_file(session, found, question, form, half)
    half.replace(folder / name)
    return _described(folder / name, folder)


def _tiles(
    engine: Engine, name: str, day: date, folder: Path, drawn: dict[str, str], store: TileStore | None,
    told: Told,
) -> Iterator[dict[str, Any]]:  # fmt: skip
    """Write the tiles of a type or a release; where another collection has the same, its file is named."""
    try:
        baking = plan_baking(engine, Shown(name, day), store=store)
    except NothingToDraw:
        return
    file = drawn.get(baking.layer.stamp)
    if file is None:
        file = f"{_safe(name)}{ENDING}"
        write_archive(baking, folder / file, told)
    yield {**_described(folder / file, folder), "drawn": baking.layer.stamp}


def _record_tiles(
    session: Session, allowed: Publishable, folder: Path, told: Told
) -> Iterator[dict[str, Any]]:
    tiles = record_tiles(session, allowed.collection)
    if tiles is None:
        return
    about = allowed.collection.about
    fields = {name: said.told for name, said in about.properties.items()}
    words = tile_words(about.id, about.title, allowed.attribution, fields, tiles.places)
    path = folder / f"{_safe(about.id)}{ENDING}"
    write_tiles(tiles, path, tiles.bounds, words, told)
    yield _described(path, folder)


def _described(path: Path, folder: Path) -> dict[str, Any]:
    name = path.relative_to(folder).as_posix()
    return {"name": name, "bytes": path.stat().st_size, "sha256": _sha256(path)}


def _done_before(folder: Path) -> dict[str, dict[str, Any]]:
    """Read what an earlier publication wrote, whole or stopped, by collection. Raises FolderNotEmpty."""
    done: dict[str, dict[str, Any]] = {}
    known = [name for name in (INDEX, UNFINISHED) if (folder / name).is_file()]
    if not known and any(folder.iterdir()):
        raise FolderNotEmpty(f"{folder} holds files and no {INDEX}: name a new folder")
    for name in known:
        try:
            listed = json.loads((folder / name).read_bytes())["collections"]
            done |= {each["id"]: each for each in listed if {"files", "stamp"} <= set(each)}
        except (ValueError, KeyError, TypeError):
            continue  # half written: what it named is written again
    return done


def _are_whole(folder: Path, entry: dict[str, Any]) -> bool:
    paths = [(folder / file["name"], file) for file in entry["files"]]
    return all(path.is_file() and _sha256(path) == file["sha256"] for path, file in paths)


def _note(folder: Path, entries: list[dict[str, Any]]) -> None:
    half = folder / f"{UNFINISHED}.part"
    half.write_text(json.dumps({"collections": entries}, default=str), encoding="utf-8")
    half.replace(folder / UNFINISHED)


def _drop_older(folder: Path, done: dict[str, dict[str, Any]], index: dict[str, Any]) -> None:
    """Remove the files of an earlier publication that this one does not name; nobody else's."""
    named = {file["name"] for each in index["collections"] for file in each["files"]}
    for entry in done.values():
        for file in entry["files"]:
            path = folder / file["name"]
            if file["name"] not in named and path.parent == folder:
                path.unlink(missing_ok=True)


def _safe(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]", "-", name)


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_MEBIBYTE):
            digest.update(block)
    return digest.hexdigest()
