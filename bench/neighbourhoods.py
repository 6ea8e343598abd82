"""Measures growing: neighbourhoods of Birmingham's 659 small areas, from the publishers' files, without a database.

Run as `python -m bench.neighbourhoods MIRROR`. Bars: under a second of computing, every neighbourhood
in one piece, at least 85 % within the size, the same twice. The peer joins by the same cost and looks
at every pair of touching groups again after each join, as a loop over a table does.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from app.neighbourhoods.methods.bands import Band
from app.neighbourhoods.methods.grow import ALPHA, Grown, grow
from app.neighbourhoods.methods.pieces import Pieces, borders_of
from app.neighbourhoods.methods.smoothing import in_one_piece
from boundaries.crs import to_bng
from boundaries.methods.contiguity import touching_pairs

BIRMINGHAM, BAND = "E08000025", Band(2_000, 6_000, "households")
LONGEST_S, LEAST_IN_BAND = 1.0, 0.85


def read_city(mirror: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read Birmingham's small areas of 2021: households, IMD 2025, outlines, and who touches whom."""
    lookup = pd.read_parquet(
        mirror / "boundaries/lookups/lsoa21_msoa21_lad22_rgn22_wd24_lad24.parquet"
    )
    columns = {name.lower(): name for name in lookup.columns}
    code = next(columns[name] for name in columns if name.startswith("lsoa21") and "c" in name[6:])
    district = next(name for name in lookup.columns if (lookup[name] == BIRMINGHAM).any())
    mine = set(lookup.loc[lookup[district] == BIRMINGHAM, code])
    layer = gpd.read_parquet(mirror / "boundaries/lsoa_2021_bgc.parquet")
    layer = layer[layer["LSOA21CD"].isin(mine)].sort_values("LSOA21CD")
    shapes = shapely.make_valid(to_bng(np.asarray(layer.geometry.array)))
    frame = gpd.GeoDataFrame({"code": layer["LSOA21CD"].to_numpy()}, geometry=list(shapes))
    pairs = touching_pairs(frame).rename(
        columns={"code_a": "a", "code_b": "b", "shared_border_m": "border_m"}
    )
    households = pd.read_parquet(
        mirror / "indicators/census2021_households_deprivation_dimensions_lsoa21.parquet"
    )
    total = households.set_index(households.columns[0]).select_dtypes("number")
    index = pd.read_csv(mirror / "indicators/iod2025_lsoa21_file7_no_denominators.csv.gz")
    score = index.set_index(index.columns[0])
    named = next(
        name for name in score.columns if "(IMD)" in name and "Score" in name
    )  # fmt: skip
    areas = pd.DataFrame(
        {"perimeter_m": shapely.length(shapes), "area_m2": shapely.area(shapes)}, index=frame["code"]
    )  # fmt: skip
    areas["size"] = total.max(axis=1).reindex(areas.index)
    areas["score"] = score[named].reindex(areas.index)
    return areas, pairs


def join_by_rescan(areas: pd.DataFrame, pairs: pd.DataFrame) -> int:
    """Join the cheapest pair, found among all of them each time; gives how many groups are left."""
    pieces = Pieces(areas, borders_of(areas.index, pairs))
    pieces.link()
    spread = float(areas["score"].std(ddof=0))
    while True:
        best: tuple[float, str, str] | None = None
        for name, piece in pieces.groups.items():
            for other, border_m in piece.borders.items():
                beside = pieces.groups[other]
                small = piece.size < BAND.low or beside.size < BAND.low
                if name < other and small and piece.size + beside.size <= BAND.high:
                    pa, pb = piece.size / BAND.middle, beside.size / BAND.middle
                    unlike = pa * pb / (pa + pb) * ((piece.score - beside.score) / spread) ** 2
                    least_m = min(piece.perimeter_m, beside.perimeter_m)
                    cost = unlike - ALPHA * border_m / least_m
                    if best is None or (cost, name, other) < best:
                        best = (cost, name, other)
        if best is None:
            return len(pieces.groups)
        pieces.join(best[1], best[2])


def is_sound(found: Grown, areas: pd.DataFrame, pairs: pd.DataFrame) -> bool:
    """Say whether each area is in one neighbourhood and each neighbourhood in one piece."""
    borders = borders_of(areas.index, pairs)
    whole = sorted(found.membership.index) == sorted(areas.index)
    return whole and all(in_one_piece(codes, borders) for codes in found.groups["codes"])


def run(mirror: Path) -> bool:
    """Grow, print what came of it and the ratio to the peer; says whether the bars were met."""
    areas, pairs = read_city(mirror)
    worst = list(areas.sort_values("score", ascending=False).index[: len(areas) // 3])
    met = True
    for words, chosen in (("divided", None), ("worst third", worst)):
        began = time.process_time()
        found = grow(areas, pairs, BAND, selected=chosen)
        took = time.process_time() - began
        again = grow(areas[::-1], pairs[::-1], BAND, selected=chosen)
        sound = again.groups.equals(found.groups)
        if chosen is None:
            sound = sound and is_sound(found, areas, pairs)
            met = met and found.share_in_band >= LEAST_IN_BAND
        met = met and sound and took < LONGEST_S
        print(
            f"neighbourhoods, {words}: {len(found.membership)} areas in {len(found.groups)}, "
            f"{100 * found.share_in_band:.0f} % within the size, compactness "
            f"{found.groups['compactness'].mean():.2f}, {took:.2f} s of computing"
            + ("" if sound else "; NOT SOUND")
        )
    began = time.process_time()
    left = join_by_rescan(areas, pairs)
    peer = time.process_time() - began
    began = time.process_time()
    grow(areas, pairs, BAND)
    took = time.process_time() - began
    print(
        f"neighbourhoods: rescan left {left} groups in {peer:.2f} s, {peer / took:.1f} times as long"
    )
    return met


if __name__ == "__main__":
    sys.exit(0 if run(Path(sys.argv[1])) else 1)
