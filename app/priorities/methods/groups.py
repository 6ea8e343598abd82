"""Join selected small areas into priority neighbourhoods and name them; selects nothing itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

# A shared border of at most this many metres is a corner or a sliver of generalised outlines.
TOUCHING_M = 1.0
FEWEST_PEOPLE = 1_000


@dataclass(frozen=True)
class Groups:
    """Priority neighbourhoods.

    groups : index number (1.. by middle rank); columns name, ward_code, ward_name (of its largest
        ward by people; missing where no ward is known), people (Int64, <NA> where an area's people
        are not known), areas (int), middle_rank (float, the median national rank; NaN where no area
        has one), codes (tuple of text, sorted), wards (tuple of ward names, most people first),
        note (text).
    membership : index area code, value number; every selected area stands here exactly once.
    """

    groups: pd.DataFrame
    membership: pd.Series


# Code, name and district of an area's ward, and the area's people.
_Ward = tuple[str, Any, Any, Any]


@dataclass
class _Group:
    codes: list[str]
    people: float


def form_groups(
    areas: pd.DataFrame, pairs: pd.DataFrame, fewest_people: int = FEWEST_PEOPLE
) -> Groups:
    """Join selected areas that touch within a ward; join small groups to their longest neighbour.

    Parameters
    ----------
    areas : the selected areas: index code (unique); columns ward_code, ward_name (text, missing
        where not known), people (missing where not known), rank (national, missing where none),
        and, if wards of different councils may share a name, district_name.
    pairs : columns a, b (codes), border_m (metres of shared border), each pair once.
    fewest_people : a group with fewer joins the touching group with the longest shared border.

    Returns
    -------
    Groups: every area in exactly one; people and areas summed are those of `areas`.

    Notes
    -----
    Areas touch where they share more than 1 m of border. The group with the fewest people joins
    first (ties: the one with the lowest code); equal borders go to the group with the lowest code.
    A small group that touches no other selected area stays as it is, and its note says so, as does
    that of a group of whose people nothing is known. An area without a known ward joins no other in
    the first step. Groups that share a ward are told apart by numbers in their order: "Baird 1",
    "Baird 2"; wards of the same name in two districts by the district.
    """
    # A set looks a few codes up at a tenth of a series' price.
    known = set(areas.index)
    inside = [
        a in known and b in known and a != b
        for a, b in zip(pairs["a"].to_numpy(), pairs["b"].to_numpy(), strict=True)
    ]
    touching = pairs[np.array(inside, dtype=bool) & (pairs["border_m"] > TOUCHING_M).to_numpy()]
    group_of = _join_within_wards(areas, touching)
    people = areas["people"].astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan)
    people_of = dict(zip(areas.index, people, strict=True))
    found: dict[str, _Group] = {}
    for code in sorted(areas.index):
        group = found.setdefault(group_of[code], _Group([], 0.0))
        group.codes.append(code)
        group.people += people_of[code]
    borders = _borders_between(group_of, touching)
    _join_small(found, borders, fewest_people)
    return _describe(areas, list(found.values()), fewest_people)


def _join_within_wards(areas: pd.DataFrame, touching: pd.DataFrame) -> dict[str, str]:
    """Give each area the lowest code of those it is joined to."""
    # A series looks up one code at a time at some fifty times a dictionary's price.
    ward = areas["ward_code"].dropna().to_dict()
    root: dict[str, str] = {code: code for code in areas.index}

    def find(code: str) -> str:
        while root[code] != code:
            root[code] = root[root[code]]
            code = root[code]
        return code

    for a, b in zip(touching["a"], touching["b"], strict=True):
        if a in ward and ward[a] == ward.get(b):
            one, other = sorted((find(a), find(b)))
            root[other] = one
    return {code: find(code) for code in areas.index}


def _borders_between(
    group_of: dict[str, str], touching: pd.DataFrame
) -> dict[str, dict[str, float]]:
    borders: dict[str, dict[str, float]] = {group: {} for group in group_of.values()}
    for a, b, border_m in zip(touching["a"], touching["b"], touching["border_m"], strict=True):
        one, other = group_of[a], group_of[b]
        if one != other:
            for here, there in ((one, other), (other, one)):
                borders[here][there] = borders[here].get(there, 0.0) + float(border_m)
    return borders


def _join_small(
    found: dict[str, _Group], borders: dict[str, dict[str, float]], fewest_people: int
) -> None:
    """Join groups below the floor, fewest people first, until none that touches another is left."""
    while True:
        small = [
            (group.people, name)
            for name, group in found.items()
            if group.people < fewest_people and borders[name]
        ]
        if not small:
            return
        _, name = min(small)
        target = min(borders[name], key=lambda other: (-borders[name][other], other))
        # The joined group keeps the lower of the two names, which is the lowest of its codes.
        kept, gone = sorted((name, target))
        group = found.pop(gone)
        found[kept].codes = sorted(found[kept].codes + group.codes)
        found[kept].people += group.people
        for other, border_m in borders.pop(gone).items():
            del borders[other][gone]
            if other != kept:
                borders[kept][other] = borders[kept].get(other, 0.0) + border_m
                borders[other][kept] = borders[kept][other]


def _describe(areas: pd.DataFrame, found: list[_Group], fewest_people: int) -> Groups:
    rows: list[dict[str, object]] = []
    ranked = dict(zip(areas.index, areas["rank"].astype(float).tolist(), strict=True))
    told = _wards_told(areas)
    for group in found:
        ranks = [ranked[code] for code in group.codes if not np.isnan(ranked[code])]
        wards = _wards_by_people([told[code] for code in group.codes if code in told])
        note = ""
        if np.isnan(group.people):
            note = "How many people live here is not known for every area."
        elif group.people < fewest_people:
            note = f"Fewer than {fewest_people:,} people, and touches no other selected area."
        rows.append(
            {
                "ward_code": wards[0][0] if wards else None,
                "ward_name": wards[0][1] if wards else None,
                "district": wards[0][2] if wards else None,
                "people": pd.NA if np.isnan(group.people) else int(group.people),
                "areas": len(group.codes),
                "middle_rank": float(np.median(ranks)) if ranks else np.nan,
                "codes": tuple(group.codes),
                "wards": tuple(name for _, name, _ in wards),
                "note": note,
            }
        )
    columns = [
        "ward_code", "ward_name", "district", "people", "areas", "middle_rank", "codes", "wards",
        "note",
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=columns)
    frame["first"] = [codes[0] for codes in frame["codes"]]
    frame = frame.sort_values(["middle_rank", "first"], na_position="last", ignore_index=True)
    frame.index = pd.RangeIndex(1, len(frame) + 1, name="number")
    frame["people"] = frame["people"].astype("Int64")
    frame.insert(0, "name", _names(frame))
    membership = pd.Series(
        {code: number for number, codes in frame["codes"].items() for code in codes},
        name="number", dtype="int64",
    )  # fmt: skip
    return Groups(frame.drop(columns=["first", "district"]), membership.sort_index())


def _wards_told(areas: pd.DataFrame) -> dict[str, _Ward]:
    """Give the ward of each area that has one: code, name, district, and the area's people."""
    known = areas[areas["ward_code"].notna()]
    nothing = [None] * len(known)
    columns = [
        known[name].tolist() if name in known else nothing
        for name in ("ward_code", "ward_name", "district_name", "people")
    ]
    return dict(zip(known.index, zip(*columns, strict=True), strict=True))


