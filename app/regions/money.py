"""A region's money: each partnership's ledger, all of them with each pound once, and the region's own, reconciled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from app.regions.grounds import HeldGround
from app.regions.methods.roll_up import lay_beside_region
from app.resources.methods.together import sum_together
from app.resources.partnerships_together import ground_of_all, lines_together
from app.resources.queries import SETS, files_of, find_ground
from app.resources.several_grounds import OneGround
from boundaries.errors import NotFound

MEANING = (
    "What each ledger has inside its partnership; less what more than one of them counts; what is left counts each "
    "pound once. Part of it lies in the region and part, of partnerships that straddle, beyond it; the region has more "
    "that lies in none of them, or is stated for more than one. Each figure is summed from its own lines."
)


class RegionGround(NamedTuple):
    """A region's name and its districts on the day."""

    name: str
    districts: list[str]


def region_money(
    session: Session, region: RegionGround, held: Sequence[HeldGround], stage: str
) -> dict[str, Any]:
    """Sum one stage's lines for each partnership, for all of them once, and for the region.

    Where the region's small areas are not loaded, or no partnership's are, `reason` says so and the figures are
    None. Raises LedgerBroken where the parts do not reconcile.
    """
    sets = Counter(one.found.area_set for one in held)
    area_set = max(sets, key=lambda name: (sets[name], name == SETS[0])) if sets else SETS[0]
    reasons = {
        one.slug: f"its ledger is by {one.found.area_set}, the region's by {area_set}"
        for one in held if one.found.area_set != area_set
    }  # fmt: skip
    kept = [one for one in held if one.slug not in reasons]
    nothing: dict[str, Any] = {
        "reason": "", "by_partnership": {}, "reasons": reasons, "stage": stage, "meaning": MEANING,
        "once": None, "region": None, "reconciled": None, "sources": [],
    }  # fmt: skip
    try:
        ground = find_ground(session, region.districts, area_set=area_set)
    except NotFound as problem:
        return nothing | {"reason": problem.detail}
    together = ground_of_all(session, kept, [ground], region.districts)
    grounds = [*(OneGround(one.found, one.slug) for one in kept), OneGround(ground)]
    lines = lines_together(session, grounds, together, stage)
    of_each = [cell._replace(in_each=cell.in_each[:-1]) for cell in lines.cells]
    told = sum_together(of_each, len(kept))
    slugs = [one.slug for one in kept]
    several = [row | {"of": [slugs[at] for at in row["of"]]} for row in told["once"]["in_several"]]
    beside = lay_beside_region(lines.cells, told["once"])
    return nothing | {
        "area_set": area_set,
        "by_partnership": dict(zip(slugs, told["each"], strict=True)),
        "once": told["once"] | {"in_several": several},
        "region": beside["region"], "reconciled": beside["reconciled"],
        "other_currencies": lines.other_currencies, "sources": files_of(session, lines.file_ids),
    }  # fmt: skip
