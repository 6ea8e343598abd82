"""A partnership's saved neighbourhoods as its ledger takes them: what each holds of small areas, and which spots."""

from __future__ import annotations

from fractions import Fraction

import pandas as pd
from sqlalchemy.orm import Session

from app.neighbourhoods.figures import weights_of
from app.neighbourhoods.queries import Version, newest_versions, read_counts
from app.resources.ground_money import holds_spots
from app.resources.methods.ledger import Neighbourhood
from app.resources.queries import GroundFound, postcode_spots
from boundaries.errors import NotFound
from boundaries.footprints import read_ground

PRIORITIES, SAVED = "priorities", "saved"
CHOICES = (PRIORITIES, SAVED)
_POSTCODE_KEY = "postcode:"
# Shares are sums of fractions of ground and postcodes: a whole area may come out this much short of 1.
_WHOLE = 1 - 1e-9


class NoSavedNeighbourhoods(NotFound):
    """The partnership has no neighbourhood of its own: draw, list or grow some, or read the priority ones."""

    slug = "no-saved-neighbourhoods"
    title = "No neighbourhood is saved"


def saved_neighbourhoods(session: Session, slug: str, area_set: str) -> list[Neighbourhood]:
    """Read a partnership's saved neighbourhoods, newest ground each, numbered in order of their slugs.

    One made of small areas of the set holds those. Any other (postcodes, an outline, areas of another set)
    holds a small area where at least half of its people live in it; `parts` says what it holds of each cut one.
    Raises NoSavedNeighbourhoods, LayerMissing.
    """
    kept = newest_versions(session, slug)
    if not kept:
        raise NoSavedNeighbourhoods(
            f"{slug} has no saved neighbourhood: keep some with `bounds neighbourhood grow {slug} --save`,"
            " `bounds neighbourhood create` or POST /api/v1/neighbourhoods, or leave out"
            " neighbourhoods=saved for the priority neighbourhoods"
        )
    shares = [_shares(session, version, area_set) for _, version in kept]
    codes = sorted({str(code) for each in shares for code in each.index})
    people = read_counts(session, codes, area_set, ("people",)).counts["people"]
    return [
        Neighbourhood(
            number, row.name, tuple(sorted(each.index[each.ge(0.5)])), _people(people, each), row.slug,
            row.footprint_id,
            tuple((str(code), Fraction(share)) for code, share in each[each.lt(1)].sort_index().items()),
        )
        for number, ((row, _), each) in enumerate(zip(kept, shares, strict=True), start=1)
    ]  # fmt: skip


def _shares(session: Session, version: Version, area_set: str) -> pd.Series:
    """Give the share of each small area's people in a version's ground, above 0 and at most 1: index code."""
    if version.block_codes is not None and version.area_set == area_set:
        return pd.Series(1.0, index=sorted(version.block_codes))
    shares = weights_of(session, version.footprint_id, area_set)["people_share"]
    shares = shares.mask(shares.ge(_WHOLE), 1.0)
    return shares[shares.gt(0)]


def _people(people: pd.Series, shares: pd.Series) -> int | None:
    """Add the people of whole and cut small areas; None where one of them is not known."""
    counts = people.reindex(shares.index)
    if counts.isna().any():
        return None
    return round(float((counts.astype(float) * shares).sum()))


def spots_held(
    session: Session, places: pd.DataFrame, found: GroundFound
) -> list[tuple[int, ...] | None]:
    """Say by which neighbourhoods each point and postcode in a cut small area is held by itself; None for all others.

    places : `stated_places.PLACE_COLUMNS`, small areas of points and postcodes told
    """
    ground = found.ground
    is_spot = places["place_kind"].isin(("point", "postcode"))
    cut = places[is_spot & places["small_area"].isin(list(ground.parts))].copy()
    cut["place_postcode"] = cut["place_key"].where(cut["place_kind"] == "postcode")
    cut["place_postcode"] = cut["place_postcode"].str.removeprefix(_POSTCODE_KEY)
    _set_spots(session, cut)
    held: dict[object, set[int]] = {
        place: {number for number, share in ground.shares_of(code).items() if share == 1}
        for place, code in zip(cut.index, cut["small_area"], strict=True)
    }
    for each in found.neighbourhoods:
        mine = cut[cut["small_area"].isin([code for code, _ in each.parts])]
        if each.footprint_id is not None and len(mine):
            stored = read_ground(session, each.footprint_id)
            within = holds_spots(session, stored, found.area_set, mine)
            for place in mine.index[within]:
                held[place].add(each.number)
    return [tuple(sorted(held[place])) if place in held else None for place in places.index]


def _set_spots(session: Session, places: pd.DataFrame) -> None:
    """Set where each postcode lies, in metres, beside those of the points."""
    wanted = sorted(set(places["place_postcode"].dropna()))
    spots = postcode_spots(session, wanted)
    known = places["place_postcode"].isin(list(spots))
    named = places.loc[known, "place_postcode"]
    places.loc[known, "easting"] = [spots[each][0] for each in named]
    places.loc[known, "northing"] = [spots[each][1] for each in named]
