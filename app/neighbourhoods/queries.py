"""Reads of neighbourhoods: one, its versions, all of a partnership's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.indicators.tables import IndexValue
from app.neighbourhoods.tables import Neighbourhood as Row
from app.neighbourhoods.tables import NeighbourhoodVersion as VersionRow
from boundaries.crs import BNG
from boundaries.database import named_sql
from boundaries.errors import NotFound
from boundaries.postcode_points import LSOA_2011, set_drawn
from boundaries.queries import LayerMissing
from boundaries.share_tables import Footprint
from boundaries.sources.postcodes import CURRENT
from boundaries.tables import Area, Boundary, Membership, Postcode, Release, Weight


class UnknownNeighbourhood(NotFound):
    """No neighbourhood has that slug."""

    slug = "unknown-neighbourhood"
    title = "No such neighbourhood"


class UnknownVersion(NotFound):
    """The neighbourhood has no version of that number."""

    slug = "unknown-version"
    title = "No such version"


# What a neighbourhood is said by where it is neither drawn nor a list of postcodes.
_SAID_BY = ("oa", "lsoa", "msoa", "wd", "par")


@dataclass(frozen=True)
class Neighbourhood:
    """A neighbourhood as its newest version has it.

    kind : estate (postcodes), grown, drawn (an outline) or listed (codes). named_by : person, ward,
    parish, built-up area or codes. revision goes up with every write, version with every new ground.
    """

    slug: str
    name: str
    partnership_slug: str | None
    kind: str
    version: int
    footprint_id: int
    made_at: datetime
    reason: str
    named_by: str
    demo: bool
    revision: int


@dataclass(frozen=True)
class Version:
    """One state of a neighbourhood's ground, as it was made.

    block_codes : the small areas (of area_set) it was made of; None for postcodes and outlines.
    figures : people and households as they were that day; inputs : what those rested on.
    """

    slug: str
    version: int
    footprint_id: int
    block_codes: tuple[str, ...] | None
    area_set: str | None
    reason: str
    author: str
    made_at: datetime
    inputs: dict[str, Any]
    figures: dict[str, Any]


def _newest() -> Any:
    newest = (
        select(func.max(VersionRow.version))
        .where(VersionRow.slug == Row.slug)
        .correlate(Row)
        .scalar_subquery()
    )
    return select(Row, VersionRow).join(
        VersionRow, (VersionRow.slug == Row.slug) & (VersionRow.version == newest)
    )


def _as_neighbourhood(row: Row, version: VersionRow) -> Neighbourhood:
    return Neighbourhood(
        row.slug, row.name, row.partnership_slug, row.kind, version.version, version.footprint_id,
        version.made_at, version.reason, row.named_by, row.demo, row.revision,
    )  # fmt: skip


def get_neighbourhood(session: Session, slug: str) -> Neighbourhood:
    """Get a neighbourhood with its newest version. Raises UnknownNeighbourhood."""
    found = session.execute(_newest().where(Row.slug == slug)).one_or_none()
    if found is None:
        raise UnknownNeighbourhood(f"there is no neighbourhood {slug[:80]!r}")
    return _as_neighbourhood(*found)


def get_version(session: Session, slug: str, number: int | None = None) -> Version:
    """Get one version of a neighbourhood; None: the newest. Raises UnknownNeighbourhood, UnknownVersion."""
    newest = get_neighbourhood(session, slug)
    wanted = newest.version if number is None else number
    # Beyond what a version's number can be there is none, and the column would not take it.
    row = session.get(VersionRow, (slug, wanted)) if 0 < wanted < 2**31 else None
    if row is None:
        raise UnknownVersion(f"{newest.name} has versions 1 to {newest.version}, not {wanted}")
    return _as_version(row)


def newest_number(session: Session, slug: str) -> int:
    """Give the number of a neighbourhood's newest version; 0 where it has none yet."""
    newest = select(func.max(VersionRow.version)).where(VersionRow.slug == slug)
    return session.scalar(newest) or 0


def list_versions(session: Session, slug: str) -> list[Version]:
    """List the versions of a neighbourhood, the newest first. Raises UnknownNeighbourhood."""
    get_neighbourhood(session, slug)
    rows = session.scalars(
        select(VersionRow).where(VersionRow.slug == slug).order_by(VersionRow.version.desc())
    )
    return [_as_version(row) for row in rows]


def _as_version(row: VersionRow) -> Version:
    return Version(
        row.slug, row.version, row.footprint_id,
        None if row.block_codes is None else tuple(row.block_codes), row.area_set,
        row.reason, row.author, row.made_at, row.inputs, row.figures,
    )  # fmt: skip


