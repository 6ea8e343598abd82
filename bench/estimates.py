"""How fast money is shared out over small areas to the penny, beside a plain largest-remainder loop of the same run.

100,000 lines of random amounts, each stated for one of England's districts, are shared over that district's
small areas by the people of mid-2020 (the publishers' lookup and counts): about ten million shares. Then the
hardest case, in which no two lines state the same place: each has its own neighbouring small areas. The
peer shares a sample of the same lines with Python's whole numbers; both must give the same pennies.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from app.resources.methods.estimate import Spot, estimate_lines, whole_weights
from boundaries.methods.apportion import apportion
from boundaries.sources.people import PEOPLE

LOOKUP = "lookups/lsoa11_wd19_lad19.parquet"
LINES = 100_000
SAMPLE = 2_000
OWN_AREAS = 107
ZONES = 12
BAR_S = 20.0


def run(mirror: Path) -> bool:
    """Print seconds, shares a second and the ratio to the peer; say whether the bar was met."""
    lookup = pd.read_parquet(mirror / LOOKUP)[["LSOA11CD", "LAD19CD"]]
    lookup = lookup[lookup["LSOA11CD"].str.startswith("E")].sort_values("LSOA11CD")
    people = pd.read_parquet(mirror / PEOPLE)
    counted = people[people["year"] == 2020].set_index("lsoa11_code")["total_population"]
    weights = whole_weights(lookup["LSOA11CD"].map(counted).to_numpy(dtype=float))
    chance = np.random.default_rng(2001)
    zones = chance.integers(0, ZONES, len(weights))
    districts = [
        Spot(weights[rows], zones[rows]) for rows in lookup.groupby("LAD19CD").indices.values()
    ]
    own = [
        Spot(weights[at : at + OWN_AREAS], zones[at : at + OWN_AREAS])
        for at in chance.integers(0, len(weights) - OWN_AREAS, LINES).tolist()
    ]
    pence = chance.integers(1, 10**10, LINES)
    met = _told(
        "lines of 317 districts", pence, chance.integers(0, len(districts), LINES), districts
    )
    return _told("each with its own places", pence, np.arange(LINES), own) and met


def _told(
    title: str, pence: NDArray[np.int64], place: NDArray[np.int64], spots: Sequence[Spot]
) -> bool:
    shares = sum(len(spots[number].weights) for number in place.tolist())
    began, began_cpu = time.perf_counter(), time.process_time()
    found = estimate_lines(pence, place, spots, ZONES)
    seconds, cpu = time.perf_counter() - began, time.process_time() - began_cpu
    if (found.sum(axis=1) != pence).any() or found[:, ZONES].any():
        raise RuntimeError("a penny was lost")
    began = time.process_time()
    looped = np.zeros((SAMPLE, ZONES), dtype=np.int64)
    for row in range(SAMPLE):
        spot = spots[int(place[row])]
        for zone, share in zip(
            spot.zones.tolist(),
            apportion(int(pence[row]), spot.weights.tolist()) or [],
            strict=True,
        ):
            looped[row, zone] += share
    peer = (time.process_time() - began) * LINES / SAMPLE
    if (looped != found[:SAMPLE, :ZONES]).any():
        raise RuntimeError("the peer shares otherwise")
    print(
        f"estimate, {LINES:,} {title}: {shares:,} shares in {seconds:.2f} s ({cpu:.2f} s of processor), "
        f"bar {BAR_S:.0f} s; "
        f"a plain loop {peer:.1f} s of processor, {peer / cpu:.1f} times as long"
    )
    return seconds < BAR_S


if __name__ == "__main__":
    sys.exit(0 if run(Path(sys.argv[1])) else 1)
