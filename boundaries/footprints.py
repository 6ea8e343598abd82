"""Ground said once, as codes with a date, an outline or postcodes, and the share of each area that lies in it.

Whoever stands on ground (a partnership, a neighbourhood, a programme, a place of spending) reads the
shares from here. A share that cannot be known, for want of postcodes or people, is null and never 0.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
import shapely
from geoalchemy2.elements import WKBElement
from numpy.typing import NDArray
from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from boundaries.area_types import area_type_of
from boundaries.crs import BNG
from boundaries.database import copy_binary, named_sql
from boundaries.errors import Fault, Invalid, NotFound
from boundaries.methods.ground import Measure, ground_shares
from boundaries.postcode_points import Box, read_postcode_points
from boundaries.postcode_shares import (
    box_of,
    count_postcodes,
    people_weights,
    place_postcodes,
    postcode_ratios,
)
from boundaries.queries import LayerMissing, layer_on
from boundaries.share_tables import Footprint, FootprintShare, FootprintTable
from boundaries.sources.postcodes import CURRENT
from boundaries.tables import Boundary, Membership, Postcode, Release

# How far somebody's own outline may lie from the truth, as `align` takes it unless told.
OUTLINE_TOLERANCE_M = 25.0
SHARES = ("overlap_m2", "area_share", "core_share", "postcode_share", "people_share")
MOST_CODES = 10_000


class GroundInvalid(Invalid):
    """Ground was said in no way, or in more than one."""

    slug = "ground-invalid"
    title = "That says no ground"


class UnknownFootprint(NotFound):
    """No footprint has that number."""

    slug = "unknown-footprint"
    title = "No such footprint"


@dataclass(frozen=True)
class Ground:
    """Ground said in one way: area codes on a day, an outline (BNG, valid), or postcodes."""

    codes: tuple[str, ...] = ()
    as_at: date | None = None
    outline: shapely.MultiPolygon | None = None
    postcodes: tuple[str, ...] = ()
    demo: bool = False

    @property
    def kind(self) -> str:
        """Name the way it is said; raises GroundInvalid for none or several."""
        ways = {
            "codes": bool(self.codes) and self.as_at is not None,
            "outline": self.outline is not None,
            "postcodes": bool(self.postcodes),
        }
        said = [way for way, given in ways.items() if given]
        if len(said) != 1 or (self.codes and self.as_at is None):
            raise GroundInvalid("say the ground as codes with a day, as an outline or as postcodes")
        return said[0]

    @property
    def digest(self) -> str:
        """Give the sha256 of the ground as said: order, repetition and the start of a ring do not matter."""
        parts = [self.kind, str(self.as_at), str(self.demo)]
        parts += sorted(set(self.codes)) + sorted(set(self.postcodes))
        summed = hashlib.sha256("\n".join(parts).encode())
        if self.outline is not None:
            summed.update(shapely.to_wkb(shapely.normalize(_as_multipolygon(self.outline))))
        return summed.hexdigest()


def store_footprint(session: Session, ground: Ground) -> int:
    """Store ground unless it is here already said the same way; gives its number. Raises GroundInvalid."""
    if len(ground.codes) > MOST_CODES:
        raise GroundInvalid(
            f"at most {MOST_CODES} codes make one ground", [Fault("too many", "/codes")]
        )
    outline = None if ground.outline is None else _as_multipolygon(ground.outline)
    values = {
        "kind": ground.kind,
        "as_at": ground.as_at if ground.codes else None,
        "codes": sorted(set(ground.codes)) or None,
        "geom": None if outline is None else WKBElement(shapely.to_wkb(outline), srid=BNG),
        "postcodes": sorted(set(ground.postcodes)) or None,
        "digest": ground.digest,
        "demo": ground.demo,
    }
    made = session.scalar(
        insert(Footprint)
        .values(values)
        .on_conflict_do_nothing(index_elements=[Footprint.digest])
        .returning(Footprint.id)
    )
    if made is None:
        made = session.scalar(select(Footprint.id).where(Footprint.digest == ground.digest))
    assert made is not None, "it was there or was made"
    return int(made)


def _as_multipolygon(outline: shapely.Geometry) -> shapely.MultiPolygon:
    return outline if outline.geom_type == "MultiPolygon" else shapely.multipolygons([outline])


def find_footprint(session: Session, ground: Ground) -> int | None:
    """Find the number of ground that is stored, or None."""
    return session.scalar(select(Footprint.id).where(Footprint.digest == ground.digest))


def shares_of(session: Session, ground: Ground, release_id: str) -> pd.DataFrame:
    """Give the shares of ground, kept where it is a stored footprint, computed for this once where it is not."""
    number = find_footprint(session, ground)
    if number is None:
        return shares_of_ground(session, ground, release_id)
    return footprint_shares(session, number, release_id)


def read_ground(session: Session, footprint_id: int) -> Ground:
    """Read the ground of a footprint. Raises UnknownFootprint."""
    row = session.execute(
        select(
            Footprint.codes, Footprint.as_at, func.ST_AsBinary(Footprint.geom), Footprint.postcodes,
            Footprint.demo,
        ).where(Footprint.id == footprint_id)
    ).one_or_none()  # fmt: skip
    if row is None:
        raise UnknownFootprint(f"there is no footprint {footprint_id}")
    outline = None if row[2] is None else shapely.from_wkb(bytes(row[2]))
    return Ground(tuple(row[0] or ()), row[1], outline, tuple(row[3] or ()), row[4])


def footprint_shares(
    session: Session, footprint_id: int, release_id: str, *, measure: Measure = ground_shares
) -> pd.DataFrame:
    """Give what of each area of a release lies in a footprint; computed once (by `measure`), then read.

    Returns columns code, overlap_m2, area_share, core_share, postcode_share, people_share in order of
    code: shares of the area, 0 to 1, null where not known; areas with nothing in common have no row. A
    reader that may not write computes and does not keep. Raises UnknownFootprint, LayerMissing.
    """
    stored = _stored_shares(session, footprint_id, release_id)
    if stored is not None:
        return stored
    if session.scalar(text("SELECT current_setting('transaction_read_only')")) == "on":
        return shares_of_ground(
            session, read_ground(session, footprint_id), release_id, measure=measure
        )
    # Two that ask at once: the second waits here, and then reads what the first has kept.
    session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"),
        {"name": f"footprint {footprint_id} {release_id}"},
    )
    stored = _stored_shares(session, footprint_id, release_id)
    if stored is not None:
        return stored
    found = shares_of_ground(
        session, read_ground(session, footprint_id), release_id, measure=measure
    )
    _keep(session, footprint_id, release_id, found)
    return found


def _stored_shares(session: Session, footprint_id: int, release_id: str) -> pd.DataFrame | None:
    """Read the shares that are kept; None where they were never computed."""
    kept = session.get(FootprintTable, (footprint_id, release_id))
    if kept is None:
        return None
    rows = session.execute(
        select(FootprintShare.code, *(getattr(FootprintShare, name) for name in SHARES))
        .where(
            FootprintShare.footprint_id == footprint_id, FootprintShare.release_id == release_id
        )
        .order_by(FootprintShare.code)
    ).all()  # fmt: skip
    table = np.array([row[1:] for row in rows], dtype=float)
    return _frame([row[0] for row in rows], table, kept.tolerance_m)


def _keep(session: Session, footprint_id: int, release_id: str, found: pd.DataFrame) -> None:
    session.add(
        FootprintTable(
            footprint_id=footprint_id, release_id=release_id,
            tolerance_m=found.attrs["tolerance_m"], areas=len(found),
        )
    )  # fmt: skip
    session.flush()
    columns = {"footprint_id": "int8", "release_id": "text", "code": "text"}
    values = found[list(SHARES)].astype(object).where(found[list(SHARES)].notna(), None)
    copy_binary(
        session,
        "footprint_shares",
        columns | dict.fromkeys(SHARES, "float8"),
        (
            (footprint_id, release_id, code, *row)
            for code, row in zip(found["code"], values.itertuples(index=False), strict=True)
        ),
    )


def shares_of_ground(
    session: Session, ground: Ground, release_id: str, *, measure: Measure = ground_shares
) -> pd.DataFrame:
    """Compute what of each area of a release lies in some ground, and keep nothing; see `footprint_shares`.

    measure : overlays an outline with areas; somebody's own outline is overlaid under limits.
    """
    release = session.get(Release, release_id)
    if release is None:
        raise LayerMissing(f"there is no release {release_id!r}")
    if ground.kind == "postcodes":
        return _shares_of_postcodes(session, ground, release)
    if ground.outline is not None:
        outline, own_m = ground.outline, OUTLINE_TOLERANCE_M
    else:
        assert ground.as_at is not None, "the kind was checked"
        outline, own_m = outline_of_codes(session, ground.codes, ground.as_at, demo=ground.demo)
    tolerance_m = own_m + release.tolerance_m
    codes, shapes = _areas_near(
        session, release_id, outline.bounds, _children(session, ground.codes)
    )
    is_exact, is_elsewhere = _by_lookup(session, ground, codes)
    measured = measure(outline, shapes, tolerance_m)
    table = np.full((len(codes), len(SHARES)), np.nan)
    table[measured.area, :3] = np.column_stack(measured[1:])
    table[is_exact, 0] = shapely.area(shapes[is_exact])
    table[is_exact, 1:3] = 1.0
    met = ~np.isnan(table[:, 0]) & ~is_elsewhere
    codes, shapes, table, is_exact = codes[met], shapes[met], table[met], is_exact[met]
    if len(codes):
        table[:, 3:] = count_postcodes(
            session, release, outline, codes, shapes, is_exact, demo=ground.demo
        )
    return _frame(codes, table, tolerance_m)


def people_shares(
    session: Session, ground: Ground, release_id: str, codes: Sequence[str]
) -> dict[str, float | None]:
    """Give the share of some areas' people that live in an outline; None where it is not known.

    Read where the ground is a stored footprint, else counted by the postcodes of these areas alone.
    """
    if find_footprint(session, ground) is not None:
        frame = shares_of(session, ground, release_id)
        known = dict(zip(frame["code"], frame["people_share"], strict=True))
    else:
        assert ground.outline is not None, "asked only of an outline"
        release = session.get_one(Release, release_id)
        rows = session.execute(
            select(Boundary.code, func.ST_AsBinary(Boundary.geom)).where(
                Boundary.release_id == release_id, Boundary.code.in_(list(codes))
            )
        ).all()
        here = np.array([row[0] for row in rows], dtype=object)
        shapes = np.array(shapely.from_wkb([bytes(row[1]) for row in rows]), dtype=object)
        is_exact = np.zeros(len(here), dtype=bool)
        ratios = count_postcodes(
            session, release, ground.outline, here, shapes, is_exact, demo=ground.demo
        )
        known = dict(zip(here, ratios[:, 1], strict=True))
    return {
        code: None if np.isnan(share) else float(share)
        for code, share in ((code, known.get(code, np.nan)) for code in codes)
    }


def _frame(
    codes: Sequence[str] | NDArray[np.object_], table: NDArray[np.float64], tolerance_m: float
) -> pd.DataFrame:
    frame = pd.DataFrame(table.reshape(len(codes), len(SHARES)), columns=list(SHARES))
    frame.insert(0, "code", pd.Series(list(codes), dtype=object))
    frame.attrs["tolerance_m"] = tolerance_m
    return frame.sort_values("code", ignore_index=True)


def _areas_near(
    session: Session, release_id: str, box: Box, named: Sequence[str] = ()
) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Read the codes and outlines of a release's areas whose boxes meet a box, and of those named."""
    west, south, east, north = box
    rows = session.execute(
        named_sql(__file__, "outlines_near"),
        {"release_id": release_id, "west": west, "south": south, "east": east, "north": north,
         "grid": BNG, "codes": list(named)},
    ).all()  # fmt: skip
    codes = np.array([row[0] for row in rows], dtype=object)
    return codes, np.array(shapely.from_wkb([bytes(row[1]) for row in rows]), dtype=object)


