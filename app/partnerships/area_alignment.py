"""How an area of any type lies to local government: authorities by their codes, every other by its outline.

A police area, a health area or a ward has an outline in some release, and that is measured as a
partnership's own would be; the answer says which release drew it. An outline that is not official
takes no `same`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import shapely
from sqlalchemy.orm import Session

from app.partnerships.alignment import (
    DEFAULT_TOLERANCE_M,
    NotAnAuthority,
    align_codes,
    outline_body,
)
from app.partnerships.queries import releases_that_draw
from app.partnerships.tiers import authority_layer
from boundaries.area_types import AREA_TYPES
from boundaries.errors import Fault
from boundaries.history import successors
from boundaries.methods.erosion import unite
from boundaries.methods.verdict import OutlineVerdict
from boundaries.queries import (
    LayerMissing,
    UnknownArea,
    get_area,
    is_alive,
    layer_on,
    outlines,
)
from boundaries.tables import Area, Release
from boundaries.untrusted import judge_uploaded_outline

AUTHORITIES = ("lad", "cty")
# A parish layer draws the unparished ground too.
DRAWN_WITH = {"ncp": "par"}
# Seconds of computing for the largest published areas (an NHS region of 68 districts: 12 s).
LONGEST_S = 30


def align_areas(
    session: Session, codes: Sequence[str], day: date, *, name: str | None = None,
    tolerance_m: float = DEFAULT_TOLERANCE_M,
) -> dict[str, Any]:  # fmt: skip
    """Align authorities by their codes, or areas of one other type, together, by their outlines.

    Raises what `align_codes` does, NotAnAuthority where types are mixed, LayerMissing where no
    served release draws the areas.
    """
    areas = [found for code in codes if (found := _find(session, code)) is not None]
    kinds = {area.type for area in areas}
    if not areas or len(areas) < len(codes) or kinds & set(AUTHORITIES):
        return align_codes(session, codes, day, name=name, tolerance_m=tolerance_m)
    if len(kinds) > 1:
        faults = [
            Fault(f"{area.name} is a {area.type}", f"/codes/{place}", value=area.code)
            for place, area in enumerate(areas)
        ]
        raise NotAnAuthority("areas of one type are aligned at once; these are of several", faults)
    return _by_outline(session, areas, day, name, tolerance_m)


def _find(session: Session, code: str) -> Area | None:
    try:
        return get_area(session, code)
    except UnknownArea:
        return None


def _by_outline(
    session: Session, areas: Sequence[Area], day: date, name: str | None, tolerance_m: float
) -> dict[str, Any]:
    gone = [area for area in areas if not is_alive(area, day)]
    if gone:
        faults = [_not_that_day(session, area) for area in gone]
        raise UnknownArea("; ".join(fault.detail for fault in faults), faults)
    if len({area.demo for area in areas}) > 1:
        raise UnknownArea("invented areas and real ones cannot be taken together")
    release = _drawn_by(session, areas, day)
    frame = outlines(session, release.id, [area.code for area in areas])
    outline = unite(frame.geometry.tolist())
    demo = areas[0].demo
    layer = authority_layer(session, day, outline.bounds, demo=demo)
    drawn = layer_on(session, "lad", day, demo=demo)
    found = judge_uploaded_outline(
        outline, layer, tolerance_m=max(tolerance_m, _drawn_within_m(release, drawn.tolerance_m)),
        layer_tolerance_m=drawn.tolerance_m, cpu_s=LONGEST_S,
    )  # fmt: skip
    found = doubt_quality(found, release.quality)
    named = name or (areas[0].name if len(areas) == 1 else "This ground")
    body = outline_body(session, shapely.multipolygons(shapely.get_parts(outline)), found, day,
                        name=named, demo=demo)  # fmt: skip
    body["outline"] = {
        "type": areas[0].type, "type_name": AREA_TYPES[areas[0].type].name,
        "codes": [area.code for area in areas], "release": release.id,
        "published_on": release.published_on, "quality": release.quality,
        "tolerance_m": release.tolerance_m, "own_tolerance_m": release.own_tolerance_m,
        "attribution": release.attribution,
    }  # fmt: skip
    return body


def _drawn_within_m(release: Release, districts_m: float) -> float:
    """Say how far a release's outlines may lie from the truth, beside what is added for the districts.

    A tolerance measured against districts holds their error too: none is added twice (METHODS.md 1.3).
    """
    if release.own_tolerance_m is None:
        return release.tolerance_m
    return max(release.tolerance_m, release.own_tolerance_m - districts_m)


def _not_that_day(session: Session, area: Area) -> Fault:
    after = ", ".join(s.new_code for s in successors(session, area.code)) or "none recorded"
    life = f"from {area.valid_from or 'before the records begin'} to {area.valid_to or 'today'}"
    return Fault(f"{area.name} ({area.code}) lived {life}; successors: {after}", "/codes")


def _drawn_by(session: Session, areas: Sequence[Area], day: date) -> Release:
    """Choose the release that draws all of some areas: the day's own layer, else the newest served one."""
    codes = sorted({area.code for area in areas})
    kind = DRAWN_WITH.get(areas[0].type, areas[0].type)
    whole = releases_that_draw(session, codes, kind)
    if not whole:
        raise LayerMissing(f"no release held here draws {', '.join(codes[:5])}")
    today = layer_on(session, kind, day, demo=areas[0].demo).id
    return next((release for release in whole if release.id == today), whole[0])


def doubt_quality(found: OutlineVerdict, quality: str) -> OutlineVerdict:
    """Give `cannot-tell` for `same` and `union-of` where the outline is not an official one."""
    if quality in ("official", "invented"):
        return found
    said = f"its outline is {quality}, not an official one"
    if found.verdict in ("same", "union-of"):
        found = replace(found, verdict="cannot-tell")
        said += ", and takes no `same` verdict"
    return replace(found, warnings=(*found.warnings, said))
