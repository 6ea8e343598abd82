"""Reads what the tables know of the places that a file names: codes, postcodes, names, saved neighbourhoods, points."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import pandas as pd
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from app.neighbourhoods.tables import Neighbourhood, NeighbourhoodVersion
from app.resources.methods.place import Estate, PlaceLookups, name_key, old_code
from app.resources.methods.postcodes import read_postcode
from app.resources.queries import SETS
from app.resources.readers.frames import StatedPlace
from boundaries.crs import point_to_bng
from boundaries.database import among, named_sql
from boundaries.errors import Invalid
from boundaries.gss import is_gss_code, normalise_code
from boundaries.tables import Area, Membership, Postcode, Weight

_NAMED_TYPES = ("lad", "cty", "rgn", "cauth")
_WITHIN_TYPES = ("wd", "par", "ncp")


def read_lookups(
    session: Session,
    places: Iterable[tuple[StatedPlace, ...]],
    districts: Collection[str],
    *,
    slug: str | None = None,
    confirmed: Mapping[str, str] | None = None,
) -> PlaceLookups:
    """Read what is known of the places of a file, for `methods.place` to ask.

    Names are those of the wards and parishes of `districts`, and of every district, county and region;
    saved neighbourhoods those of the partnership `slug` and of none.
    """
    places = list(places)
    meant = {name_key(words): code for words, code in (confirmed or {}).items()}
    stated = [each for several in places for each in several]
    stated += [StatedPlace(name=code) for code in meant.values()]
    codes = {normalise_code(each.code) for each in stated if each.code}
    codes |= {normalise_code(each.name) for each in stated if each.name}
    old = {old_code(each.name) for each in stated if each.name} - {""}
    written = {read_postcode(each.name).postcode for each in stated}
    areas = session.execute(
        select(Area.code, Area.type, Area.name).where(
            among(Area.code, {code for code in codes if is_gss_code(code)} | old)
        )
    ).all()
    postcodes = session.scalars(
        select(Postcode.postcode).where(
            among(Postcode.postcode, {each for each in written if each})
        )
    ).all()
    home = aliased(Area)
    within = session.execute(
        select(Area.code, Area.type, Area.name, home.name, Area.valid_to)
        .join(Membership, Membership.child_code == Area.code)
        .join(home, home.code == Membership.parent_code)
        .where(
            Membership.parent_type == "lad", Membership.parent_code.in_(sorted(districts)),
            Area.type.in_(_WITHIN_TYPES),
        )
        .order_by(Area.code, home.code)
    ).all()  # fmt: skip
    named = session.execute(
        select(Area.code, Area.type, Area.name, Area.valid_to)
        .where(Area.type.in_(_NAMED_TYPES))
        .order_by(Area.code)
    ).all()
    rows = {row[0]: (row[0], row[1], row[2], row[3], row[4] is None) for row in within}
    rows |= {row[0]: (row[0], row[1], row[2], "", row[3] is None) for row in named}
    return PlaceLookups(
        pd.DataFrame(areas, columns=["code", "type", "name"]),
        pd.DataFrame({"postcode": list(postcodes)}),
        pd.DataFrame(list(rows.values()), columns=["code", "type", "name", "within", "current"]),
        confirmed=meant,
        estates=_estates(session, slug),
        spots=_spots_of_several(session, places),
    )


def _estates(session: Session, slug: str | None) -> dict[str, Estate]:
    """Give the saved neighbourhoods that a file may name, each as its newest version has it."""
    newest = (
        select(NeighbourhoodVersion.slug, func.max(NeighbourhoodVersion.version).label("version"))
        .group_by(NeighbourhoodVersion.slug)
        .subquery()
    )
    rows = session.execute(
        select(Neighbourhood.slug, Neighbourhood.name, NeighbourhoodVersion.footprint_id)
        .join(newest, newest.c.slug == Neighbourhood.slug)
        .join(
            NeighbourhoodVersion,
            (NeighbourhoodVersion.slug == newest.c.slug)
            & (NeighbourhoodVersion.version == newest.c.version),
        )
        .where(
            or_(Neighbourhood.partnership_slug.is_(None), Neighbourhood.partnership_slug == slug)
        )
    )
    return {row[0]: Estate(row[1], row[2]) for row in rows}


def _spots_of_several(
    session: Session, places: Sequence[tuple[StatedPlace, ...]]
) -> dict[str | tuple[float, float], str]:
    """Give the small area of each point and postcode that stands among several places of one line."""
    stated = [each for several in places if len(several) > 1 for each in several]
    points = sorted(
        {(each.lon, each.lat) for each in stated if each.lon is not None and each.lat is not None}
    )
    written = {read_postcode(each.name).postcode for each in stated}
    if not points and not any(written):
        return {}
    area_set = _set_here(session)
    found: dict[str | tuple[float, float], str] = {
        postcode: code
        for postcode, (_, code) in spots_of(session, written, area_set).items()
        if code is not None
    }
    metric = []
    for lon, lat in points:
        try:
            metric.append(((lon, lat), point_to_bng(lon, lat)))
        except Invalid:  # beyond the National Grid
            continue
    for position, code in small_areas_at(session, [spot for _, spot in metric], area_set):
        found[metric[position][0]] = code
    return found


def _set_here(session: Session) -> str:
    """Name the set of small areas that points are told in: the first of SETS that is loaded."""
    loaded = set(
        session.scalars(select(Weight.area_set).where(Weight.area_set.in_(SETS)).distinct())
    )
    return next((each for each in SETS if each in loaded), SETS[0])


def small_areas_at(
    session: Session, points: Sequence[tuple[float, float]], area_set: str
) -> list[tuple[int, str]]:
    """Say in which small area each point (easting, northing) lies: position from 0, and code; no row where in none."""
    rows = session.execute(
        named_sql(__file__, "point_areas"),
        {
            "eastings": [easting for easting, _ in points],
            "northings": [northing for _, northing in points],
            "area_set": area_set,
        },
    )
    return [(row[0] - 1, row[1]) for row in rows]


def districts_of(session: Session, postcodes: Iterable[str | None]) -> dict[str, str]:
    """Give the district of each postcode that has one."""
    wanted = sorted({postcode for postcode in postcodes if postcode})
    rows = session.execute(
        select(Postcode.postcode, Postcode.lad_code).where(
            among(Postcode.postcode, wanted), Postcode.lad_code.is_not(None)
        )
    )
    return {row[0]: str(row[1]) for row in rows}


def spots_of(
    session: Session, postcodes: Iterable[str | None], area_set: str
) -> dict[str, tuple[str | None, str | None]]:
    """Give each known postcode's district and small area of a set."""
    wanted = sorted({postcode for postcode in postcodes if postcode})
    rows = session.execute(
        named_sql(__file__, "spots"), {"postcodes": wanted, "area_set": area_set}
    )
    return {row[0]: (row[1], row[2]) for row in rows}