def outline_of_codes(
    session: Session, codes: Sequence[str], day: date, *, demo: bool
) -> tuple[shapely.MultiPolygon, float]:
    """Join the outlines of some codes as the layers of a day draw them; with the coarsest layer's tolerance.

    Raises LayerMissing naming the codes that no layer of that day draws.
    """
    by_type: dict[str, list[str]] = {}
    for code in codes:
        kind = area_type_of(code) or code.partition("-")[0]
        by_type.setdefault("par" if kind == "ncp" else kind, []).append(code)
    shapes, tolerance_m, missing = [], 0.0, []
    for kind, some in sorted(by_type.items()):
        layer = layer_on(session, kind, day, demo=demo)
        rows = session.execute(
            select(Boundary.code, func.ST_AsBinary(Boundary.geom))
            .where(Boundary.release_id == layer.id, Boundary.code.in_(some))
            .order_by(Boundary.code)
        ).all()
        shapes += [bytes(row[1]) for row in rows]
        missing += sorted(set(some) - {row[0] for row in rows})
        tolerance_m = max(tolerance_m, layer.tolerance_m)
    if missing:
        faults = [Fault("not drawn on that day", "/codes", value=code) for code in missing]
        raise LayerMissing(f"no layer of {day} draws {', '.join(missing[:10])}", faults)
    return _as_multipolygon(shapely.union_all(shapely.from_wkb(shapes))), tolerance_m


