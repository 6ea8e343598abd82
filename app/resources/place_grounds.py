"""The ground of stated places anywhere in the land, as small areas of one set; guesses nothing it has no lookup for."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.resources.methods.relate import PARTNERSHIP
from app.resources.queries import SETS
from boundaries.database import among, named_sql
from boundaries.tables import Area

COLUMNS = ["place", "code", "people", "postcodes"]
ENGLAND = "E92000001"
_REGIONS = tuple(f"E1200000{number}" for number in range(1, 10))
_OWN_LOOKUP = {"lsoa-2011": "lsoa11%", "lsoa-2021": "lsoa21%"}


def pieces_of_places(session: Session, places: Collection[str], area_set: str) -> pd.DataFrame:
    """Say which small areas each place is made of, and how many people and postcodes of it live in each.

    places : codes, several of one place with blanks between, or PARTNERSHIP and a slug.

    Returns columns COLUMNS in order of place and code, counts NaN where not known. A place has no row
    where one of its codes, or one living district of a wider place, is made of no small area that is
    loaded: Scotland, a district of 2001. A small area stands once in a place.
    """
    codes = {code for place in places for code in place.split() if not code.startswith(PARTNERSHIP)}
    slugs = {place.removeprefix(PARTNERSHIP) for place in places if place.startswith(PARTNERSHIP)}
    wider = codes | (set(_REGIONS) if ENGLAND in codes else set())
    rows = session.execute(
        named_sql(__file__, "children"), {"wider": sorted(wider), "slugs": sorted(slugs)}
    ).all()
    children = pd.DataFrame(rows, columns=["parent", "child"])
    if ENGLAND in codes:
        of_regions = children[children["parent"].isin(_REGIONS)].assign(parent=ENGLAND)
        children = pd.concat([children, of_regions], ignore_index=True)
    near = _pieces(session, codes | set(children["child"]), area_set)
    far = _wider(session, children, near)
    by_code = pd.concat([near, far], ignore_index=True)
    stated = pd.DataFrame(
        [(place, part) for place in sorted(places) for part in place.split()],
        columns=["place", "part"],
    )
    known = set(by_code["place"])
    unknown = set(stated.loc[~stated["part"].isin(known), "place"])
    stated = stated[~stated["place"].isin(unknown)]
    made = stated.merge(by_code.rename(columns={"place": "part"}), on="part")
    return _once(made)


def _pieces(session: Session, codes: Collection[str], area_set: str) -> pd.DataFrame:
    rows = session.execute(
        named_sql(__file__, "small_areas_of_places"),
        {
            "stated": sorted(codes), "area_set": area_set,
            "other_set": next(each for each in SETS if each != area_set),
            "own_lookup": _OWN_LOOKUP[area_set],
        },
    ).all()  # fmt: skip
    frame = pd.DataFrame(rows, columns=COLUMNS)
    return frame.astype({"people": "float64", "postcodes": "float64"})


def _wider(session: Session, children: pd.DataFrame, near: pd.DataFrame) -> pd.DataFrame:
    """Put wider places together from their districts, one place only where every living one is known."""
    known = set(near["place"])
    lost = sorted(set(children["child"]) - known)
    alive = set(
        session.scalars(select(Area.code).where(among(Area.code, lost), Area.valid_to.is_(None)))
    )
    incomplete = set(children.loc[children["child"].isin(alive), "parent"])
    kept = children[~children["parent"].isin(incomplete | known)]
    made = kept.merge(near.rename(columns={"place": "child"}), on="child")
    # Districts of several dates share small areas: each stands once.
    return _once(made.rename(columns={"parent": "place"}))


def _once(pieces: pd.DataFrame) -> pd.DataFrame:
    """Let each small area stand once in a place: two codes that hold the same one hold the same people."""
    counts = pieces.groupby(["place", "code"], as_index=False, sort=True)[["people", "postcodes"]]
    return counts.max()[COLUMNS]
