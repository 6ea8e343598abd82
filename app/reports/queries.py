"""Reads that papers and files need beyond the findings: lives, parents, and where a line can be shown."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.resources.queries import files_of
from app.resources.tables import ResourceLine
from boundaries.database import named_sql
from boundaries.tables import Area, Membership


class Shown(NamedTuple):
    """Where one line of money can be shown: a point (BNG), what the point is, the outline's release."""

    point: shapely.Point
    shown_at: str
    release: str | None


def line_points(session: Session, ids: Collection[str]) -> dict[str, Shown]:
    """Find where lines can be shown, by id; those that name no place finer than a district are left out."""
    rows = session.execute(named_sql(__file__, "line_points"), {"ids": sorted(ids)}).all()
    points = shapely.from_wkb([bytes(row.geom) for row in rows])
    return {
        row.id: Shown(point, row.shown_at, row.release)
        for row, point in zip(rows, points, strict=True)
    }


def lives(session: Session, codes: Collection[str]) -> dict[str, dict[str, Any]]:
    """Give name, type, valid_from and valid_to of areas, by code."""
    rows = session.execute(
        select(Area.code, Area.name, Area.type, Area.valid_from, Area.valid_to).where(
            Area.code.in_(sorted(codes))
        )
    )
    return {row.code: dict(row) for row in rows.mappings()}


def parents(session: Session, codes: Collection[str], parent_type: str) -> dict[str, str]:
    """Give each area's parent of one type; of several the living one, an exact one, the lowest code."""
    rows = session.execute(
        select(Membership.child_code, Membership.parent_code)
        .join(Area, Area.code == Membership.parent_code)
        .where(Membership.parent_type == parent_type, Membership.child_code.in_(sorted(codes)))
        .order_by(
            Membership.child_code, Area.valid_to.is_(None).desc(), Membership.method.desc(),
            Membership.parent_code,
        )
    ).all()  # fmt: skip
    found: dict[str, str] = {}
    for child, parent in rows:
        found.setdefault(child, parent)
    return found


def line_sources(session: Session, ids: Collection[str]) -> list[dict[str, Any]]:
    """Name the files that some lines of money came from, each once, as `files_of` does."""
    files = session.scalars(
        select(ResourceLine.file_id).where(ResourceLine.id.in_(sorted(ids))).distinct()
    )
    return files_of(session, sorted(files))
