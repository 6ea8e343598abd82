"""The rows that an alignment's shares are made of: districts with their m² and people, and what of both is inside.

Every district of the partnership, and of each county that it touches, so that shares of a county can be
worked out from its districts.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
from sqlalchemy.orm import Session

from app.exports.csv import write_csv
from app.exports.sheets import Kind, Sheet
from app.partnerships.alignment import align_ground
from app.partnerships.queries import Ground
from app.partnerships.tiers import read_tier

_WHOLE = {"share_of_authority": 1.0, "population_share_of_authority": 1.0}
_COLUMNS: tuple[tuple[str, Kind], ...] = (
    ("code", "text"), ("name", "text"), ("county_code", "text"), ("county_name", "text"), ("area_m2", "number"),
    ("inside_m2", "number"), ("people", "whole"), ("inside_people", "number"), ("release", "text"),
)  # fmt: skip


def alignment_csv(session: Session, ground: Ground, day: date) -> bytes:
    """Write the rows of a saved partnership or a passing view on a day."""
    body = align_ground(session, ground, day)
    tier = read_tier(session, day, demo=ground.demo)
    parts = {row["code"]: row for row in body["authorities"]}
    inside = {code: row for code, row in parts.items() if row["tier"] in ("lower", "both")}
    counties = {code for code, row in parts.items() if row["tier"] in ("upper", "both")}
    frame = tier.frame
    if body["basis"] == "codes":
        own = set(ground.codes)
        is_in = frame["code"].isin(own) | frame["county_code"].isin(own)
        inside = dict.fromkeys(frame.loc[is_in, "code"], _WHOLE)
    shown = frame[frame["code"].isin(list(inside)) | frame["county_code"].isin(counties)]
    rows = [_row(row, inside.get(row["code"]), tier.layer.id) for row in shown.to_dict("records")]
    if body["outside_share"] and body.get("area_m2"):
        # Ground of the outline in no council: part of the partnership, and of nobody's area.
        beyond = float(body["outside_share"]) * float(body["area_m2"])
        rows.append({"code": "", "name": "in no council", "area_m2": 0.0, "inside_m2": beyond})
    return write_csv(Sheet("alignment", f"Districts of {ground.name}", _COLUMNS, rows))


def _row(row: dict[str, Any], part: dict[str, Any] | None, release_id: str) -> dict[str, Any]:
    people = None if pd.isna(row["people"]) else int(row["people"])
    share, of_people = (
        (0.0, 0.0)
        if part is None
        else (part["share_of_authority"], part["population_share_of_authority"])
    )
    has_county = isinstance(row["county_code"], str)
    return {
        "code": row["code"], "name": row["name"],
        # One without a county is its own upper tier.
        "county_code": row["county_code"] if has_county else row["code"],
        "county_name": row["county_name"] if has_county else row["name"],
        "area_m2": float(row["area_m2"]), "inside_m2": share * float(row["area_m2"]), "people": people,
        "inside_people": None if people is None or of_people is None else of_people * people,
        "release": release_id,
    }  # fmt: skip
