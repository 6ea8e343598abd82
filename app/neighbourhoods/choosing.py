"""Small areas that a partnership chooses neighbourhoods from, and those that a list of codes or postcodes chooses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy.orm import Session

from app.neighbourhoods.figures import AREA_SETS, choose_set, figures_of
from app.neighbourhoods.methods.pasted import MOST_SHOWN, split_postcodes
from app.neighbourhoods.queries import read_counts
from app.neighbourhoods.saying import BlocksRefused, first_day, say_codes, say_postcodes
from app.neighbourhoods.within import index_of_set
from app.partnerships.queries import get_partnership
from app.priorities.queries import find_ground, find_names, find_partnership_place
from boundaries.errors import Fault
from boundaries.queries import LayerMissing

_CODE = re.compile(r"\b[A-Z][0-9]{8}\b", re.ASCII)
_BETWEEN = re.compile(r"[\r\n,;\t|]+")
# An area that is chosen by a larger one has at least this share of its people in it.
MOSTLY = 0.5


@dataclass(frozen=True)
class Choosable:
    """A partnership's small areas in one set.

    areas : in order of name, then code: index code; name, people, households (Int64, missing where
    not known). release_id draws them. people_source : what the counts are.
    """

    area_set: str
    release_id: str
    demo: bool
    areas: pd.DataFrame
    people_source: str

    def as_plain(self) -> list[dict[str, Any]]:
        """Give the areas in order as plain rows; what is not known is None."""
        return [
            {
                "code": code, "name": area["name"],
                **{count: None if pd.isna(area[count]) else int(area[count]) for count in ("people", "households")},
            }
            for code, area in self.areas.iterrows()
        ]  # fmt: skip


@dataclass(frozen=True)
class Entered:
    """What a list chose: codes of small areas; entries that chose none, each with the reason."""

    codes: tuple[str, ...]
    left_out: tuple[Fault, ...]


@dataclass(frozen=True)
class Counted:
    """A count over whole areas; value is None where none is known, and unknown says of how many it is not."""

    value: int | None
    unknown: int


def count_chosen(counts: pd.Series) -> Counted:
    """Add up counts of areas (Int64); one that is not known is said and never counted as 0."""
    known = counts.dropna()
    return Counted(int(known.sum()) if len(known) else None, len(counts) - len(known))


def choosable_areas(session: Session, slug: str) -> Choosable:
    """List the small areas of a partnership, of the newest set that has an index and is drawn.

    Raises UnknownPartnership, NoSmallAreas, LayerMissing.
    """
    demo = get_partnership(session, slug).demo
    place = find_partnership_place(session, slug)
    for area_set in AREA_SETS:
        index = index_of_set(session, area_set, demo=demo)
        if index is None:
            continue
        release, _ = choose_set(session, area_set, demo=demo)
        codes = [str(code) for code in find_ground(session, place, index).codes]
        names, found = (
            find_names(session, codes),
            read_counts(session, codes, area_set, ("people", "households")),
        )
        areas = pd.DataFrame(
            {
                "name": [names.get(code) or code for code in codes],
                "people": found.counts["people"].reindex(codes).astype("Int64").array,
                "households": found.counts["households"].reindex(codes).astype("Int64").array,
            },
            index=pd.Index(codes, dtype=object, name="code"),
        )  # fmt: skip
        ordered = areas.reset_index().sort_values(["name", "code"]).set_index("code")
        return Choosable(area_set, release.id, demo, ordered, found.sources["people"])
    raise LayerMissing("no index of small areas is loaded here, so there are none to choose from")


def areas_of_entries(session: Session, lines: Sequence[str], among: Choosable) -> Entered:
    """Choose the small areas that a mixed list of postcodes and codes stands for.

    Commas, semicolons and tabs part entries as lines do; a code is found anywhere. A postcode chooses the
    small area that it lies in; a code of a small area itself, of a larger one those with most of their people in it.
    Rows that choose nothing here are listed. Raises TooManyBlocks.
    """
    parts = [part.upper() for line in lines for part in _BETWEEN.split(line)]
    plain = [code for part in parts for code in _CODE.findall(part)]
    pasted = split_postcodes([_CODE.sub(" ", part) for part in parts])
    codes = plain + [fault.value for fault in pasted.faults if fault.rule == "form"]
    chosen: set[str] = set()
    left: list[Fault] = []
    if pasted.entries:
        found, unknown = _of_postcodes(session, [entry.tidy for entry in pasted.entries], among)
        chosen |= found
        left += unknown
    if codes:
        found, unknown = _of_codes(session, codes, among)
        chosen |= found
        left += unknown
    inside = chosen & set(among.areas.index)
    left += [Fault("lies outside this partnership", value=code) for code in sorted(chosen - inside)]
    more = len(left) - MOST_SHOWN
    told = (
        [Fault(f"{more:,} more entries choose nothing here, and are not listed")]
        if more > 0
        else []
    )
    return Entered(tuple(sorted(inside)), (*left[:MOST_SHOWN], *told))


def _of_postcodes(
    session: Session, listed: list[str], among: Choosable
) -> tuple[set[str], list[Fault]]:
    try:
        said = say_postcodes(session, listed)
    except BlocksRefused as refused:
        return set(), list(refused.faults)
    weights = figures_of(session, said.ground, area_set=among.area_set).weights
    return set(weights.index[weights["postcode_share"].fillna(0) > 0]), [*said.unknown, *said.ended]


def _of_codes(
    session: Session, listed: list[str], among: Choosable
) -> tuple[set[str], list[Fault]]:
    parts = [code for line in listed for code in re.split(r"[\s,;]+", line.upper()) if code]
    own = {code for code in parts if code in among.areas.index}
    others = [code for code in parts if code not in own]
    if not others:
        return own, []
    try:
        said = say_codes(session, others, first_day(among.area_set))
    except BlocksRefused as refused:
        return own, list(refused.faults)
    weights = figures_of(session, said.ground, area_set=among.area_set).weights
    return own | set(weights.index[weights["people_share"] >= MOSTLY]), list(said.unknown)
