"""Apply a rule to areas: which are selected, which cannot be told, why, and by how much.

Any and all follow three-valued logic, so that a missing value is said and never counts as out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from app.priorities.methods.clauses import (
    IN,
    OUT,
    UNKNOWN,
    ClauseOutcome,
    IndexValues,
    Numbers,
    RebasedEdition,
    Truth,
    measure_clause,
)
from app.priorities.methods.conditions import (
    AnyOf,
    Clause,
    Codes,
    Condition,
    CountOf,
    Not,
    Rule,
    Step,
    list_clauses,
    list_code_lists,
)
from app.priorities.methods.smallest_change import SmallestChanges, find_smallest_changes


@dataclass(frozen=True)
class StepOutcome:
    """What one step did: the areas it put in, took out, and those it left in doubt."""

    step: Step
    put_in: NDArray[np.bool_]
    taken_out: NDArray[np.bool_]
    in_doubt: NDArray[np.bool_]


@dataclass(frozen=True)
class Evaluation:
    """A rule's outcome, arrays in the order of `codes`.

    truth : IN, UNKNOWN or OUT after all steps; by_rule : before them.
    notes : what the reader must know, such as codes the rule lists that are not areas here.
    """

    codes: pd.Index
    index_id: str
    by_rule: Truth
    truth: Truth
    clauses: tuple[ClauseOutcome, ...]
    steps: tuple[StepOutcome, ...]
    changes: SmallestChanges
    rank: Numbers
    decile: Numbers
    listed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def selected(self) -> NDArray[np.bool_]:
        """True for the areas selected."""
        return np.asarray(self.truth == IN)

    @property
    def cannot_tell(self) -> NDArray[np.bool_]:
        """True for the areas of which a missing value leaves the outcome open."""
        return np.asarray(self.truth == UNKNOWN)


def evaluate(
    rule: Rule,
    index: IndexValues,
    codes: pd.Index,
    editions: Mapping[str, RebasedEdition] | None = None,
    main_measure: str = "imd",
) -> Evaluation:
    """Apply a rule to areas of an index.

    Parameters
    ----------
    rule : a checked rule (see `rules.parse_rule`).
    index : the values held; ranks are national whatever part of the country is held.
    codes : the areas asked (the partnership), unique; an area the index does not hold has missing
        values, so its clauses are unknown.
    editions : the other editions the rule names, by id, with links to the areas asked.
    main_measure : the measure whose rank and decile stand beside each area.

    Returns
    -------
    Evaluation. Every area is exactly one of selected, cannot tell, or not selected.

    Notes
    -----
    `add_ringed` adds an area all of whose neighbours are selected; an area without neighbours never
    is. Neighbours that are known but not among the areas asked count as not selected. A neighbour
    in doubt leaves the ring in doubt. Steps run in their order, each on what came before.
    """
    measured: dict[str, ClauseOutcome] = {}
    hot_spots: dict[tuple[str, str | None, str], tuple[pd.Series, str]] = {}
    clauses = list_clauses(rule.condition)
    outcomes = [
        measure_clause(clause, codes, index, editions or {}, hot_spots) for clause in clauses
    ]
    for clause, outcome in zip(clauses, outcomes, strict=True):
        measured[clause_key(clause)] = outcome
    met = {key: outcome.met for key, outcome in measured.items()}

    def combine_with(truths: Mapping[str, Truth]) -> Truth:
        return combine(rule.condition, truths, codes)

    by_rule = combine_with(met)
    steps, masks = _run_steps(rule.steps, by_rule, codes, index.contiguity)
    truth = apply_masks(by_rule, masks)
    changes = find_smallest_changes(
        measured, lambda truths: apply_masks(combine_with(truths), masks), truth
    )
    rank = _main_rank(index, main_measure, codes)
    known = ~np.isnan(rank)
    decile = np.full(len(codes), np.nan)
    decile[known] = -(-10 * rank[known].astype(np.int64) // index.ranked(main_measure))
    return Evaluation(
        codes,
        index.id,
        by_rule,
        truth,
        tuple(outcomes),
        steps,
        changes,
        rank,
        decile,
        _listed(rule),
        _notes(rule, codes, index),
    )


def clause_key(clause: Clause) -> str:
    """Name a clause within its rule: where it stands and what it measures."""
    return f"{clause.pointer} {clause.label}"


def combine(condition: Condition, truths: Mapping[str, Truth], codes: pd.Index) -> Truth:
    """Combine the truths of clauses by three-valued logic: any is the highest, all the lowest.

    A count is IN where enough clauses are, OUT where even the unknown ones would not make it
    enough, else UNKNOWN. Codes are IN or OUT, never UNKNOWN. Truths may be of many draws at once, one a
    row: what holds for every draw is then one row for all.
    """
    if isinstance(condition, Clause):
        return truths[clause_key(condition)]
    if isinstance(condition, CountOf):
        stack = np.stack([truths[clause_key(clause)] for clause in condition.clauses])
        surely, perhaps = (stack == IN).sum(axis=0), (stack != OUT).sum(axis=0)
        count = np.where(surely >= condition.at_least_n, IN, UNKNOWN)
        return np.where(perhaps < condition.at_least_n, OUT, count).astype(np.int8)
    if isinstance(condition, Codes):
        return np.where(codes.isin(condition.codes), IN, OUT).astype(np.int8)
    if isinstance(condition, Not):
        return (IN - combine(condition.part, truths, codes)).astype(np.int8)
    parts = [combine(part, truths, codes) for part in condition.parts]
    both = np.maximum if isinstance(condition, AnyOf) else np.minimum
    return np.asarray(reduce(both, parts), dtype=np.int8)


@dataclass(frozen=True)
class StepMask:
    """A step with the others' states held still: the least and the most it lets an area be."""

    at_least: Truth
    at_most: Truth