def _wards_by_people(
    told: Sequence[_Ward],
) -> list[tuple[str, str, str | None]]:
    """List a group's wards (code, name, district): most people first, then areas, then code."""
    wards: dict[str, tuple[str, str | None]] = {}
    people_of: dict[str, float] = defaultdict(float)
    areas_of: dict[str, int] = defaultdict(int)
    for code, name, district, people in told:
        ward = str(code)
        named = ward if pd.isna(name) else str(name)
        wards.setdefault(ward, (named, None if pd.isna(district) else str(district)))
        people_of[ward] += 0.0 if pd.isna(people) else float(people)  # only puts wards in order
        areas_of[ward] += 1
    order = sorted(wards, key=lambda ward: (-people_of[ward], -areas_of[ward], ward))
    return [(ward, *wards[ward]) for ward in order]


def _names(frame: pd.DataFrame) -> list[str]:
    plain = [
        str(name) if isinstance(name, str) else codes[0]
        for name, codes in zip(frame["ward_name"], frame["codes"], strict=True)
    ]
    return tell_names_apart(plain, list(frame["ward_code"]), list(frame["district"]))


def tell_names_apart(
    plain: Sequence[str], places: Sequence[object], districts: Sequence[str | None]
) -> list[str]:
    """Tell neighbourhoods of one name apart: by district where they are of different places, else by number.

    plain : the name of each; places : the code of the place that gave it; districts : where it lies.
    """
    places_of: dict[str, set[object]] = {}
    for name, place in zip(plain, places, strict=True):
        places_of.setdefault(name, set()).add(place)
    named = [
        f"{name} ({district})" if len(places_of[name]) > 1 and district is not None else name
        for name, district in zip(plain, districts, strict=True)
    ]
    taken: dict[str, int] = {}
    result = []
    for name in named:
        taken[name] = taken.get(name, 0) + 1
        result.append(f"{name} {taken[name]}" if named.count(name) > 1 else name)
    return result
