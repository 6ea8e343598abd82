"""Answers which boxes of some layers meet a box, in a small part of the memory that trees of all of them take.

A tree of shapes holds some 300 bytes of each: of the nation's areas, 70 MB of every server process. This one holds
a box around a few neighbours of one layer; which of them are met, their own boxes say, which lie in a file. For who
asks widely or seldom: a narrow look at all layers takes ten times what it takes in a tree of every box.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

#: boxes of one layer under one of the tree's: more take less memory, and let more be looked at in vain
TOGETHER = 8
_BITS = 16
Numbers = NDArray[np.float64]
Places = NDArray[np.int64]
Flags = NDArray[np.bool_]


class BoxTree:
    """Boxes by layer, ready to be asked.

    boxes : west, south, east and north, a row each. layer : the layer of each, from 0.
    """

    def __init__(self, boxes: Numbers, layer: NDArray[np.integer]) -> None:
        self._boxes = boxes
        order = np.lexsort((_along_curve(boxes), layer))
        own = layer[order]
        starts = np.flatnonzero(np.append(True, own[1:] != own[:-1])) if len(own) else own[:0]
        within = np.arange(len(own)) - np.repeat(starts, np.diff(np.append(starts, len(own))))
        firsts = np.flatnonzero(within % TOGETHER == 0)
        self._members: NDArray[np.int32] = order.astype(np.int32)
        self._ends = np.append(firsts, len(own))
        self._layer = own[firsts]
        sides = (np.fmin, np.fmin, np.fmax, np.fmax)  # of an area without ground there is no box
        around = [
            side.reduceat(boxes[order, n], firsts) if len(firsts) else np.zeros(0)
            for n, side in enumerate(sides)
        ]
        # A line from corner to corner has the box of its group.
        self._tree = shapely.STRtree(shapely.linestrings(np.column_stack(around).reshape(-1, 2, 2)))

    def query(self, asked: Numbers, wanted: Flags) -> tuple[Places, Places]:
        """Pair boxes that are asked about with the boxes here that they meet or touch, by their places; in no order.

        wanted : for each box asked about (rows) the layers that are looked through
        """
        point, group = self._tree.query(shapely.box(*asked.T))
        kept = wanted[point, self._layer[group]]
        point, group = point[kept], group[kept]
        first = self._ends[group]
        count = self._ends[group + 1] - first
        ends = count.cumsum()
        at = np.arange(ends[-1] if len(ends) else 0) + (first - ends + count).repeat(count)
        point, found = point.repeat(count), self._members[at]
        own, theirs = asked[point], self._boxes[found]
        met = ((theirs[:, :2] <= own[:, 2:]) & (theirs[:, 2:] >= own[:, :2])).all(axis=1)
        return point[met], found[met].astype(np.int64)


def _along_curve(boxes: Numbers) -> Places:
    """Number the middles of boxes so that near ones have near numbers: the bits of both ways by turns."""
    if not len(boxes):
        return np.zeros(0, dtype=np.int64)
    middles = np.nan_to_num((boxes[:, :2] + boxes[:, 2:]) / 2)
    low, high = middles.min(axis=0), middles.max(axis=0)
    steps = ((middles - low) / np.maximum(high - low, 1e-9) * ((1 << _BITS) - 1)).astype(np.int64)
    number = np.zeros(len(boxes), dtype=np.int64)
    for bit in range(_BITS):
        for way in (0, 1):
            number |= ((steps[:, way] >> bit) & 1) << (2 * bit + way)
    return number
