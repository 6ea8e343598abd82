"""HTTP face of neighbourhoods: keep ground, read it and its versions, change and remove it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from sqlalchemy.orm import Session

from app.access.queries import Actor
from app.dependencies import (
    Heavy,
    IfMatch,
    Paging,
    ReadSession,
    WriteSession,
    not_modified,
    require_unchanged,
    signed_in,
    today,
    version_etag,
)
from app.exports.csv import MEDIA_TYPE as CSV
from app.exports.csv import write_csv
from app.exports.geojson import MEDIA_TYPE as GEOJSON
from app.exports.geojson import crs_headers, wants_metres
from app.exports.sheets import Sheet
from app.neighbourhoods import actions
from app.neighbourhoods.figures import ground_figures
from app.neighbourhoods.preview import area_rows
from app.neighbourhoods.queries import (
    Neighbourhood,
    UnknownNeighbourhood,
    get_neighbourhood,
    get_version,
    list_neighbourhoods,
    list_versions,
)
from app.neighbourhoods.saying import Said, say_codes, say_outline, say_postcodes
from app.neighbourhoods.schemas import (
    Changes,
    GroundGiven,
    NewNeighbourhood,
    as_body,
    as_line,
    version_body,
    version_line,
)
from app.neighbourhoods.shapes import as_geojson
from app.neighbourhoods.tables import Neighbourhood as Row
from app.neighbourhoods.versions import blocks_of, diff_versions
from app.partnerships.queries import get_partnership
from app.partnerships.routes import read_outline
from boundaries.errors import Fault, Invalid, NotFound
from boundaries.footprints import GroundInvalid

router = APIRouter(tags=["neighbourhoods"])
Slug = Annotated[str, Path(max_length=120)]
Number = Annotated[str, Path(max_length=20, description="of a version, from 1")]
SignedIn = Annotated[Actor, Depends(signed_in)]
AtVersion = Annotated[
    int | None, Query(ge=1, le=2**31 - 1, description="number of a version; default the newest")
]
AreaSet = Annotated[
    str | None, Query(max_length=40, description="small areas to count by; default the newest")
]
Crs = Annotated[
    str | None, Query(max_length=40, description="EPSG code; default longitude, latitude")
]


def read_said(session: Session, given: GroundGiven, *, demo: bool = False) -> Said:
    """Make ground of what a body says in exactly one way. Raises GroundInvalid, and what reading it raises."""
    if len(given.ways) != 1:
        detail = "say the ground in one way: postcodes, codes or geometry"
        raise GroundInvalid(detail, [Fault(detail, pointer="/postcodes")])
    if given.postcodes is not None:
        return say_postcodes(session, given.postcodes)
    if given.codes is not None:
        return say_codes(session, given.codes, given.as_at or today())
    assert given.geometry is not None, "one of the ways was given"
    return say_outline(read_outline(given.geometry, given.crs), demo=demo)


def is_number(written: str) -> bool:
    """Say whether a text is a whole number in plain digits."""
    return written.isascii() and written.isdigit()


def is_demo(session: Session, partnership: str | None) -> bool:
    """Say whether a partnership is of the invented county; none is of England. Raises UnknownPartnership."""
    return partnership is not None and get_partnership(session, partnership).demo


def may_change(actor: Actor, partnership: str | None) -> bool:
    """Say whether somebody may write neighbourhoods of a partnership, or (None) those of no partnership."""
    return actor.may_edit(partnership) if partnership is not None else (
        actor.is_administrator or actor.partnership_slug is None
    )  # fmt: skip


def _to_change(session: WriteSession, actor: SignedIn, match: IfMatch, slug: Slug) -> Row:
    """Get the neighbourhood to change, with the rights and the ETag checked. Raises UnknownNeighbourhood, Stale."""
    row = actions.lock_neighbourhood(session, slug)
    if not may_change(actor, row.partnership_slug):
        # Whether it exists is not for them to learn here; reading is public all the same.
        raise UnknownNeighbourhood(f"there is no neighbourhood {slug[:80]!r}")
    require_unchanged(session, match, f"neighbourhood:{slug}", row.slug, row.revision)
    return row


ToChange = Annotated[Row, Depends(_to_change)]


def _json(
    body: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    return Response(
        orjson.dumps(body), status, dict(headers or {}), media_type="application/json"
    )  # fmt: skip


def _answer(
    session: Session, row: Neighbourhood, status: int = 200, said: Said | None = None
) -> Response:
    """Send a neighbourhood; what was said of its ground is answered entry by entry."""
    headers = {"ETag": version_etag(row.slug, row.revision)}
    if status == 201:
        headers["Location"] = f"/api/v1/neighbourhoods/{row.slug}"
    body = as_body(row, get_version(session, row.slug))
    return _json(body if said is None else {**body, "entries": said.as_plain()}, status, headers)


@router.get("/neighbourhoods")
def list_all(
    request: Request, session: ReadSession, page: Paging,
    partnership: Annotated[str | None, Query(max_length=120, description="slug")] = None,
    kind: Annotated[str | None, Query(max_length=40)] = None,
) -> dict[str, Any]:  # fmt: skip
    """Neighbourhoods in order of slug: all, one partnership's, or those of a kind."""
    if partnership is not None:
        get_partnership(session, partnership)
    key = page.after_key(str)
    rows = list_neighbourhoods(session, partnership, kinds=() if kind is None else (kind,))
    left = [row for row in rows if key is None or row.slug > key[0]]
    shown = left[: page.limit]
    last = [shown[-1].slug] if len(left) > page.limit else None
    return page.answer(request, [as_line(row) for row in shown], len(rows), last)


