"""Shake a rule's weights, thresholds and year, and count in how many of the draws each area is selected.

Pure: a seed in, the same bytes out. What cannot be told in a draw is counted as neither in nor out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from app.priorities.methods.clauses import IN, OUT, UNKNOWN, IndexValues, Truth, rank_within
from app.priorities.methods.conditions import Clause, Rule, list_clauses
from app.priorities.methods.evaluate import clause_key, combine
from app.priorities.methods.neighbours import Neighbours

Numbers = NDArray[np.float64]

KINDS = ("weights", "thresholds", "year")
MAX_DRAWS = 10_000
# Each weight is multiplied by 0.75 to 1.25, each threshold by 0.9 to 1.1.
WEIGHT_REACH, THRESHOLD_REACH = 0.25, 0.1
# Selected in 5 to 95 % of the draws: neither surely in nor surely out.
LEAST_CONTESTED, MOST_CONTESTED = 0.05, 0.95
# Fewer draws than this share that can be told say nothing of an area. Below a half: where one of two
# editions cannot tell an area, about half of the draws can.
LEAST_TOLD = 0.4
_BLOCK = 100
# A score made of a part of the areas and the score at the threshold differ in their last bits.
_SAME_SCORE = 1e-9
_PARTS: Mapping[str, int] = {"percentile": 100, "decile": 10}


@dataclass(frozen=True)
class Perturbation:
    """What is shaken: `kinds` of KINDS, so many draws from a seed."""

    seed: int = 1
    draws: int = 1000
    kinds: tuple[str, ...] = KINDS


@dataclass(frozen=True)
class ShakenEdition:
    """One edition of the index to be drawn.

    index : its values; national frames where the rule's clauses or the weights need all of England.
    standardised : index code of all areas, one column a measure: what the weights add up. None where
        the index cannot be composed.
    weights : by column of `standardised`.
    links : columns code (area asked), source (area of the edition); None where the areas are the same.
    """

    index: IndexValues
    standardised: pd.DataFrame | None
    weights: Mapping[str, float]
    links: pd.DataFrame | None = None


# Gives, for standardised values (areas x measures), weights (draws x measures) and how many areas lie
# inside (draws), the lowest score inside in each draw.
FindEdges = Callable[[str, Numbers, Numbers, NDArray[np.int64]], Numbers]


@dataclass(frozen=True)
class Stability:
    """The outcome, arrays in the order of the areas asked.

    share : of the draws that can be told, those in which the area is selected; NaN where fewer than
        two fifths can. rounded : to the nearest 0.05. contested : the share is from 0.05 to 0.95.
    """

    share: Numbers
    rounded: Numbers
    contested: NDArray[np.bool_]


@dataclass(frozen=True)
class _Draws:
    weights: Numbers  # draws x measures, factors
    thresholds: Numbers  # draws x clauses, factors
    edition: NDArray[np.int64]


def shake(
    rule: Rule,
    editions: Sequence[ShakenEdition],
    others: Mapping[str, ShakenEdition],
    codes: pd.Index,
    contiguity: pd.DataFrame | None,
    perturbation: Perturbation,
    held: Mapping[str, Numbers],
    main_measure: str = "imd",
    find_edges: FindEdges | None = None,
) -> Stability:
    """Evaluate a rule under changed weights, thresholds and years.

    Parameters
    ----------
    editions : the index asked first, then others of which a draw may take one; drawn evenly.
    others : what clauses name themselves (`M@imd-2015`, an indicator), by `Clause.source`: never exchanged.
    codes : the areas asked, unique.
    held : by key of a clause that is held still (hot spots, indicators) its values in the order of codes.
    main_measure : the measure that weights compose.

    Notes
    -----
    Weights keep their sum, so that scores stay on their scale. A threshold is multiplied; that of a score
    is moved by the factor's distance from 1 in standard deviations of the measure. Each threshold of the
    rule has a factor of its own; the measures of one `count_of` share theirs. Hot spots are not computed
    anew for each draw: their thresholds are shaken, their p-values stand. Draws are taken from PCG64
    column by column whatever `kinds` says, so that a kind left out changes no draw of another.

    Source: OECD and JRC, Handbook on Constructing Composite Indicators (2008), step 7.
    """
    clauses = list_clauses(rule.condition)
    pointers = list(dict.fromkeys(clause.pointer for clause in clauses))
    draws = _draw(perturbation, editions[0].weights, pointers, len(editions))
    edges = find_edges or lowest_inside
    selected = np.zeros(len(codes), dtype=np.int64)
    told = np.zeros(len(codes), dtype=np.int64)
    neighbours = Neighbours.of(codes, contiguity)
    for place, edition in enumerate(editions):
        drawn = np.flatnonzero(draws.edition == place)
        if not len(drawn):
            continue
        measured = {
            clause_key(clause): _Measured.of(
                clause, _home(clause, edition, editions[0], others), codes, draws.weights[drawn],
                draws.thresholds[drawn, pointers.index(clause.pointer)],
                held.get(clause_key(clause)), main_measure, edges,
            )
            for clause in clauses
        }  # fmt: skip
        for start in range(0, len(drawn), _BLOCK):
            block = slice(start, start + _BLOCK)
            truths = {key: one.truth(block) for key, one in measured.items()}
            truth = combine(rule.condition, truths, codes)
            shape = (len(drawn[block]), len(codes))
            truth = neighbours.run_steps(rule.steps, np.broadcast_to(truth, shape))
            selected += (truth == IN).sum(axis=0)
            told += (truth != UNKNOWN).sum(axis=0)
    share = np.full(len(codes), np.nan)
    enough = told >= max(LEAST_TOLD * perturbation.draws, 1)
    share[enough] = selected[enough] / told[enough]
    with np.errstate(invalid="ignore"):
        contested = (share >= LEAST_CONTESTED) & (share <= MOST_CONTESTED)
    return Stability(share, np.round(np.round(share * 20) / 20, 2), contested)


def _home(
    clause: Clause, drawn: ShakenEdition, asked: ShakenEdition, others: Mapping[str, ShakenEdition]
) -> ShakenEdition:
    """Choose the edition a clause is judged by: its own, the drawn one, or what that one lacks, the one asked."""
    if clause.source is not None:
        return others[clause.source]
    return drawn if clause.measure in drawn.index.ranks else asked


def _draw(
    perturbation: Perturbation, weights: Mapping[str, float], pointers: Sequence[str], editions: int
) -> _Draws:
    uniform = np.random.Generator(np.random.PCG64(perturbation.seed)).random(
        (len(weights) + len(pointers) + 1, perturbation.draws)
    )
    by_weight, by_threshold, by_year = np.split(uniform, [len(weights), -1])
    kinds = perturbation.kinds
    reach = WEIGHT_REACH if "weights" in kinds else 0.0
    moved = THRESHOLD_REACH if "thresholds" in kinds else 0.0
    year = (
        (by_year[0] * editions).astype(np.int64)
        if "year" in kinds
        else np.zeros(perturbation.draws)
    )
    return _Draws(
        (1 + reach * (2 * by_weight - 1)).T, (1 + moved * (2 * by_threshold - 1)).T,
        year.astype(np.int64),
    )  # fmt: skip


def lowest_inside(
    _edition: str, values: Numbers, weights: Numbers, inside: NDArray[np.int64]
) -> Numbers:
    """Find in each draw the score of the last area inside, when so many areas lie inside.

    values : areas x measures, none missing. weights : draws x measures. Where none is inside it is
    infinite, where all are minus infinite.
    """
    total = len(values)
    result = np.full(len(weights), np.inf)
    result[inside >= total] = -np.inf
    for start in range(0, len(weights), _BLOCK):
        scores = weights[start : start + _BLOCK] @ values.T
        for row, count in enumerate(inside[start : start + _BLOCK].tolist()):
            if 1 <= count < total:
                result[start + row] = np.partition(scores[row], total - count)[total - count]
    return result


def count_inside(clause: Clause, thresholds: Numbers, ranked: int) -> NDArray[np.int64]:
    """Give how many ranks lie at or before each threshold, of so many areas that are ranked.

    For `at_most` those ranks are in; for `at_least` those beyond them are. Percentiles and deciles are
    whole numbers, so that `at_least` 90 begins after the ranks of percentile 89.
    """
    parts = _PARTS.get(clause.statistic)
    if clause.comparison == "at_least":
        if parts is None:
            return np.ceil(thresholds - _SAME_SCORE).astype(np.int64) - 1
        thresholds = thresholds - 1
    reached = thresholds if parts is None else thresholds * ranked / parts
    return np.floor(reached + _SAME_SCORE).astype(np.int64)


@dataclass(frozen=True)
class _Measured:
    """One clause under every draw of an edition, on the edition's own areas and carried to those asked."""

    met: Callable[[slice], Truth]
    carried: Callable[[Truth], Truth]

    def truth(self, block: slice) -> Truth:
        return self.carried(self.met(block))

    @staticmethod
    def of(
        clause: Clause, edition: ShakenEdition, codes: pd.Index, weight_factors: Numbers,
        threshold_factors: Numbers, held: Numbers | None, main_measure: str, find_edges: FindEdges,
    ) -> _Measured:  # fmt: skip
        sources = codes
        carried: Callable[[Truth], Truth] = _as_they_are
        if edition.links is not None and held is None:
            links = edition.links[edition.links["code"].isin(codes)]
            sources = pd.Index(sorted(set(links["source"])), dtype=object)
            carried = _Carrier.of(codes, sources, links)
        thresholds = clause.threshold * threshold_factors
        at_most = clause.comparison == "at_most"
        if held is not None or clause.statistic == "hot_spot_p":
            values = held if held is not None else np.full(len(sources), np.nan)
            return _Measured(_against(values, thresholds, at_most), carried)
        composed = edition.standardised is not None and clause.measure == main_measure
        if not composed:
            met = _by_published(clause, edition.index, sources, thresholds, threshold_factors)
            return _Measured(met, carried)
        return _Measured(
            _by_weights(
                clause, edition, sources, weight_factors, thresholds, threshold_factors, find_edges
            ),
            carried,
        )


