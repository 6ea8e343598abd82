"""Give every area of the invented county its code and its name.

Codes look like the real scheme (a letter, two digits for the kind, six for the area) but begin
with X, which no real one does.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from app.dev.sample_county import places
from app.dev.sample_county.hierarchy import Hierarchy
from app.dev.sample_county.plan import Plan
from app.dev.sample_county.shapes import Cells

Names = dict[str, str]

# Prime, so that it walks the whole pool once and scatters the names from the novels.
STRIDE = 11


def name_areas(
    cells: Cells, tree: Hierarchy, plan: Plan, rng: np.random.Generator
) -> tuple[pd.DataFrame, dict[str, Names]]:
    """Code and name every level.

    Returns one row per cell (people; codes lad19, lad23, lsoa11, lsoa21, msoa11, msoa21, wd, par:
    X04 or, where unparished, X43; town, an index or -1) and, per level, names by code.
    """
    lads = list(plan.districts_2019)
    frame = pd.DataFrame({"people": tree.people, "town": cells.town})
    frame["lad19"] = [lads[index] for index in tree.lad]
    frame["lad23"] = frame["lad19"].replace(dict(plan.merged_in_2023))
    north = cells.point[:, 1]
    names: dict[str, Names] = {
        "lad19": dict(plan.districts_2019),
        "lad23": {
            code: name
            for code, name in plan.districts_2019.items()
            if code not in plan.merged_in_2023
        }
        | dict(plan.born_in_2023),
    }
    _name_msoas(frame, names, tree, plan, north)
    _name_small_areas(frame, names, tree, plan, north)
    _name_parishes(frame, names, tree, plan, north, rng)
    _name_wards(frame, names, tree, plan, north)
    return frame, names


def _in_order(group: NDArray[np.int64], parent: pd.Series, north: NDArray[np.float64]) -> list[int]:
    """List the groups by parent code, then from north to south."""
    table = pd.DataFrame({"group": group, "parent": parent.to_numpy(), "north": north})
    order = table.groupby("group").agg(parent=("parent", "first"), north=("north", "mean"))
    order["north"] = -order["north"].round(1)
    order = order.reset_index().sort_values(["parent", "north", "group"])
    return [int(group) for group in order["group"]]


def _carry(
    old: NDArray[np.int64], new: NDArray[np.int64], old_codes: dict[int, str]
) -> tuple[dict[int, str], list[int]]:
    """Keep the code of each group that is the same ground in both; list the new groups."""
    links = pd.DataFrame({"old": old, "new": new}).drop_duplicates()
    links["news"] = links.groupby("old")["new"].transform("size")
    links["olds"] = links.groupby("new")["old"].transform("size")
    same = links[(links["news"] == 1) & (links["olds"] == 1)]
    kept = {int(n): old_codes[int(o)] for o, n in zip(same["old"], same["new"], strict=True)}
    return kept, sorted(set(links["new"].astype(int)) - set(kept))


def _name_msoas(
    frame: pd.DataFrame,
    names: dict[str, Names],
    tree: Hierarchy,
    plan: Plan,
    north: NDArray[np.float64],
) -> None:
    """Number MSOAs within their district from north to south, as the real ones are."""
    codes: dict[int, str] = {}
    used: dict[str, int] = {}
    names["msoa11"] = {}
    for serial, group in enumerate(_in_order(tree.msoa11, frame["lad19"], north), start=1):
        lad = str(frame["lad19"].to_numpy()[tree.msoa11 == group][0])
        used[lad] = used.get(lad, 0) + 1
        codes[group] = f"X02{plan.first_code + serial:06d}"
        names["msoa11"][codes[group]] = f"{plan.districts_2019[lad]} {used[lad]:03d}"
    frame["msoa11"] = [codes[group] for group in tree.msoa11]
    kept, fresh = _carry(tree.msoa11, tree.msoa21, codes)
    names["msoa21"] = {code: names["msoa11"][code] for code in kept.values()}
    for serial, group in enumerate(fresh, start=len(codes) + 1):
        lad = str(frame["lad19"].to_numpy()[tree.msoa21 == group][0])
        used[lad] += 1
        kept[group] = f"X02{plan.first_code + serial:06d}"
        names["msoa21"][kept[group]] = f"{plan.districts_2019[lad]} {used[lad]:03d}"
    frame["msoa21"] = [kept[group] for group in tree.msoa21]


def _name_small_areas(
    frame: pd.DataFrame,
    names: dict[str, Names],
    tree: Hierarchy,
    plan: Plan,
    north: NDArray[np.float64],
) -> None:
    """Letter small areas within their MSOA; an area new in 2021 takes the next free letter."""
    codes: dict[int, str] = {}
    letters: dict[str, int] = {}
    names["lsoa11"] = {}
    msoa = frame["msoa11"].to_numpy()

    def lettered(parent: str) -> str:
        letters[parent] = letters.get(parent, -1) + 1
        return f"{names['msoa11'][parent]}{chr(65 + letters[parent])}"

    for serial, group in enumerate(_in_order(tree.small11, frame["msoa11"], north), start=1):
        codes[group] = f"X01{plan.first_code + serial:06d}"
        names["lsoa11"][codes[group]] = lettered(str(msoa[tree.small11 == group][0]))
    frame["lsoa11"] = [codes[group] for group in tree.small11]
    kept, fresh = _carry(tree.small11, tree.small21, codes)
    names["lsoa21"] = {code: names["lsoa11"][code] for code in kept.values()}
    for serial, group in enumerate(fresh, start=len(codes) + 1):
        kept[group] = f"X01{plan.first_code + serial:06d}"
        names["lsoa21"][kept[group]] = lettered(str(msoa[tree.small21 == group][0]))
    frame["lsoa21"] = [kept[group] for group in tree.small21]


def _name_parishes(
    frame: pd.DataFrame,
    names: dict[str, Names],
    tree: Hierarchy,
    plan: Plan,
    north: NDArray[np.float64],
    rng: np.random.Generator,
) -> None:
    """Name town councils after the town, villages from the lists, and say what is unparished."""
    made = [head + tail for head in places.NAME_HEADS for tail in places.NAME_TAILS]
    made = [name.replace("lll", "ll") for name in made]
    pool = [*places.PARISH_NAMES, *(made[index] for index in rng.permutation(len(made)))]
    codes: dict[int, str] = {}
    named: Names = {}
    villages: list[str] = []
    parished = bare = 0
    town = frame["town"].to_numpy()
    for group in _in_order(tree.parish, frame["lad19"], north):
        mine = tree.parish == group
        here = int(town[mine].max())
        if tree.unparished[mine].any():
            bare += 1
            codes[group] = f"X43{plan.first_code + bare:06d}"
            named[codes[group]] = f"{plan.towns[here].name}, unparished area"
            continue
        parished += 1
        codes[group] = f"X04{plan.first_code + parished:06d}"
        if here >= 0:
            named[codes[group]] = plan.towns[here].name
        else:
            named[codes[group]] = pool[STRIDE * len(villages) % len(pool)]
            villages.append(codes[group])
    # Two parishes of one name in two districts: names are never enough to tell a parish.
    named[villages[-1]] = named[villages[0]]
    frame["par"] = [codes[group] for group in tree.parish]
    names["par"] = named


def _name_wards(
    frame: pd.DataFrame,
    names: dict[str, Names],
    tree: Hierarchy,
    plan: Plan,
    north: NDArray[np.float64],
) -> None:
    """Name town wards from the lists, north to south, and country wards after their villages."""
    codes: dict[int, str] = {}
    named: Names = {}
    taken: set[tuple[str, str]] = set()
    order = _in_order(tree.ward, frame["lad19"], north)
    people = frame["people"]
    lads = frame["lad23"].groupby(tree.ward).first()
    towns = people.groupby([tree.ward, frame["town"]]).sum()
    parishes = people.groupby([tree.ward, frame["par"]]).sum()
    for serial, group in enumerate(order, start=1):
        lad, town = str(lads[group]), int(str(towns[group].idxmax()))
        by_parish = parishes[group].sort_values(ascending=False, kind="stable")
        villages = [names["par"][str(code)] for code in by_parish.index if str(code)[:3] == "X04"]
        if town >= 0:
            name = plan.towns[town].name
            words = plan.ward_words.get(name, tuple(f"{name} {w}" for w in places.COMPASS))
            offers = [*words, *(f"{name} {word}" for word in places.COMPASS)]
        else:
            offers = [" & ".join(villages[at : at + 2]) for at in range(len(villages))]
        name = next(offer for offer in offers if (lad, offer) not in taken)
        taken.add((lad, name))
        codes[group] = f"X05{plan.first_code + serial:06d}"
        named[codes[group]] = name
    frame["wd"] = [codes[group] for group in tree.ward]
    names["wd"] = named
