"""Names neighbourhoods after the ward, parish or built-up area most like them, until somebody names them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd

from app.priorities.methods.groups import tell_names_apart

# In this order where two places are equally like a neighbourhood.
KINDS: Mapping[str, str] = {"wd": "ward", "par": "parish", "bua": "built-up area"}


class Named(NamedTuple):
    """A name and whose it was: ward, parish, built-up area, or codes where no place is known."""

    name: str
    named_by: str


def name_neighbourhoods(
    members: pd.DataFrame, places: pd.DataFrame, people: pd.Series, districts: Mapping[str, str]
) -> dict[int, Named]:
    """Name each neighbourhood after the place that has most people in common with it.

    Parameters
    ----------
    members : columns number (of the neighbourhood), code (small area), weight (of it in the
        neighbourhood, 0 to 1).
    places : columns kind (wd, par, bua), place_code, place_name, lookup, code, share (of a small area
        in the place): every small area of each place, also those in no neighbourhood.
    people : index code; missing where not known, which counts as nobody here.
    districts : name of the district by small area, to tell places of one name apart.

    Returns
    -------
    By number, in its order. Likeness is people in common / people in either (Jaccard), so that a
    village is preferred to its large ward and a ward to the city it lies in; ties by kind, then
    code. Neighbourhoods of one name are told apart by district where that differs, else numbered.
    """
    count = people.astype("Float64").fillna(0.0).astype(float)
    own = members.assign(people=members["code"].map(count).fillna(0.0) * members["weight"])
    size = own.groupby("number")["people"].sum()
    held = places.assign(people=places["code"].map(count).fillna(0.0) * places["share"])
    keys = ["kind", "place_code", "lookup"]
    whole = held.groupby(keys)["people"].sum().rename("whole").reset_index()
    both = own.merge(places, on="code").assign(
        common=lambda frame: frame["people"] * frame["share"]
    )
    common = both.groupby(["number", *keys, "place_name"])["common"].sum().reset_index()
    common = common.merge(whole, on=keys)
    common["likeness"] = common["common"] / (
        common["number"].map(size) + common["whole"] - common["common"]
    )
    common["order"] = common["kind"].map({kind: place for place, kind in enumerate(KINDS)})
    common = common[common["common"] > 0].sort_values(
        ["number", "likeness", "order", "place_code", "lookup"],
        ascending=[True, False, True, True, True],
    )
    best = common.drop_duplicates("number").set_index("number")
    first = own.sort_values("code").drop_duplicates("number").set_index("number")["code"]
    numbers = sorted(int(number) for number in first.index)
    plain, place, kinds = [], [], []
    for number in numbers:
        if number in best.index:
            row = best.loc[number]
            plain.append(str(row["place_name"]))
            place.append(str(row["place_code"]))
            kinds.append(KINDS[str(row["kind"])])
        else:
            plain.append(str(first[number]))
            place.append(str(first[number]))
            kinds.append("codes")
    homes = [districts.get(str(first[number])) for number in numbers]
    names = tell_names_apart(plain, place, homes)
    return {
        number: Named(name, kind) for number, name, kind in zip(numbers, names, kinds, strict=True)
    }
