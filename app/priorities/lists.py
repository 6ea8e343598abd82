"""Two lists of selected areas at a common set of areas, whoever selected them and by what; selects nothing itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from sqlalchemy.orm import Session

from app.indicators.editions import PLACE_SETS
from app.priorities.ground import find_links
from app.priorities.methods.compare import Comparison, compare_lists, turn_comparison
from app.priorities.queries import find_names, find_people
from boundaries.errors import Conflict, Fault, Invalid
from boundaries.rebasing import find_steps, read_release

# In the order of their days: a list is carried along it, either way.
SETS = ("lsoa-2001", "lsoa-2011", "lsoa-2021")
_PLAIN = ["outcome", "link", "old_codes", "old_share", "people"]


class NotComparable(Invalid):
    """The two lists are of areas that no official links join."""

    slug = "not-comparable"
    title = "These lists cannot be compared"


@dataclass(frozen=True)
class SelectedList:
    """A list of selected areas of one set.

    about : what made it, for answers: index, title, area_set, release, summary and, of a saved one, designation.
    selected : index code, every area that was judged, true where selected; in_doubt : of those, where it
        cannot be told. people : index code, Int64. ground : what place was judged; equal grounds are one place.
    rule, rule_in_words : by which it was drawn. inputs : what it rests on. dated : orders two lists.
    """

    about: dict[str, Any]
    title: str
    ground: tuple[str, ...]
    selected: pd.Series
    in_doubt: pd.Series
    people: pd.Series
    people_source: str
    rule: object
    rule_in_words: str
    inputs: list[dict[str, Any]]
    dated: tuple[str, ...] = field(default=())

    @property
    def area_set(self) -> str:
        """The set of areas that were judged."""
        return str(self.about["area_set"])

    @property
    def codes(self) -> list[str]:
        """Codes of the selected areas, in order."""
        return sorted(str(code) for code in self.selected.index[self.selected.to_numpy(dtype=bool)])


@dataclass(frozen=True)
class ListsCompared:
    """An older and a newer list on one set of areas."""

    older: SelectedList
    newer: SelectedList
    comparison: Comparison
    counted_on: str
    in_doubt: frozenset[str]
    names: Mapping[str, str]
    people_source: str

    @property
    def release(self) -> str:
        """The release that draws the areas on which both are counted."""
        side = self.newer if self.newer.area_set == self.counted_on else self.older
        return str(side.about["release"])

    def as_plain(self) -> dict[str, Any]:
        """Give the comparison as plain values for JSON; areas in neither list are left out."""
        listed = self.comparison.areas[self.comparison.areas["outcome"] != "neither"]
        sides = {
            side: made.about
            | {
                "rule": made.rule,
                "rule_in_words": made.rule_in_words,
                "codes": made.codes,
                "cannot_tell": sorted(
                    str(c) for c in made.in_doubt.index[made.in_doubt.to_numpy(dtype=bool)]
                ),
            }
            for side, made in (("older", self.older), ("newer", self.newer))
        }
        return {
            "title": self.newer.title,
            "rule": self.newer.rule,
            "rule_in_words": self.newer.rule_in_words,
            **sides,
            "counted_on": self.counted_on,
            "people_source": self.people_source,
            "counts": self.comparison.counts | {"in_doubt": len(self.in_doubt)},
            "areas": [
                {
                    "code": code, "name": self.names.get(str(code)), "outcome": outcome,
                    "link": link, "old_codes": list(old_codes),
                    "old_share": None if pd.isna(old_share) else float(old_share),
                    "people": None if pd.isna(people) else int(people),
                    "in_doubt": code in self.in_doubt,
                }
                for code, outcome, link, old_codes, old_share, people in listed[_PLAIN].itertuples(name=None)
            ],
            "unmatched": list(self.comparison.unmatched),
            "inputs": [*self.older.inputs, *self.newer.inputs],
        }  # fmt: skip


def compare_selected(
    session: Session, one: SelectedList, other: SelectedList, on: str | None = None
) -> ListsCompared:
    """Say what the newer of two lists keeps, adds and drops, counted on one set of areas.

    on : the set to count on, of either list; None takes the newer areas. The other list is carried there
    by the official links; see `compare_lists` for what a merged or complex area counts as.

    Raises NotComparable.
    """
    older, newer = sorted((one, other), key=lambda made: made.dated)
    for made in (older, newer):
        if made.area_set not in SETS:
            raise NotComparable(
                f"{made.about['title']} ranks areas of another kind ({made.area_set}), to which no links lead",
                [Fault("no links lead to its areas", pointer="/index", value=made.area_set)],
            )
    counted_on = on or max((older, newer), key=lambda made: SETS.index(made.area_set)).area_set
    if counted_on not in (older.area_set, newer.area_set):
        known = " or ".join(sorted({older.area_set, newer.area_set}))
        raise NotComparable(
            f"these lists can be counted on {known}, not on {counted_on[:40]!r}",
            [Fault(f"one of {known}", pointer="/on", value=counted_on[:40])],
        )
    turned = newer.area_set != counted_on
    carried, standing = (newer, older) if turned else (older, newer)
    links = _links(session, carried, standing)
    if carried.ground == standing.ground:
        # A link that leaves the place would count ground that the other list cannot select.
        links = links[links["new_code"].isin(standing.selected.index)]
    codes = pd.Index(sorted({*links["new_code"], *standing.selected.index}), dtype=object)
    found = find_people(session, codes, counted_on)
    comparison = compare_lists(
        carried.selected, standing.selected, links, carried.people, found.people
    )
    doubtful = set(standing.in_doubt.index[standing.in_doubt.to_numpy(dtype=bool)])
    unsure = set(carried.in_doubt.index[carried.in_doubt.to_numpy(dtype=bool)])
    doubtful |= set(links.loc[links["old_code"].isin(unsure), "new_code"])
    return ListsCompared(
        older, newer, turn_comparison(comparison) if turned else comparison, counted_on,
        frozenset(str(code) for code in doubtful), find_names(session, codes), found.source,
    )  # fmt: skip


def _links(session: Session, carried: SelectedList, standing: SelectedList) -> pd.DataFrame:
    """Read the links that lead a list's areas to another set: old_code, new_code, kind."""
    codes = carried.selected.index
    start, end = carried.area_set, standing.area_set
    if start == end:
        return pd.DataFrame({"old_code": codes, "new_code": codes, "kind": "unchanged"})
    if {start, end} == set(PLACE_SETS):
        forwards = SETS.index(start) < SETS.index(end)
        found = find_links(session, list(codes), "newer" if forwards else "older")
        return found.rename(columns={"code": "old_code", "source": "new_code"})
    try:
        steps = find_steps(session, read_release(session, start), read_release(session, end))
    except (Invalid, Conflict) as error:
        raise NotComparable(error.detail) from error
    links = pd.DataFrame({"old_code": codes, "new_code": codes, "kind": "unchanged"})
    for step in steps:
        onward = step.links.rename(columns={"source": "new_code", "target": "next", "kind": "then"})
        links = links.merge(onward[["new_code", "next", "then"]], on="new_code")
        plain = links["kind"] == "unchanged"
        both = links["then"] == "unchanged"
        links["kind"] = links["kind"].where(both, links["then"].where(plain, "complex"))
        links = links[["old_code", "next", "kind"]].rename(columns={"next": "new_code"})
    return links.drop_duplicates(["old_code", "new_code"], ignore_index=True)
