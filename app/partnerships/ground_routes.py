"""HTTP face of a partnership's ground: who overlaps it, who lies beside it, its parishes, where it does not match."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from app.dependencies import AsAt, Heavy, Paging, ReadSession
from app.exports.csv import MEDIA_TYPE as CSV
from app.exports.geojson import MEDIA_TYPE as GEOJSON
from app.partnerships.alignment_rows import alignment_csv
from app.partnerships.ground_files import (
    misaligned_geojson,
    neighbours_csv,
    overlaps_csv,
    parishes_csv,
    parishes_geojson,
)
from app.partnerships.misaligned import misaligned_ground
from app.partnerships.neighbours import neighbours_of
from app.partnerships.overlaps import all_overlaps, overlaps_of
from app.partnerships.parishes import parish_body, parishes_of
from app.partnerships.queries import ground_of_partnership, ground_of_words

router = APIRouter(tags=["partnerships"])
Slug = Annotated[str, Path(max_length=100)]


@router.get("/partnerships/overlaps", dependencies=[Heavy])
def overlap_matrix(
    request: Request, session: ReadSession, page: Paging, day: AsAt,
    demo: Annotated[bool, Query(description="the invented partnerships")] = False,
) -> dict[str, Any]:  # fmt: skip
    """Every pair of a day's partnerships that share ground, by slug: area and people in common, both ways."""
    key = page.after_key(str, str)
    rows = all_overlaps(session, day, demo=demo)
    left = [row for row in rows if key is None or (row["a"], row["b"]) > key]
    shown = left[: page.limit]
    last = [shown[-1]["a"], shown[-1]["b"]] if len(left) > page.limit else None
    return page.answer(request, shown, len(rows), last)


@router.get("/partnerships/{slug}/overlaps", dependencies=[Heavy])
def overlaps(session: ReadSession, slug: Slug, day: AsAt) -> dict[str, Any]:
    """The other partnerships, of any kind, on the same ground: area, people and members in common."""
    return overlaps_of(session, slug, day)


@router.get("/partnerships/{slug}/neighbours", dependencies=[Heavy])
def neighbours(session: ReadSession, slug: Slug, day: AsAt) -> dict[str, Any]:
    """The authorities that share a border with a partnership, with its metres, and the partnerships beside it."""
    return neighbours_of(session, slug, day)


@router.get("/partnerships/{slug}/overlaps.csv", response_class=Response, dependencies=[Heavy])
def overlap_table(session: ReadSession, slug: Slug, day: AsAt) -> Response:
    """The same as CSV, a row for each."""
    written = overlaps_csv(overlaps_of(session, slug, day))
    return Response(written, media_type=CSV, headers=_named(f"{slug}-overlaps.csv"))


@router.get("/partnerships/{slug}/neighbours.csv", response_class=Response, dependencies=[Heavy])
def neighbour_table(session: ReadSession, slug: Slug, day: AsAt) -> Response:
    """The same as CSV: authorities, then partnerships."""
    written = neighbours_csv(neighbours_of(session, slug, day))
    return Response(written, media_type=CSV, headers=_named(f"{slug}-neighbours.csv"))


@router.get("/partnerships/{slug}/parishes.csv", response_class=Response, dependencies=[Heavy])
def parish_table(session: ReadSession, slug: Slug, day: AsAt) -> Response:
    """The parishes of a partnership and the unparished remainder as CSV; every row says how good its outline is."""
    found = parishes_of(session, slug, day)
    return Response(parishes_csv(found), media_type=CSV, headers=_named(f"{slug}-parishes.csv"))


@router.get("/partnerships/{slug}/parishes.geojson", response_class=Response, dependencies=[Heavy])
def parish_shapes(session: ReadSession, slug: Slug, day: AsAt) -> Response:
    """What of each parish lies in a partnership, and the unparished remainder, as GeoJSON."""
    return Response(parishes_geojson(parishes_of(session, slug, day)), media_type=GEOJSON)


@router.get("/partnerships/{slug}/parishes", dependencies=[Heavy])
def parishes(session: ReadSession, slug: Slug, day: AsAt) -> dict[str, Any]:
    """The parishes of a partnership, whole and in part, and the unparished remainder with its people."""
    return parish_body(parishes_of(session, slug, day))


@router.get("/partnerships/{slug}/alignment.csv", response_class=Response, dependencies=[Heavy])
def alignment_table(session: ReadSession, slug: Slug, day: AsAt) -> Response:
    """The districts that an alignment's shares are made of, each with its m² and people, and what of them is inside."""
    ground = ground_of_partnership(session, slug, day)
    return Response(
        alignment_csv(session, ground, day), media_type=CSV, headers=_named(f"{slug}-alignment.csv")
    )


@router.get("/align.csv", response_class=Response, dependencies=[Heavy])
def passing_alignment_table(
    session: ReadSession, day: AsAt,
    codes: Annotated[list[str], Query(max_length=60, description="codes of councils")],
) -> Response:  # fmt: skip
    """The same of some councils together that nobody saved."""
    ground = ground_of_words(session, codes, day)
    return Response(
        alignment_csv(session, ground, day), media_type=CSV, headers=_named("alignment.csv")
    )


@router.get("/partnerships/{slug}/alignment.geojson", response_class=Response, dependencies=[Heavy])
def misaligned(session: ReadSession, slug: Slug, day: AsAt) -> Response:
    """The ground that sticks out of a partnership or is missing from it: m², people, width, and whose it is."""
    ground = ground_of_partnership(session, slug, day)
    found = misaligned_ground(session, ground, day)
    return Response(misaligned_geojson(ground.name, found), media_type=GEOJSON)


def _named(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}
