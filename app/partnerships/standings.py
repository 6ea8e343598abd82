"""Every partnership of a day on its ground, district by district: what overlaps and neighbours are read from.

Partnerships of councils need no geometry; only those with an outline of their own are measured.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import pandas as pd
import shapely
from sqlalchemy.orm import Session

from app.latest import Latest
from app.marks import GEOGRAPHY, mark_of_tables
from app.partnerships.methods.members import sits_on
from app.partnerships.methods.shared_ground import Floats
from app.partnerships.queries import box_of_areas, living_partnerships
from app.partnerships.tables import Partnership
from app.partnerships.tiers import Tier, read_tier
from boundaries.footprints import Ground as Footing
from boundaries.footprints import shares_of
from boundaries.methods.erosion import core_exceeds
from boundaries.methods.verdict import threshold_for
from boundaries.moments import sees_a_moment

OUTLINE_TOLERANCE_M = 25.0
# Two drawings of one border may lie this far apart at most.
SEEN_M = 500.0
# What outlines hold of districts, by layer; a few rows each.
MOST_KEPT = 600
_shares: Latest[pd.DataFrame] = Latest(MOST_KEPT)


@dataclass(frozen=True)
class Standing:
    """One partnership as it stands on a day.

    members : the names of those that sit on it that day. codes : its districts, counties written out. lost : codes
    of its that do not live that day or are not drawn. outline : its own polygon (BNG), or None.
    """

    slug: str
    name: str
    kind: str
    members: tuple[str, ...]
    codes: frozenset[str]
    lost: tuple[str, ...]
    outline: shapely.MultiPolygon | None


@dataclass(frozen=True)
class Standings:
    """The partnerships of a day, in order of slug, and the districts they stand on, in order of code.

    area_m2, people : partnership × district (people NaN where not known); total_m2 : of each
    partnership's whole ground.
    """

    rows: list[Standing]
    tier: Tier
    day: date
    demo: bool
    area_m2: Floats
    people: Floats
    total_m2: Floats

    @cached_property
    def is_whole(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Say of each whether its ground is whole districts."""
        return np.array([row.outline is None for row in self.rows], dtype=bool)

    @cached_property
    def districts(self) -> pd.DataFrame:
        """The districts' rows: code, name, county, area and people."""
        return self.tier.frame

    def touched(self, position: int) -> list[str]:
        """List the codes of the districts that one partnership has ground in."""
        return self.districts["code"][self.area_m2[position] > 0].tolist()


def read_standings(
    session: Session, day: date, *, demo: bool, slug: str | None = None, councils: Collection[str] = (),
) -> Standings:  # fmt: skip
    """Read the partnerships that live on a day, with the districts in their ground.

    An outline far from the partnership `slug`, or from the `councils`, is not measured: its row is 0.
    """
    tier = read_tier(session, day, demo=demo)
    counties = tier.frame.dropna(subset=["county_code"]).groupby("county_code")["code"]
    children = {str(county): set(some) for county, some in counties}
    drawn = set(tier.frame["code"])
    rows = [
        _standing(row, drawn, children, day) for row in living_partnerships(session, day, demo=demo)
    ]
    box = _box_to_see(
        session, tier, next((row for row in rows if row.slug == slug), None), councils
    )
    frame = tier.frame
    place = {code: at for at, code in enumerate(frame["code"])}
    areas = frame["area_m2"].to_numpy(float)
    everybody = frame["people"].astype(float).to_numpy()
    area_m2 = np.zeros((len(rows), len(frame)))
    people = np.zeros((len(rows), len(frame)))
    total_m2 = np.array([0.0 if row.outline is None else row.outline.area for row in rows])
    for at, row in enumerate(rows):
        if row.outline is None:
            own = [place[code] for code in sorted(row.codes)]
            area_m2[at, own], people[at, own] = areas[own], everybody[own]
            total_m2[at] = areas[own].sum()
        elif box is None or shapely.intersects(shapely.box(*row.outline.bounds), box):
            area_m2[at], people[at] = _in_outline(
                session, Footing(outline=row.outline, demo=demo), tier, place, everybody
            )
    return Standings(rows, tier, day, demo, area_m2, people, total_m2)


