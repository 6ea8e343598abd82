"""HTTP face of saved mappings: how a partnership's files of money are read, and what an address says of one."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from app.dependencies import (
    Editor,
    IfMatch,
    Paging,
    ReadSession,
    WriteSession,
    not_modified,
    require_if_match,
    version_etag,
)
from app.resources.import_tables import ResourceMapping
from app.resources.mappings import (
    AskedMapping,
    FileMapping,
    MappingExists,
    get_mapping,
    list_mappings,
    mapping_body,
    remove_mapping,
    save_mapping,
)

router = APIRouter(tags=["resources"])
Slug = Annotated[str, Path(max_length=120)]
Name = Annotated[str, Path(max_length=60)]
Words = Annotated[str, Field(min_length=1, max_length=200)]


class Mapping(BaseModel):
    """Our columns and their titles, and words that a person confirmed as places."""

    model_config = ConfigDict(extra="forbid")

    columns: dict[Words, Words] = {}
    places: dict[Words, Words] = {}


class NewMapping(Mapping):
    """A mapping with the name it is kept under."""

    name: str = Field(min_length=1, max_length=60)


def read_asked(
    map: Annotated[
        list[str] | None,
        Query(description="our column and its title, what=Project title; =words: of every row"),
    ] = None,
    place: Annotated[
        list[str] | None,
        Query(description="words of the file and the place they mean, Ore Valley=E05009999"),
    ] = None,
    mapping: Annotated[str | None, Query(max_length=60, description="a saved mapping")] = None,
    save_map: Annotated[
        str | None, Query(max_length=60, description="keep the mapping under this name")
    ] = None,
) -> AskedMapping:
    """Take how a file is to be read out of an address."""
    return AskedMapping(map or [], place or [], mapping, save_map)


def _etag(row: ResourceMapping) -> str:
    return version_etag(f"{row.partnership_slug}.{row.name}", row.revision)


def _answer(row: ResourceMapping, status: int = 200, **headers: str) -> Response:
    body = orjson.dumps(mapping_body(row), option=orjson.OPT_SORT_KEYS)
    said = {"ETag": _etag(row), **headers}
    return Response(body, status, media_type="application/json", headers=said)


@router.get("/partnerships/{slug}/resource-mappings")
def list_all(request: Request, session: ReadSession, slug: Slug, page: Paging) -> dict[str, Any]:
    """How a partnership's files of money are read: each saved mapping by name."""
    rows = list_mappings(session, slug)
    after = page.after_key(str)
    rest = [row for row in rows if after is None or row["name"] > after[0]]
    shown = rest[: page.limit]
    last = (shown[-1]["name"],) if len(rest) > len(shown) else None
    return page.answer(request, shown, len(rows), last)


@router.post("/partnerships/{slug}/resource-mappings", status_code=201)
def create(session: WriteSession, actor: Editor, slug: Slug, given: NewMapping) -> Response:
    """Keep a mapping under a name that is not taken."""
    if given.name in {row["name"] for row in list_mappings(session, slug)}:
        raise MappingExists(f"{slug} has a mapping {given.name!r} already; PUT changes it")
    row = save_mapping(session, actor, slug, given.name, FileMapping(given.columns, given.places))
    return _answer(row, 201, Location=f"/api/v1/partnerships/{slug}/resource-mappings/{row.name}")


@router.get("/partnerships/{slug}/resource-mappings/{name}")
def show(request: Request, session: ReadSession, slug: Slug, name: Name) -> Response:
    """One saved mapping: our columns and their titles, and words that a person confirmed as places."""
    row = get_mapping(session, slug, name)
    return not_modified(request, _etag(row)) or _answer(row)


@router.put("/partnerships/{slug}/resource-mappings/{name}")
def change(
    session: WriteSession, actor: Editor, slug: Slug, name: Name, given: Mapping, match: IfMatch
) -> Response:
    """Put another mapping in place of a saved one; send the ETag you read as If-Match."""
    require_if_match(match, _etag(get_mapping(session, slug, name)))
    row = save_mapping(session, actor, slug, name, FileMapping(given.columns, given.places))
    return _answer(row)


@router.delete("/partnerships/{slug}/resource-mappings/{name}", status_code=204)
def remove(session: WriteSession, actor: Editor, slug: Slug, name: Name, match: IfMatch) -> None:
    """Drop a saved mapping; files that were read by it stay."""
    require_if_match(match, _etag(get_mapping(session, slug, name)))
    remove_mapping(session, actor, slug, name)
