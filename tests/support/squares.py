"""An invented ground of squares, whose every share can be worked out in the head."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import pandas as pd
import shapely
from geoalchemy2.elements import WKBElement
from sqlalchemy import insert
from sqlalchemy.orm import Session

from boundaries.crs import BNG, WGS84, to_wgs84
from boundaries.releases import refresh_days
from boundaries.storing import store_postcodes, store_weights
from boundaries.tables import Area, Boundary, Membership, Release

EAST, NORTH = 500_000, 200_000
Square = tuple[float, float, float, float]


def box(square: Square) -> shapely.MultiPolygon:
    """A rectangle of (west, south, east, north) in kilometres from the corner of the ground."""
    west, south, east, north = (1000 * part for part in square)
    one = shapely.box(EAST + west, NORTH + south, EAST + east, NORTH + north)
    return shapely.multipolygons([one])


def add_layer(
    session: Session,
    release_id: str,
    squares: Mapping[str, Square | shapely.Geometry],
    *,
    published_on: date = date(2023, 5, 1),
    tolerance_m: float = 20.0,
    names: Mapping[str, str] | None = None,
) -> Release:
    """Store a served release of rectangles (kilometres) or shapes (metres), with their areas."""
    area_type = release_id.partition("-")[0]
    release = Release(
        id=release_id, area_type=area_type, title=release_id, published_on=published_on,
        resolution=release_id.rsplit("-", maxsplit=1)[-1], tolerance_m=tolerance_m,
        quality="official", partial=False, demo=False,
        publisher="ONS", licence="OGL", attribution="Source: ONS", source_file="f", sha256="0",
        crs_operation="none", features_in=len(squares), features_stored=len(squares),
        features_refused=0, features_elsewhere=0, state="served",
    )  # fmt: skip
    session.add(release)
    shapes = {code: box(one) if isinstance(one, tuple) else one for code, one in squares.items()}
    for code in shapes:
        if session.get(Area, code) is None:
            name = (names or {}).get(code, f"Area {code[-1]}")
            session.add(Area(code=code, type=area_type, name=name))
    session.flush()
    degrees = to_wgs84(np.array(list(shapes.values()), dtype=object))
    session.execute(
        insert(Boundary),
        [
            {
                "release_id": release_id, "code": code, "name": code,
                "geom": WKBElement(shapely.to_wkb(_multi(shape)), srid=BNG),
                "geom_wgs84": WKBElement(shapely.to_wkb(_multi(there)), srid=WGS84),
                "area_m2": float(shape.area),
            }
            for (code, shape), there in zip(shapes.items(), degrees, strict=True)
        ],
    )  # fmt: skip
    refresh_days(session, area_type)
    return release


def _multi(shape: shapely.Geometry) -> shapely.MultiPolygon:
    return shape if shape.geom_type == "MultiPolygon" else shapely.multipolygons([shape])


def add_postcodes(
    session: Session, places: Sequence[tuple[float, float, str | None, str | None]]
) -> None:
    """Store current postcodes at (east km, north km) with their small areas of 2011 and 2021."""
    store_postcodes(
        session,
        pd.DataFrame(
            [
                {
                    "postcode": f"EX1 {at:03}", "easting": int(EAST + 1000 * east),
                    "northing": int(NORTH + 1000 * north), "lad_code": None,
                    "lsoa11_code": old, "lsoa21_code": new, "status": "current",
                }
                for at, (east, north, old, new) in enumerate(places)
            ]
        ),
    )  # fmt: skip


def add_people(session: Session, people: Mapping[str, int], area_set: str = "lsoa-2011") -> None:
    """Store the people of small areas."""
    store_weights(
        session,
        pd.DataFrame(
            [
                {
                    "code": code, "area_set": area_set, "measure": "people", "period": "mid-2020",
                    "value": value, "estimated": False, "source": "invented",
                }
                for code, value in people.items()
            ]
        ),
    )  # fmt: skip


def add_members(session: Session, parents: Mapping[str, str], parent_type: str = "lad") -> None:
    """Store an exact lookup from children to parents."""
    session.execute(
        insert(Membership),
        [
            {
                "child_code": child, "parent_code": parent, "lookup": "lsoa21_lad",
                "parent_type": parent_type, "method": "exact", "share": 1.0,
            }
            for child, parent in parents.items()
        ],
    )  # fmt: skip