def list_neighbourhoods(
    session: Session, partnership_slug: str | None = None, *, kinds: Sequence[str] = ()
) -> list[Neighbourhood]:
    """List neighbourhoods with their newest versions in order of slug: all, or one partnership's."""
    query = _newest().order_by(Row.slug)
    if partnership_slug is not None:
        query = query.where(Row.partnership_slug == partnership_slug)
    if kinds:
        query = query.where(Row.kind.in_(list(kinds)))
    return [_as_neighbourhood(*found) for found in session.execute(query)]


def newest_versions(session: Session, partnership_slug: str) -> list[tuple[Neighbourhood, Version]]:
    """List a partnership's neighbourhoods in order of slug, each with the newest state of its ground."""
    query = _newest().where(Row.partnership_slug == partnership_slug).order_by(Row.slug)
    return [
        (_as_neighbourhood(row, version), _as_version(version))
        for row, version in session.execute(query)
    ]


def neighbourhoods_at(
    session: Session, slugs: Sequence[str], point: tuple[float, float], postcode: str
) -> list[Neighbourhood]:
    """List the neighbourhoods of some partnerships that hold a point of the National Grid, or list its postcode."""
    known = [pair for slug in slugs for pair in newest_versions(session, slug)]
    if not known:
        return []
    at = func.ST_SetSRID(func.ST_MakePoint(*point), BNG)
    holding = select(Boundary.code).join(Release, Release.id == Boundary.release_id).where(
        Release.area_type.in_(_SAID_BY), Release.state == "served", func.ST_Covers(Boundary.geom, at)
    )  # fmt: skip
    codes = set(session.scalars(holding))
    said = select(Footprint.id).where(
        Footprint.id.in_([row.footprint_id for _, row in known]),
        or_(
            func.ST_Covers(Footprint.geom, at), Footprint.postcodes.contains([postcode]),
            Footprint.codes.overlap(sorted(codes)),
        ),
    )  # fmt: skip
    grounds = set(session.scalars(said))
    return [
        one
        for one, row in known
        if row.footprint_id in grounds or not codes.isdisjoint(row.block_codes or ())
    ]


def newest_by_slug(session: Session, *, demo: bool) -> list[tuple[Neighbourhood, Version]]:
    """List all neighbourhoods, the invented county's or the real ones, each with the newest state of its ground."""
    query = _newest().where(Row.demo.is_(demo)).order_by(Row.slug)
    return [
        (_as_neighbourhood(row, version), _as_version(version))
        for row, version in session.execute(query)
    ]


def release_of_set(session: Session, area_set: str, *, demo: bool = False) -> Release:
    """Choose the release that draws a set of small areas: whole before partial, then the finest.

    Raises LayerMissing.
    """
    rows = session.scalars(
        select(Release)
        .where(Release.area_type == "lsoa", Release.state == "served", Release.demo.is_(demo))
        .order_by(Release.partial, Release.tolerance_m, Release.id)
    ).all()
    for row in rows:
        if set_drawn(row.area_type, row.published_on) == area_set:
            return row
    raise LayerMissing(
        f"no outlines of the small areas {area_set} are loaded; `bounds up --place` loads a place"
    )


def read_outlines(
    session: Session, release_id: str, codes: Sequence[str]
) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Read how a release draws some areas: codes in order, and polygons (metres)."""
    rows = session.execute(
        select(Boundary.code, func.ST_AsBinary(Boundary.geom))
        .where(Boundary.release_id == release_id, Boundary.code.in_(list(codes)))
        .order_by(Boundary.code)
    ).all()
    shapes = np.array(shapely.from_wkb([bytes(row[1]) for row in rows]), dtype=object)
    return np.array([row[0] for row in rows], dtype=object), shapes


class CountsFound(NamedTuple):
    """Counts of small areas by measure (index code, Int64), and what each measure's counts are."""

    counts: dict[str, pd.Series]
    sources: dict[str, str]


def read_counts(
    session: Session, codes: Sequence[str], area_set: str, measures: Sequence[str]
) -> CountsFound:
    """Read counts (people, households, …) of small areas; what is not known has no row, never 0."""
    rows = session.execute(
        select(Weight.measure, Weight.code, Weight.value, Weight.period, Weight.estimated).where(
            Weight.area_set == area_set, Weight.measure.in_(measures), Weight.code.in_(codes)
        )
    ).all()
    counts, sources = {}, {}
    for name in measures:
        mine = [row for row in rows if row.measure == name]
        counts[name] = pd.Series({row.code: row.value for row in mine}, dtype="Int64")
        said = sorted({f"{'estimated, ' if row.estimated else ''}{row.period}" for row in mine})
        sources[name] = "; ".join(said) if said else "not known"
    return CountsFound(counts, sources)


