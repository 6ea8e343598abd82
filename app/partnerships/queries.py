"""Reads of partnerships: the list, one, who claims which district, and the shape of one on the wire."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import shapely
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.partnerships.tables import Partnership
from boundaries import footprints
from boundaries.errors import NotFound
from boundaries.history import codes_on
from boundaries.queries import UnknownArea, demo_of, find_authority
from boundaries.tables import Area, Boundary, Membership, Release


class UnknownPartnership(NotFound):
    """No partnership has that slug."""

    slug = "unknown-partnership"
    title = "No such partnership"


@dataclass(frozen=True)
class Ground:
    """The councils a partnership or a passing view stands on, saved or not.

    `codes` are districts and unitaries (a county is written out as its districts); `slug` is None
    for a view that nobody saved. `outline_wkb` is the partnership's own polygon (BNG), if it has one.
    """

    name: str
    codes: tuple[str, ...]
    names: tuple[str, ...]
    demo: bool
    slug: str | None = None
    kind: str = "view"
    outline_wkb: bytes | None = None


def get_partnership(session: Session, slug: str) -> Partnership:
    """Get one partnership; raises UnknownPartnership."""
    row = session.get(Partnership, slug)
    if row is None:
        raise UnknownPartnership(f"there is no partnership {slug!r}")
    return row


def partnerships_at_once(session: Session, slugs: Collection[str]) -> list[Partnership]:
    """Read some partnerships at once; while the list is held, `get_partnership` asks nothing more for them."""
    query = (
        select(Partnership).where(Partnership.slug.in_(sorted(slugs))).order_by(Partnership.slug)
    )
    return list(session.scalars(query))


def list_partnerships(
    session: Session,
    *,
    after: str | None,
    limit: int,
    kind: str | None = None,
    day: date | None = None,
) -> tuple[list[Partnership], int]:
    """List partnerships in order of slug from after one, with how many there are; of a day, those that lived then."""
    conditions = [Partnership.kind == kind] if kind else []
    if day is not None:
        conditions.append(or_(Partnership.valid_from.is_(None), Partnership.valid_from <= day))
        conditions.append(or_(Partnership.valid_to.is_(None), Partnership.valid_to > day))
    total = session.scalar(select(func.count()).select_from(Partnership).where(*conditions)) or 0
    if after:
        conditions.append(Partnership.slug > after)
    rows = session.scalars(
        select(Partnership).where(*conditions).order_by(Partnership.slug).limit(limit)
    )
    return list(rows), int(total)


def claims(
    session: Session, codes: Sequence[str], *, kind: str, day: date, but: str | None
) -> list[dict[str, str]]:
    """List the districts among `codes` that another partnership of the same kind has on that day."""
    rows = session.execute(
        select(Partnership.slug, Partnership.name, Partnership.authorities)
        .where(
            Partnership.kind == kind,
            Partnership.authorities.overlap(list(codes)),
            or_(Partnership.valid_from.is_(None), Partnership.valid_from <= day),
            or_(Partnership.valid_to.is_(None), Partnership.valid_to > day),
            Partnership.slug != (but or ""),
        )
        .order_by(Partnership.slug)
    ).all()
    return [
        {"code": code, "partnership": slug, "name": name}
        for slug, name, theirs in rows
        for code in sorted(set(theirs) & set(codes))
    ]


def spread_counties(session: Session, areas: Sequence[Area], day: date) -> list[Area]:
    """Write each county as the districts that belong to it and live on that day; districts stay, each once."""
    found: dict[str, Area] = {}
    for area in areas:
        if area.type != "cty":
            found[area.code] = area
            continue
        children = session.scalars(
            select(Area)
            .join(Membership, Membership.child_code == Area.code)
            .where(
                Membership.parent_code == area.code,
                Area.type == "lad",
                or_(Area.valid_from.is_(None), Area.valid_from <= day),
                or_(Area.valid_to.is_(None), Area.valid_to > day),
            )
            .order_by(Area.code)
        )
        found.update({child.code: child for child in children})
    return [found[code] for code in sorted(found)]


def ground_of_words(session: Session, words: Sequence[str], day: date) -> Ground:
    """Find the councils that some codes or names stand for; raises UnknownArea for one that nobody knows."""
    areas = spread_counties(session, [find_authority(session, word, day) for word in words], day)
    codes = tuple(area.code for area in areas)
    names = tuple(area.name for area in areas)
    return Ground(join_names(names), codes, names, demo_of(codes))


def ground_of_partnership(session: Session, slug: str, day: date) -> Ground:
    """Read the councils of a saved partnership, in the codes of the day where they are the same ground.

    Raises UnknownPartnership, and UnknownArea where it has no outline and none of its councils is known here.
    """
    row = get_partnership(session, slug)
    codes = codes_on(session, row.authorities, day)
    areas = spread_counties(session, [find_authority(session, code, day) for code in codes], day)
    outline = session.scalar(
        select(func.ST_AsBinary(Partnership.geom)).where(Partnership.slug == slug)
    )
    if not areas and outline is None:
        raise UnknownArea(f"none of its councils is known here: {', '.join(row.authorities)}")
    return Ground(
        row.name, tuple(a.code for a in areas), tuple(a.name for a in areas), row.demo, slug, row.kind,
        bytes(outline) if outline is not None else None,
    )  # fmt: skip


def outline_ground(session: Session, slug: str) -> footprints.Ground:
    """Read a partnership's own outline as ground. Raises UnknownPartnership; it must have an outline."""
    row = get_partnership(session, slug)
    written = session.scalar(
        select(func.ST_AsBinary(Partnership.geom)).where(Partnership.slug == slug)
    )
    assert written is not None, "asked only of a partnership with an outline"
    return footprints.Ground(outline=shapely.from_wkb(bytes(written)), demo=row.demo)


