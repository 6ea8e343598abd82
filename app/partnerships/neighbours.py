"""Who lies beside a partnership: authorities along its border with metres, and partnerships beyond it."""

from __future__ import annotations

from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sqlalchemy.orm import Session

from app.partnerships.methods.shared_ground import shared_ground
from app.partnerships.queries import get_partnership
from app.partnerships.standings import (
    OUTLINE_TOLERANCE_M,
    Standings,
    between_outlines,
    read_standings,
)
from boundaries.crs import BNG
from boundaries.methods.code_verdict import join_words
from boundaries.methods.contiguity import touching_pairs
from boundaries.queries import outlines

OWN = "\x00own"  # no code of an area begins so


def neighbours_of(session: Session, slug: str, day: date) -> dict[str, Any]:
    """List the authorities that share a border with a partnership, and the partnerships beside it that share no ground.

    Borders are metres along the drawn outlines. Raises UnknownPartnership.
    """
    partnership = get_partnership(session, slug)
    standings = read_standings(session, day, demo=partnership.demo, slug=slug)
    layer = standings.tier.layer
    at = next((n for n, row in enumerate(standings.rows) if row.slug == slug), None)
    body: dict[str, Any] = {
        "partnership": slug, "as_at": day, "release": layer.id, "quality": layer.quality,
        "attribution": layer.attribution,
    }  # fmt: skip
    if at is None:
        sentence = f"{partnership.name} does not live on {day}, so it has no neighbours."
        return body | {"sentence": sentence, "authorities": [], "partnerships": []}
    borders = _borders(session, standings, at)
    authorities = _authorities(standings, at, borders)
    partnerships = _partnerships(session, standings, at, authorities)
    return body | {
        "sentence": _sentence(partnership.name, authorities, partnerships),
        "border_m": round(float(sum(row["border_m"] for row in authorities)), 1),
        "authorities": authorities, "partnerships": partnerships,
    }  # fmt: skip


def _borders(session: Session, standings: Standings, at: int) -> pd.DataFrame:
    """Measure the borders around a partnership: code_a, code_b, shared_border_m; its own outline is OWN."""
    own = standings.rows[at]
    touched = standings.touched(at)
    drawn = outlines(session, standings.tier.layer.id, touched)
    west, south, east, north = drawn.total_bounds if own.outline is None else own.outline.bounds
    reach = 100.0
    near = outlines(
        session, standings.tier.layer.id, box=(west - reach, south - reach, east + reach, north + reach)
    )  # fmt: skip
    near = near[near["code"].isin(standings.districts["code"])]
    if own.outline is None:
        return touching_pairs(near)
    rest = near[~near["code"].isin(touched)]
    frame = gpd.GeoDataFrame(
        {"code": [OWN, *rest["code"]]}, geometry=[own.outline, *rest.geometry], crs=BNG
    )
    gap_m = OUTLINE_TOLERANCE_M + standings.tier.layer.tolerance_m
    return touching_pairs(frame, gap_m=gap_m, shorter_than_m=2 * gap_m)


def _authorities(standings: Standings, at: int, borders: pd.DataFrame) -> list[dict[str, Any]]:
    own = {OWN} if standings.rows[at].outline is not None else set(standings.touched(at))
    one_way = borders.rename(columns={"code_a": "inside", "code_b": "beyond"})
    other = borders.rename(columns={"code_b": "inside", "code_a": "beyond"})
    both = pd.concat([one_way, other], ignore_index=True)
    across = both[both["inside"].isin(own) & ~both["beyond"].isin(own)]
    metres = across.groupby("beyond")["shared_border_m"].sum().sort_values(ascending=False)
    frame = standings.districts.set_index("code")
    rows = []
    for code, border_m in metres.items():
        area = frame.loc[code]
        county = area["county_code"] if isinstance(area["county_code"], str) else None
        touching = sorted(across["inside"][across["beyond"] == code]) if OWN not in own else []
        rows.append({
            "code": code, "name": area["name"], "county_code": county,
            "county_name": area["county_name"] if county else None,
            "people": None if pd.isna(area["people"]) else int(area["people"]),
            "border_m": round(float(border_m), 1), "beside": touching,
        })  # fmt: skip
    return rows


def _partnerships(
    session: Session, standings: Standings, at: int, authorities: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """List the partnerships that share a border with this one and no ground."""
    if not len(standings.rows):
        return []
    common = shared_ground(
        standings.area_m2, standings.people, standings.total_m2, standings.is_whole,
        between_outlines(session, standings, at, with_people=False),
    )  # fmt: skip
    sharing = set(common.b[common.a == at].tolist()) | set(common.a[common.b == at].tolist())
    border_of = {row["code"]: row["border_m"] for row in authorities}
    own = standings.rows[at]
    rows = []
    for n, other in enumerate(standings.rows):
        if n == at or n in sharing:
            continue
        if other.outline is None:
            border_m = float(sum(border_of.get(code, 0.0) for code in other.codes))
        else:
            border_m = _border_between(session, standings, at, other.outline)
        if border_m > 0:
            rows.append({
                "partnership": other.slug, "name": other.name, "kind": other.kind,
                "same_kind": other.kind == own.kind, "border_m": round(border_m, 1),
                "authorities": sorted(other.codes & set(border_of)),
            })  # fmt: skip
    return sorted(rows, key=lambda row: (-row["border_m"], row["partnership"]))


def _border_between(
    session: Session, standings: Standings, at: int, outline: shapely.MultiPolygon
) -> float:
    """Measure the border of a partnership with another's outline, metres."""
    own = standings.rows[at]
    if own.outline is None:
        frame = outlines(
            session, standings.tier.layer.id, standings.touched(at), box=outline.bounds
        )
        mine = list(frame.geometry)
    else:
        mine = [own.outline]
    gap_m = 2 * OUTLINE_TOLERANCE_M
    if not mine or not shapely.dwithin(np.array(mine, dtype=object), outline, gap_m).any():
        return 0.0
    codes = [f"{n:04d}" for n in range(len(mine))]
    frame = gpd.GeoDataFrame({"code": [OWN, *codes]}, geometry=[outline, *mine], crs=BNG)
    pairs = touching_pairs(frame, gap_m=gap_m, shorter_than_m=2 * gap_m)
    return float(pairs["shared_border_m"][pairs["code_a"] == OWN].sum())


def _sentence(
    name: str, authorities: list[dict[str, Any]], partnerships: list[dict[str, Any]]
) -> str:
    if not authorities:
        first = f"{name} borders no authority that is drawn here."
    else:
        longest = authorities[0]
        number = "one authority" if len(authorities) == 1 else f"{len(authorities)} authorities"
        first = (
            f"{name} borders {number}: {join_words([row['name'] for row in authorities])}; the longest "
            f"border is that with {longest['name']} ({longest['border_m'] / 1000:.1f} km)."
        )
    if not partnerships:
        return f"{first} No partnership here lies beside it."
    verb = "lies" if len(partnerships) == 1 else "lie"
    return f"{first} Beside it {verb} {join_words([row['name'] for row in partnerships])}."
