"""Finds which areas touch and along how long a border; a corner in common is not a border.

Source: METHODS.md 3.6 (priority areas join by a shared border of more than 1 m) and 1.4 (real
small-area layers have narrow gaps and edges whose vertices differ).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

from boundaries.methods.segments import match_segments

if TYPE_CHECKING:
    import geopandas
    import pandas as pd

# Below this exact length the edges may be the same border drawn twice, so it is measured again.
SUSPICIOUS_BORDER_M = 50.0


def touching_pairs(
    frame: geopandas.GeoDataFrame, *, gap_m: float = 2.0, shorter_than_m: float = 1.0
) -> pd.DataFrame:
    """List the pairs of areas that touch, with the metres of border they share.

    Parameters
    ----------
    frame : columns `code` (unique) and geometry: valid polygons, British National Grid.
    gap_m : how far apart (or overlapping) two drawings of one border may lie.
    shorter_than_m : borders up to this length are no contact (corners, rounding).

    Returns
    -------
    Frame of `code_a`, `code_b` (`code_a < code_b`), `shared_border_m`, sorted; each pair once.

    An area whose every piece of border is drawn by its neighbours too shares exactly those lengths.
    Between two others the length is that of the common part of both edges. Where it is under 50 m, and the
    areas lie within `gap_m`, the border is measured again as the length of one edge within `gap_m`
    of the other area, the mean of both ways, less the 2 gap_m that a bare corner contributes; it
    counts where it is longer by over 4 gap_m. So mismatched vertices and gaps up to `gap_m`
    do not part neighbours, and four areas meeting in a point do not join across it.
    Source: METHODS.md 3.6, 1.4.
    """
    import pandas as pd

    codes = frame["code"].to_numpy()
    areas = np.asarray(frame.geometry.to_numpy(), dtype=object)
    order = np.argsort(codes.astype(str), kind="stable")
    codes, areas = codes[order], areas[order]
    segments = match_segments(areas)
    left, right, border = segments.shared_borders(len(areas))
    # Where every piece of an area's border has its match, there is no more to be found of it.
    in_doubt = segments.open_areas(len(areas))
    sure = ~(in_doubt[left] & in_doubt[right])
    more_left, more_right, more_border = _measure(areas, np.flatnonzero(in_doubt), gap_m)
    left = np.concatenate([left[sure], more_left])
    right = np.concatenate([right[sure], more_right])
    border = np.concatenate([border[sure], more_border])
    kept = border > shorter_than_m
    pairs = pd.DataFrame(
        {
            "code_a": codes[left[kept]],
            "code_b": codes[right[kept]],
            "shared_border_m": border[kept],
        }
    )
    return pairs.sort_values(["code_a", "code_b"], ignore_index=True)


def _measure(
    areas: NDArray[np.object_], asked: NDArray[np.intp], gap_m: float
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
    """Measure the borders between the asked areas on their outlines: pairs of positions, and metres."""
    near, found = shapely.STRtree(areas[asked]).query(
        areas[asked], predicate="dwithin", distance=gap_m
    )
    once = near < found
    left, right = asked[near[once]], asked[found[once]]
    edges = shapely.boundary(areas)
    border = shapely.length(shapely.intersection(edges[left], edges[right]))
    doubtful = np.flatnonzero(border < SUSPICIOUS_BORDER_M)
    again = _near_border(areas, edges, left[doubtful], right[doubtful], gap_m)
    # A border measured exactly grows by rounding here; only a real gain shows a second drawing.
    gain = again > border[doubtful] + 4 * gap_m
    border[doubtful[gain]] = again[gain]
    return left, right, border


def _near_border(
    areas: NDArray[np.object_],
    edges: NDArray[np.object_],
    left: NDArray[np.intp],
    right: NDArray[np.intp],
    gap_m: float,
) -> NDArray[np.float64]:
    """Measure how far the edges of pairs run within the gap of each other, less a bare corner's."""
    if not len(left):
        return np.zeros(0)

    def one_way(a: NDArray[np.intp], b: NDArray[np.intp]) -> NDArray[np.float64]:
        # Only the piece of b's ground near a is widened: districts' worth of vertices is slow.
        west, south, east, north = shapely.bounds(areas[a]).T
        clip = shapely.box(west - 2 * gap_m, south - 2 * gap_m, east + 2 * gap_m, north + 2 * gap_m)
        edge = shapely.intersection(edges[b], clip)
        wide = shapely.buffer(edge, gap_m, quad_segs=4)
        inside = shapely.length(shapely.intersection(edges[a], wide))
        return np.asarray(inside, dtype=np.float64)

    return (one_way(left, right) + one_way(right, left)) / 2 - 2 * gap_m
