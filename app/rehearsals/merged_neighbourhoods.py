"""The saved neighbourhoods of partnerships that might merge: which lie wholly in the merged ground, which on both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from sqlalchemy.orm import Session

from app.rehearsals.held import held_by_neighbourhoods
from app.rehearsals.methods.tallies import share_over_grounds
from app.resources.partnerships_together import OnGround
from app.resources.queries import GroundFound

# What of a neighbourhood's people may lie beyond a border for it still to lie wholly within.
WHOLE = 0.999


def merged_neighbourhoods(
    session: Session, held: Sequence[OnGround], together: GroundFound, *, demo: bool
) -> dict[str, Any]:
    """Say of each saved neighbourhood on the merged ground what of its people lies in each partnership and in all.

    kept : wholly in the merged ground; divided : partly; on_both : on the ground of more than one of them
    today. `state` is "kept", "kept, divided today" or "divided". `overlaps` : pairs of neighbourhoods of two
    partnerships with people of the same small areas.
    """
    found = held_by_neighbourhoods(session, together.area_set, set(together.ground.areas), demo=demo)  # fmt: skip
    if found is None:
        return {"items": [], "total": 0, "kept": 0, "divided": 0, "on_both": 0, "overlaps": []}
    grounds = [one.found for one in held] + [together]
    shares = pd.concat(
        [
            pd.DataFrame({"code": sorted(ground.ground.areas), "ground": at, "people_share": 1.0, "area_share": 1.0})
            for at, ground in enumerate(grounds)
        ],
        ignore_index=True,
    )  # fmt: skip
    inside = found.frame[found.frame["code"].isin(together.ground.areas)]
    summed = share_over_grounds(inside, shares).set_index(["place", "ground"])["people"]
    totals = found.frame.groupby("place")["people"].agg(lambda column: column.sum(skipna=False))
    items = []
    for slug in sorted(set(inside["place"])):
        total = totals[slug]
        parts = [_share(summed.get((slug, at), 0.0), total) for at in range(len(grounds))]
        here = [one.slug for one, share in zip(held, parts, strict=False) if share]
        whole = _is_whole(parts[-1])
        today = any(_is_whole(share) for share in parts[:-1])
        row = found.rows[slug]
        items.append(
            {
                "slug": slug, "name": row.name, "partnership": row.partnership_slug,
                "people": None if pd.isna(total) else round(total),
                "state": "divided" if not whole else "kept" if today else "kept, divided today",
                "on": here, "share_in_all": parts[-1],
                "shares": [{"partnership": one.slug, "share": share} for one, share in zip(held, parts, strict=False)],
            }
        )  # fmt: skip
    return {
        "items": items, "total": len(items), "kept": sum(row["state"] != "divided" for row in items),
        "divided": sum(row["state"] == "divided" for row in items),
        "on_both": sum(len(row["on"]) > 1 for row in items),
        "overlaps": _overlaps(inside, {slug: found.rows[slug].partnership_slug for slug in totals.index}),
    }  # fmt: skip


def _share(people: float, total: float) -> float | None:
    return None if pd.isna(people) or pd.isna(total) or not total else round(people / total, 6)


def _is_whole(share: float | None) -> bool:
    return share is not None and share >= WHOLE


def _overlaps(inside: pd.DataFrame, owner: dict[str, str | None]) -> list[dict[str, Any]]:
    """Name the pairs of neighbourhoods of two partnerships that hold people of the same small areas."""
    left = inside[["place", "code", "people"]]
    pairs = left.merge(left, on="code", suffixes=("", "_b"))
    pairs = pairs[pairs["place"] < pairs["place_b"]]
    pairs = pairs[pairs["place"].map(owner) != pairs["place_b"].map(owner)]
    # Of an area that both cut no more is shared than the smaller part.
    pairs = pairs.assign(people=pairs[["people", "people_b"]].min(axis=1, skipna=False))
    summed = pairs.groupby(["place", "place_b"])["people"].agg(["count", "sum"])
    return [
        {"a": a, "b": b, "small_areas": int(row["count"]), "people_at_most": round(row["sum"])}
        for (a, b), row in summed.iterrows()
    ]
