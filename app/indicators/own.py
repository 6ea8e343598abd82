"""An index of one's own: weights over measures of a published index, put on one scale and composed anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from sqlalchemy.orm import Session

from app.indicators.editions import MEASURES, MEASURES_OF_2000
from app.indicators.methods.composite import (
    InvalidWeights,
    check_weights,
    compose,
    published_weights,
    rank_scores,
    standardise,
    standardise_ranks,
)
from app.indicators.methods.standardise import METHODS
from app.indicators.national import national_frames
from app.indicators.queries import IndexRow, get_index
from app.indicators.tables import OwnIndex
from app.indicators.values import IndicatorRow, find_indicators, indicator_frame
from boundaries.errors import Fault

DEFAULT_METHOD = "exponential"
# Of ranks alone; the other two need scores.
_OF_RANKS = ("exponential", "rank")


@dataclass(frozen=True)
class Recipe:
    """How an own index is made: a weight and a standardisation by measure, in the order they were given.

    indicators : those among the measures that are indicators and not domains, by id.
    """

    weights: Mapping[str, float]
    methods: Mapping[str, str]
    indicators: Mapping[str, IndicatorRow] = field(default_factory=dict)

    def as_plain(self) -> dict[str, object]:
        """Give it as plain values for JSON."""
        return {"weights": dict(self.weights), "standardise": dict(self.methods)}


@dataclass(frozen=True)
class Composed:
    """An own index over all areas of a set.

    standardised, scores, ranks : index code, in order; NaN where an input is missing. Ranks are among the
        areas that have a score, 1 = most deprived; all NaN where only part of the index is held.
    coverage : by measure, how many areas have a value.
    """

    recipe: Recipe
    standardised: pd.DataFrame
    scores: pd.Series
    ranks: pd.Series
    coverage: Mapping[str, int]


def read_recipe(
    session: Session, index: IndexRow, weights: object, standardise_by: object = None
) -> Recipe:
    """Check weights and standardisation given as plain JSON values: of domains of the index, and of indicators.

    A domain that this index lacks is taken: its areas then cannot be told, with the coverage shown. Refused
    are words that are neither, an indicator of other areas than the index's (it is not joined silently: it
    may be re-based first), and one of which neither end is worse.

    standardise_by : None, one of METHODS for all, or an object of them by measure.

    Raises InvalidWeights with every fault.
    """
    checked = check_weights(weights)
    held = [measure for measure in index.measures if measure != "imd"]
    domains = {*held, *MEASURES, *MEASURES_OF_2000} - {"imd"}
    rows = find_indicators(session, [measure for measure in checked if measure not in domains])
    faults = []
    for measure in checked:
        if measure in domains:
            continue
        if detail := _why_not_weighed(measure, rows.get(measure), index, held):
            at = measure[:60].replace("~", "~0").replace("/", "~1")
            faults.append(Fault(detail, pointer=f"/weights/{at}", value=measure[:60]))
    methods: dict[str, str] = {}
    by_measure = standardise_by if isinstance(standardise_by, Mapping) else {}
    for measure in checked:
        given = by_measure.get(measure, DEFAULT_METHOD) if by_measure else standardise_by
        method = DEFAULT_METHOD if given is None else given
        if not isinstance(method, str) or method not in METHODS:
            detail = f"the standardisation is one of {', '.join(METHODS)}"
            faults.append(Fault(detail, pointer="/standardise", value=str(method)[:60]))
        methods[measure] = str(method)
    strange = sorted(str(measure)[:60] for measure in by_measure if measure not in checked)
    faults += [
        Fault("standardised but not weighed", pointer=f"/standardise/{measure}", value=measure)
        for measure in strange
    ]
    if faults:
        raise InvalidWeights("; ".join(dict.fromkeys(f.detail for f in faults[:3])), faults)
    return Recipe(checked, methods, rows)


def _why_not_weighed(
    measure: str, row: IndicatorRow | None, index: IndexRow, held: Sequence[str]
) -> str | None:
    if row is None:
        return (
            f"{measure[:60]!r} is no domain of an index and no indicator held here; {index.id} has "
            f"{', '.join(held) or 'none'}"
        )
    if row.area_set != index.area_set:
        return (
            f"{row.id} is of {row.area_set} and {index.id} of {index.area_set}: carry it over first, by "
            f"`bounds rebase FILE --from {row.area_set} --to {index.area_set}`, and import it"
        )
    if row.direction == "neither":
        return f"of {row.id} neither end is worse, so that it cannot be weighed"
    return None


def published_recipe(index: IndexRow) -> Recipe | None:
    """Give the publisher's own recipe; None where the index does not hold every domain of it."""
    weights = published_weights(index.id)
    if not set(weights) <= set(index.measures):
        return None
    return Recipe(weights, dict.fromkeys(weights, DEFAULT_METHOD))


