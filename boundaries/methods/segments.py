"""Matches the straight pieces of a layer's borders: which area lies on the other side of each; moves none.

In a clean coverage each border between two areas is drawn by both with the same corners, in opposite
directions. So what matches tells the neighbours and their border exactly, and what does not is all
that a search for gaps, overlaps and the coast has to look at (METHODS.md 1.4).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

NOBODY = -1
# Odd multipliers that spread the bits of a coordinate over 64 (D. Knuth's and two primes beside it).
_SPREAD = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], dtype=np.uint64)


class Segments(NamedTuple):
    """The straight pieces of all rings of a layer, in the order in which they are drawn.

    owner: position of the area; ends: (n, 4) x and y of both ends in metres; beside: position of the
    area that draws the same piece the other way round, NOBODY where none, or more than one, does.
    """

    owner: NDArray[np.intp]
    ends: NDArray[np.float64]
    beside: NDArray[np.intp]

    @property
    def open(self) -> NDArray[np.bool_]:
        """Say which pieces have no match: the coast, gaps, overlaps, and borders drawn twice."""
        return self.beside == NOBODY

    @property
    def length_m(self) -> NDArray[np.float64]:
        """Give the length of each piece in metres."""
        return np.asarray(np.hypot(*(self.ends[:, 2:] - self.ends[:, :2]).T), dtype=np.float64)

    def open_areas(self, areas: int) -> NDArray[np.bool_]:
        """Say which of a layer's areas have a piece without a match; the others are closed in."""
        found = np.zeros(areas, dtype=bool)
        found[self.owner[self.open]] = True
        return found

    def open_lines(self) -> NDArray[np.object_]:
        """Give the pieces without a match as lines."""
        ends = self.ends[self.open].reshape(-1, 2, 2)
        return np.asarray(shapely.linestrings(ends), dtype=object).reshape(-1)

    def shared_borders(
        self, areas: int
    ) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
        """Give the pairs a < b whose borders match, and the metres that do; sorted by (a, b)."""
        once = self.owner < self.beside  # NOBODY is less than every position
        key = self.owner[once] * areas + self.beside[once]
        pairs, place = np.unique(key, return_inverse=True)
        metres = np.zeros(len(pairs))
        np.add.at(metres, place, self.length_m[once])
        return pairs // areas, pairs % areas, metres


def match_segments(areas: Any) -> Segments:
    """Match the borders of a layer's areas piece by piece.

    Parameters
    ----------
    areas : array or GeoSeries of polygons or multipolygons in metres, none missing.

    Returns
    -------
    Segments. Two pieces match where both ends have equal coordinates, bit for bit, and exactly two
    are drawn there, by different areas and in opposite directions.
    """
    parts, part_of = shapely.get_parts(np.asarray(areas, dtype=object), return_index=True)
    rings, ring_of = shapely.get_rings(parts, return_index=True)
    points, at = shapely.get_coordinates(rings, return_index=True)
    first = np.flatnonzero(at[1:] == at[:-1])
    first = first[(points[first] != points[first + 1]).any(axis=1)]  # a point drawn twice
    ends = np.hstack([points[first], points[first + 1]])
    owner = part_of[ring_of[at[first]]]
    return Segments(owner, ends, _beside(owner, ends))


def _beside(owner: NDArray[np.intp], ends: NDArray[np.float64]) -> NDArray[np.intp]:
    """Find for each piece the area that draws it the other way round."""
    from_key, to_key = _key_of(ends[:, :2]), _key_of(ends[:, 2:])
    key = np.minimum(from_key, to_key) * _SPREAD[0] + np.maximum(from_key, to_key)
    order = np.argsort(key, kind="stable")
    sorted_keys = key[order]
    same = np.flatnonzero(sorted_keys[1:] == sorted_keys[:-1])
    # of three or more in a row none is matched: nobody can say which two belong together
    alone = np.r_[True, np.diff(same) > 1] & np.r_[np.diff(same) > 1, True] if len(same) else same
    one, other = order[same[alone]], order[same[alone] + 1]
    turned = (ends[one] == ends[other][:, [2, 3, 0, 1]]).all(axis=1)
    true = turned & (owner[one] != owner[other])
    beside = np.full(len(owner), NOBODY, dtype=np.intp)
    beside[one[true]] = owner[other[true]]
    beside[other[true]] = owner[one[true]]
    return beside


def _key_of(points: NDArray[np.float64]) -> NDArray[np.uint64]:
    """Make one number of each point: equal points have equal numbers, and hardly any others."""
    bits = np.ascontiguousarray(points + 0.0).view(np.uint64)  # + 0.0: minus zero is zero
    mixed = bits[:, 0] * _SPREAD[1] ^ np.roll(bits, 1, axis=1)[:, 0] * _SPREAD[2]
    mixed ^= mixed >> np.uint64(29)
    return np.asarray(mixed * _SPREAD[0], dtype=np.uint64)
