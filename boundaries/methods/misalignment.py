"""Finds the ground where an outline and the authorities it is nearest to part ways, piece by piece.

Only pieces that a disc as wide as the tolerance could lie in: what is thinner is two drawings of one
border. Which of the two is wrong, it does not say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from boundaries.methods.erosion import thick_parts, unite
from boundaries.methods.verdict import AuthorityLayer, OutlineVerdict

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

Kind = Literal["missing", "sticks-out", "outside"]
# An authority with at least half of its ground in an outline is one that the outline is nearest to.
HALF = 0.5


@dataclass(frozen=True)
class MisalignedPiece:
    """One polygon (BNG) on which an outline and its authorities part ways.

    kind : `missing` is ground of an authority, mostly in, that the outline leaves out; `sticks-out` is
    ground of one, mostly out, that the outline takes in; `outside` is ground in no authority. code,
    name : the authority's; empty for `outside`. width_m : mean width, twice area by perimeter.
    decides : the verdict counts it; else all such pieces of that authority together are too little.
    """

    kind: Kind
    code: str
    name: str
    polygon: shapely.Polygon
    area_m2: float
    width_m: float
    decides: bool


def misaligned_pieces(
    outline: BaseGeometry, layer: AuthorityLayer, found: OutlineVerdict
) -> list[MisalignedPiece]:
    """List where an outline and the authorities that are mostly in it differ, the largest piece first.

    Parameters
    ----------
    outline : the outline that was judged. layer : the authorities it was judged against.
    found : the verdict, whose effective tolerance t decides what is a piece.

    Returns
    -------
    With D the authorities of which the outline holds at least half: the parts of D − outline
    (`missing`), of outline − D in other authorities (`sticks-out`) and in none (`outside`), each opened
    by t/2 (eroded, then widened, and cut to itself), so that a wide piece comes without the sliver
    that hangs on it. Source: METHODS.md 1.3 (core).
    """
    t = found.effective_tolerance_m
    at = {code: position for position, code in enumerate(layer.codes)}
    pieces: list[MisalignedPiece] = []
    for row in found.authorities:
        authority = layer.outlines[at[row.code]]
        if row.share_of_authority >= HALF:
            kind: Kind = "missing"
            ground, decides = shapely.difference(authority, outline), not row.whole
        else:
            kind = "sticks-out"
            ground, decides = shapely.intersection(authority, outline), row.touched
        pieces += _pieces(ground, t, kind, row.code, row.name, decides=decides)
    if found.core_outside_share > 0:
        met = [layer.outlines[n] for n in np.sort(layer.tree.query(outline, "intersects")).tolist()]
        beyond = shapely.difference(outline, unite(met)) if met else outline
        pieces += _pieces(beyond, t, "outside", "", "", decides=True)
    return sorted(pieces, key=lambda piece: (-piece.area_m2, piece.code, piece.kind))


def _pieces(
    ground: BaseGeometry, t: float, kind: Kind, code: str, name: str, *, decides: bool
) -> list[MisalignedPiece]:
    return [
        MisalignedPiece(
            kind, code, name, polygon, float(polygon.area), float(2 * polygon.area / polygon.length), decides
        )
        for polygon in opened(ground, t).tolist()
    ]  # fmt: skip


def opened(ground: BaseGeometry, tolerance_m: float) -> NDArray[np.object_]:
    """Give the polygons of some ground without what is thinner than the tolerance; none for slivers."""
    thick = thick_parts(ground, tolerance_m)
    shrunk = shapely.buffer(thick, -tolerance_m / 2, quad_segs=8)
    kept = ~shapely.is_empty(shrunk)
    grown = shapely.buffer(shrunk[kept], tolerance_m / 2, quad_segs=8)
    cut = shapely.intersection(grown, thick[kept])
    parts = shapely.get_parts(shapely.get_parts(cut))
    is_ground = (shapely.get_type_id(parts) == 3) & (
        shapely.area(parts) >= np.pi * (tolerance_m / 2) ** 2 / 2
    )
    return np.asarray(parts[is_ground])
