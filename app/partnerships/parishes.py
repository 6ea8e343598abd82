"""The parishes of a partnership: whole, in part, and the unparished remainder with its people.

The day's parish layer may be made of output areas by best fit. Then sentence, rows and files say that
it is approximate; an official layer of the ground goes before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from app.partnerships.alignment import DEFAULT_TOLERANCE_M
from app.partnerships.queries import (
    Ground,
    areas_of,
    ground_of_partnership,
    official_releases,
)
from boundaries.crs import BNG, to_wgs84
from boundaries.footprints import outline_of_codes
from boundaries.methods.apportion import apportion
from boundaries.methods.code_verdict import percent
from boundaries.methods.erosion import unite
from boundaries.methods.misalignment import opened
from boundaries.methods.verdict import AuthorityLayer, AuthorityShare, judge_outline
from boundaries.postcode_points import LSOA_2011, postcodes_by_point, read_postcode_points
from boundaries.queries import DrawnBy, layer_on, lower_tier, outlines

OFFICIAL = ("official", "invented")
# METHODS.md 1.2: an area overlaps where more than this share of it does.
REAL_OVERLAP = 0.05
PEOPLE_SOURCE = "mid-2020, estimated: people of small areas shared evenly among their postcodes"


@dataclass(frozen=True)
class Parishes:
    """The parishes and the unparished remainder of one ground.

    frame : code, name, kind (`parish`, `unparished`), whole, area_m2, share_of_parish,
    share_of_partnership, people, people_inside, geometry (what of it lies in the ground); people are
    null where no postcode's people are known. drawn : the layer; as_at : the day asked about.
    """

    name: str
    slug: str | None
    as_at: date
    drawn: DrawnBy
    area_m2: float
    people: int | None
    frame: gpd.GeoDataFrame

    @property
    def approximate(self) -> bool:
        """Whether the outlines are not the official ones."""
        return self.drawn.quality not in OFFICIAL


def parishes_of(session: Session, slug: str, day: date) -> Parishes:
    """Find the parishes of a saved partnership on a day. Raises UnknownPartnership, LayerMissing."""
    return find_parishes(session, ground_of_partnership(session, slug, day), day)


def find_parishes(session: Session, ground: Ground, day: date) -> Parishes:
    """Find the parishes of some ground on a day, by an official layer where one draws all of it."""
    outline, own_m = _outline(session, ground, day)
    drawn, shapes = _layer_of(session, outline, day, demo=ground.demo)
    layer = AuthorityLayer.from_frame(shapes)
    found = judge_outline(outline, layer, tolerance_m=own_m, layer_tolerance_m=drawn.tolerance_m)
    rows = [row for row in found.touched if row.share_of_authority > REAL_OVERLAP or row.whole]
    at = {code: place for place, code in enumerate(layer.codes)}
    own = np.array([layer.outlines[at[row.code]] for row in rows], dtype=object)
    whole = np.array([row.whole for row in rows], dtype=bool)
    inside = own.copy()
    if len(own):
        inside[~whole] = shapely.intersection(own[~whole], outline)
    rest = opened(
        shapely.difference(outline, unite(list(layer.outlines))) if len(layer.codes) else outline,
        found.effective_tolerance_m,
    )
    remainder = shapely.multipolygons(list(rest)) if len(rest) else None
    people = _people(session, ground, outline, own, inside, remainder, day)
    frame = _frame(rows, own, inside, remainder, float(outline.area), people)
    return Parishes(
        ground.name, ground.slug, day, drawn, float(outline.area), people.total, frame
    )  # fmt: skip


def _outline(session: Session, ground: Ground, day: date) -> tuple[shapely.MultiPolygon, float]:
    if ground.outline_wkb is not None:
        return shapely.from_wkb(ground.outline_wkb), DEFAULT_TOLERANCE_M
    return outline_of_codes(session, ground.codes, day, demo=ground.demo)


def _layer_of(
    session: Session, outline: shapely.MultiPolygon, day: date, *, demo: bool
) -> tuple[DrawnBy, gpd.GeoDataFrame]:
    """Choose the parish layer: an official one that draws as many parishes here as the day's own, else that."""
    usual = layer_on(session, "par", day, demo=demo)
    shapes = _parish_outlines(session, usual.id, outline)
    if usual.quality in OFFICIAL:
        return usual, shapes
    here = _count_real(outline, shapes)
    for release in official_releases(session, "par", day, demo=demo):
        official = _parish_outlines(session, release.id, outline)
        if len(official) and _count_real(outline, official) >= here:
            return (
                DrawnBy(
                    release.id, release.published_on, release.quality, release.tolerance_m,
                    release.partial, release.temporal, release.attribution, 0, is_exact=False,
                ),
                official,
            )  # fmt: skip
    return usual, shapes


