"""The money near a point: every line of a partnership's file whole, by any number of radii, and none lost.

Distances are straight lines on the National Grid. People are where their small area's current postcodes are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from app.lookup.queries import districts_of_part, postcode_row
from app.neighbourhoods.figures import choose_set
from app.partnerships.alignment import align_ground, whole_and_cut
from app.partnerships.queries import ground_of_partnership
from app.resources.methods import radius as method
from app.resources.methods.place import codes_of
from app.resources.methods.radius import PlaceReach, Reach
from app.resources.methods.relate import PARTNERSHIP
from app.resources.partnership_money import LedgerAsked, check_asked
from app.resources.place_grounds import pieces_of_places
from app.resources.programme_queries import codes_of as lines_of
from boundaries.crs import point_to_bng
from boundaries.database import named_sql
from boundaries.errors import Fault, Invalid

FARTHEST_M = 2_000_000.0
MOST_RADII = 20
DEFAULT_RADII = (500.0, 1000.0, 2000.0, 5000.0)
NOTE = (
    "Straight-line distances. Located: the stated place lies wholly within. Estimated: at least half of its people "
    "(at their small areas' current postcodes) live within; the line counts whole. Not placed: the place is not "
    "stated, or where its people live is not loaded. Always: located + estimated + beyond + not placed = file."
)  # fmt: skip


class Spot(NamedTuple):
    """A point on the National Grid (metres), with what it was asked as."""

    easting: float
    northing: float
    asked: dict[str, Any]


@dataclass(frozen=True)
class RadiusMoney:
    """A partnership's file by distance from a spot.

    rows : a dict a radius, see `methods.radius.sums_by_radius`. lines : GBP lines of the stage and year, with
    `standing` (lines, radii) of `methods.radius`. The rest stands beside and in no sum.
    """

    slug: str
    spot: Spot
    radii: tuple[float, ...]
    stage: str
    year: str | None
    area_set: str
    rows: list[dict[str, Any]]
    lines: pd.DataFrame
    standing: NDArray[np.int8]
    beside: dict[str, Any]


def read_radii(written: str | None) -> tuple[float, ...]:
    """Read radii in metres with commas between, in order and each once. Raises Invalid."""
    if written is None:
        return DEFAULT_RADII
    try:
        radii = sorted({float(part) for part in written.split(",")})
    except ValueError:
        radii = []
    if not 1 <= len(radii) <= MOST_RADII or not all(0 < each <= FARTHEST_M for each in radii):
        detail = f"within_m: 1 to {MOST_RADII} distances above 0 and at most {FARTHEST_M:,.0f} m, commas between"
        raise Invalid(detail, [Fault(detail, pointer="/within_m", value=written[:80])])
    return tuple(radii)


def find_spot(
    session: Session, *, lon: float | None, lat: float | None, postcode: str | None
) -> Spot:
    """Find the spot that is asked about: a point in degrees, or a whole postcode. Raises Invalid, UnknownPostcode."""
    if (lon is None) != (lat is None) or (postcode is None) == (lon is None):
        detail = "say where: lon and lat, or postcode"
        raise Invalid(detail, [Fault(detail, pointer="/lon")])
    if postcode is None:
        assert lon is not None
        assert lat is not None
        if not (math.isfinite(lon) and math.isfinite(lat)):
            raise Invalid("lon and lat are degrees", [Fault("a number", pointer="/lon")])
        easting, northing = point_to_bng(lon, lat)
        return Spot(easting, northing, {"lon": lon, "lat": lat})
    row = postcode_row(session, postcode)
    if row is None:
        districts_of_part(
            session, postcode
        )  # raises where it is no postcode, naming what may be meant
        detail = "only a whole postcode is a place to measure from"
        raise Invalid(detail, [Fault(detail, pointer="/postcode", value=postcode[:20])])
    return Spot(
        float(row["easting"]), float(row["northing"]),
        {"postcode": row["postcode"], "lon": row["lon"], "lat": row["lat"]},
    )  # fmt: skip


def partnership_radius(
    session: Session, slug: str, spot: Spot, radii: Sequence[float], asked: LedgerAsked, day: date
) -> RadiusMoney:
    """Place a saved partnership's lines of one stage by distance. Raises Invalid, UnknownPartnership, LayerMissing."""
    check_asked(asked)
    ground = ground_of_partnership(session, slug, day)
    whole, _ = whole_and_cut(align_ground(session, ground, day))
    release, area_set = choose_set(session, None, demo=ground.demo)
    seen = {
        "stage": asked.stage, "demo": ground.demo, "slug": slug, "districts": sorted(lines_of(session, whole)),
    }  # fmt: skip
    lines = _read_lines(session, seen, spot)
    of_stage, beside = _in_pounds_and_year(lines, asked)
    reach = reach_of_areas(session, release.id, area_set, spot, radii)
    keys = _place_keys(of_stage)
    pieces = pieces_of_places(session, {key for key in keys if key}, area_set)
    places = method.reach_of_places(pieces, reach)
    standing = method.standing_of_spots(of_stage["distance_m"].to_numpy(dtype=np.float64), radii)
    _stand(standing, keys, places)
    _stand_estates(session, standing, of_stage, spot, radii)
    amounts = of_stage["amount_pence"].to_numpy(dtype=np.int64)
    rows = method.sums_by_radius(amounts, standing, radii)
    only = session.execute(
        named_sql(__file__, "recipients_seen"), seen | {"year": asked.year}
    ).one()
    beside["recipient_only"] = {"lines": only.lines, "pence": int(only.pence)}
    return RadiusMoney(
        slug, spot, tuple(radii), asked.stage, asked.year, area_set, rows, of_stage, standing, beside
    )  # fmt: skip


