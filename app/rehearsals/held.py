"""What each saved neighbourhood holds of small areas, in people and ground; read by rehearsals and mergers alike."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import pandas as pd
from sqlalchemy.orm import Session

from app.neighbourhoods.queries import (
    Neighbourhood,
    newest_by_slug,
    read_counts,
    read_shapes,
    release_of_set,
)
from boundaries.footprints import footprint_shares


class HeldAreas(NamedTuple):
    """Neighbourhoods, and what each holds: columns place (slug), code, people_share, people, area_m2 (NaN: unknown)."""

    rows: dict[str, Neighbourhood]
    frame: pd.DataFrame
    people_source: str


def held_by_neighbourhoods(
    session: Session, area_set: str, near: Collection[str], *, demo: bool
) -> HeldAreas | None:
    """Read what the saved neighbourhoods that have one of the small areas `near` hold; None where none has.

    One made of small areas of the set holds these; any other holds of each what its footprint has.
    Raises LayerMissing where no outlines of the set are loaded.
    """
    release = release_of_set(session, area_set, demo=demo)
    frames, rows = [], {}
    for row, version in newest_by_slug(session, demo=demo):
        if version.block_codes is not None and version.area_set == area_set:
            held = pd.DataFrame({"code": sorted(version.block_codes), "people_share": 1.0})
            held["overlap_m2"] = float("inf")  # all of it: its own area is set below
        else:
            held = footprint_shares(session, version.footprint_id, release.id)
            held = held[["code", "people_share", "overlap_m2"]]
        if held["code"].isin(list(near)).any():
            frames.append(held.assign(place=row.slug))
            rows[row.slug] = row
    if not frames:
        return None
    held = pd.concat(frames, ignore_index=True)
    codes = sorted(set(held["code"]))
    counts = read_counts(session, codes, area_set, ("people",))
    people = counts.counts["people"].astype("float64").reindex(held["code"]).to_numpy()
    area = read_shapes(session, release.id, codes)["area_m2"].reindex(held["code"]).to_numpy()
    held["people"] = people * held["people_share"].to_numpy()
    held["area_m2"] = held["overlap_m2"].where(held["overlap_m2"] < float("inf"), area)
    return HeldAreas(rows, held.drop(columns="overlap_m2"), counts.sources["people"])
