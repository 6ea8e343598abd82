"""Which saved neighbourhoods and designations a plan would divide, with the people and ground on each side."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
from sqlalchemy.orm import Session

from app.priorities.queries import designations_of_all
from app.rehearsals.grounds import Grounds
from app.rehearsals.held import held_by_neighbourhoods
from app.rehearsals.methods.tallies import share_over_grounds, whole_people

# Fewer people, or less ground, than this on one side is a drawn line's inaccuracy and divides nothing.
LEAST_PEOPLE, LEAST_SHARE = 1, 0.001


def split_neighbourhoods(session: Session, grounds: Grounds, *, demo: bool) -> dict[str, Any]:
    """Say of each saved neighbourhood on the touched ground how its people and ground would be divided.

    Raises LayerMissing where no outlines of the small areas are loaded.
    """
    near = grounds.together.ground.areas
    found = held_by_neighbourhoods(session, grounds.area_set, near, demo=demo)
    if found is None:
        return {"items": [], "total": 0, "people_source": None}
    held, rows = found.frame, found.rows
    shared = share_over_grounds(held, grounds.shares)
    cut = held[held["code"].isin(grounds.cut)]
    estimated = set(cut["place"][cut["people_share"] < 1])
    items = [
        {
            "slug": slug, "name": rows[slug].name, "partnership": rows[slug].partnership_slug,
            "version": rows[slug].version, "estimated": slug in estimated,
            **_parts(own, grounds),
        }
        for slug, own in shared.groupby("place", sort=True)
    ]  # fmt: skip
    return {"items": items, "total": len(items), "people_source": found.people_source}


def split_designations(
    session: Session, grounds_of: Callable[[str], Grounds], *, demo: bool
) -> dict[str, Any]:
    """Say of each saved designation with areas selected on the touched ground which unitary would have them.

    grounds_of : gives the touched ground in a set of small areas. A small area that the plan cuts is told
    where most of its people are, and named.
    """
    items = []
    for saved in designations_of_all(session, demo=demo):
        result: Any = saved.result
        grounds = grounds_of(str(result["index"]["area_set"]))
        chosen = {area["code"]: area["people"] for area in result["areas"] if area["selected"]}
        if not chosen.keys() & set(grounds.together.ground.areas):
            continue
        held = pd.DataFrame({"place": saved.id, "code": list(chosen), "area_m2": 1.0,
                             "people": [float("nan") if n is None else float(n) for n in chosen.values()]})  # fmt: skip
        most = grounds.shares.sort_values(["people_share", "ground"], ascending=[False, True])
        homes = most.drop_duplicates("code").assign(people_share=1.0, area_share=1.0)
        shared = share_over_grounds(held, homes)
        told = _parts(shared, grounds)
        items.append(
            {
                "id": saved.id, "name": saved.name, "partnership": saved.partnership_slug,
                "index": saved.index_id, "areas_selected": len(chosen), "people": told["people"],
                "split": told["split"], "areas_cut": sorted(chosen.keys() & set(grounds.cut)),
                "parts": [
                    {"name": part["name"], "new": part["new"], "areas": part["area_m2"],
                     "people": part["people"], "share_of_people": part["share_of_people"]}
                    for part in told["parts"]
                ],
            }
        )  # fmt: skip
    return {"items": items, "total": len(items)}


def _parts(own: pd.DataFrame, grounds: Grounds) -> dict[str, Any]:
    """Write what lies in each ground after, and whether that is more than one."""
    people, area = own["people"].sum(skipna=False), own["area_m2"].sum(skipna=False)
    parts: list[dict[str, Any]] = []
    lives: list[float] = []
    for row in own.itertuples(index=False):
        after = None if row.ground < 0 else grounds.after[row.ground]
        share = None if pd.isna(people) or not people else row.people / people
        ground = None if pd.isna(area) or not area else row.area_m2 / area
        if _is_sliver(row.people, share, ground):
            continue
        lives.append(row.people)
        parts.append(
            {
                "name": "outside this plan" if after is None else after.name,
                "code": None if after is None else after.code, "new": after is not None and after.new,
                "area_m2": None if pd.isna(row.area_m2) else round(row.area_m2),
                "share_of_people": None if share is None else round(share, 6),
                "share_of_area": None if ground is None else round(ground, 6),
            }
        )  # fmt: skip
    counts = whole_people(people, lives)
    return {
        "people": None if pd.isna(people) else round(people),
        "area_m2": None if pd.isna(area) else round(area),
        "split": len(parts) > 1,
        "parts": [part | {"people": count} for part, count in zip(parts, counts, strict=True)],
    }


def _is_sliver(people: float, share: float | None, ground: float | None) -> bool:
    """Say that so little lies here that a drawn line alone may account for it."""
    if share is not None:
        return people < LEAST_PEOPLE and (ground is None or ground < LEAST_SHARE)
    return ground is not None and ground < LEAST_SHARE
