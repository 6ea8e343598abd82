"""Measures the ground and people that partnerships have in common, all pairs at once, by district.

Exact for partnerships of whole councils; a partnership with an outline of its own is measured by what
of each district lies in it, and two outlines by their intersection, which the caller gives.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
# METHODS.md 4: the same ground where both shares reach it.
SAME_GROUND_SHARE = 0.95


@dataclass(frozen=True)
class SharedGround:
    """Pairs of partnerships (positions `a` < `b`, in order) with ground in common.

    m2 : the ground both have. people : who lives there, NaN where not known. share_of_a, share_of_b :
    of each one's own ground, 0 to 1; people_share_of_a, people_share_of_b likewise, NaN where not known.
    same : both shares are at least 95 %.
    """

    a: NDArray[np.intp]
    b: NDArray[np.intp]
    m2: Floats
    people: Floats
    share_of_a: Floats
    share_of_b: Floats
    people_share_of_a: Floats
    people_share_of_b: Floats
    same: NDArray[np.bool_]


def shared_ground(
    area_m2: Floats,
    people: Floats,
    total_m2: Floats,
    is_whole: NDArray[np.bool_],
    between_outlines: Mapping[tuple[int, int], tuple[float, float]],
) -> SharedGround:
    """Find every pair of partnerships that share ground.

    Parameters
    ----------
    area_m2 : partnership × district, the m² of the district in the partnership's ground.
    people : the same for people; NaN where they are not known.
    total_m2 : m² of each partnership's ground, sea and other countries included.
    is_whole : True where a partnership's ground is whole districts, False where it has an outline.
    between_outlines : for pairs (a, b), a < b, of partnerships with outlines: m² and people in common.

    Returns
    -------
    SharedGround. For a partnership of whole districts W and any other B the ground in common is the
    sum over W's districts of what of each lies in B; so A ∩ B is symmetric, and a partnership's share
    of itself would be 1. A pair that has nothing in common has no row. Source: METHODS.md 4.
    """
    count = len(area_m2)
    within = ((area_m2 > 0) & is_whole[:, None]).astype(np.float64)
    known = np.nan_to_num(people)
    missing = (np.isnan(people) & (area_m2 > 0)).astype(np.float64)
    common, lives, unknown = within @ area_m2.T, within @ known.T, within @ missing.T
    # A whole one's row says it of any other; for an outline's row the other side says it.
    turned = ~is_whole[:, None] & is_whole[None, :]
    common = np.where(turned, common.T, common)
    lives = np.where(turned, lives.T, lives)
    lives[np.where(turned, unknown.T, unknown) > 0] = np.nan
    for (first, second), (m2, lived) in between_outlines.items():
        common[first, second], lives[first, second] = m2, lived
    a, b = np.nonzero(np.triu(common, 1))
    ground_m2, folk = common[a, b], lives[a, b]
    everybody = np.where(missing.sum(axis=1) > 0, np.nan, known.sum(axis=1))
    share_of_a, share_of_b = _ratio(ground_m2, total_m2[a]), _ratio(ground_m2, total_m2[b])
    assert len(total_m2) == count, "one total for each partnership"
    return SharedGround(
        a, b, ground_m2, folk, share_of_a, share_of_b, _ratio(folk, everybody[a]), _ratio(folk, everybody[b]),
        (share_of_a >= SAME_GROUND_SHARE) & (share_of_b >= SAME_GROUND_SHARE),
    )  # fmt: skip


def _ratio(part: Floats, whole: Floats) -> Floats:
    """Divide, no more than 1; NaN where the whole is nobody or not known."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(whole > 0, np.minimum(part / whole, 1.0), np.nan)
