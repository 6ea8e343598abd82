"""HTTP face of files of outlines: what each would hold, and keeping them as neighbourhoods."""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response
from sqlalchemy.orm import Session
from starlette.datastructures import UploadFile

from app.access.queries import Actor
from app.dependencies import Heavy, ReadSession, WriteSession, signed_in
from app.neighbourhoods.actions import keep_outlines
from app.neighbourhoods.preview import preview
from app.neighbourhoods.routes import may_change
from app.neighbourhoods.saying import say_outline
from app.neighbourhoods.schemas import as_line
from app.neighbourhoods.sent_outlines import read_sent_outlines
from app.partnerships.queries import get_partnership
from boundaries.errors import Fault, Invalid, NotFound

router = APIRouter(tags=["neighbourhoods"])
# Of a file that is only looked at: beyond them the answer says how many there are.
MOST_PREVIEWED = 50
_BODIES: dict[str, Any] = {
    "requestBody": {
        "content": {
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            },
        }
    }
}


class SentFile(NamedTuple):
    """A file that was sent: its name, for what is said of it, and its bytes."""

    name: str
    content: bytes


async def read_sent_file(
    request: Request,
    file_name: Annotated[
        str, Query(max_length=200, description="name of a file sent as the body")
    ] = "outlines",
) -> SentFile:
    """Take a file out of a form (field `file`) or the body. Raises Invalid."""
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "multipart/form-data":
        return SentFile(file_name, await request.body())
    async with request.form(max_files=1, max_fields=10) as form:
        found = form.get("file")
        if not isinstance(found, UploadFile):
            fault = Fault("send the file in the field 'file'", pointer="/file")
            raise Invalid("the form has no file", [fault])
        return SentFile((found.filename or file_name)[:200], await found.read())


Sent = Annotated[SentFile, Depends(read_sent_file)]
NameColumn = Annotated[str | None, Query(max_length=200, description="column of names")]
Layer = Annotated[str | None, Query(max_length=200, description="layer of a GeoPackage")]
FileCrs = Annotated[str | None, Query(max_length=40, description="for a file that states none")]
Partnership = Annotated[str | None, Query(max_length=120, description="slug of a partnership")]


def _outlines(
    sent: SentFile, layer: str | None, name_column: str | None, crs: str | None
) -> list[tuple[str, Any]]:
    return read_sent_outlines(sent.name, sent.content, layer, name_column, crs)


def _is_demo(session: Session, partnership: str | None) -> bool:
    return partnership is not None and get_partnership(session, partnership).demo


@router.post("/rehearsals/neighbourhoods", dependencies=[Heavy], openapi_extra=_BODIES)
def rehearse(
    session: ReadSession, sent: Sent, partnership: Partnership = None, layer: Layer = None,
    name_column: NameColumn = None, crs: FileCrs = None,
) -> Response:  # fmt: skip
    """Say what each outline of a file holds (GeoJSON, KML, GeoPackage, zipped Shapefile); nothing is kept."""
    found = _outlines(sent, layer, name_column, crs)
    demo = _is_demo(session, partnership)
    items = []
    for name, outline in found[:MOST_PREVIEWED]:
        plain, _ = preview(session, say_outline(outline, demo=demo), partnership_slug=partnership)
        items.append({"name_in_file": name, **{k: plain[k] for k in plain if k != "areas"}})
    body = {"items": items, "total": len(found), "next": None}
    return Response(orjson.dumps(body), media_type="application/json")


@router.post(
    "/neighbourhoods/outlines", status_code=201, dependencies=[Heavy], openapi_extra=_BODIES
)
def keep(
    session: WriteSession, actor: Annotated[Actor, Depends(signed_in)], sent: Sent,
    reason: Annotated[str, Query(max_length=4_000, description="why they are made")] = "",
    partnership: Partnership = None, layer: Layer = None, name_column: NameColumn = None,
    crs: FileCrs = None,
    update: Annotated[bool, Query(description="give those of a known name a new version")] = False,
) -> Response:  # fmt: skip
    """Keep each outline of a file as a neighbourhood of its name, all or none."""
    if not may_change(actor, partnership):
        raise NotFound(f"there is no partnership {partnership!r} that this token may change")
    done = keep_outlines(
        session, actor, _outlines(sent, layer, name_column, crs), reason=reason,
        partnership_slug=partnership, demo=_is_demo(session, partnership), update=update,
    )  # fmt: skip
    items = [{**as_line(row), "done": what} for row, what in done]
    body = {"items": items, "total": len(items), "next": None}
    return Response(orjson.dumps(body), 201, media_type="application/json")
