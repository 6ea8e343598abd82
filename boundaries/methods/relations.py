"""Says how areas of two sets lie to each other: equals, covers, within, overlaps, touches; on whole outlines only.

It measures what they share on the way. A tolerance says what is a sliver; without one the answer is
exact. It never answers from pieces of an outline, whose own borders would pass for borders.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from boundaries.methods.ground import core_areas
from boundaries.methods.shared_ground import clipped_to_boxes, common_areas
from boundaries.methods.verdict import MEASURED_THRESHOLDS, threshold_for

EQUALS, COVERS, WITHIN, OVERLAPS, TOUCHES = RELATIONS = (
    "equals", "covers", "within", "overlaps", "touches",
)  # fmt: skip
# Rounding leaves this much where two outlines only share a border: a square centimetre.
NO_GROUND_M2 = 1e-4
# Outlines of the larger set worked on together by one thread.
AT_ONCE = 24
_FINEST_MEASURED_M = MEASURED_THRESHOLDS[0][0]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Positions = NDArray[np.intp]


class Related(NamedTuple):
    """Pairs of areas that meet: positions in both sets, m² in common, and what a is to b."""

    a: Positions
    b: Positions
    overlap_m2: Floats
    relation: NDArray[np.str_]


def sliver_share(tolerance_m: float) -> float:
    """Give h, the share of an area up to which what is left after eroding is generalisation.

    That of METHODS.md 1.3 from its finest measured tolerance on; below it, in proportion, so that
    without a tolerance nothing is passed over.
    """
    return threshold_for(tolerance_m) * min(tolerance_m / _FINEST_MEASURED_M, 1.0)


def is_all_sliver(area: Any, tolerance_m: float) -> bool:
    """Say whether an area is nowhere as wide as a tolerance, so that nothing can be said of it at that tolerance."""
    return tolerance_m > 0 and float(core_areas([area], tolerance_m)[0]) == 0.0


def relate(
    a: Any,
    b: Any,
    tolerance_m: float = 0.0,
    *,
    threads: int = 1,
    progress: Callable[[float], None] | None = None,
) -> Related:
    """Relate each area of one set to each of another that it meets.

    Parameters
    ----------
    a, b : arrays of valid polygons in one metric system; quickest where `b` holds the fewer and
        larger ones. The sets may be the same: an area is then related to itself too.
    tolerance_m : how far two drawings of one border may lie apart.
    threads : how many work at once; shapely lets go of the interpreter while it works.
    progress : told the share of `b` that is done, 0 to 1.

    Returns
    -------
    Related, sorted by (a, b): every pair whose outlines intersect. With core(X) the area of X after
    eroding it by half the tolerance and h = sliver_share(tolerance_m):

        plainly within   a - b has at most h |a|;        plainly covers the other way round
        overlapping      either of them, or core(a ∩ b) > h min(|a|, |b|)
        within           overlapping and core(a - b) <= h |a|;  covers the other way round
        equals           both;  overlaps: overlapping and neither;  touches: not overlapping

    Without a tolerance: within and covers are those of the outlines exactly as drawn; what overlaps
    has a square centimetre in common.

    Raises
    ------
    ValueError : a negative tolerance.
    """
    if tolerance_m < 0:
        raise ValueError("a tolerance is negative")
    small, big = _Set.of(np.asarray(a, dtype=object)), _Set.of(np.asarray(b, dtype=object))
    tree = shapely.STRtree(small.shapes)
    tree.query(shapely.box(0, 0, 1, 1))  # the index too is made at its first use
    # From west to east, so that those worked on together have neighbours in common.
    order = np.argsort(shapely.bounds(big.shapes)[:, 0], kind="stable")
    parts = np.array_split(order, max(1, -(-len(order) // AT_ONCE)))

    def work(part: Positions) -> Related:
        return _relate_part(tree, small, big, part, tolerance_m)

    found: list[Related] = []
    with ThreadPoolExecutor(max_workers=threads) as pool:
        for one in pool.map(work, parts):
            found.append(one)
            if progress is not None:
                progress(len(found) / len(parts))
    at_a, at_b = (np.concatenate([one[column] for one in found]) for column in (0, 1))
    overlap_m2 = np.concatenate([one.overlap_m2 for one in found])
    relation = np.concatenate([one.relation for one in found])
    by_a = np.lexsort((at_b, at_a))
    return Related(at_a[by_a], at_b[by_a], overlap_m2[by_a], relation[by_a])


def _relate_part(
    tree: shapely.STRtree, small: _Set, big: _Set, part: Positions, tolerance_m: float
) -> Related:
    """Relate all of one set to some of the other."""
    shapely.prepare(big.shapes[part])
    query, at_a = tree.query(big.shapes[part], predicate="intersects")
    at_b = part[query]
    a, b = small.taken(at_a), big.taken(at_b)
    in_b = shapely.covers(b.shapes, a.shapes)
    in_a = _covers_where_boxes_allow(a.shapes, b.shapes)
    cut = np.flatnonzero(~in_a & ~in_b)
    overlap_m2 = np.where(in_b, a.area_m2, b.area_m2)
    overlap_m2[cut] = common_areas(small.shapes, big.shapes, at_a[cut], at_b[cut])
    overlap_m2[overlap_m2 < NO_GROUND_M2] = 0.0
    return Related(at_a, at_b, overlap_m2, _decide(a, b, overlap_m2, in_b, in_a, tolerance_m))


def _covers_where_boxes_allow(a: NDArray[Any], b: NDArray[Any]) -> Flags:
    """Say which of `a` cover their `b`; only those whose box does are asked."""
    inner, outer = shapely.bounds(b), shapely.bounds(a)
    maybe = np.flatnonzero(
        (outer[:, :2] <= inner[:, :2]).all(axis=1) & (outer[:, 2:] >= inner[:, 2:]).all(axis=1)
    )
    covers = np.zeros(len(a), dtype=bool)
    covers[maybe] = shapely.covers(a[maybe], b[maybe])
    return covers


def _decide(
    a: _Set, b: _Set, overlap_m2: Floats, in_b: Flags, in_a: Flags, tolerance_m: float
) -> NDArray[np.str_]:
    """Name the relation of each pair; outlines are cut and eroded only where areas leave a doubt."""
    h = sliver_share(tolerance_m)
    left_a, left_b = a.area_m2 - overlap_m2, b.area_m2 - overlap_m2
    least_m2 = np.minimum(a.area_m2, b.area_m2)
    within, covers = in_b.copy(), in_a.copy()
    if tolerance_m == 0:
        overlapping = within | covers | (overlap_m2 > 0)
        return _names(overlapping, within, covers)
    within |= left_a <= h * a.area_m2
    covers |= left_b <= h * b.area_m2
    overlapping = within | covers
    doubt = np.flatnonzero(~overlapping & (overlap_m2 > h * least_m2))
    common = _Cut(a.taken(doubt), b.taken(doubt), "common")
    overlapping[doubt] = _cores_exceed(common, overlap_m2[doubt], h * least_m2[doubt], tolerance_m)
    for found, left_m2, own, other in ((within, left_a, a, b), (covers, left_b, b, a)):
        doubt = np.flatnonzero(overlapping & ~found)
        left = _Cut(own.taken(doubt), other.taken(doubt), "left")
        found[doubt] = ~_cores_exceed(left, left_m2[doubt], h * left.own.area_m2, tolerance_m)
    return _names(overlapping, within, covers)


def _names(overlapping: Flags, within: Flags, covers: Flags) -> NDArray[np.str_]:
    return np.select(
        [within & covers, within, covers, overlapping], [EQUALS, WITHIN, COVERS, OVERLAPS], TOUCHES
    )


class _Set(NamedTuple):
    """Outlines with what is asked of them again and again."""

    shapes: NDArray[Any]
    area_m2: Floats
    length_m: Floats
    rings: NDArray[np.int64]

    @classmethod
    def of(cls, shapes: NDArray[Any]) -> _Set:
        # Their boxes too are made here: made at first use, two threads would make them at once.
        shapely.bounds(shapes)
        return cls(shapes, shapely.area(shapes), shapely.length(shapes), _count_rings(shapes))

    def taken(self, at: Positions) -> _Set:
        return _Set(self.shapes[at], self.area_m2[at], self.length_m[at], self.rings[at])

    def edge_m2(self, radius_m: float) -> Floats:
        """Give the most ground that can lie within a radius of an outline."""
        return 2 * radius_m * self.length_m + np.pi * radius_m**2 * self.rings


class _Cut(NamedTuple):
    """Pieces of ground not drawn yet: what areas have in common with others, or leave out of them."""

    own: _Set
    other: _Set
    what: Literal["common", "left"]

    def drawn(self, at: Positions) -> NDArray[Any]:
        """Draw the pieces at some positions, from the part of the other outline that is near."""
        own, other = self.own.shapes[at], self.other.shapes[at]
        near = clipped_to_boxes(other, shapely.bounds(own))
        near = np.where(shapely.is_valid(near), near, other)
        if self.what == "left":
            return np.asarray(shapely.difference(own, near), dtype=object)
        return np.asarray(shapely.intersection(own, near), dtype=object)


def _count_rings(shapes: NDArray[Any]) -> NDArray[np.int64]:
    parts, shape = shapely.get_parts(shapes, return_index=True)
    rings = 1 + shapely.get_num_interior_rings(parts)
    return np.bincount(shape, rings, minlength=len(shapes)).astype(np.int64)


def _cores_exceed(cut: _Cut, area_m2: Floats, limit_m2: Floats, tolerance_m: float) -> Flags:
    """Say which pieces have a core above a limit, drawing and eroding only those in doubt.

    A core grown by the radius it lost has at most its piece's area, so by Brunn and Minkowski
    √core <= √area - √π r: most slivers are settled by their area, most of the others part by part. And
    eroding takes at most what lies within the radius of the outlines: that settles most of the rest.
    """
    radius = tolerance_m / 2
    exceeds = area_m2 - cut.own.edge_m2(radius) - cut.other.edge_m2(radius) > limit_m2
    doubt = np.flatnonzero(~exceeds & (largest_core(area_m2, radius) > limit_m2))
    if not len(doubt):
        return exceeds
    pieces = cut.drawn(doubt)
    parts, piece = shapely.get_parts(shapely.get_parts(pieces)), _piece_of_parts(pieces)
    part_m2 = shapely.area(parts)
    at_most = np.bincount(piece, largest_core(part_m2, radius), minlength=len(doubt))
    rings = 1 + shapely.get_num_interior_rings(parts)
    taken = shapely.length(parts) * radius + rings * np.pi * radius**2
    at_least = np.bincount(piece, np.maximum(part_m2 - taken, 0.0), minlength=len(doubt))
    limit = limit_m2[doubt]
    answer = at_least > limit
    open_still = np.flatnonzero(~answer & (at_most > limit))
    worth = np.isin(piece, open_still) & (largest_core(part_m2, radius) > 0)
    core = np.bincount(piece[worth], core_areas(parts[worth], tolerance_m), minlength=len(doubt))
    answer[open_still] = core[open_still] > limit[open_still]
    exceeds[doubt] = answer
    return exceeds


def _piece_of_parts(pieces: Any) -> Positions:
    """Give the piece that each simple part belongs to; a collection's parts may themselves have parts."""
    first, piece = shapely.get_parts(pieces, return_index=True)
    _, outer = shapely.get_parts(first, return_index=True)
    return np.asarray(piece[outer], dtype=np.intp)


def largest_core(area_m2: Floats, radius_m: float) -> Floats:
    """Give the largest area that can be left of ground of some area after eroding it by a radius."""
    return np.maximum(np.sqrt(area_m2) - np.sqrt(np.pi) * radius_m, 0.0) ** 2
