"""Lets a rule name larger areas: a district's code stands for its small areas, by the official lookups."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date

import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.indicators.queries import IndexRow
from app.priorities.methods.conditions import (
    AllOf,
    AnyOf,
    Codes,
    Condition,
    Not,
    Rule,
    list_code_lists,
)
from boundaries.database import among
from boundaries.sources.lookups import SET_2001_TO, SET_2021_FROM
from boundaries.tables import AreaCode, Membership, Succession

OLD_ONS = "old-ons"
# The sets in order, each with the day from which it counts.
SETS: Mapping[str, date | None] = {
    "lsoa-2001": None, "lsoa-2011": SET_2001_TO, "lsoa-2021": SET_2021_FROM,
}  # fmt: skip
WARDS_OF_1998 = "wd-1998"
# Districts of any day: by code, or by the slug of one that ended before codes were given.
_DISTRICTS = ("E06", "E07", "E08", "E09", "X06", "X07", "lad")


def spell_out(session: Session, rule: Rule, codes: pd.Index, index: IndexRow) -> Rule:
    """Put in place of each larger area that a rule names those of its small areas that are asked about.

    A code that is itself asked about stays, and so does one that no lookup knows: the answer says that it is
    no area here. Wards of 1998 belong to the district whose former code theirs begins with.
    """
    asked = set(codes)
    named = {code for place in list_code_lists(rule) for code in place.codes} - asked
    if not named:
        return rule
    inside = _small_areas_of(session, named, asked, index)

    def spelt(given: tuple[str, ...]) -> tuple[str, ...]:
        found = (one for code in given for one in inside.get(code, (code,)))
        return tuple(dict.fromkeys(found))

    def rewritten(condition: Condition) -> Condition:
        if isinstance(condition, Codes):
            return replace(condition, codes=spelt(condition.codes))
        if isinstance(condition, AnyOf | AllOf):
            return replace(condition, parts=tuple(rewritten(part) for part in condition.parts))
        if isinstance(condition, Not):
            return Not(rewritten(condition.part))
        return condition

    steps = tuple(replace(step, codes=spelt(step.codes)) for step in rule.steps)
    return Rule(rewritten(rule.condition), steps)


def _small_areas_of(
    session: Session, named: Collection[str], asked: Collection[str], index: IndexRow
) -> dict[str, tuple[str, ...]]:
    """Give by larger area those of its small areas that are asked about; without any it is left out.

    By the lookups of the index's own set; a district that only those of another set know is carried over
    the official links: most codes of 2001 are codes of 2011 too, so that a part would pass for the whole.
    """
    aliases = _by_other_codes(session, named)
    children: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    parents = {alias for found in aliases.values() for alias in found}
    pairs = _members(session, parents)
    # A county holds districts: their small areas are one step further.
    further: dict[str, list[tuple[str, str]]] = defaultdict(list)
    held = {child for _, child, lookup in pairs if not _set_of(lookup) and child[:3] in _DISTRICTS}
    for district, inner, lookup in _members(session, held):
        if area_set := _set_of(lookup):
            further[district].append((area_set, inner))
    for parent, child, lookup in pairs:
        if area_set := _set_of(lookup):
            children[parent][area_set].add(child)
        for area_set, inner in further.get(child, ()):
            children[parent][area_set].add(inner)
    wards = _wards_of_1998(session, aliases, asked) if index.area_set == WARDS_OF_1998 else {}
    result = {}
    for code, found in aliases.items():
        by_set: dict[str, set[str]] = defaultdict(set)
        for alias in found:
            for area_set, inside in children[alias].items():
                by_set[area_set] |= inside
        own = _in_set(session, by_set, index.area_set) | wards.get(code, set())
        if here := sorted(own & set(asked)):
            result[code] = tuple(here)
    return result


def _members(session: Session, parents: Collection[str]) -> list[tuple[str, str, str]]:
    rows = session.execute(
        select(Membership.parent_code, Membership.child_code, Membership.lookup).where(
            among(Membership.parent_code, parents)
        )
    )
    return [(row[0], row[1], row[2]) for row in rows]


def _set_of(lookup: str) -> str | None:
    """Name the set of small areas that a lookup gives parents to; None for lookups of other areas."""
    begins = lookup[:6].lower()
    return next((area_set for area_set in SETS if begins == f"lsoa{area_set[-2:]}"), None)


def _in_set(session: Session, by_set: Mapping[str, Collection[str]], wanted: str) -> set[str]:
    """Give small areas in the set wanted: as its own lookups list them, else carried from the nearest set."""
    if wanted not in SETS:
        return set()
    if wanted in by_set:
        return set(by_set[wanted])
    goal = list(SETS).index(wanted)
    near = sorted(by_set, key=lambda area_set: abs(list(SETS).index(area_set) - goal))
    if not near:
        return set()
    codes, at = set(by_set[near[0]]), list(SETS).index(near[0])
    while at != goal:
        forward = at < goal
        day = SETS[list(SETS)[at + 1 if forward else at]]
        given, other = Succession.old_code, Succession.new_code
        if not forward:
            given, other = other, given
        linked = select(other).where(among(given, codes), Succession.changed_on == day)
        codes, at = set(session.scalars(linked)), at + (1 if forward else -1)
    return codes


def _by_other_codes(session: Session, named: Collection[str]) -> dict[str, set[str]]:
    """Give by code the codes of the same area: one that was given another has its small areas under either."""
    first = select(AreaCode.code).where(
        AreaCode.scheme == OLD_ONS, among(AreaCode.area_code, named)
    )
    rows = session.execute(
        select(AreaCode.code, AreaCode.area_code).where(
            AreaCode.scheme == OLD_ONS, AreaCode.code.in_(first)
        )
    ).all()
    by_old: dict[str, set[str]] = defaultdict(set)
    for old, code in rows:
        by_old[old].add(code)
    aliases = {code: {code} for code in named}
    for group in by_old.values():
        for code in group & set(named):
            aliases[code] |= group
    return aliases


def _wards_of_1998(
    session: Session, aliases: Mapping[str, Collection[str]], asked: Collection[str]
) -> dict[str, set[str]]:
    """Match wards to districts by the beginning of their codes: `wd-09ucfa` is of 09UC, `wd-ebma` of 00EB."""
    rows = session.execute(
        select(AreaCode.code, AreaCode.area_code).where(
            AreaCode.scheme == OLD_ONS,
            among(AreaCode.area_code, {code for found in aliases.values() for code in found}),
        )
    ).all()
    old: dict[str, set[str]] = defaultdict(set)
    for written, code in rows:
        old[code].add(written.removeprefix("00").lower())
    wards: dict[str, set[str]] = defaultdict(set)
    for ward in asked:
        wards[ward.removeprefix("wd-")[:-2]].add(ward)
    return {
        code: {ward for alias in found for begins in old[alias] for ward in wards.get(begins, ())}
        for code, found in aliases.items()
    }