def _parish_outlines(
    session: Session, release_id: str, outline: shapely.MultiPolygon
) -> gpd.GeoDataFrame:
    """Read the parishes near some ground; the unparished areas that a layer draws too are no parishes."""
    near = outlines(session, release_id, box=outline.bounds)
    kept = {area.code for area in areas_of(session, near["code"].tolist()) if area.type == "par"}
    return near[near["code"].isin(kept)].reset_index(drop=True)


def _count_real(outline: shapely.MultiPolygon, shapes: gpd.GeoDataFrame) -> int:
    """Count the parishes of which most lies in some ground."""
    shapely.prepare(outline)
    middles = shapely.point_on_surface(np.asarray(shapes.geometry.array, dtype=object))
    return int(shapely.covers(outline, middles).sum())


@dataclass(frozen=True)
class _People:
    """People of each parish, of its part in the ground, of the remainder and of the whole ground."""

    every: list[int | None]
    inside: list[int | None]
    remainder: int | None
    total: int | None


def _people(
    session: Session, ground: Ground, outline: shapely.MultiPolygon, own: NDArray[np.object_],
    inside: NDArray[np.object_], remainder: shapely.MultiPolygon | None, day: date,
) -> _People:  # fmt: skip
    """Count people by postcodes; where the ground is whole councils, its parts sum to their people exactly."""
    nobody_known: list[int | None] = [None] * len(own)
    shapes = np.array([*own, outline], dtype=object)
    west, south, east, north = (float(edge) for edge in shapely.total_bounds(shapes))
    points = read_postcode_points(session, (west, south, east, north), demo=ground.demo)
    weight = points.people[LSOA_2011]
    if not len(points) or np.isnan(weight).all():
        return _People(nobody_known, nobody_known, None, None)
    weight = np.nan_to_num(weight)

    def lived(areas: NDArray[np.object_]) -> NDArray[np.float64]:
        point, area = postcodes_by_point(points.easting, points.northing, areas)
        # A postcode on the border of two counts in the first, so that nobody is counted twice.
        first = np.unique(point, return_index=True)[1]
        counted = np.bincount(area[first], weight[point[first]], minlength=len(areas))
        return np.asarray(counted, dtype=np.float64)

    every = lived(own)
    rest = [remainder] if remainder is not None else []
    parts = lived(np.array([*inside, *rest], dtype=object))
    total = _official_total(session, ground, day)
    if total is None:
        total = round(float(lived(np.array([outline], dtype=object))[0]))
    shared = apportion(total, [round(1000 * n) for n in parts])
    counted = shared if shared is not None else [0] * len(parts)
    of_rest = counted[len(own)] if remainder is not None else 0
    return _People(
        [max(round(float(n)), c) for n, c in zip(every, counted, strict=False)], list(counted[: len(own)]),
        of_rest, total,
    )  # fmt: skip


def _official_total(session: Session, ground: Ground, day: date) -> int | None:
    """Give the people of whole councils; None for an outline, or where one's people are not known."""
    if ground.outline_wkb is not None:
        return None
    tier = lower_tier(session, day, demo=ground.demo)
    people = tier["people"][tier["code"].isin(ground.codes)]
    return None if people.isna().any() or people.empty else int(people.sum())


