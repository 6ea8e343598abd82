"""Sort the county's cells into districts, small areas of two censuses, wards, MSOAs, parishes.

Everything is decided per cell, so every level is a partition of the same cells and its outlines
agree with every other level's exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.dev.sample_county.grouping import (
    Floats,
    Ints,
    join_stragglers,
    merge_to_floor,
    number_by_first,
    pairs_between,
)
from app.dev.sample_county.plan import Plan
from app.dev.sample_county.shapes import Cells

SMALL_AREA_FLOOR, SMALL_AREA_CAP = 1_070.0, 2_600.0
SPLITS, MERGES = 9, 6


@dataclass(frozen=True)
class Hierarchy:
    """One number per cell and level (int arrays of the cells' length).

    `lad` indexes the plan's districts of 2019; `small11`/`small21`, `msoa11`/`msoa21`, `ward` and
    `parish` number groups from 0; `unparished` is True where no parish council exists, and there
    `parish` counts one group per town.
    """

    people: Ints
    lad: Ints
    small11: Ints
    small21: Ints
    msoa11: Ints
    msoa21: Ints
    ward: Ints
    parish: Ints
    unparished: NDArray[np.bool_]


def make_hierarchy(cells: Cells, plan: Plan, rng: np.random.Generator) -> Hierarchy:
    """Partition the cells upward: districts first, then small areas inside them, then the rest."""
    people = np.round(cells.people).astype(np.int64)
    pairs = (cells.left, cells.right, cells.border_m)
    lad = join_stragglers(_districts(cells, plan), pairs)
    fine = merge_to_floor(
        people.astype(float),
        pairs,
        fence=lad,
        kind=cells.town,
        floor=SMALL_AREA_FLOOR,
        cap=SMALL_AREA_CAP,
    )
    split, merged = _changes(fine, people, cells.town, len(plan.towns), lad, pairs, rng)
    both = number_by_first(_united(_united(fine, split), merged))
    town = _main_town(both, cells.town, people, len(plan.towns))
    up = pairs_between(both, pairs)
    weight = np.bincount(both, weights=people).astype(np.float64)
    fence = _first_of(both, lad)
    ward = merge_to_floor(weight, up, fence=fence, kind=town, floor=4_700.0, cap=10_000.0)
    # Borders of MSOAs are weighed anew, so that they do not repeat the wards'.
    jolted = (up[0], up[1], up[2] * rng.uniform(0.3, 1.7, len(up[2])))
    msoa = merge_to_floor(weight, jolted, fence=fence, kind=town, floor=5_600.0, cap=13_000.0)
    msoa21 = msoa[both]
    msoa11 = _united(msoa21, _one_pair(msoa21, people, lad, pairs))
    parish, unparished = _parishes(cells, plan, people, lad, pairs)
    return Hierarchy(
        people=people,
        lad=lad,
        small11=number_by_first(_united(fine, split)),
        small21=number_by_first(_united(fine, merged)),
        msoa11=number_by_first(msoa11),
        msoa21=msoa21,
        ward=ward[both],
        parish=parish,
        unparished=unparished,
    )


def _districts(cells: Cells, plan: Plan) -> Ints:
    """Give each cell to the nearest anchor on slightly warped ground; the unitary by its reach."""
    codes = list(plan.districts_2019)
    km = (cells.point - np.asarray(plan.origin_m)) / 1000.0
    warp = 1.3 * np.column_stack(
        [
            np.sin(km[:, 1] / 3.1) + 0.6 * np.sin(km[:, 0] / 1.7 + 2.0),
            np.sin(km[:, 0] / 2.7 + 1.0) + 0.6 * np.sin(km[:, 1] / 1.9),
        ]
    )
    best = np.full(len(km), np.inf)
    lad = np.zeros(len(km), dtype=np.int64)
    for code, east, north, pull in plan.anchors:
        far = np.hypot(*(km + warp - (east, north)).T) / pull
        lad[far < best] = codes.index(code)
        best = np.minimum(best, far)
    city = plan.towns[0]
    near = np.hypot(*(km + 0.3 * warp - (city.east_km, city.north_km)).T)
    lad[(near < plan.unitary_reach_km) | (cells.town == 0)] = codes.index(plan.unitary)
    # A town is never cut: the district of its centre takes every cell of it.
    for index, town in enumerate(plan.towns[1:], start=1):
        mine = cells.town == index
        if not mine.any():
            continue
        centre = plan.metres(((town.east_km, town.north_km),))[0]
        middle = np.flatnonzero(mine)[np.hypot(*(cells.point[mine] - centre).T).argmin()]
        lad[mine] = lad[middle]
    return lad


def _first_of(group: Ints, values: Ints) -> Ints:
    """Read one value per group; all cells of a group carry the same."""
    _, first = np.unique(group, return_index=True)
    picked: Ints = values[first]
    return picked


def _main_town(group: Ints, town: Ints, people: Ints, towns: int) -> Ints:
    """Name for each group the town (or -1) in which most of its people live."""
    count = np.zeros((int(group.max()) + 1, towns + 1))
    np.add.at(count, (group, town + 1), people)
    return count.argmax(axis=1).astype(np.int64) - 1


def _changes(
    fine: Ints,
    people: Ints,
    town: Ints,
    towns: int,
    lad: Ints,
    pairs: tuple[Ints, Ints, Floats],
    rng: np.random.Generator,
) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Choose touching pairs of small areas that were one in 2011, and that became one in 2021."""
    weight = np.bincount(fine, weights=people)
    place, district = _main_town(fine, town, people, towns), _first_of(fine, lad)
    a, b, border = pairs_between(fine, pairs)
    fits = (weight[a] + weight[b] < 2_990) & (place[a] == place[b]) & (district[a] == district[b])
    offer = np.flatnonzero(fits & (border > 300))
    used: set[int] = set()
    times: dict[int, int] = {}
    chosen: list[tuple[int, int]] = []
    for row in rng.permutation(offer).tolist():
        one, two, where = int(a[row]), int(b[row]), int(district[a[row]])
        if one in used or two in used or times.get(where, 0) >= 4:
            continue
        used |= {one, two}
        times[where] = times.get(where, 0) + 1
        chosen.append((one, two))
    return chosen[:SPLITS], chosen[SPLITS : SPLITS + MERGES]


def _united(group: Ints, pairs: list[tuple[int, int]]) -> Ints:
    """Unite pairs of groups, the second under the first's number; the others keep theirs."""
    united = group.copy()
    for one, two in pairs:
        united[group == two] = one
    return united


def _one_pair(
    group: Ints, people: Ints, lad: Ints, pairs: tuple[Ints, Ints, Floats]
) -> list[tuple[int, int]]:
    """Find the lightest touching pair of MSOAs of one district: one in 2011, two in 2021."""
    weight, district = np.bincount(group, weights=people), _first_of(group, lad)
    a, b, _ = pairs_between(group, pairs)
    same = np.flatnonzero(district[a] == district[b])
    row = same[np.argmin((weight[a] + weight[b])[same])]
    return [(int(a[row]), int(b[row]))]


def _parishes(
    cells: Cells, plan: Plan, people: Ints, lad: Ints, pairs: tuple[Ints, Ints, Floats]
) -> tuple[Ints, NDArray[np.bool_]]:
    """Make parishes of the country and of small towns; large towns stay unparished."""
    without = np.array([town.unparished for town in plan.towns] + [False])
    unparished = without[cells.town]
    rural = cells.town < 0
    # The country by district, each town by itself: no parish holds both.
    fence = np.where(rural, lad, 100 + cells.town)
    parish = merge_to_floor(
        people.astype(float),
        pairs,
        fence=fence,
        kind=np.zeros(len(people), dtype=np.int64),
        floor=330.0,
        cap=1_200.0,
    )
    parish = np.where(rural, parish, int(parish.max()) + 1 + cells.town)
    parish = _without_specks(number_by_first(parish), people, lad, pairs)
    # A speck of country may have joined a town: what a town lacks, its whole ground lacks.
    lacking = np.unique(parish[unparished])
    return parish, np.isin(parish, lacking)


def _without_specks(
    parish: Ints, people: Ints, lad: Ints, pairs: tuple[Ints, Ints, Floats]
) -> Ints:
    """Join parishes of almost nobody to the neighbour, in the same district, they border longest."""
    while True:
        weight, district = np.bincount(parish, weights=people), _first_of(parish, lad)
        a, b, border = pairs_between(parish, pairs)
        near = district[a] == district[b]
        small = near & (np.minimum(weight[a], weight[b]) < 60)
        if not small.any():
            return parish
        row = np.flatnonzero(small)[np.argmax(border[small])]
        one, two = sorted((int(a[row]), int(b[row])), key=lambda group: (weight[group], group))
        parish = number_by_first(np.where(parish == one, two, parish))
