"""What people do with priorities: designate, compare two lists, and save a designation for good."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy.orm import Session

from app.access.audit import COMMAND_LINE, record
from app.access.queries import Actor
from app.indicators.editions import PLACE_SETS
from app.indicators.own import ChosenIndex, choose_recipe
from app.indicators.queries import IndexRow, list_indices
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
from app.priorities.methods.conditions import KnownIndex, Rule, list_clauses, worst_percent
from app.priorities.methods.evaluate import Evaluation, evaluate
from app.priorities.methods.groups import Groups, form_groups
from app.priorities.methods.perturb import Perturbation
from app.priorities.methods.rules import InvalidRule, parse_rule
from app.priorities.own_words import ground_notes, own_index_record, own_notes
from app.priorities.queries import Place
from app.priorities.tables import Designation
from app.priorities.values import index_values, main_measure, rebased_edition
from boundaries.errors import Fault, Invalid

MAX_NAME = 200
DEFAULT_WORST = 10


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
) -> Designated:
    """Apply a rule to a place's small areas in an index's set, and join the selected into groups.

    Parameters
    ----------
    rule_given : the rule as plain JSON values.
    index_id : of a published index or one of one's own; None chooses IMD 2019 where it holds the place,
        else the newest that does.
    weights, standardise : by domain, as plain JSON values: `imd` then means the index composed by them.
    perturbation : shake the rule by this, and give each area the share of draws in which it is selected.

    Raises
    ------
    UnknownIndex, NoSmallAreas, InvalidRule, UnknownMeasure, InvalidWeights.
    """
    chosen = choose_recipe(
        session, index_id or queries.choose_index(session, place), weights, standardise
    )
    index, recipe = chosen.index, chosen.recipe
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
    ground = queries.find_ground(session, place, index)
    spelt = spell_out(session, rule, ground.codes, index)
    clauses = list_clauses(rule.condition)
    grouped = queries.ENGLAND not in place.codes
    touching = grouped or any(step.kind == "add_ringed" for step in rule.steps)
    touching |= any(clause.statistic == "hot_spot_p" for clause in clauses)
    values, composed = index_values(
        session, index, clauses, ground.codes, recipe, with_pairs=touching
    )
    used = sorted({c.edition for c in clauses if c.edition and not c.indicator})
    editions = {
        edition: rebased_edition(session, rule, others[edition], index, ground.codes)
        for edition in used
    }
    editions |= indicator_values(session, clauses, named, index, ground.codes)
    evaluation = evaluate(spelt, values, ground.codes, editions, main_measure(index))
    cliff = None
    if perturbation is not None:
        cliff = find_cliff(
            session, spelt, index, evaluation, values, others, editions, perturbation, recipe
        )
    found = queries.find_people(session, ground.codes, index.area_set)
    groups = _group(
        session, evaluation, index, found.people, values.contiguity,
        grouped=grouped,
    )  # fmt: skip
    inputs: list[dict[str, object]] = [
        {"id": row.id, "release": row.release_id, "loaded_at": row.loaded_at.isoformat()}
        for row in (index, *(others[edition] for edition in used))
    ]
    inputs += indicator_inputs(clauses, named)
    inputs += queries.find_releases(session, {str(given["release"]) for given in inputs})
    return Designated(
        place, index, ground, rule_given, rule, evaluation, groups, found.people,
        queries.find_names(session, ground.codes),
        records.summarise(evaluation, found.people, found.source), inputs, chosen,
        {} if composed is None else composed.coverage, cliff,
        tuple(carried_notes(clauses, named)),
    )  # fmt: skip


def _group(
    session: Session,
    evaluation: Evaluation,
    index: IndexRow,
    people: pd.Series,
    pairs: pd.DataFrame | None,
    *,
    grouped: bool,
) -> Groups:
    selected = evaluation.codes[evaluation.selected if grouped else []]
    wards = queries.find_wards(session, selected, index.area_set)
    rank = pd.Series(evaluation.rank, index=evaluation.codes)
    areas = wards.assign(people=people.reindex(selected), rank=rank.reindex(selected))
    nobody = pd.DataFrame({"a": [], "b": [], "border_m": []})
    return form_groups(areas, nobody if pairs is None else pairs)


def country_of(index: IndexRow) -> str:
    """What an invented index ranks is its own county, never England."""
    return "the invented county" if index.demo else "England"


def save_designation(
    session: Session,
    slug: str,
    rule_given: object,
    index_id: str | None,
    name: str | None,
    actor: Actor | str,
    *,
    weights: object = None,
    standardise: object = None,
    perturbation: Perturbation | None = None,
) -> Designation:
    """Designate a partnership's ground and keep the result for good; the caller's transaction holds it.

    Raises what `designate` raises; Invalid for a name that is empty or too long.
    """
    name = (name or "").strip()
    if len(name) > MAX_NAME:
        detail = f"a name may have {MAX_NAME} characters"
        raise Invalid(detail, [Fault(detail, pointer="/name")])
    if not isinstance(rule_given, dict):
        detail = "a rule is a JSON object"
        raise InvalidRule(detail, [Fault(detail, pointer="/rule")])
    made = designate(
        session, queries.find_partnership_place(session, slug), rule_given, index_id,
        weights=weights, standardise=standardise, perturbation=perturbation,
    )  # fmt: skip
    result = made.as_plain()
    row = Designation(
        id=f"{slug[:60]}-{secrets.token_hex(5)}",
        partnership_slug=slug,
        name=name or f"{made.place.title}: {result['rule_in_words']}",
        index_id=made.chosen.own_id or made.index.id,
        rule=rule_given,
        inputs=made.inputs,
        result=result,
        created_by=str(actor),
    )
    session.add(row)
    session.flush()
    session.refresh(row)
    selected = made.summary["areas_selected"]
    detail_ = {"partnership": slug, "index": made.index.id, "areas_selected": selected}
    record(session, actor, "designate", f"designation:{row.id}", detail_)
    return row


def count_differences(session: Session, saved: Designation) -> dict[str, object] | None:
    """Say how many areas a saved designation would judge otherwise on the inputs of today.

    None while its inputs are those of today. An area counts where it is selected, or in doubt, now
    and was not then, or the other way about, or stands on one list of areas only.
    """
    place = queries.find_partnership_place(session, saved.partnership_slug)
    own, index = saved.result.get("own_index"), saved.result["index"]
    assert isinstance(index, dict)
    # By the recipe that was kept: an own index may be removed since.
    recipe = own if isinstance(own, dict) else {"weights": None, "standardise": None}
    again = designate(
        session, place, saved.rule, index["id"], weights=recipe["weights"],
        standardise=recipe["standardise"],
    )  # fmt: skip
    if again.inputs == saved.inputs:
        return None
    then = saved.result["areas"]
    assert isinstance(then, list)
    before = {area["code"]: (area["selected"], area["cannot_tell"]) for area in then}
    truth = zip(
        again.evaluation.codes, again.evaluation.selected.tolist(),
        again.evaluation.cannot_tell.tolist(), strict=True,
    )  # fmt: skip
    now = {str(code): (selected, doubt) for code, selected, doubt in truth}
    differ = sorted(
        code for code in before.keys() | now.keys() if before.get(code) != now.get(code)
    )
    return {"inputs": again.inputs, "areas_that_differ": len(differ), "codes": differ}


def save_default_designations(session: Session, slug: str) -> list[str]:
    """Keep a partnership's worst tenth by its default index and by the newest one that holds it.

    What is kept already on the same inputs is not kept again; gives the ids of those in force.
    """
    place = queries.find_partnership_place(session, slug)
    first = queries.choose_index(session, place)
    kept = queries.list_designations(session, slug)
    ids = []
    for index_id in dict.fromkeys([first, queries.newest_index(session, place, first)]):
        rule = worst_percent(DEFAULT_WORST)
        made = designate(session, place, rule, index_id)
        same = [
            row.id
            for row in kept
            if row.index_id == index_id and row.rule == rule and row.inputs == made.inputs
        ]
        if not same:
            name = f"Worst {DEFAULT_WORST}% by {made.index.title}"
            same = [save_designation(session, slug, rule, index_id, name, COMMAND_LINE).id]
        ids.append(same[0])
    return ids