def why_not_composed(index: IndexRow, recipe: Recipe | None = None) -> str | None:
    """Say why the index cannot be composed anew, by the publisher's domains or a recipe's; None where it can."""
    weights = published_weights(index.id) if recipe is None else recipe.weights
    indicators = {} if recipe is None else recipe.indicators
    lacking = [m for m in weights if m not in index.measures and m not in indicators]
    if lacking:
        what = "no full set of domains" if recipe is None else "not every domain that is weighed"
        return f"{index.id} holds {what} here (it lacks {', '.join(lacking)}), so it cannot be composed anew"
    for row in indicators.values():
        if row.partial:
            part = f" ({row.coverage})" if row.coverage else ""
            return f"only part of {row.id} is held{part}, so that no area of England can be ranked by it"
    if index.partial:
        return (
            f"only part of {index.id} is loaded, so how its {index.areas_total:,} areas rank by other "
            "weights cannot be told"
        )
    return None


def standardised_inputs(session: Session, index: IndexRow, recipe: Recipe) -> pd.DataFrame:
    """Give the measures of a recipe for all areas held, on their scales: index code, a column a measure."""
    measures = [measure for measure in recipe.weights if measure not in recipe.indicators]
    held = [measure for measure in measures if measure in index.measures]
    scores, ranks = national_frames(session, index, held or ["imd"])
    lacking = {measure: np.nan for measure in measures if measure not in held}
    scores, ranks = scores.assign(**lacking), ranks.assign(**lacking)
    columns: dict[str, pd.Series] = {}
    for method in dict.fromkeys(recipe.methods.values()):
        mine = [measure for measure in measures if recipe.methods[measure] == method]
        if method == "exponential":
            made = standardise_ranks(ranks[mine], index.areas_total)
        elif method in _OF_RANKS:
            # Ranks turned round: the highest value is the most deprived, as each method expects.
            made = standardise(-ranks[mine], dict.fromkeys(mine, method))
        else:
            made = standardise(scores[mine], dict.fromkeys(mine, method))
        columns |= {measure: made[measure] for measure in mine}
    for measure, row in recipe.indicators.items():
        values = indicator_frame(session, row.id)["value"].reindex(scores.index)
        sign = -1.0 if row.direction == "lower-is-worse" else 1.0
        made = standardise((sign * values).to_frame(measure), recipe.methods)
        columns[measure] = made[measure]
    return pd.DataFrame({measure: columns[measure] for measure in recipe.weights})


def compose_index(session: Session, index: IndexRow, recipe: Recipe) -> Composed:
    """Compose an own index over all areas that are held."""
    standardised = standardised_inputs(session, index, recipe)
    scores = compose(standardised, recipe.weights)
    ranks = rank_scores(scores)
    if index.partial or any(row.partial for row in recipe.indicators.values()):
        ranks = pd.Series(np.nan, index=ranks.index)
    coverage = {str(measure): int(column.notna().sum()) for measure, column in standardised.items()}
    return Composed(recipe, standardised, scores, ranks, coverage)


@dataclass(frozen=True)
class ChosenIndex:
    """What a question is answered by: a published index, or one of one's own over its areas.

    own_id, own_title : of a saved own index; None where none was named.
    """

    index: IndexRow
    recipe: Recipe | None = None
    own_id: str | None = None
    own_title: str | None = None


def choose_recipe(
    session: Session, index_id: str, weights: object = None, standardise_by: object = None
) -> ChosenIndex:
    """Find the index of an id, published or saved as one's own; weights make one without saving it.

    Raises UnknownIndex, InvalidWeights.
    """
    own = session.get(OwnIndex, index_id)
    if own is None:
        index = get_index(session, index_id)
        if weights is None:
            return ChosenIndex(index)
        return ChosenIndex(index, read_recipe(session, index, weights, standardise_by))
    if weights is not None:
        detail = f"{own.id} has weights of its own: give either index={own.id} or weights"
        raise InvalidWeights(detail, [Fault(detail, pointer="/weights")])
    index = get_index(session, own.index_id)
    kept = own.recipe
    return ChosenIndex(
        index, read_recipe(session, index, kept["weights"], kept["standardise"]), own.id, own.title
    )
