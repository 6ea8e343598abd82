"""Finds names for ground that nobody has named: of the ward, parish or built-up area most like it."""

from __future__ import annotations

import pandas as pd
from sqlalchemy.orm import Session

from app.neighbourhoods.figures import GroundFigures
from app.neighbourhoods.methods.naming import Named, name_neighbourhoods
from app.neighbourhoods.queries import (
    find_districts,
    find_named_places,
    read_counts,
    release_of_set,
)
from boundaries.tables import Release

# A built-up area of more than 40 km² is a city, and no name of a neighbourhood.
LARGEST_TOWN_M2 = 4e7


def name_ground(session: Session, figures: GroundFigures, *, demo: bool) -> Named:
    """Name some ground by the small areas that its figures weigh."""
    release = release_of_set(session, figures.area_set, demo=demo)
    weights = figures.weights["people_share"]
    members = pd.DataFrame({"number": 1, "code": weights.index, "weight": weights.to_numpy()})
    return name_groups(session, members, figures.area_set, release)[1]


def name_groups(
    session: Session, members: pd.DataFrame, area_set: str, release: Release
) -> dict[int, Named]:
    """Name neighbourhoods made of small areas: members has columns number, code, weight (0 to 1)."""
    codes = sorted(set(members["code"]))
    places = find_named_places(session, codes, area_set, release, most_m2=LARGEST_TOWN_M2)
    every = sorted({*codes, *places["code"]})
    people = read_counts(session, every, area_set, ("people",)).counts["people"]
    return name_neighbourhoods(members, places, people, find_districts(session, codes))
