"""Reads that papers and files need beyond the findings: outlines to draw, parents, and where a line can be shown."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from boundaries.crs import BNG, WGS84
from boundaries.database import named_sql
from boundaries.tables import Area, Membership


def read_shapes(session: Session, release_id: str, codes: Collection[str]) -> gpd.GeoDataFrame:
    """Read outlines of one release: code, name, geometry (BNG), geom_wgs84; codes not drawn are left out."""
    rows = session.execute(
        named_sql(__file__, "shapes"), {"release_id": release_id, "codes": sorted(codes)}
    ).all()
    degrees = gpd.GeoSeries(shapely.from_wkb([bytes(row.geom_wgs84) for row in rows]), crs=WGS84)
    return gpd.GeoDataFrame(
        {"code": [row.code for row in rows], "name": [row.name for row in rows]},
        geometry=shapely.from_wkb([bytes(row.geom) for row in rows]),
        crs=BNG,
    ).assign(geom_wgs84=degrees)


def codes_near(
    session: Session, release_id: str, box: tuple[float, float, float, float]
) -> list[str]:
    """List the areas of a release whose box meets a box of metres (west, south, east, north)."""
    west, south, east, north = box
    given = {
        "release_id": release_id, "west": west, "south": south, "east": east, "north": north,
        "srid": BNG,
    }  # fmt: skip
    return list(session.scalars(named_sql(__file__, "codes_near"), given))


def line_points(session: Session, ids: Collection[str]) -> pd.DataFrame:
    """Find where lines can be shown: index id; shown_at, release, geom (shapely point, BNG)."""
    rows = session.execute(named_sql(__file__, "line_points"), {"ids": sorted(ids)}).all()
    return pd.DataFrame(
        {
            "shown_at": [row.shown_at for row in rows],
            "release": [row.release for row in rows],
            "geom": shapely.from_wkb([bytes(row.geom) for row in rows]),
        },
        index=[row.id for row in rows],
    )


def lives(session: Session, codes: Collection[str]) -> dict[str, dict[str, Any]]:
    """Give type, valid_from and valid_to of areas, by code."""
    rows = session.execute(
        select(Area.code, Area.type, Area.valid_from, Area.valid_to).where(
            Area.code.in_(sorted(codes))
        )
    )
    return {
        row[0]: {"type": row[1], "valid_from": row[2], "valid_to": row[3]} for row in rows
    }  # fmt: skip


def counties(session: Session, codes: Collection[str]) -> dict[str, str]:
    """Give the county of each district that has one."""
    rows = session.execute(
        select(Membership.child_code, Membership.parent_code).where(
            Membership.parent_type == "cty", Membership.child_code.in_(sorted(codes))
        )
    )
    return {row[0]: row[1] for row in rows}


def districts(session: Session, codes: Collection[str]) -> dict[str, str]:
    """Give the living district of each small area, by the official lookups."""
    rows = session.execute(
        select(Membership.child_code, Membership.parent_code)
        .join(Area, Area.code == Membership.parent_code)
        .where(
            Membership.parent_type == "lad",
            Membership.child_code.in_(sorted(codes)),
            Area.valid_to.is_(None),
        )
        .order_by(Membership.child_code, Membership.parent_code.desc())
    )
    return {row[0]: row[1] for row in rows}