def find_by_name(session: Session, partnership_slug: str | None, name: str) -> str | None:
    """Find the slug of the neighbourhood that a partnership has under a name; None where it has none."""
    return session.scalar(
        select(Row.slug)
        .where(Row.partnership_slug.is_not_distinct_from(partnership_slug), Row.name == name)
        .order_by(Row.slug)
        .limit(1)
    )


def find_named_places(
    session: Session, codes: Sequence[str], area_set: str, release: Release, *, most_m2: float
) -> pd.DataFrame:
    """Find the wards, parishes and built-up areas that some small areas lie in, each with all of its own.

    Returns columns kind (wd, par, bua), place_code, place_name, code, share, lookup. most_m2 : larger
    built-up areas are passed over.
    """
    built_up = session.scalar(
        select(Release.id)
        .where(
            Release.area_type == "bua", Release.state == "served", Release.demo.is_(release.demo)
        )
        .order_by(Release.published_on.desc(), Release.id)
        .limit(1)
    )  # fmt: skip
    rows = session.execute(
        named_sql(__file__, "named_places"),
        {"codes": list(codes), "lookups": f"lsoa{area_set[-2:]}%", "area_set": area_set,
         "release_id": release.id, "built_up_release": built_up, "most_m2": most_m2},
    ).all()  # fmt: skip
    columns = ["kind", "place_code", "place_name", "code", "share", "lookup"]
    return pd.DataFrame(rows, columns=columns)


def find_postcodes(session: Session, tidy: Sequence[str]) -> dict[str, tuple[str, bool]]:
    """Find which postcodes are known: status and whether it is the invented county's, by postcode."""
    rows = session.execute(
        select(Postcode.postcode, Postcode.status, Postcode.demo).where(
            Postcode.postcode.in_(list(tidy))
        )
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def find_areas(session: Session, codes: Sequence[str]) -> dict[str, Area]:
    """Find areas by code; unknown codes are left out."""
    rows = session.scalars(select(Area).where(Area.code.in_(list(codes))))
    return {row.code: row for row in rows}


def postcodes_of_areas(session: Session, codes: Sequence[str], area_set: str) -> pd.DataFrame:
    """Read the current postcodes of small areas: index postcode, in order; columns code, easting, northing."""
    home = Postcode.lsoa11_code if area_set == LSOA_2011 else Postcode.lsoa21_code
    rows = session.execute(
        select(Postcode.postcode, home, Postcode.easting, Postcode.northing)
        .where(home.in_(list(codes)), Postcode.status == CURRENT)
        .order_by(Postcode.postcode)
    ).all()
    columns = ["postcode", "code", "easting", "northing"]
    return pd.DataFrame(rows, columns=columns).set_index("postcode")


def read_shapes(session: Session, release_id: str, codes: Sequence[str]) -> pd.DataFrame:
    """Read the length of each area's outline and its ground: index code; columns perimeter_m, area_m2."""
    rows = session.execute(
        select(Boundary.code, func.ST_Perimeter(Boundary.geom), Boundary.area_m2)
        .where(Boundary.release_id == release_id, Boundary.code.in_(list(codes)))
        .order_by(Boundary.code)
    ).all()
    return pd.DataFrame(rows, columns=["code", "perimeter_m", "area_m2"]).set_index("code")


def get_release(session: Session, release_id: str) -> Release:
    """Get a release by its id. Raises LayerMissing."""
    found = session.get(Release, release_id)
    if found is None:
        raise LayerMissing("no release draws these areas, so nothing can be grown from them")
    return found


def find_districts(session: Session, codes: Sequence[str]) -> dict[str, str]:
    """Name the living district of each small area, the first by name of several; unknown ones are left out."""
    rows = session.execute(
        select(Membership.child_code, func.min(Area.name))
        .join(Area, Area.code == Membership.parent_code)
        .where(
            Membership.parent_type == "lad", Membership.child_code.in_(list(codes)),
            Area.valid_to.is_(None),
        )
        .group_by(Membership.child_code)
    )  # fmt: skip
    return {row[0]: row[1] for row in rows}


def read_scores(session: Session, index_id: str, measure: str, codes: Sequence[str]) -> pd.Series:
    """Read one measure's scores of some areas: index code, float64; what has none has no row or NaN."""
    rows = session.execute(
        select(IndexValue.code, IndexValue.score).where(
            IndexValue.index_id == index_id, IndexValue.measure == measure,
            IndexValue.code.in_(list(codes)),
        )
    ).all()  # fmt: skip
    return pd.Series({row[0]: row[1] for row in rows}, dtype="float64")
