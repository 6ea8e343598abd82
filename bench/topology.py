"""Measures the levels of every national layer: seconds, corners, and gaps or overlaps that the layer had not.

Run as `python -m bench.topology MIRROR [FILE...]`. It proves promise 5: each layer is read, repaired,
mended and simplified as a load does it, and each level is searched for gaps and overlaps over 1 m²,
empty and invalid areas: 0 of each must be printed. The peer is `shapely.simplify` of the same areas
one by one, at the tolerance of the finest level, with the areas whose edges it tears.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from app.sources.catalogue import Dataset, catalogue
from boundaries.crs import BNG, flattened, to_bng
from boundaries.methods.coverage import find_faults
from boundaries.methods.levels import is_sound, new_faults, simplify_to_levels
from boundaries.methods.mending import mend
from boundaries.methods.validity import repair
from boundaries.sources.layers import read_layer

# The layers of full resolution take minutes: only when asked for by name.
LARGE = ("lsoa-2001-04-bfc", "lad-2001-04-bfc")


class Made(NamedTuple):
    """What one layer gave: new gaps, new overlaps, areas lost, levels, and the seconds they took."""

    gaps: int
    overlaps: int
    lost: int
    levels: int
    seconds: float


def layers_of(mirror: Path) -> list[Dataset]:
    """List the layers of the catalogue whose file is in the mirror."""
    return [
        one for one in catalogue().values()
        if one.layer is not None and one.path is not None and (mirror / one.path).is_file()
    ]  # fmt: skip


def read_areas(mirror: Path, dataset: Dataset) -> NDArray[np.object_]:
    """Read a layer's areas in metres, repaired, in order of code, as a load stores them."""
    assert dataset.layer is not None, "the catalogue's entry is a layer"
    frame = read_layer(mirror, dataset.layer, None).frame
    frame = frame[~frame["code"].duplicated() & frame["code"].ne("")].sort_values("code")
    published = np.asarray(frame.geometry.array)
    metres = flattened(published) if frame.crs.to_epsg() == BNG else to_bng(published)
    mended, _ = repair(metres)
    return mended[~shapely.is_missing(mended)]


def try_layer(name: str, areas: NDArray[np.object_], stated_m: float) -> Made:
    """Make all levels of one layer, search each for faults, and print what was found."""
    source = find_faults(areas, least_m2=0.0)
    over = source.overlap_m2 > 1
    began = time.perf_counter()
    cover = mend(areas, thinner_than_m=2 * stated_m, found=source)
    mended_s = time.perf_counter() - began
    print(
        f"{name}: {len(areas):,} areas, {shapely.get_num_coordinates(areas).sum():,} corners; "
        f"{(source.gap_m2 > 1).sum():,} gaps, {over.sum():,} overlaps; mended in {mended_s:.2f} s"
        + ("" if cover.is_matched else "; AN EDGE IS LEFT")
    )
    gaps = overlaps = lost = levels = 0
    seconds = mended_s
    finest: float | None = None
    began = time.perf_counter()
    for level in simplify_to_levels(cover, finer_than_m=stated_m):
        took = time.perf_counter() - began
        fresh = new_faults(areas, level.areas, source)
        gone = 0 if is_sound(level.areas) else 1
        change = np.abs(shapely.area(level.areas) / shapely.area(areas) - 1)
        print(
            f"  {level.tolerance_m:6g} m: {level.corners:>9,} corners, {fresh[0]} new gaps, {fresh[1]} new "
            f"overlaps, {gone} lost, {level.held:,} held, area off by {change.max():.1%} at most, {took:.2f} s",
            flush=True,
        )
        gaps, overlaps, lost = gaps + fresh[0], overlaps + fresh[1], lost + gone
        levels, seconds = levels + 1, seconds + took
        finest = finest or level.tolerance_m
        began = time.perf_counter()
    if finest is not None:
        print(
            f"  peer: {torn_by_one_by_one(areas, finest):,} areas torn by shapely.simplify at {finest:g} m"
        )
    return Made(gaps, overlaps, lost, levels, seconds)


def torn_by_one_by_one(areas: NDArray[np.object_], tolerance_m: float) -> int:
    """Count the areas whose edges no longer match when each is simplified by itself."""
    edges = shapely.coverage_invalid_edges(shapely.simplify(areas, tolerance_m))
    return int((~shapely.is_empty(edges)).sum())


def run(mirror: Path, names: tuple[str, ...] = ()) -> bool:
    """Try the layers named, or all but the largest two; say whether promise 5 held in all."""
    made = [
        try_layer(one.id, read_areas(mirror, one), one.layer.tolerance_m)
        for one in layers_of(mirror)
        if one.layer is not None and (one.id in names if names else one.id not in LARGE)
    ]
    gaps, overlaps, lost = (sum(column) for column in zip(*(one[:3] for one in made), strict=True))
    print(
        f"{len(made)} layers, {sum(one.levels for one in made)} levels in {sum(one.seconds for one in made):.1f} s: "
        f"{gaps} new gaps, {overlaps} new overlaps, {lost} levels with an area lost or invalid"
    )
    return gaps == overlaps == lost == 0


if __name__ == "__main__":
    sys.exit(0 if run(Path(sys.argv[1]), tuple(sys.argv[2:])) else 1)