def reach_of_areas(
    session: Session, release_id: str, area_set: str, spot: Spot, radii: Sequence[float]
) -> Reach:
    """Say what of each small area of a release lies within each radius of a spot.

    The box around an outline decides for all but the areas that a circle may cut; these are measured.
    """
    boxes = session.execute(named_sql(__file__, "boxes"), {"release_id": release_id}).all()
    codes = [row[0] for row in boxes]
    box = np.array([row[1:] for row in boxes], dtype=np.float64).reshape(len(boxes), 4)
    across = np.stack([box[:, 0] - spot.easting, spot.easting - box[:, 2]])
    up = np.stack([box[:, 1] - spot.northing, spot.northing - box[:, 3]])
    nearest = np.hypot(np.maximum(across.max(axis=0), 0), np.maximum(up.max(axis=0), 0))
    farthest = np.hypot(np.abs(across).max(axis=0), np.abs(up).max(axis=0))
    within = np.asarray(radii, dtype=np.float64)[None, :]
    whole, apart = farthest[:, None] <= within, nearest[:, None] > within
    share = whole.astype(np.float64)
    area, at = np.nonzero(~whole & ~apart)
    if len(area):
        rows = session.execute(
            named_sql(__file__, "rims"),
            {"codes": [codes[each] for each in area.tolist()],
             "radii": [float(radii[each]) for each in at.tolist()],
             "easting": spot.easting, "northing": spot.northing,
             "release_id": release_id, "area_set": area_set},
        ).all()  # fmt: skip
        order = {code: n for n, code in enumerate(codes)}
        column = {float(one): n for n, one in enumerate(radii)}
        for code, radius, part, is_whole, is_apart in rows:
            place = order[code], column[radius]
            whole[place], apart[place] = is_whole, is_apart
            known = np.nan if part is None else part
            share[place] = 1.0 if is_whole else 0.0 if is_apart else known
    return Reach(codes, share, whole, apart)


def _read_lines(session: Session, seen: dict[str, Any], spot: Spot) -> pd.DataFrame:
    result = session.execute(
        named_sql(__file__, "reach_lines"),
        seen | {"easting": spot.easting, "northing": spot.northing},
    )
    columns = list(result.keys())
    rows = result.all()
    values = list(zip(*rows, strict=True)) if rows else [()] * len(columns)
    frame = pd.DataFrame(
        {name: pd.Series(value, dtype=object) for name, value in zip(columns, values, strict=True)}
    )
    return frame.assign(distance_m=frame["distance_m"].astype("float64"))