@router.post("/neighbourhoods", status_code=201, dependencies=[Heavy])
def create(session: WriteSession, actor: SignedIn, given: NewNeighbourhood) -> Response:
    """Keep ground as a neighbourhood: a list of postcodes or codes, or an outline, with the reason why."""
    if not may_change(actor, given.partnership):
        raise NotFound(f"there is no partnership {given.partnership!r} that this token may change")
    said = read_said(session, given, demo=is_demo(session, given.partnership))
    kept = said.without_unknown() if given.leave_out_unknown else said
    row = actions.create_neighbourhood(
        session, actor, kept, reason=given.reason, name=given.name,
        partnership_slug=given.partnership,
    )  # fmt: skip
    return _answer(session, row, 201, said)


@router.get("/neighbourhoods/{slug}.geojson", response_class=Response, dependencies=[Heavy])
def read_shape(
    session: ReadSession, slug: Slug, version: AtVersion = None, crs: Crs = None
) -> Response:
    """A version of a neighbourhood as GeoJSON; one of postcodes is drawn as the ground near them, and says so."""
    in_metres = wants_metres(crs)
    row = get_neighbourhood(session, slug)
    found = as_geojson(session, row, get_version(session, slug, version), in_metres=in_metres)
    return Response(found, media_type=GEOJSON, headers=crs_headers(in_metres=in_metres))


@router.get("/neighbourhoods/{slug}", response_class=Response)
def read(request: Request, session: ReadSession, slug: Slug) -> Response:
    """One neighbourhood with its newest version; its figures are those of the day that version was made."""
    row = get_neighbourhood(session, slug)
    unchanged = not_modified(request, version_etag(row.slug, row.revision))
    return unchanged if unchanged is not None else _answer(session, row)


@router.get("/neighbourhoods/{slug}/figures", response_class=Response, dependencies=[Heavy])
def figures(
    session: ReadSession, slug: Slug, version: AtVersion = None, area_set: AreaSet = None
) -> Response:
    """People and households of a version as of what is loaded today, with its small areas and their shares."""
    found = get_version(session, slug, version)
    counted = ground_figures(session, found.footprint_id, area_set=area_set)
    return _json(
        {"slug": slug, "version": found.version, **counted.as_plain(),
         "items": area_rows(session, counted)}
    )  # fmt: skip