def _as_they_are(truth: Truth) -> Truth:
    return truth


def _against(values: Numbers, thresholds: Numbers, at_most: bool) -> Callable[[slice], Truth]:
    unknown = np.isnan(values)

    def met(block: slice) -> Truth:
        edge = thresholds[block, None]
        with np.errstate(invalid="ignore"):
            inside = values <= edge + _SAME_SCORE if at_most else values >= edge - _SAME_SCORE
        truth = np.where(inside, IN, OUT).astype(np.int8)
        truth[:, unknown] = UNKNOWN
        return truth

    return met


def _by_published(
    clause: Clause, index: IndexValues, sources: pd.Index, thresholds: Numbers, factors: Numbers
) -> Callable[[slice], Truth]:
    """Judge by the published values, which stand still, against thresholds that move."""
    frame = index.scores if clause.statistic == "score" else index.ranks
    empty = np.full(len(sources), np.nan)
    values = empty
    if clause.measure in frame:
        values = frame[clause.measure].reindex(sources).to_numpy(np.float64)
    at_most = clause.comparison == "at_most"
    if clause.statistic == "score":
        every = frame[clause.measure].std(ddof=0) if clause.measure in frame else np.nan
        spread = 0.0 if np.isnan(every) else float(every)
        return _against(values, clause.threshold + (factors - 1) * spread, at_most)
    ranked = index.ranked(clause.measure)
    if clause.scope == "partnership":
        values, ranked = rank_within(values)
    inside = count_inside(clause, thresholds, ranked).astype(np.float64)
    # Of whole ranks, "not at most n" is "at least n + 1".
    return _against(values, inside if at_most else inside + 1, at_most)