def _in_pounds_and_year(
    lines: pd.DataFrame, asked: LedgerAsked
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Keep the lines in pounds of the year asked for; count those left out beside."""
    pounds = lines["currency"] == "GBP"
    in_year = pd.Series(True, index=lines.index)
    undated = lines["financial_year"].isna() & pounds
    if asked.year is not None:
        in_year = lines["financial_year"] == asked.year
    else:
        undated &= False
    beside = {
        "other_currencies": {"lines": int((~pounds & in_year).sum())},
        "year_not_stated": {
            "lines": int(undated.sum()),
            "pence": method.exact_sum(lines.loc[undated, "amount_pence"].to_numpy(dtype=np.int64)),
        },
    }
    return lines[pounds & in_year].reset_index(drop=True), beside


def _place_keys(lines: pd.DataFrame) -> list[str | None]:
    """Name the ground of each line for `pieces_of_places`; None where it is a spot, an estate or nowhere."""
    keys: list[str | None] = []
    for kind, code, slug in zip(
        lines["place_kind"], lines["place_code"], lines["partnership_slug"], strict=True
    ):
        if kind in ("area", "wide") and codes_of(code):
            keys.append(" ".join(codes_of(code)))
        else:
            keys.append(f"{PARTNERSHIP}{slug}" if kind == "partnership" else None)
    return keys


def _stand(standing: NDArray[np.int8], keys: Sequence[str | None], places: PlaceReach) -> None:
    by_place = method.standing_of_places(places)
    at = np.array(
        [-1 if key is None else places.places.get(key, -1) for key in keys], dtype=np.intp
    )
    standing[at >= 0] = by_place[at[at >= 0]]


def _stand_estates(
    session: Session, standing: NDArray[np.int8], lines: pd.DataFrame, spot: Spot, radii: Sequence[float]
) -> None:  # fmt: skip
    """Let lines that are stated for an estate stand as its postcodes and ground do."""
    numbers = lines["footprint_id"]
    if not numbers.notna().any():
        return
    rows = session.execute(
        named_sql(__file__, "estates_near"),
        {"estates": sorted({int(each) for each in numbers.dropna()}), "radii": list(radii),
         "easting": spot.easting, "northing": spot.northing},
    ).all()  # fmt: skip
    frame = pd.DataFrame(rows, columns=["id", "radius", "share", "is_whole", "is_apart"])
    for part, name in ((frame[frame["id"] == each], each) for each in frame["id"].unique()):
        reach = PlaceReach(
            {"": 0}, part["share"].to_numpy(dtype=np.float64)[None, :],
            part["is_whole"].to_numpy(dtype=bool)[None, :], part["is_apart"].to_numpy(dtype=bool)[None, :],
        )  # fmt: skip
        standing[(numbers == name).to_numpy(dtype=bool)] = method.standing_of_places(reach)[0]


def line_items(money: RadiusMoney) -> list[dict[str, Any]]:
    """List the lines located or estimated within the largest radius, those of the smallest circle first.

    `counts_from_m`: the smallest of the radii asked for at which a line counts; `standing`: by radius.
    """
    counts = np.isin(money.standing, (method.ESTIMATED, method.LOCATED))
    at = np.flatnonzero(counts[:, -1])
    first = counts.argmax(axis=1)
    items = []
    for place in at.tolist():
        line = money.lines.iloc[place]
        distance = line["distance_m"]
        items.append(
            {
                **{key: line[key] for key in ("id", "title", "funder", "programme", "theme", "grade", "place_kind")},
                "amount_pence": int(line["amount_pence"]), "financial_year": line["financial_year"],
                "place": line["place_name"] or line["place_text"] or line["place_code"],
                "distance_m": None if np.isnan(distance) else round(float(distance), 1),
                "counts_from_m": money.radii[int(first[place])],
                "standing": [method.STANDINGS[code] for code in money.standing[place].tolist()],
            }
        )  # fmt: skip
    items.sort(key=lambda one: (one["counts_from_m"], -one["amount_pence"], one["id"]))
    return items


def radius_body(money: RadiusMoney) -> dict[str, Any]:
    """Write the answer as the API sends it, without the lines."""
    return {
        "partnership": money.slug, "stage": money.stage, "year": money.year,
        "from": {
            **money.spot.asked, "easting": round(money.spot.easting, 2), "northing": round(money.spot.northing, 2),
        },
        "distance": "straight line", "area_set": money.area_set, "radii": money.rows, **money.beside, "note": NOTE,
    }  # fmt: skip
