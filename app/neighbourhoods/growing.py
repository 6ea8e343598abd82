"""Grows neighbourhoods of a place: reads its small areas, joins them, names them; stores nothing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely
from sqlalchemy.orm import Session

from app.indicators.queries import IndexRow, get_index
from app.neighbourhoods.methods.bands import Band, read_band
from app.neighbourhoods.methods.grow import Grown, grow
from app.neighbourhoods.methods.islands import islands_of
from app.neighbourhoods.methods.naming import Named
from app.neighbourhoods.methods.offers import offers_for
from app.neighbourhoods.methods.pieces import Borders, borders_of
from app.neighbourhoods.names import name_groups
from app.neighbourhoods.queries import (
    get_release,
    read_counts,
    read_outlines,
    read_scores,
    read_shapes,
)
from app.neighbourhoods.schemas import GrowQuestion
from app.priorities.actions import designate
from app.priorities.methods.conditions import worst_percent
from app.priorities.queries import Place, choose_index, find_contiguity, find_ground, find_releases
from boundaries.errors import Fault, Invalid
from boundaries.tables import Release

# An island is joined to what lies within two kilometres of it (METHODS.md 3.6).
BRIDGE_M = 2_000.0
DEFAULT_WORST = 10
OTHER_SIZE = {"households": "people", "people": "households"}


class NothingSelected(Invalid):
    """The rule selects no small area of the place, so nothing can be grown."""

    slug = "nothing-selected"
    title = "There is nothing to grow from"


@dataclass(frozen=True)
class GrownPlace:
    """Neighbourhoods grown in a place.

    counts : people and households of all areas around, by measure. names, offers : by number.
    rule : None where the whole place was divided.
    """

    place: Place
    index: IndexRow
    release: Release
    band: Band
    grown: Grown
    selected: int
    counts: dict[str, pd.Series]
    sources: dict[str, str]
    names: dict[int, Named]
    offers: dict[int, dict[str, Any]]
    rule: object
    rule_in_words: str
    inputs: list[dict[str, object]]

    def as_plain(self) -> dict[str, Any]:
        """Give the answer as plain values for JSON."""
        grown, outside = self.grown, self.grown.outside_band
        return {
            "title": self.place.title,
            "partnership": self.place.partnership_slug,
            "index": self.index.id,
            "area_set": self.index.area_set,
            "rule": self.rule,
            "rule_in_words": self.rule_in_words,
            "band": {
                "size_in": self.band.size_in, "at_least": self.band.low, "at_most": self.band.high,
            },
            "areas_selected": self.selected,
            "areas_filled": list(grown.filled),
            "bridges": [list(pair) for pair in grown.bridges],
            "summary": {
                "neighbourhoods": len(grown.groups),
                "in_band": len(grown.groups) - len(outside),
                "share_in_band": None if not len(grown.groups) else round(grown.share_in_band, 4),
                "outside_band": [int(str(number)) for number in outside.index],
            },
            "neighbourhoods": [self._one(int(str(number)), row) for number, row in grown.groups.iterrows()],
            "sources": self.sources,
            "inputs": self.inputs,
        }  # fmt: skip

    def _one(self, number: int, row: pd.Series) -> dict[str, Any]:
        return {
            "number": number,
            "name": self.names[number].name,
            "named_by": self.names[number].named_by,
            "areas": len(row["codes"]),
            "people": _total(self.counts["people"], row["codes"]),
            "households": _total(self.counts["households"], row["codes"]),
            "place_in_band": row["place"],
            "compactness": round(float(row["compactness"]), 3),
            "note": row["note"],
            "offer": self.offers.get(number),
            "codes": list(row["codes"]),
        }


def _total(counts: pd.Series, codes: Sequence[str]) -> int | None:
    found = counts.reindex(list(codes))
    return None if found.isna().any() else int(found.sum())


def grow_asked(session: Session, place: Place, asked: GrowQuestion) -> GrownPlace:
    """Grow as a body asks. Raises Invalid for a rule, a worst share and the whole place at once."""
    said = [asked.rule is not None, asked.worst is not None, asked.whole]
    if sum(said) > 1:
        detail = "give one of rule, worst and whole"
        raise Invalid(detail, [Fault(detail, pointer="/rule")])
    band = read_band(asked.at_least, asked.at_most, asked.size_in)
    rule: object = asked.rule
    if rule is None and not asked.whole:
        rule = worst_percent(asked.worst or DEFAULT_WORST)
    return grow_in_place(session, place, band, rule=rule, index_id=asked.index)


def grow_in_place(
    session: Session, place: Place, band: Band, *, rule: object = None, index_id: str | None = None
) -> GrownPlace:
    """Grow neighbourhoods from the small areas that a rule selects, or divide the whole place (rule None).

    Raises NothingSelected, BandInvalid, and what `designate` and `find_ground` raise.
    """
    index = get_index(session, index_id or choose_index(session, place))
    words, inputs = "every small area", find_releases(session, [index.release_id])
    if rule is None:
        mine = selected = [str(code) for code in find_ground(session, place, index).codes]
    else:
        designated = designate(session, place, rule, index.id)
        mine = [str(code) for code in designated.ground.codes]
        selected, inputs = designated.selected_codes, designated.inputs
        words = str(designated.as_plain()["rule_in_words"])
        if not selected:
            raise NothingSelected(f"the rule selects none of the {len(mine)} small areas there")
    areas, pairs, counts, sources = _read_around(session, index, mine, band)
    around = borders_of(areas.index, pairs)
    bridges = find_bridges(session, index.release_id, areas, around, selected, band)
    grown = grow(areas, pairs, band, selected=selected, bridges=bridges)
    members = pd.DataFrame(
        {"number": grown.membership.to_numpy(), "code": grown.membership.index, "weight": 1.0}
    )
    release = get_release(session, index.release_id)
    # What lies outside the place is no neighbour to offer.
    inside = {code: {o: m for o, m in around[code].items() if o in set(mine)} for code in mine}
    size_of = dict(
        zip(
            areas.index,
            areas["size"].astype("Float64").to_numpy(float, na_value=np.nan),
            strict=True,
        )
    )
    return GrownPlace(
        place, index, release, band, grown, len(selected), counts, sources,
        name_groups(session, members, index.area_set, release),
        offers_for(grown, inside, size_of, band), rule, words, inputs,
    )  # fmt: skip


def _read_around(
    session: Session, index: IndexRow, codes: Sequence[str], band: Band
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, pd.Series], dict[str, str]]:
    """Read the areas of a place and those that touch them: size, score and outline, and who touches whom.

    Of the areas around only the borders with the place are read, so that they are the way out of it:
    what lies outside the place is never enclosed and filled in.
    """
    pairs = find_contiguity(session, index.release_id, pd.Index(codes, dtype=object))
    if pairs is None:
        pairs = pd.DataFrame({"a": [], "b": [], "border_m": []})
    every = sorted({*codes, *pairs["a"], *pairs["b"]})
    areas = read_shapes(session, index.release_id, every)
    counts, sources = read_counts(
        session, every, index.area_set, (band.size_in, OTHER_SIZE[band.size_in])
    )
    main = "imd" if "imd" in index.measures else index.measures[0]
    areas["size"] = counts[band.size_in].reindex(areas.index)
    areas["score"] = read_scores(session, index.id, main, every).reindex(areas.index)
    return areas, pairs, counts, sources


def find_bridges(
    session: Session, release_id: str, areas: pd.DataFrame, around: Borders,
    selected: Collection[str], band: Band,
) -> list[tuple[str, str]]:  # fmt: skip
    """Pair each small island with the nearest selected area that is not of it, within two kilometres."""
    # Of an island whose size is not known it cannot be told that it is small: it is left alone.
    size_of = areas["size"].astype("Float64").astype("float64").to_dict()
    islands = islands_of(around, size_of, band.low)
    if not islands:
        return []
    codes, shapes = read_outlines(session, release_id, sorted(areas.index))
    chosen = np.isin(codes, list(selected))
    tree = shapely.STRtree(shapes)
    found = []
    for island in islands:
        own = np.isin(codes, list(island))
        best: tuple[float, str, str] | None = None
        for place in np.flatnonzero(own & chosen):
            near = tree.query(shapes[place], predicate="dwithin", distance=BRIDGE_M)
            near = near[chosen[near] & ~own[near]]
            away = shapely.distance(shapes[place], shapes[near])
            for other, metres in zip(near.tolist(), away.tolist(), strict=True):
                one = (metres, str(codes[place]), str(codes[other]))
                best = one if best is None or one < best else best
        if best is not None:
            found.append(best[1:])
    return found