@router.get("/neighbourhoods/{slug}/versions")
def versions(request: Request, session: ReadSession, page: Paging, slug: Slug) -> dict[str, Any]:
    """The versions of a neighbourhood, the newest first: author, reason, and what it held that day."""
    key = page.after_key(int)
    rows = list_versions(session, slug)
    left = [row for row in rows if key is None or row.version < key[0]]
    shown = left[: page.limit]
    last = [shown[-1].version] if len(left) > page.limit else None
    return page.answer(request, [version_line(row) for row in shown], len(rows), last)


@router.get("/neighbourhoods/{slug}/versions/{number}", response_class=Response)
def one_version(request: Request, session: ReadSession, slug: Slug, number: Number) -> Response:
    """One version with its figures as they were the day it was made; it never changes."""
    found = get_version(session, slug, int(number) if is_number(number) else 0)
    etag = version_etag(f"{slug}.v", found.version)
    unchanged = not_modified(request, etag)
    if unchanged is not None:
        return unchanged
    return _json({"slug": slug, **version_body(found)}, headers={"ETag": etag})


@router.get("/neighbourhoods/{slug}/diff", response_class=Response, dependencies=[Heavy])
def diff(
    session: ReadSession, slug: Slug,
    older: Annotated[int | None, Query(alias="from", ge=1, le=2**31 - 1)] = None,
    newer: Annotated[int | None, Query(alias="to", ge=1, le=2**31 - 1)] = None,
    area_set: AreaSet = None,
) -> Response:  # fmt: skip
    """What changed between two versions, in small areas, people and postcodes; default the newest two."""
    return _json(diff_versions(session, slug, older, newer, area_set))


@router.get("/neighbourhoods/{slug}/blocks.csv", response_class=Response)
def blocks_csv(session: ReadSession, slug: Slug, version: AtVersion = None) -> Response:
    """The block list of a version as CSV; read back in it gives the same ground and the same list."""
    column, listed = blocks_of(session, slug, version)
    sheet = Sheet("blocks", slug, ((column, "text"),), [{column: one} for one in listed])
    headers = {"Content-Disposition": f'attachment; filename="{slug}-blocks.csv"'}
    return Response(write_csv(sheet), media_type=CSV, headers=headers)


@router.get("/neighbourhoods/{slug}/blocks")
def blocks(session: ReadSession, slug: Slug, version: AtVersion = None) -> dict[str, Any]:
    """The codes or postcodes that a version is made of."""
    column, listed = blocks_of(session, slug, version)
    return {"of": column, "items": listed, "total": len(listed), "next": None}


@router.patch("/neighbourhoods/{slug}", dependencies=[Heavy])
def change(session: WriteSession, row: ToChange, actor: SignedIn, given: Changes) -> Response:
    """Name a neighbourhood, or give it new ground with the reason why: a new version; send its ETag as If-Match."""
    said = read_said(session, given, demo=row.demo) if given.ways else None
    kept = said.without_unknown() if said is not None and given.leave_out_unknown else said
    if said is None and given.reason is not None:
        detail = "a reason is told for new ground: send postcodes, codes or geometry with it"
        raise Invalid(detail, [Fault(detail, pointer="/reason")])
    changed = actions.change_neighbourhood(
        session, actor, row.slug, said=kept, name=given.name, reason=given.reason
    )
    return _answer(session, changed, said=said)


@router.delete("/neighbourhoods/{slug}", status_code=204)
def remove(session: WriteSession, row: ToChange, actor: SignedIn) -> None:
    """Remove a neighbourhood with all its versions; send its ETag as If-Match."""
    actions.remove_neighbourhood(session, actor, row.slug)