def apply_masks(truth: Truth, masks: tuple[StepMask, ...]) -> Truth:
    """Run steps on a rule's outcome, each area alone while the others stay as they are."""
    for mask in masks:
        truth = np.minimum(np.maximum(truth, mask.at_least), mask.at_most)
    return truth


def _run_steps(
    steps: tuple[Step, ...], truth: Truth, codes: pd.Index, contiguity: pd.DataFrame | None
) -> tuple[tuple[StepOutcome, ...], tuple[StepMask, ...]]:
    outcomes, masks = [], []
    for step in steps:
        at_least = np.full(len(codes), OUT, dtype=np.int8)
        at_most = np.full(len(codes), IN, dtype=np.int8)
        if step.kind == "add_ringed":
            at_least = ring(truth, codes, contiguity)
        elif step.kind == "add":
            at_least[codes.isin(step.codes)] = IN
        else:
            at_most[codes.isin(step.codes)] = OUT
        mask = StepMask(at_least, at_most)
        after = apply_masks(truth, (mask,))
        outcomes.append(
            StepOutcome(
                step,
                put_in=(after == IN) & (truth != IN),
                taken_out=(after == OUT) & (truth != OUT),
                in_doubt=(after == UNKNOWN) & (truth == OUT),
            )
        )
        masks.append(mask)
        truth = after
    return tuple(outcomes), tuple(masks)


def ring(truth: Truth, codes: pd.Index, contiguity: pd.DataFrame | None) -> Truth:
    """Say of each area whether all its neighbours are selected: the lowest of their truths.

    `contiguity` has columns a, b; a neighbour that is not among `codes` counts as OUT. An area
    without a neighbour is OUT; without any contiguity every area's ring is UNKNOWN.
    """
    if contiguity is None:
        return np.full(len(codes), UNKNOWN, dtype=np.int8)
    around = np.full(len(codes), IN, dtype=np.int8)
    has_neighbour = np.zeros(len(codes), dtype=bool)
    a, b = (codes.get_indexer(pd.Index(contiguity[side])) for side in ("a", "b"))
    for one, other in ((a, b), (b, a)):
        here = one >= 0
        neighbour = np.where(other[here] >= 0, truth[other[here]], OUT).astype(np.int8)
        np.minimum.at(around, one[here], neighbour)
        has_neighbour[one[here]] = True
    around[~has_neighbour] = OUT
    return around


def _main_rank(index: IndexValues, measure: str, codes: pd.Index) -> Numbers:
    if measure not in index.ranks:
        return np.full(len(codes), np.nan)
    return index.ranks[measure].reindex(codes).to_numpy(dtype=np.float64, na_value=np.nan)


def _listed(rule: Rule) -> dict[str, tuple[str, ...]]:
    """Give the reasons by which each code is named in the rule itself."""
    reasons: dict[str, list[str]] = {}
    for place in list_code_lists(Rule(rule.condition)):
        for code in place.codes:
            reasons.setdefault(code, []).append(place.because)
    return {code: tuple(found) for code, found in reasons.items()}


def _notes(rule: Rule, codes: pd.Index, index: IndexValues) -> tuple[str, ...]:
    notes = []
    for place in list_code_lists(rule):
        strange = [code for code in place.codes if code not in codes]
        if strange:
            more = f" and {len(strange) - 5} more" if len(strange) > 5 else ""
            notes.append(
                f"Codes named at {place.pointer or '/'} that are not areas here: "
                f"{', '.join(strange[:5])}{more}."
            )
    if any(step.kind == "add_ringed" for step in rule.steps):
        if index.contiguity is None:
            notes.append("Which areas touch is not known here, so no area could be ringed.")
        elif index.is_partial:
            notes.append(
                "Only part of the index is loaded: a neighbour outside the place is not seen, "
                "so an area on its edge may be ringed by the neighbours inside alone."
            )
    return tuple(notes)
