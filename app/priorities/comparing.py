"""Compares any two lists: saved designations, or a rule by an index, each on its own ground and areas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy.orm import Session

from app.indicators.queries import DEFAULT_INDEX, get_index
from app.priorities import actions, queries
from app.priorities.actions import Designated, designate
from app.priorities.lists import ListsCompared, SelectedList, compare_selected
from app.priorities.methods.compare import Comparison
from app.priorities.methods.conditions import worst_percent
from app.priorities.methods.records import describe_rule, kept_words
from app.priorities.queries import Place
from app.priorities.tables import Designation
from boundaries.errors import Fault, Invalid

AGAINST = "imd-2025"


class SameIndex(Invalid):
    """Two lists are compared that are drawn from one index by one rule."""

    slug = "same-index"
    title = "There is nothing to compare"


@dataclass(frozen=True)
class ComparedLists:
    """One rule by two indices, counted on the newer index's areas; of what was not known before, no groups."""

    older: Designated
    newer: Designated
    lists: ListsCompared

    @property
    def comparison(self) -> Comparison:
        """What the newer list keeps, adds and drops."""
        return self.lists.comparison

    @property
    def names(self) -> Mapping[str, str]:
        """Names of the areas."""
        return self.lists.names

    def as_plain(self) -> dict[str, Any]:
        """Give the comparison as plain values for JSON; areas in neither list are left out."""
        return self.lists.as_plain() | {"partnership": self.newer.place.partnership_slug}


def compare_designations(
    session: Session,
    place: Place,
    rule_given: object,
    index_id: str,
    against_id: str,
    known: Designated | None = None,
) -> ComparedLists:
    """Apply one rule by two indices and say what the newer list keeps, adds and drops.

    Raises SameIndex where both are one, and whatever `designate` raises.
    """
    if index_id == against_id:
        raise SameIndex(f"both lists would be drawn from {index_id}; name two indices")
    first = known or designate(session, place, rule_given, index_id, grouped=False)
    made = [first, designate(session, place, rule_given, against_id, grouped=False)]
    older, newer = sorted(made, key=lambda one: (one.index.published_on, one.index.id))
    lists = compare_selected(session, list_of_rule(older), list_of_rule(newer))
    return ComparedLists(older, newer, lists)


@dataclass(frozen=True)
class ListAsked:
    """One side of a comparison as it was asked for: a saved designation's id, or an index and a rule."""

    designation: str | None = None
    index: str | None = None
    rule: object | None = None


def compare_asked(
    session: Session, place: Place | None, one: ListAsked, other: ListAsked, on: str | None = None
) -> ListsCompared:
    """Compare two lists as they were asked for.

    place : whose areas a rule is applied to; None: those of the saved designation on the other side.

    Raises SameIndex where both are one list, UnknownDesignation, NotComparable, and what `designate` raises.
    """
    saved = {
        asked.designation: queries.get_designation(session, asked.designation)
        for asked in (one, other)
        if asked.designation is not None
    }
    if place is None:
        first = next(iter(saved.values()), None)
        if first is None:
            detail = "name a place (areas or partnership), or saved designations on both sides"
            raise SameIndex(detail, [Fault(detail, pointer="/areas")])
        place = queries.find_partnership_place(session, first.partnership_slug)
    asked_indices = [
        asked.index or default for asked, default in ((one, DEFAULT_INDEX), (other, AGAINST))
    ]
    # A side without a rule of its own takes that of the list it is compared with.
    usual = next((row.rule for row in saved.values()), worst_percent(actions.DEFAULT_WORST))
    rules = [usual if asked.rule is None else asked.rule for asked in (one, other)]
    same_saved = one.designation is not None and one.designation == other.designation
    same_asked = not saved and asked_indices[0] == asked_indices[1] and rules[0] == rules[1]
    if same_saved or same_asked:
        what = one.designation or f"{asked_indices[0]} by one rule"
        raise SameIndex(
            f"both lists would be {what[:80]}; name two", [Fault("name two", pointer="/against")]
        )
    sides = [
        list_of_saved(session, saved[asked.designation])
        if asked.designation is not None
        else list_of_rule(designate(session, place, rule, index_id, grouped=False))
        for asked, index_id, rule in zip((one, other), asked_indices, rules, strict=True)
    ]
    return compare_selected(session, sides[0], sides[1], on)


def list_of_rule(made: Designated) -> SelectedList:
    """Give what a rule selects as a list to compare."""
    index, codes = made.index, made.ground.codes
    return SelectedList(
        about={
            "index": index.id, "title": index.title, "area_set": index.area_set,
            "release": index.release_id, "summary": made.summary, "designation": None,
        },
        title=made.place.title, ground=_ground(made.place),
        selected=pd.Series(made.evaluation.selected, index=codes),
        in_doubt=pd.Series(made.evaluation.cannot_tell, index=codes), people=made.people,
        people_source=str(made.summary["people_source"]), rule=made.rule_given,
        rule_in_words=describe_rule(made.rule, actions.country_of(index)), inputs=list(made.inputs),
        # What is computed now comes after what was kept on a day.
        dated=(index.published_on.isoformat(), index.id, "now"),
    )  # fmt: skip


def list_of_saved(session: Session, saved: Designation) -> SelectedList:
    """Give a saved designation, as it was on its day, as a list to compare."""
    result = saved.result
    areas = result["areas"]
    assert isinstance(areas, list)
    about = result["index"]
    assert isinstance(about, dict)
    codes = pd.Index([area["code"] for area in areas], dtype=object)
    summary = result["summary"]
    assert isinstance(summary, dict)
    index = get_index(session, saved.index_id)
    place = queries.find_partnership_place(session, saved.partnership_slug)
    return SelectedList(
        about={
            "index": saved.index_id, "title": about["title"], "area_set": about["area_set"],
            "release": about["release"], "summary": summary,
            "designation": {
                "id": saved.id, "name": kept_words(saved.name), "partnership": saved.partnership_slug,
                "created_at": saved.created_at.isoformat(),
            },
        },
        title=str(result["title"]), ground=_ground(place),
        selected=pd.Series([bool(area["selected"]) for area in areas], index=codes, dtype=bool),
        in_doubt=pd.Series([bool(area["cannot_tell"]) for area in areas], index=codes, dtype=bool),
        people=pd.Series([area["people"] for area in areas], index=codes, dtype="Int64"),
        people_source=str(summary["people_source"]), rule=saved.rule,
        rule_in_words=kept_words(str(result["rule_in_words"])), inputs=list(saved.inputs),
        dated=(index.published_on.isoformat(), index.id, saved.created_at.isoformat(), saved.id),
    )  # fmt: skip


def _ground(place: Place) -> tuple[str, ...]:
    return (
        (place.partnership_slug or "", *sorted(place.codes))
        if place.has_outline
        else tuple(sorted(place.codes))
    )
