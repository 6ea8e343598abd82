"""Relations and common ground the slow, plain way: every piece drawn whole, every piece eroded."""

from __future__ import annotations

import shapely

from boundaries.methods.relations import sliver_share


def relation_of(a: shapely.Geometry, b: shapely.Geometry, tolerance_m: float) -> str | None:
    """Name what a is to b, or None where they do not meet: METHODS.md 1.3, drawn and eroded outright."""
    if not shapely.intersects(a, b):
        return None
    inside, left_a, left_b = (
        shapely.intersection(a, b), shapely.difference(a, b), shapely.difference(b, a),
    )  # fmt: skip
    if tolerance_m == 0:
        within, covers = bool(shapely.covers(b, a)), bool(shapely.covers(a, b))
        overlapping = within or covers or inside.area > 1e-4
    else:
        h = sliver_share(tolerance_m)

        def core(piece: shapely.Geometry) -> float:
            return float(shapely.buffer(piece, -tolerance_m / 2, quad_segs=4).area)

        plainly_within, plainly_covers = left_a.area <= h * a.area, left_b.area <= h * b.area
        overlapping = plainly_within or plainly_covers or core(inside) > h * min(a.area, b.area)
        within = plainly_within or (overlapping and core(left_a) <= h * a.area)
        covers = plainly_covers or (overlapping and core(left_b) <= h * b.area)
    if within and covers:
        return "equals"
    if within or covers:
        return "within" if within else "covers"
    return "overlaps" if overlapping else "touches"
