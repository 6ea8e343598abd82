"""Holds a lookup against the outlines: does each area lie where the lookup says that it belongs?

Source: METHODS.md 1.2 (at 20 m outlines a true parent holds at least 0.89 of a small area, a false
one at most 0.05) and section 8.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

# An area belongs to the parent that holds at least this share of it.
BELONGS_SHARE = 0.5
# A parent that holds less than this of an area cannot be the one that it nests in.
FALSE_SHARE = 0.05


class Drawn(NamedTuple):
    """Areas as one release draws them: codes, and outlines in metres, in one order."""

    codes: NDArray[np.object_]
    shapes: NDArray[np.object_]


def cross_check(children: Drawn, parents: Drawn, lookup: Mapping[str, str]) -> pd.DataFrame:
    """Measure how much of each area lies in the lookup's parent and in the parent that holds most of it.

    Parameters
    ----------
    children, parents : outlines valid and in one metric system
    lookup : child code -> parent code; a child that it lacks is left out, as is one that is not drawn

    Returns
    -------
    One row a child, in order of code: child_code, lookup_parent, outline_parent (the lowest code of
    those that hold most; None where no parent holds any), lookup_share, outline_share (of the child's
    area), disagrees (the outline's parent is another and holds at least half), impossible (it
    disagrees and the lookup's parent holds less than 0.05).
    """
    known = np.array([code in lookup for code in children.codes], dtype=bool)
    order = np.argsort(children.codes[known])
    codes, shapes = children.codes[known][order], children.shapes[known][order]
    by_code = np.argsort(parents.codes)
    parent_codes, parent_shapes = parents.codes[by_code], parents.shapes[by_code]
    shapely.prepare(parent_shapes)
    said = [lookup[code] for code in codes]
    place = {code: at for at, code in enumerate(parent_codes)}
    own = np.array([place.get(code, -1) for code in said], dtype=np.int64)
    size_m2 = shapely.area(shapes)
    lookup_share = _shares(shapes, parent_shapes, np.arange(len(codes)), own, size_m2)
    # A parent that holds more than half holds most: only the others need be measured against all.
    most, most_share = own.copy(), lookup_share.copy()
    left = np.flatnonzero(lookup_share <= 0.5)
    parent, child = shapely.STRtree(shapes[left]).query(parent_shapes, predicate="intersects")
    share = _shares(shapes, parent_shapes, left[child], parent, size_m2)
    # From the least to the greatest share, ties from the highest code down: the last one written stays.
    rising = np.lexsort((-parent, share))
    most[left], most_share[left] = -1, 0.0
    rising = rising[share[rising] > 0]
    most[left[child[rising]]] = parent[rising]
    most_share[left[child[rising]]] = share[rising]
    disagrees = (most != own) & (most_share >= BELONGS_SHARE)
    return pd.DataFrame(
        {
            "child_code": codes,
            "lookup_parent": said,
            "outline_parent": pd.Series(
                [None if at < 0 else parent_codes[at] for at in most], dtype=object
            ),
            "lookup_share": lookup_share,
            "outline_share": most_share,
            "disagrees": disagrees,
            "impossible": disagrees & (lookup_share < FALSE_SHARE),
        }
    )


def _shares(
    children: NDArray[np.object_],
    parents: NDArray[np.object_],
    child: NDArray[np.int64],
    parent: NDArray[np.int64],
    size_m2: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Measure the share of each child in one parent; `covers` first, as most lie wholly inside (METHODS 1.5)."""
    share = np.zeros(len(child))
    drawn = np.flatnonzero(parent >= 0)
    # Pairs of one parent follow one another, so that its prepared outline is used again.
    drawn = drawn[np.argsort(parent[drawn], kind="stable")]
    inside = shapely.covers(parents[parent[drawn]], children[child[drawn]])
    share[drawn[inside]] = 1.0
    border = drawn[~inside]
    pieces = shapely.intersection(parents[parent[border]], children[child[border]])
    share[border] = shapely.area(pieces) / size_m2[child[border]]
    return share
