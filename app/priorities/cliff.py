"""How surely each area is selected: a rule shaken in weights, thresholds and year, from the values held.

An index without its domains, or held in part, is not shaken: that is said, and no share is given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from app.indicators.national import national_frames
from app.indicators.own import (
    Recipe,
    published_recipe,
    standardised_inputs,
    why_not_composed,
)
from app.indicators.queries import IndexRow, index_frames
from app.latest import Latest
from app.priorities.methods.clauses import IndexValues, Numbers, RebasedEdition
from app.priorities.methods.conditions import Rule, list_clauses
from app.priorities.methods.evaluate import Evaluation, clause_key
from app.priorities.methods.perturb import (
    KINDS,
    MAX_DRAWS,
    THRESHOLD_REACH,
    WEIGHT_REACH,
    Perturbation,
    ShakenEdition,
    Stability,
    lowest_inside,
    shake,
)
from app.priorities.values import MAIN, links_between, main_measure
from boundaries.errors import Fault, Invalid

MOST_KEPT = 64
MAX_SEED = 2**63 - 1
# A thousand draws over all of England and some: two seconds of the processor.
MAX_JUDGED = 40_000_000


class InvalidPerturbation(Invalid):
    """A seed, number of draws or kind that cannot be drawn by."""

    slug = "invalid-perturbation"
    title = "It cannot be shaken that way"


@dataclass(frozen=True)
class Cliff:
    """A rule shaken: the outcome, or why there is none. editions : those of which draws took one."""

    perturbation: Perturbation
    stability: Stability | None
    cannot_tell: str | None
    editions: tuple[str, ...] = ()

    def as_plain(self, codes: Sequence[str], names: Mapping[str, str]) -> dict[str, Any]:
        """Give it as plain values for JSON; shares of areas stand with the areas, contested ones here."""
        asked = self.perturbation
        contested = []
        if self.stability is not None:
            for place in np.flatnonzero(self.stability.contested).tolist():
                contested.append(
                    {
                        "code": codes[place], "name": names.get(codes[place]),
                        "stability": float(self.stability.rounded[place]),
                    }
                )  # fmt: skip
        return {
            "seed": asked.seed, "draws": asked.draws, "kinds": list(asked.kinds),
            "weights_by": WEIGHT_REACH if "weights" in asked.kinds else 0.0,
            "thresholds_by": THRESHOLD_REACH if "thresholds" in asked.kinds else 0.0,
            "editions": list(self.editions), "contested": contested, "cannot_tell": self.cannot_tell,
        }  # fmt: skip


def read_perturbation(
    seed: str | None, draws: str | None, perturb: str | None
) -> Perturbation | None:
    """Read what to shake from the words of an address; None where it says `none`.

    seed : a whole number from 0 to 2^63 - 1, default 1. draws : 1 to 10,000, default 1,000. perturb : some
    of weights, thresholds, year with commas between (default all), or `none`.

    Raises InvalidPerturbation, every fault listed.
    """
    faults: list[Fault] = []
    numbers = {}
    for name, given, default, least, most in (
        ("seed", seed, 1, 0, MAX_SEED), ("draws", draws, 1000, 1, MAX_DRAWS),
    ):  # fmt: skip
        written = str(default) if given is None else given.strip()
        is_whole = written.isascii() and written.isdigit() and len(written) <= 19
        if not is_whole or not least <= int(written) <= most:
            detail = f"{name} is a whole number from {least:,} to {most:,}"
            faults.append(Fault(detail, pointer=f"/{name}", value=written[:60]))
        numbers[name] = int(written) if is_whole else default
    words = [word.strip() for word in (perturb or ",".join(KINDS)).split(",") if word.strip()]
    strange = [word for word in words if word not in KINDS and words != ["none"]]
    if strange or not words:
        detail = f"perturb is none, or some of {', '.join(KINDS)} with commas between"
        faults.append(Fault(detail, pointer="/perturb", value=(perturb or "")[:60]))
    if faults:
        raise InvalidPerturbation("; ".join(fault.detail for fault in faults), faults)
    if words == ["none"]:
        return None
    kinds = tuple(kind for kind in KINDS if kind in words)
    return Perturbation(numbers["seed"], numbers["draws"], kinds)


def find_cliff(
    session: Session,
    rule: Rule,
    index: IndexRow,
    evaluation: Evaluation,
    values: IndexValues,
    others: Mapping[str, IndexRow],
    editions: Mapping[str, RebasedEdition],
    perturbation: Perturbation,
    recipe: Recipe | None = None,
) -> Cliff:
    """Shake a rule that was evaluated, over the same areas.

    others : the editions held beside the index, by id. With `year` a draw takes one of those that hold
    every domain and measure needed. editions : what clauses name themselves, by source, as it was
    evaluated. recipe : the own weights asked for, else the publisher's are shaken.

    Raises InvalidPerturbation for more draws than so many areas can be judged in.
    """
    codes = evaluation.codes
    if perturbation.draws * len(codes) > MAX_JUDGED:
        detail = (
            f"of {len(codes):,} areas at most {MAX_JUDGED // len(codes):,} draws are judged at once"
        )
        raise InvalidPerturbation(
            detail, [Fault(detail, pointer="/draws", value=str(perturbation.draws))]
        )
    own = recipe or published_recipe(index)
    why = why_not_composed(index, recipe)
    if why is not None and ("weights" in perturbation.kinds or recipe is not None):
        return Cliff(perturbation, None, why)
    clauses = list_clauses(rule.condition)
    needed = {clause.measure for clause in clauses if clause.source is None}
    drawn = [index]
    if "year" in perturbation.kinds:
        drawn += [
            other
            for other in others.values()
            if other.demo == index.demo and not other.partial and needed <= set(other.measures)
            and (own is None or set(own.weights) <= set(other.measures))
        ]  # fmt: skip
    composed = "weights" in perturbation.kinds or recipe is not None
    made = [
        ShakenEdition(
            values if one.id == index.id else _other_values(session, one, rule),
            _standardised(session, one, recipe) if composed else None,
            own.weights if own is not None else {MAIN: 1.0},
            None if one.id == index.id else links_between(session, one, index, codes),
        )
        for one in drawn
    ]  # fmt: skip
    # The weights of what a clause names itself (another edition, an indicator) stand still, as its year does.
    named = {
        source: ShakenEdition(found.index, None, {MAIN: 1.0}, found.links)
        for source, found in editions.items()
    }
    held = {
        clause_key(clause): outcome.value
        for clause, outcome in zip(clauses, evaluation.clauses, strict=True)
        if clause.statistic == "hot_spot_p"
    }
    rows = {one.id: one for one in (*drawn, *others.values())}

    def find_edges(
        name: str, values: Numbers, weights: Numbers, inside: NDArray[np.int64]
    ) -> Numbers:
        key = None
        if name:
            row = rows[name]
            # The weights carry seed, kinds and recipe; the row says which state of the index it is.
            key = (
                session.get_bind().engine.url, row.id, row.loaded_at, row.areas_held,
                tuple(own.methods.items()) if own else (), weights.tobytes(), inside.tobytes(),
            )  # fmt: skip
        return _kept_edges(key, values, weights, inside)

    stability = shake(
        rule,
        made,
        named,
        codes,
        values.contiguity,
        perturbation,
        held,
        main_measure(index),
        find_edges,
    )
    return Cliff(perturbation, stability, None, tuple(one.id for one in drawn))


def _other_values(session: Session, one: IndexRow, rule: Rule) -> IndexValues:
    """Load what a rule's clauses ask of another edition, of all its areas."""
    clauses = [
        clause
        for clause in list_clauses(rule.condition)
        if clause.edition in (None, one.id) and clause.statistic != "hot_spot_p"
    ]
    measures = dict.fromkeys([main_measure(one), *(clause.measure for clause in clauses)])
    if one.partial:
        scores, ranks = index_frames(session, one.id)
    else:
        scores, ranks = national_frames(session, one, [m for m in measures if m in one.measures])
    return IndexValues(one.id, one.areas_total, scores, ranks, is_partial=one.partial)


def _standardised(session: Session, one: IndexRow, recipe: Recipe | None) -> pd.DataFrame | None:
    mine = recipe or published_recipe(one)
    return None if mine is None else standardised_inputs(session, one, mine)


_edges = Latest[Numbers](MOST_KEPT)


def _kept_edges(
    key: tuple[object, ...] | None, values: Numbers, weights: Numbers, inside: NDArray[np.int64]
) -> Numbers:
    """Find the national thresholds of every draw, or give those kept: they are the same for every place."""

    def find() -> Numbers:
        found = lowest_inside("", values, weights, inside)
        found.flags.writeable = False
        return found

    return _edges.get(key, find, keeps=key is not None)