def _children(session: Session, codes: Sequence[str]) -> list[str]:
    """List what exact lookups put into some codes: a coarse outline may leave out a detached piece of one."""
    if not codes:
        return []
    return list(
        session.scalars(
            select(Membership.child_code)
            .where(Membership.parent_code.in_(list(codes)), Membership.method == "exact")
            .distinct()
        )
    )


def _by_lookup(
    session: Session, ground: Ground, near: NDArray[np.object_]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Say which areas lie in the ground by code, and which lie elsewhere: codes decide first (METHODS.md 0.1).

    Elsewhere: those that an exact lookup gives to another area of the day; and, where the ground's own
    codes are all drawn by this layer, its other areas.
    """
    if not ground.codes or not len(near):
        return np.zeros(len(near), dtype=bool), np.zeros(len(near), dtype=bool)
    rows = session.execute(
        named_sql(__file__, "children_by_lookup"),
        {"near": near.tolist(), "codes": list(ground.codes), "day": ground.as_at},
    ).all()
    drawn = set(ground.codes) & set(near)
    inside = drawn | {row.code for row in rows if row.is_inside}
    others = set(near) if drawn == set(ground.codes) else {row.code for row in rows}
    is_exact = np.array([code in inside for code in near])
    return is_exact, ~is_exact & np.array([code in others for code in near])


def _shares_of_postcodes(session: Session, ground: Ground, release: Release) -> pd.DataFrame:
    """Compute the shares of areas' postcodes and people that a list of postcodes holds; it has no m²."""
    rows = session.execute(
        select(
            Postcode.easting, Postcode.northing, Postcode.lsoa11_code, Postcode.lsoa21_code
        ).where(Postcode.postcode.in_(ground.postcodes), Postcode.status == CURRENT)
    ).all()
    if not rows:
        return _frame([], np.zeros((0, len(SHARES))), release.tolerance_m)
    metres = np.array([row[:2] for row in rows], dtype=float)
    (west, south), (east, north) = metres.min(axis=0), metres.max(axis=0)
    listed_in = {code for row in rows for code in row[2:] if code}
    codes, shapes = _areas_near(session, release.id, (west, south, east, north), sorted(listed_in))
    if not len(codes):
        return _frame([], np.zeros((0, len(SHARES))), release.tolerance_m)
    points = read_postcode_points(
        session, box_of(shapes), demo=ground.demo, listed=ground.postcodes
    )
    postcode, area = place_postcodes(points, release, codes, shapes)
    is_in = points.is_listed[postcode]
    table = np.full((len(codes), len(SHARES)), np.nan)
    weight = people_weights(points, release)[postcode]
    table[:, 3:] = postcode_ratios(area, is_in, weight, len(codes))
    met = np.bincount(area[is_in], minlength=len(codes)) > 0
    return _frame(codes[met], table[met], release.tolerance_m)