def _frame(
    rows: list[AuthorityShare], own: NDArray[np.object_], inside: NDArray[np.object_],
    remainder: shapely.MultiPolygon | None, area_m2: float, people: _People,
) -> gpd.GeoDataFrame:  # fmt: skip
    listed = [
        {
            "code": row.code, "name": row.name, "kind": "parish", "whole": row.whole,
            "area_m2": round(float(shape.area)), "share_of_parish": 1.0 if row.whole else row.share_of_authority,
            "share_of_partnership": round(float(part.area) / area_m2, 6), "people": every,
            "people_inside": within,
        }
        for row, shape, part, every, within in zip(
            rows, own, inside, people.every, people.inside, strict=True
        )
    ]  # fmt: skip
    listed.sort(key=lambda row: (str(row["name"]), str(row["code"])))
    order = sorted(range(len(rows)), key=lambda n: (rows[n].name, rows[n].code))
    shapes = [inside[n] for n in order]
    if remainder is not None:
        listed.append({
            "code": "unparished", "name": "Unparished remainder", "kind": "unparished", "whole": False,
            "area_m2": round(float(remainder.area)), "share_of_parish": None,
            "share_of_partnership": round(float(remainder.area) / area_m2, 6),
            "people": people.remainder, "people_inside": people.remainder,
        })  # fmt: skip
        shapes.append(remainder)
    columns = ["code", "name", "kind", "whole", "area_m2", "share_of_parish", "share_of_partnership",
               "people", "people_inside"]  # fmt: skip
    table = pd.DataFrame(listed, columns=columns)
    frame = gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(shapes, crs=BNG), crs=BNG)
    degrees = to_wgs84(np.array(shapes, dtype=object))
    return frame.assign(geom_wgs84=gpd.GeoSeries(list(degrees), index=frame.index))


def parish_body(found: Parishes) -> dict[str, Any]:
    """Write the parishes as the API sends them."""
    rows = plain_rows(found)
    parishes = [row for row in rows if row["kind"] == "parish"]
    rest = next((row for row in rows if row["kind"] == "unparished"), None)
    return {
        "partnership": found.slug, "as_at": found.as_at, "sentence": say_parishes(found),
        "release": found.drawn.id, "published_on": found.drawn.published_on,
        "quality": found.drawn.quality, "approximate": found.approximate,
        "attribution": found.drawn.attribution, "tolerance_m": found.drawn.tolerance_m,
        "people_source": PEOPLE_SOURCE, "people": found.people, "area_m2": round(found.area_m2),
        "whole": sum(row["whole"] for row in parishes),
        "partly": sum(not row["whole"] for row in parishes),
        "unparished": rest, "items": parishes, "total": len(parishes), "next": None,
    }  # fmt: skip


def plain_rows(found: Parishes) -> list[dict[str, Any]]:
    """Give the rows as plain values, parishes by name and the remainder last, each with its quality."""
    table = pd.DataFrame(found.frame.drop(columns=["geometry", "geom_wgs84"])).astype(object)
    plain: list[dict[str, Any]] = table.where(table.notna(), None).to_dict("records")
    return [row | {"quality": found.drawn.quality, "release": found.drawn.id} for row in plain]


def say_parishes(found: Parishes) -> str:
    """Say in a sentence or two what a councillor asks: how many parishes, cut or whole, and who has none."""
    rows = plain_rows(found)
    parishes = [row for row in rows if row["kind"] == "parish"]
    whole = sum(row["whole"] for row in parishes)
    cut = [row for row in parishes if not row["whole"]]
    day = f"{found.drawn.published_on:%B %Y}"
    how = "by approximate outlines (output areas by best fit)" if found.approximate else "as drawn"
    said = f"{found.name} holds {_parishes(whole)} whole"
    if len(cut) == 1:
        said += f" and part of {cut[0]['name']} ({percent(cut[0]['share_of_parish'])} of it)"
    elif cut:
        said += f" and parts of {len(cut)} more"
    said += f", {how} of {day}." if found.approximate else f", {how} in {day}."
    rest = next((row for row in rows if row["kind"] == "unparished"), None)
    if rest is None:
        said += " All of its ground is parished."
    else:
        people = rest["people_inside"]
        share = (
            f" ({percent(people / found.people)})" if people is not None and found.people else ""
        )
        lived = "" if people is None else f" with about {people:,} people{share}"
        said += f" The rest, {rest['area_m2'] / 1e6:,.1f} km²{lived}, has no parish council."
    if found.approximate:
        said += " Approximate outlines are not a statement about borders: ask the council before quoting them."
    return said


def _parishes(count: int) -> str:
    return "one parish" if count == 1 else f"{count or 'no'} parishes"
