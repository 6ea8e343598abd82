"""Applies a rule to places and joins the selected areas into groups; saves nothing.

Several places are judged together where they are asked together: what they share is read once, and each has
the answer that it has alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import pandas as pd
from sqlalchemy.orm import Session

from app.indicators.editions import PLACE_SETS
from app.indicators.own import ChosenIndex, choose_recipe
from app.indicators.queries import IndexRow, list_indices
from app.indicators.rows import IndicatorRow
from app.priorities import queries
from app.priorities.cliff import Cliff, find_cliff
from app.priorities.ground import SmallAreas
from app.priorities.indicator_measures import (
    carried_notes,
    indicator_inputs,
    indicator_values,
    indicators_named,
    known_indicators,
)
from app.priorities.larger_codes import spell_out
from app.priorities.methods import records
from app.priorities.methods.clauses import IndexValues
from app.priorities.methods.conditions import KnownIndex, Rule, list_clauses
from app.priorities.methods.evaluate import Evaluation, evaluate
from app.priorities.methods.groups import Groups, form_groups
from app.priorities.methods.perturb import Perturbation
from app.priorities.methods.rules import parse_rule
from app.priorities.own_words import ground_notes, own_index_record, own_notes
from app.priorities.queries import Place
from app.priorities.values import index_values, main_measure, rebased_edition
from boundaries.errors import BoundsError


@dataclass(frozen=True)
class Designated:
    """A rule applied to a place; nothing is saved.

    people : index code, Int64. inputs : id, release, loaded_at of everything the answer rests on.
    chosen : the index with the weights of one's own, if any; coverage : by measure weighed, the areas that
    have a value. cliff : how surely each area is selected, where that was asked for.
    """

    place: Place
    index: IndexRow
    ground: SmallAreas
    rule_given: object
    rule: Rule
    evaluation: Evaluation
    groups: Groups
    people: pd.Series
    names: Mapping[str, str]
    summary: dict[str, object]
    inputs: list[dict[str, object]]
    chosen: ChosenIndex
    coverage: Mapping[str, int]
    cliff: Cliff | None = None
    indicator_notes: tuple[str, ...] = ()

    @property
    def selected_codes(self) -> list[str]:
        """Codes of the selected areas, in order."""
        return [str(code) for code in self.evaluation.codes[self.evaluation.selected]]

    def as_plain(self) -> dict[str, Any]:
        """Give the whole answer as plain values for JSON."""
        index, group_of = self.index, self.groups.membership.to_dict()
        people_of = self.people.astype(object).where(self.people.notna(), None).to_dict()
        shaken = None if self.cliff is None else self.cliff.stability
        areas = records.area_records(self.evaluation, self.names, shaken)
        for area in areas:
            number = group_of.get(area["code"])
            area["people"] = people_of.get(area["code"])
            area["group"] = None if number is None else int(number)
        return {
            "title": self.place.title,
            "partnership": self.place.partnership_slug,
            "authorities": list(self.place.codes),
            "index": {
                "id": index.id, "title": index.title, "area_set": index.area_set,
                "release": index.release_id, "areas_total": index.areas_total,
                "partial": index.partial, "demo": index.demo,
            },
            "own_index": own_index_record(self.chosen, self.coverage),
            "rule": self.rule_given,
            "rule_in_words": records.describe_rule(self.rule, country_of(self.index)),
            "summary": self.summary,
            "perturbations": None if self.cliff is None else self.cliff.as_plain(
                [str(code) for code in self.evaluation.codes], self.names
            ),
            "inputs": self.inputs,
            "groups": records.group_records(self.groups),
            "areas": areas,
            "border_cases": self.ground.border_cases,
            "notes": [
                *self.evaluation.notes, *ground_notes(self.ground), *self.indicator_notes,
                *own_notes(self.chosen, self.place),
            ],
            "source": {
                "edition": index.title, "publisher": index.publisher, "licence": index.licence,
                "attribution": index.attribution,
            },
        }  # fmt: skip


def designate(
    session: Session,
    place: Place,
    rule_given: object,
    index_id: str | None = None,
    *,
    weights: object = None,
    standardise: object = None,
    perturbation: Perturbation | None = None,
    grouped: bool = True,
) -> Designated:
    """Apply a rule to a place's small areas in an index's set, and join the selected into groups.

    Parameters
    ----------
    rule_given : the rule as plain JSON values.
    index_id : of a published index or one of one's own; None chooses IMD 2019 where it holds the place,
        else the newest that does.
    weights, standardise : by domain, as plain JSON values: `imd` then means the index composed by them.
    perturbation : shake the rule by this, and give each area the share of draws in which it is selected.
    grouped : join the selected areas; without it there are no groups, for who asks for the areas alone.

    Raises
    ------
    UnknownIndex, NoSmallAreas, InvalidRule, UnknownMeasure, InvalidWeights.
    """
    chosen = choose_recipe(
        session, index_id or queries.choose_index(session, place), weights, standardise
    )
    made = _designate_by(session, [place], rule_given, chosen, perturbation, grouped=grouped)[0]
    if isinstance(made, BoundsError):
        raise made
    return made


def designate_each(
    session: Session, places: Sequence[Place], rule_given: object
) -> list[Designated | BoundsError]:
    """Apply a rule to each of several places, in the index that each has by default: what `designate` gives for each.

    Where that would raise stands the problem.
    """
    by_index: dict[str, list[int]] = defaultdict(list)
    for at, index_id in enumerate(queries.choose_indices(session, places)):
        by_index[index_id].append(at)
    found: dict[int, Designated | BoundsError] = {}
    for index_id, own in by_index.items():
        try:
            chosen = choose_recipe(session, index_id)
            some = _designate_by(session, [places[at] for at in own], rule_given, chosen)
        except BoundsError as problem:
            some = [problem] * len(own)
        found |= dict(zip(own, some, strict=True))
    return [found[at] for at in range(len(places))]


@dataclass(frozen=True)
class _Question:
    """A rule as it is read for an index. others : the other published indices; editions : those that it names."""

    chosen: ChosenIndex
    rule_given: object
    rule: Rule
    named: Mapping[str, IndicatorRow]
    others: Mapping[str, IndexRow]
    editions: list[str]

    @property
    def touching(self) -> bool:
        """Say whether the rule itself asks who touches whom."""
        return any(step.kind == "add_ringed" for step in self.rule.steps) or any(
            clause.statistic == "hot_spot_p" for clause in list_clauses(self.rule.condition)
        )


def _read_question(session: Session, rule_given: object, chosen: ChosenIndex) -> _Question:
    index = chosen.index
    others = {
        row.id: row
        for row in list_indices(session)
        if row.id != index.id and row.area_set in PLACE_SETS
    }
    named = indicators_named(session, rule_given)
    rule = parse_rule(
        rule_given,
        KnownIndex(
            index.id, index.measures, index.areas_total,
            {row.id: row.measures for row in others.values()}, index.area_set, known_indicators(named),
        ),
    )  # fmt: skip
    clauses = list_clauses(rule.condition)
    editions = sorted({c.edition for c in clauses if c.edition and not c.indicator})
    return _Question(chosen, rule_given, rule, named, others, editions)


def _designate_by(
    session: Session, places: Sequence[Place], rule_given: object, chosen: ChosenIndex,
    perturbation: Perturbation | None = None, *, grouped: bool = True,
) -> list[Designated | BoundsError]:  # fmt: skip
    """Apply a rule to each of some places in one index. Raises what is wrong with the rule."""
    question = _read_question(session, rule_given, chosen)
    grounds = queries.find_grounds(session, places, chosen.index)
    held = {
        at: (place, ground)
        for at, (place, ground) in enumerate(zip(places, grounds, strict=True))
        if isinstance(ground, SmallAreas)
    }
    judged = _judge(session, question, list(held.values()), perturbation)
    made = dict(
        zip(held, _with_groups(session, chosen.index, judged) if grouped else judged, strict=True)
    )
    return [
        ground if isinstance(ground, BoundsError) else made[at] for at, ground in enumerate(grounds)
    ]


def _judge(
    session: Session, question: _Question, held: Sequence[tuple[Place, SmallAreas]],
    perturbation: Perturbation | None,
) -> list[Designated]:  # fmt: skip
    """Judge the small areas of some places; what is read of all of them together is read once."""
    chosen, rule = question.chosen, question.rule
    index, clauses = chosen.index, list_clauses(rule.condition)
    grounds = [ground for _, ground in held]
    people = queries.find_people_of_each(session, [each.codes for each in grounds], index.area_set)
    names = queries.find_names(session, {code for each in grounds for code in each.codes})
    inputs = _inputs(session, question)
    notes = tuple(carried_notes(clauses, question.named))
    shared: tuple[IndexValues, Any] | None = None
    found = []
    for (place, ground), counted in zip(held, people, strict=True):
        codes = ground.codes
        spelt = spell_out(session, rule, codes, index)
        if shared is None or index.partial or question.touching:
            shared = index_values(
                session, index, clauses, codes, chosen.recipe, with_pairs=question.touching
            )
        values, composed = shared
        editions = {
            edition: rebased_edition(session, rule, question.others[edition], index, codes)
            for edition in question.editions
        } | indicator_values(session, clauses, question.named, index, codes)
        evaluation = evaluate(spelt, values, codes, editions, main_measure(index))
        cliff = None
        if perturbation is not None:
            cliff = find_cliff(
                session, spelt, index, evaluation, values, question.others, editions, perturbation,
                chosen.recipe,
            )  # fmt: skip
        found.append(
            Designated(
                place, index, ground, question.rule_given, rule, evaluation, _no_groups(), counted.people,
                {code: names[code] for code in codes if code in names},
                records.summarise(evaluation, counted.people, counted.source), inputs, chosen,
                {} if composed is None else composed.coverage, cliff, notes,
            )
        )  # fmt: skip
    return found


def _inputs(session: Session, question: _Question) -> list[dict[str, object]]:
    used = (question.chosen.index, *(question.others[edition] for edition in question.editions))
    inputs: list[dict[str, object]] = [
        {"id": row.id, "release": row.release_id, "loaded_at": row.loaded_at.isoformat()}
        for row in used
    ]
    inputs += indicator_inputs(list_clauses(question.rule.condition), question.named)
    return inputs + queries.find_releases(session, {str(given["release"]) for given in inputs})


def _no_pairs() -> pd.DataFrame:
    return pd.DataFrame({"a": [], "b": [], "border_m": []})


@cache
def _no_groups() -> Groups:
    people = pd.DataFrame({"ward_code": [], "ward_name": [], "people": [], "rank": []})
    return form_groups(people, _no_pairs())


def _with_groups(
    session: Session, index: IndexRow, found: Sequence[Designated]
) -> list[Designated]:
    """Join the selected areas of each place into groups; all of England is not grouped."""
    selected = [
        each.evaluation.codes[
            each.evaluation.selected if queries.ENGLAND not in each.place.codes else []
        ]
        for each in found
    ]
    every = pd.Index(sorted({code for codes in selected for code in codes}), dtype=object)
    wards = queries.find_wards(session, every, index.area_set)
    pairs = queries.find_contiguity(session, index.release_id, every) if len(every) else None
    pairs = _no_pairs() if pairs is None else pairs
    grouped = []
    for each, codes in zip(found, selected, strict=True):
        rank = pd.Series(each.evaluation.rank, index=each.evaluation.codes)
        areas = wards.reindex(codes).assign(
            people=each.people.reindex(codes), rank=rank.reindex(codes)
        )
        grouped.append(replace(each, groups=form_groups(areas, pairs)))
    return grouped


def country_of(index: IndexRow) -> str:
    """What an invented index ranks is its own county, never England."""
    return "the invented county" if index.demo else "England"