def _by_weights(
    clause: Clause, edition: ShakenEdition, sources: pd.Index, weight_factors: Numbers,
    thresholds: Numbers, factors: Numbers, find_edges: FindEdges,
) -> Callable[[slice], Truth]:  # fmt: skip
    """Compose the index anew in each draw, and judge by it."""
    assert edition.standardised is not None, "the caller asked whether the index can be composed"
    measures = list(edition.weights)
    given = np.array([edition.weights[measure] for measure in measures])
    weights = weight_factors * given
    weights *= given.sum() / weights.sum(axis=1, keepdims=True)
    own = edition.standardised[measures].reindex(sources).to_numpy(np.float64)
    unknown = np.isnan(own).any(axis=1)
    scores = np.where(unknown[:, None], 0.0, own)
    at_most = clause.comparison == "at_most"
    every = edition.standardised[measures].to_numpy(np.float64)
    every = every[~np.isnan(every).any(axis=1)]
    if clause.statistic == "score":
        spread = float((every @ given).std()) if len(every) else 0.0
        edges = clause.threshold + (factors - 1) * spread
        side = -1.0 if at_most else 1.0
    else:
        if clause.scope == "partnership":
            every = scores[~unknown]
        inside = count_inside(clause, thresholds, len(every))
        name = "" if clause.scope == "partnership" else edition.index.id
        edges = find_edges(name, every, weights, inside)
        side = 1.0

    def met(block: slice) -> Truth:
        composed = weights[block] @ scores.T
        edge = edges[block, None]
        inside = side * composed >= side * edge - _SAME_SCORE
        if clause.statistic != "score" and not at_most:
            inside = ~inside
        truth = np.where(inside, IN, OUT).astype(np.int8)
        truth[:, unknown] = UNKNOWN
        return truth

    return met


@dataclass(frozen=True)
class _Carrier:
    """Carries truths from another edition's areas: alike behind an area they stand, else it is unknown."""

    order: NDArray[np.int64]
    starts: NDArray[np.int64]
    areas: NDArray[np.int64]
    count: int

    @staticmethod
    def of(codes: pd.Index, sources: pd.Index, links: pd.DataFrame) -> Callable[[Truth], Truth]:
        area = codes.get_indexer(pd.Index(links["code"]))
        source = sources.get_indexer(pd.Index(links["source"]))
        by_area = np.argsort(area, kind="stable")
        ordered = area[by_area]
        areas, starts = np.unique(ordered, return_index=True)
        return _Carrier(source[by_area], starts, areas, len(codes)).carry

    def carry(self, truth: Truth) -> Truth:
        carried = np.full((len(truth), self.count), UNKNOWN, dtype=np.int8)
        if len(self.order):
            behind = truth[:, self.order]
            lowest = np.minimum.reduceat(behind, self.starts, axis=1)
            highest = np.maximum.reduceat(behind, self.starts, axis=1)
            carried[:, self.areas] = np.where(lowest == highest, lowest, UNKNOWN)
        return carried
