"""Reads of the geography: which layer draws a day, what an area is, what lies at a point, who is near a name."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from sqlalchemy import ARRAY, ColumnElement, Select, Text, cast, false, func, or_, select, text
from sqlalchemy.orm import Session

from boundaries.codes import find_by_other_code, find_by_other_name
from boundaries.crs import BNG, WGS84, box_in_metres
from boundaries.database import named_sql
from boundaries.errors import Fault, NotFound
from boundaries.gss import is_demo_code, is_gss_code, normalise_code
from boundaries.moments import once_a_moment
from boundaries.tables import Area, Boundary, Membership, Release, Succession

#: what a layer of another type draws whole beside its own: the ground between parishes
DRAWN_WITHIN = {"ncp": "par"}


class UnknownArea(NotFound):
    """No area has that code or name, here, on that day."""

    slug = "unknown-area"
    title = "No such area"


class LayerMissing(NotFound):
    """Nothing loaded draws this type of area."""

    slug = "layer-missing"
    title = "That layer is not loaded"


@dataclass(frozen=True)
class DrawnBy:
    """The release that draws a type of area on a day, and what to say of it.

    is_exact: its set of codes is the set alive that day (a temporal set: holds it). missing: areas
    alive that it does not draw.
    """

    id: str
    published_on: date
    quality: str
    tolerance_m: float
    partial: bool
    temporal: bool
    attribution: str
    missing: int
    is_exact: bool


def layer_on(session: Session, area_type: str, day: date, *, demo: bool = False) -> DrawnBy:
    """Choose the one layer that draws a type of area on a day (CONTRACT: codes and dates).

    Raises LayerMissing where no served release holds the type.
    """
    asked = {"area_type": area_type, "day": day, "demo": demo}
    found = once_a_moment(
        session, ("layer_on", area_type, day, demo), lambda: _layer_on(session, asked)
    )
    if found is None:
        raise LayerMissing(
            f"no boundaries of type {area_type!r} are loaded; `bounds up --place` loads a place"
        )
    return found


def layer_within(session: Session, area_type: str, day: date, *, demo: bool = False) -> DrawnBy:
    """Choose the layer of another type that draws all areas of this one beside its own.

    Raises LayerMissing where there is none, or it draws none of them.
    """
    around = DRAWN_WITHIN.get(area_type)
    if around is None:
        raise LayerMissing(f"no boundaries of type {area_type!r} are loaded")
    found = layer_on(session, around, day, demo=demo)
    drawn = select(Boundary.code).join(Area, Area.code == Boundary.code)
    drawn = drawn.where(Boundary.release_id == found.id, Area.type == area_type).limit(1)
    if session.scalar(drawn) is None:
        raise LayerMissing(f"no boundaries of type {area_type!r} are loaded")
    return found


def _layer_on(session: Session, asked: dict[str, object]) -> DrawnBy | None:
    row = session.execute(named_sql(__file__, "layer_on"), asked).one_or_none()
    return None if row is None else DrawnBy(
        row.id, row.published_on, row.quality, row.tolerance_m, row.partial, row.temporal, row.attribution,
        row.missing, row.is_exact,
    )  # fmt: skip


def get_area(session: Session, code: str, day: date | None = None) -> Area:
    """Get one area by its code, or by a code of another scheme (`day` chooses where one was handed on).

    Raises UnknownArea with the nearest names when the text is no code here, and AmbiguousCode.
    """
    tidy = normalise_code(code)
    area = session.get(Area, tidy) or find_by_other_code(session, code, day)
    if area is None:
        near = suggest_areas(session, code)
        hint = f"; near it: {', '.join(near)}" if near and not is_gss_code(tidy) else ""
        raise UnknownArea(
            f"no area here has the code {tidy!r}{hint}", [Fault("unknown area", value=code)]
        )
    return area


def is_alive(area: Area, day: date) -> bool:
    """Say whether an area lives on a day; its last day is the one before valid_to."""
    return (area.valid_from is None or area.valid_from <= day) and (
        area.valid_to is None or area.valid_to > day
    )


def plain_name(name: str) -> str:
    """Fold a name for comparing: lower case, no accents, `&` as and, no punctuation."""
    letters = unicodedata.normalize("NFKD", name.lower().replace("&", " and "))
    kept = "".join(ch if ch.isalnum() else " " for ch in letters if not unicodedata.combining(ch))
    return " ".join(kept.split())


def find_authority(session: Session, words: str, day: date) -> Area:
    """Find a district, unitary or county by code or by name; a name that two areas share is refused.

    Any code of the area will do, and any name that it bears: that of its council too. A name that it
    bore once finds it while it lives; where the area is gone, what followed it is named.

    Raises UnknownArea listing near names, and AmbiguousCode; never guesses.
    """
    tidy = normalise_code(words)
    known = session.get(Area, tidy)  # a slug stands for a district that never had a GSS code
    if is_gss_code(tidy) or (known is not None and known.type in ("lad", "cty")):
        return get_area(session, tidy, day)
    wanted = plain_name(words)
    rows = session.scalars(
        select(Area).where(Area.type.in_(["lad", "cty"])).order_by(Area.code)
    ).all()
    alive = [row for row in rows if is_alive(row, day)]
    same = [row for row in alive if plain_name(row.name) == wanted]
    if len(same) > 1:
        same = [row for row in same if row.type == "lad"] or same
    if len(same) == 1:
        return same[0]
    if not same and (other := _by_other_words(session, words, wanted, day)) is not None:
        return other
    hint = ", ".join(_alike(words, alive))
    former = [row for row in rows if plain_name(row.name) == wanted]
    if former:
        raise _ended(session, words, former[0], hint)
    detail = f"no authority is called {words!r}" + (f"; near it: {hint}" if hint else "")
    raise UnknownArea(detail, [Fault("unknown authority", value=words)])


def _ended(session: Session, words: str, area: Area, hint: str) -> UnknownArea:
    """Say that an authority is no more on a day, and what followed it."""
    rows = session.execute(
        select(Succession.new_code, Area.name)
        .join(Area, Area.code == Succession.new_code, isouter=True)
        .where(Succession.old_code == area.code, Succession.new_code != area.code)
        .order_by(Succession.new_code)
    ).all()
    after = ", ".join(f"{row[1]} ({row[0]})" if row[1] else str(row[0]) for row in rows) or hint
    return UnknownArea(
        f"{words!r} ({area.code}) ended on {area.valid_to}; it is followed by {after}",
        [Fault("no longer an authority on that day", value=words)],
    )


def _by_other_words(session: Session, words: str, folded: str, day: date) -> Area | None:
    """Find an authority by a code of another scheme or by another of its names; None where neither has it."""
    found = find_by_other_code(session, words, day)
    if found is not None and found.type in ("lad", "cty"):
        return found
    named = {area.code: area for area, _ in find_by_other_name(session, folded, plain_name)}
    alive = [area for area in named.values() if is_alive(area, day)]
    if len(alive) > 1:
        alive = [area for area in alive if area.type == "lad"] or alive
    if len(alive) > 1:
        told = ", ".join(f"{area.name} ({area.code})" for area in alive)
        raise UnknownArea(
            f"{words!r} may be {told}; name one by its code",
            [Fault("several authorities", value=area.code) for area in alive],
        )
    if not alive and len(named) == 1:
        raise _ended(session, words, next(iter(named.values())), "nothing that is recorded")
    return alive[0] if alive else None


def suggest_areas(session: Session, words: str, limit: int = 5) -> list[str]:
    """List names near the words, as `Name (CODE)`, for messages; never used to decide anything."""
    rows = session.scalars(
        select(Area).where(Area.type.in_(["lad", "cty"])).order_by(Area.code)
    ).all()
    return _alike(words, rows, limit)


def _alike(words: str, areas: Sequence[Area], limit: int = 5) -> list[str]:
    """List the areas whose names are spelt much like the words, the nearest first."""
    names = {plain_name(area.name): f"{area.name} ({area.code})" for area in areas}
    near = difflib.get_close_matches(plain_name(words), list(names), n=limit, cutoff=0.6)
    return [names[name] for name in near]


def search_areas(
    session: Session, *, area_type: str | None, within: str | None, day: date | None,
    after: str | None, limit: int, bbox: Sequence[float] | None = None,
    codes: Sequence[str] | None = None,
) -> tuple[list[Area], int]:  # fmt: skip
    """List areas by type, parent, day, box and perhaps codes, in order of code, from after a code; with the total."""
    conditions: list[ColumnElement[bool]] = []
    if codes is not None:
        conditions.append(Area.code == func.any(cast(list(codes), ARRAY(Text))))
    if area_type:
        conditions.append(Area.type == area_type)
    if day is not None:
        conditions.append(or_(Area.valid_from.is_(None), Area.valid_from <= day))
        conditions.append(or_(Area.valid_to.is_(None), Area.valid_to > day))
    if within:
        child = select(Membership.child_code).where(
            Membership.parent_code == normalise_code(within)
        )
        conditions.append(Area.code.in_(child))
    if bbox:
        conditions.append(Area.code.in_(_codes_in_box(bbox)))
    total = session.scalar(select(func.count()).select_from(Area).where(*conditions)) or 0
    if after:
        conditions.append(Area.code > after)
    rows = session.scalars(select(Area).where(*conditions).order_by(Area.code).limit(limit)).all()
    return list(rows), int(total)


def _codes_in_box(bbox: Sequence[float]) -> Select[str]:
    """Ask for the areas that any release draws in a box of degrees, by the index of the outlines in metres."""
    west, south, east, north = bbox
    metres = box_in_metres((west, south, east, north))
    if metres is None:
        return select(Boundary.code).where(false())
    return select(Boundary.code).where(
        Boundary.geom.op("&&")(func.ST_MakeEnvelope(*metres, BNG)),
        func.ST_Intersects(Boundary.geom_wgs84, func.ST_MakeEnvelope(*bbox, WGS84)),
    )


def parents_of(session: Session, code: str, day: date) -> list[dict[str, object]]:
    """List what an area belongs to on a day: type, code, name and method; a best fit by any lookup is said to be one.

    A parent that is not alive that day is left out; one that no list knows has no life, and stays. Of
    several lookups that hold one after the other only that of the day is asked.
    """
    rows = session.execute(
        select(
            Membership.parent_type, Membership.parent_code, Area.name, func.min(Membership.method)
        )
        .join(Area, Area.code == Membership.parent_code, isouter=True)
        .where(
            Membership.child_code == code,
            or_(Area.valid_from.is_(None), Area.valid_from <= day),
            or_(Area.valid_to.is_(None), Area.valid_to > day),
            or_(Membership.from_day.is_(None), Membership.from_day <= day),
            or_(Membership.to_day.is_(None), Membership.to_day > day),
        )
        .group_by(Membership.parent_type, Membership.parent_code, Area.name)
        .order_by(Membership.parent_type, Membership.parent_code)
    ).all()
    return [{"type": row[0], "code": row[1], "name": row[2], "method": row[3]} for row in rows]


def lower_tier(session: Session, day: date, *, demo: bool = False) -> pd.DataFrame:
    """Read every district living on a day with its county, area and people.

    Returns columns code, name, county_code, county_name (null outside two-tier counties), area_m2,
    people and the period they are of (both null where not known).
    """
    layer = layer_on(session, "lad", day, demo=demo)
    rows = session.execute(
        named_sql(__file__, "lower_tier"), {"day": day, "release_id": layer.id, "demo": demo}
    ).mappings()
    frame = pd.DataFrame(
        [dict(row) for row in rows],
        columns=[
            "code",
            "name",
            "county_code",
            "county_name",
            "area_m2",
            "people",
            "people_period",
        ],
    )
    return frame.astype({"county_code": object, "county_name": object})


def outlines(
    session: Session,
    release_id: str,
    codes: Sequence[str] | None = None,
    *,
    alive_on: date | None = None,
    box: tuple[float, float, float, float] | None = None,
) -> gpd.GeoDataFrame:
    """Read a release's outlines (BNG) as code, name, geometry, in order of code; None reads all.

    `box` (BNG) keeps the areas whose own boxes meet it. `alive_on` keeps the areas alive on a day: a
    temporal set draws many years over each other.
    """
    query = select(Boundary.code, Boundary.name, func.ST_AsBinary(Boundary.geom)).where(
        Boundary.release_id == release_id
    )
    if codes is not None:
        query = query.where(Boundary.code.in_(list(codes)))
    if box is not None:
        query = query.where(Boundary.geom.op("&&")(func.ST_MakeEnvelope(*box, BNG)))
    if alive_on is not None:
        query = query.join(Area, Area.code == Boundary.code).where(
            or_(Area.valid_from.is_(None), Area.valid_from <= alive_on),
            or_(Area.valid_to.is_(None), Area.valid_to > alive_on),
        )
    rows = session.execute(query.order_by(Boundary.code)).all()
    return gpd.GeoDataFrame(
        {"code": [row[0] for row in rows], "name": [row[1] for row in rows]},
        geometry=shapely.from_wkb([bytes(row[2]) for row in rows]),
        crs=BNG,
    )


def area_geojson(session: Session, release_id: str, code: str) -> dict[str, Any] | None:
    """Read one outline as GeoJSON text with its box, a point inside and its m²; None where it is not drawn."""
    row = (
        session.execute(
            named_sql(__file__, "area_geojson"),
            {"release_id": release_id, "code": code, "decimals": 7},
        )
        .mappings()
        .one_or_none()
    )
    return dict(row) if row else None


def releases_of(session: Session, ids: Sequence[str]) -> list[Release]:
    """Read releases by id, in order of id; unknown ids are left out."""
    return list(
        session.scalars(select(Release).where(Release.id.in_(list(ids))).order_by(Release.id))
    )


def is_any_place_loaded(session: Session) -> bool:
    """Say whether the small areas of a living district are here."""
    found = session.scalar(
        text(
            "SELECT EXISTS (SELECT FROM releases AS r JOIN boundaries AS b ON b.release_id = r.id"
            " JOIN memberships AS m ON m.child_code = b.code AND m.parent_type = 'lad'"
            " JOIN areas AS a ON a.code = m.parent_code AND a.type = 'lad' AND a.valid_to IS NULL"
            " WHERE r.area_type = 'lsoa')"
        )
    )
    return bool(found)


def demo_of(codes: Sequence[str]) -> bool:
    """Say whether codes speak of the invented county; raises UnknownArea when they mix both worlds."""
    kinds = {is_demo_code(code) for code in codes}
    if len(kinds) > 1:
        raise UnknownArea(
            "invented areas (codes that begin with X) and real ones cannot be taken together"
        )
    return kinds == {True}