def _box_to_see(
    session: Session, tier: Tier, subject: Standing | None, councils: Collection[str]
) -> shapely.Polygon | None:
    """Give the box beyond which no outline can share or border the ground asked about; None for all of England."""
    if subject is not None and subject.outline is not None:
        edges = subject.outline.bounds
    else:
        codes = sorted(councils) if subject is None else sorted(subject.codes)
        if not codes:
            return None
        found = box_of_areas(session, tier.layer.id, codes)
        if found is None:
            return None
        edges = found
    west, south, east, north = edges
    return shapely.box(west - SEEN_M, south - SEEN_M, east + SEEN_M, north + SEEN_M)


def _standing(
    found: tuple[Partnership, bytes | None],
    drawn: set[str],
    children: dict[str, set[str]],
    day: date,
) -> Standing:
    row, outline = found
    codes: set[str] = set()
    lost: list[str] = []
    for code in row.authorities:
        if code in drawn:
            codes.add(code)
        elif code in children:
            codes |= children[code]
        else:
            lost.append(code)
    shape = None if outline is None else shapely.from_wkb(outline)
    return Standing(
        row.slug, row.name, row.kind, tuple(str(m["name"]) for m in row.members if sits_on(m, day)),
        frozenset(codes), tuple(lost), shape,
    )  # fmt: skip


def _in_outline(
    session: Session, ground: Footing, tier: Tier, place: dict[str, int], people: Floats
) -> tuple[Floats, Floats]:  # fmt: skip
    """Give m² and people of each district in an outline; slivers of generalisation count as nothing."""
    areas, folk = np.zeros(len(place)), np.zeros(len(place))
    key = (mark_of_tables(session, GEOGRAPHY), ground.digest, tier.layer.id)
    shares = _shares.get(
        key, lambda: shares_of(session, ground, tier.layer.id), keeps=sees_a_moment(session)
    )
    h = threshold_for(OUTLINE_TOLERANCE_M + tier.layer.tolerance_m)
    whole = float(shapely.area(ground.outline))
    for row in shares.itertuples(index=False):
        at = place.get(row.code)
        if at is None:
            continue
        district_m2 = float(tier.frame["area_m2"].iloc[at])
        if row.core_share * district_m2 > h * min(whole, district_m2):
            areas[at] = row.overlap_m2
            folk[at] = row.people_share * people[at]
    return areas, folk


def between_outlines(
    session: Session, standings: Standings, only: int | None = None, *, with_people: bool
) -> dict[tuple[int, int], tuple[float, float]]:
    """Measure the ground, and people, that pairs of outlines have in common; `only` keeps one's pairs.

    Without `with_people` they are NaN: each pair would be laid over the small areas again.
    """
    at = np.flatnonzero(~standings.is_whole)
    if len(at) < 2:
        return {}
    shapes = np.array([standings.rows[n].outline for n in at.tolist()], dtype=object)
    shapely.prepare(shapes)
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    t = 2 * OUTLINE_TOLERANCE_M
    found: dict[tuple[int, int], tuple[float, float]] = {}
    for a, b in zip(left.tolist(), right.tolist(), strict=True):
        first, second = int(at[a]), int(at[b])
        if first >= second or (only is not None and only not in (first, second)):
            continue
        common = shapely.intersection(shapes[a], shapes[b])
        limit = threshold_for(t) * min(shapely.area(shapes[a]), shapely.area(shapes[b]))
        if not core_exceeds(common, limit, t):
            continue
        people = _people_in(session, common, standings) if with_people else float("nan")
        found[first, second] = (float(shapely.area(common)), people)
    return found


def _people_in(session: Session, common: shapely.Geometry, standings: Standings) -> float:
    polygons = [p for p in shapely.get_parts(common) if p.geom_type == "Polygon"]
    ground = Footing(outline=shapely.multipolygons(polygons), demo=standings.demo)
    shares = shares_of(session, ground, standings.tier.layer.id)
    people = standings.districts.set_index("code")["people"].astype(float)
    return float(
        (shares["people_share"] * people.reindex(shares["code"]).to_numpy()).sum(skipna=False)
    )