def join_names(names: Sequence[str]) -> str:
    """Write names as a person would: `Hastings and Rother`; `A, B and C`."""
    if len(names) <= 1:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def body_on(session: Session, row: Partnership, day: date) -> dict[str, Any]:
    """Write a partnership with its authorities in the codes of a day."""
    return {**as_body(row), "authorities": codes_on(session, row.authorities, day), "as_at": day}


def as_body(row: Partnership) -> dict[str, Any]:
    """Write a partnership as the API sends it."""
    return {
        "slug": row.slug,
        "name": row.name,
        "kind": row.kind,
        "authorities": list(row.authorities),
        "has_outline": row.geom is not None,
        "members": row.members,
        "lead": row.lead,
        "valid_from": row.valid_from,
        "valid_to": row.valid_to,
        "demo": row.demo,
        "version": row.version,
    }


def living_partnerships(
    session: Session, day: date, *, demo: bool
) -> list[tuple[Partnership, bytes | None]]:
    """Read the partnerships that live on a day, with their outlines (WKB, BNG), in order of slug."""
    rows = session.execute(
        select(Partnership, func.ST_AsBinary(Partnership.geom))
        .where(
            Partnership.demo.is_(demo),
            or_(Partnership.valid_from.is_(None), Partnership.valid_from <= day),
            or_(Partnership.valid_to.is_(None), Partnership.valid_to > day),
        )
        .order_by(Partnership.slug)
    ).all()
    return [(row[0], None if row[1] is None else bytes(row[1])) for row in rows]


def areas_of(session: Session, codes: Sequence[str]) -> list[Area]:
    """Read areas by code, in order of code; unknown codes are left out."""
    query = select(Area).where(Area.code.in_(list(codes))).order_by(Area.code)
    return list(session.scalars(query))


def box_of_areas(
    session: Session, release_id: str, codes: Sequence[str]
) -> tuple[float, float, float, float] | None:
    """Give west, south, east, north (BNG) of some areas of a release together; None where it draws none."""
    row = session.execute(
        select(
            func.min(func.ST_XMin(Boundary.geom)), func.min(func.ST_YMin(Boundary.geom)),
            func.max(func.ST_XMax(Boundary.geom)), func.max(func.ST_YMax(Boundary.geom)),
        ).where(Boundary.release_id == release_id, Boundary.code.in_(list(codes)))
    ).one()  # fmt: skip
    return None if row[0] is None else (row[0], row[1], row[2], row[3])


def releases_that_draw(session: Session, codes: Sequence[str], area_type: str) -> list[Release]:
    """List the served releases of a type that draw all of some areas, the newest and then the finest first."""
    rows = session.execute(
        select(Release, func.count())
        .join(Boundary, Boundary.release_id == Release.id)
        .where(
            Boundary.code.in_(list(codes)),
            Release.state == "served",
            Release.area_type == area_type,
        )
        .group_by(Release.id)
        .order_by(Release.published_on.desc(), Release.tolerance_m, Release.id)
    ).all()
    return [row[0] for row in rows if row[1] == len(set(codes))]


def official_releases(session: Session, area_type: str, day: date, *, demo: bool) -> list[Release]:
    """List the served official releases of a type published by a day, the newest first, those of a few places too."""
    return list(
        session.scalars(
            select(Release)
            .where(
                Release.area_type == area_type, Release.state == "served",
                Release.quality == "official", Release.demo.is_(demo), Release.published_on <= day,
            )
            .order_by(Release.published_on.desc(), Release.tolerance_m, Release.id)
        )
    )  # fmt: skip
