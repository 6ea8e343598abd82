"""Measure every area against one clause of a rule; knows nothing of how clauses are combined.

Truth is three-valued: OUT, UNKNOWN, IN. A missing value is UNKNOWN, never OUT and never 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from app.priorities.methods.conditions import Clause, Comparison
from app.priorities.methods.hot_spots import find_hot_spots

OUT, UNKNOWN, IN = 0, 1, 2

Truth = NDArray[np.int8]
Numbers = NDArray[np.float64]

# Scores are published to three decimals: the nearest score beyond a threshold is one of these away.
SCORE_STEP = 0.001

_PARTS: Mapping[str, int] = {"percentile": 100, "decile": 10}


@dataclass(frozen=True)
class IndexValues:
    """An index as held here.

    scores, ranks : index area code (unique, text), one float column a measure, NaN where the
        publisher gives none. Ranks are the published national ones, 1 = most deprived.
    areas_total : N, the number of areas the publication ranks, whatever is held here.
    contiguity : columns a, b (area codes, each pair once), border_m (metres); None if not known.
    is_partial : not all N areas are stored anywhere here. totals : by measure another N, where it was
        composed here and some areas lack a part of it.
    lower_is_worse : of an indicator whose low scores are the bad ones. states : by area why an
        indicator has no value there (suppressed, missing).
    """

    id: str
    areas_total: int
    scores: pd.DataFrame
    ranks: pd.DataFrame
    contiguity: pd.DataFrame | None = None
    is_partial: bool = False
    lower_is_worse: bool = False
    states: Mapping[str, str] = field(default_factory=dict)
    totals: Mapping[str, int] = field(default_factory=dict)

    def ranked(self, measure: str) -> int:
        """How many areas are ranked on a measure."""
        return self.totals.get(measure, self.areas_total)

    @property
    def is_complete(self) -> bool:
        """Every area of the publication is in the frames, so national figures can be computed."""
        return len(self.ranks) == self.areas_total and not self.is_partial


@dataclass(frozen=True)
class RebasedEdition:
    """Another edition of an index, or an indicator, and how its areas lead to the areas asked.

    links : columns code (area asked), source (area of the edition), kind (unchanged, split,
        merged, complex, recoded; best-fit for a larger area that most of it lies in). One area may
        have several sources and a source several areas. None: its areas are those asked.
    """

    index: IndexValues
    links: pd.DataFrame | None


@dataclass(frozen=True)
class ClauseOutcome:
    """One clause for every area asked, arrays in the order of the areas.

    own : the area's rank (national, or among the partnership's own areas) for statistics made of
        ranks, its score for `score`; NaN where missing or where several sources stand behind it.
    highest_rank : how many areas are ranked; 0 where the statistic is not made of ranks.
    score_margin : the area's score less the score at the threshold rank, in points of the measure's
        score, positive inside for `at_most`; NaN unless the whole index is held.
    reasons : why the truth is unknown, by position.
    sources : for another edition: the areas and kind of link behind each area, by position.
    """

    clause: Clause
    value: Numbers
    margin: Numbers
    met: Truth
    own: Numbers
    highest_rank: int
    score_margin: Numbers
    score_spread: float
    reasons: Mapping[int, str] = field(default_factory=dict)
    sources: Mapping[int, tuple[str, tuple[str, ...]]] = field(default_factory=dict)


def percentile_of_rank(ranks: Numbers, areas_total: int, parts: int = 100) -> Numbers:
    """Give the percentile (decile: parts 10) of ranks: ceil(parts * rank / N), 1 = most deprived.

    Integer arithmetic throughout: 3,285 of 32,844 is percentile 11, with no rounding to hide it.
    NaN stays NaN.
    """
    result = np.full(len(ranks), np.nan)
    known = ~np.isnan(ranks)
    whole = ranks[known].astype(np.int64)
    result[known] = (parts * whole + areas_total - 1) // areas_total
    return result


def last_rank_at_most(threshold: int, areas_total: int, parts: int) -> int:
    """Give the last rank whose percentile (decile) is at most the threshold; 0 if there is none."""
    return threshold * areas_total // parts


def rank_within(ranks: Numbers) -> tuple[Numbers, int]:
    """Rank areas among themselves by their national ranks: ties take the lowest, NaN stays NaN.

    Returns the ranks (1 = most deprived) and how many areas have one.
    """
    result = np.full(len(ranks), np.nan)
    known = ~np.isnan(ranks)
    ordered = np.sort(ranks[known])
    result[known] = np.searchsorted(ordered, ranks[known], side="left") + 1
    return result, int(known.sum())


def compare(values: Numbers, comparison: Comparison, threshold: float) -> Truth:
    """Compare with the threshold; equality is in, NaN is UNKNOWN."""
    with np.errstate(invalid="ignore"):
        inside = values <= threshold if comparison == "at_most" else values >= threshold
    met = np.where(inside, IN, OUT).astype(np.int8)
    met[np.isnan(values)] = UNKNOWN
    return met


def measure_clause(
    clause: Clause,
    codes: pd.Index,
    index: IndexValues,
    editions: Mapping[str, RebasedEdition],
    hot_spots: dict[tuple[str, str | None, str], tuple[pd.Series, str]],
) -> ClauseOutcome:
    """Measure one clause for the areas asked.

    Parameters
    ----------
    clause : a checked clause; its edition, if any, is a key of `editions`.
    codes : the areas asked, unique.
    hot_spots : p-values and the reason for missing ones by (measure, edition, scope), filled here
        so that clauses which share them compute them once.

    Notes
    -----
    Scope `partnership` ranks only the areas asked, N being those with a value. For another edition
    each area is judged by the areas of that edition behind it: met if all of them meet the clause,
    not met if none does, UNKNOWN if they differ or one is unknown. Ranks are never interpolated;
    the value shown is that of the source nearest the threshold.
    """
    if clause.source is None:
        return _measure(clause, codes, index, hot_spots)
    edition = editions[clause.source]
    if edition.links is None:
        return _measure(clause, codes, edition.index, hot_spots)
    links = edition.links[edition.links["code"].isin(codes)]
    source_codes = pd.Index(sorted(set(links["source"])), dtype=object)
    behind = _measure(clause, source_codes, edition.index, hot_spots)
    return _carry(behind, codes, source_codes, links)


def _measure(
    clause: Clause,
    codes: pd.Index,
    index: IndexValues,
    hot_spots: dict[tuple[str, str | None, str], tuple[pd.Series, str]],
) -> ClauseOutcome:
    ranks = _column(index.ranks, clause.measure, codes)
    scores = _column(index.scores, clause.measure, codes)
    nothing = np.full(len(codes), np.nan)
    highest = 0
    why = f"{index.id} has no value of {clause.measure} for this area"
    score_margin = nothing
    if clause.statistic == "score":
        value = own = scores
        why = f"{index.id} holds no score of {clause.measure} for this area"
    elif clause.statistic == "hot_spot_p":
        key = (clause.measure, clause.edition, clause.scope)
        if key not in hot_spots:
            hot_spots[key] = find_scope_hot_spots(clause, codes, index)
        p_values, why = hot_spots[key]
        value, own = p_values.reindex(codes).to_numpy(dtype=np.float64), nothing
    else:
        own, highest = ranks, index.ranked(clause.measure)
        if clause.scope == "partnership":
            own, highest = rank_within(ranks)
        parts = _PARTS.get(clause.statistic)
        value = own
        if parts is not None and highest:
            value = percentile_of_rank(own, highest, parts)
        if clause.scope == "national":
            score_margin = _score_margin(clause, index, scores)
    sign = 1.0 if clause.comparison == "at_most" else -1.0
    met = compare(value, clause.comparison, clause.threshold)
    unknown = dict.fromkeys(np.flatnonzero(met == UNKNOWN).tolist(), why)
    for place in unknown:
        state = index.states.get(codes[place])
        if state is not None:
            unknown[place] = f"the value of {clause.measure} is {state} here"
    held = _column(index.scores, clause.measure, index.scores.index)
    held = held[~np.isnan(held)]
    spread = float(held.max() - held.min()) if len(held) else 0.0
    margin = sign * (clause.threshold - value)
    return ClauseOutcome(
        clause, value, margin, met, own, highest, score_margin, spread, reasons=unknown
    )


def find_scope_hot_spots(
    clause: Clause, codes: pd.Index, index: IndexValues
) -> tuple[pd.Series, str]:
    """Compute hot-spot p-values in the clause's scope, and say why where they cannot be.

    Returns a series by code (empty where the scope cannot be computed) and the reason for gaps.
    """
    empty = pd.Series(dtype=np.float64)
    if index.contiguity is None:
        return empty, f"which areas of {index.id} touch is not known here"
    if clause.scope == "national":
        if not index.is_complete:
            return empty, (
                f"a national hot spot needs all {index.areas_total:,} areas of {index.id}; "
                f"{len(index.ranks):,} are loaded"
            )
        codes = index.ranks.index
    scores = pd.Series(_column(index.scores, clause.measure, codes), index=codes)
    # A hot spot is one of need, whichever end of the scores is worse.
    scores = -scores if index.lower_is_worse else scores
    pairs = index.contiguity
    inside = pairs["a"].isin(codes) & pairs["b"].isin(codes)
    return (
        find_hot_spots(scores, pairs[inside])["p"],
        f"{index.id} holds no score of {clause.measure} here, or the area touches no other, "
        "or all scores are alike",
    )


def last_rank_inside(clause: Clause, highest: int) -> int:
    """Give the rank at the clause's threshold.

    The last that is in for `at_most`, the first that is in for `at_least`; it may lie outside
    1..highest, where no rank is in.
    """
    parts = _PARTS.get(clause.statistic)
    threshold = int(clause.threshold)
    if clause.comparison == "at_most":
        return threshold if parts is None else last_rank_at_most(threshold, highest, parts)
    if parts is None:
        return threshold
    return last_rank_at_most(threshold - 1, highest, parts) + 1


def _score_margin(clause: Clause, index: IndexValues, scores: Numbers) -> Numbers:
    """Give score less the lowest score inside: "by how much" in the index's own points."""
    edge = last_rank_inside(clause, index.ranked(clause.measure))
    score = np.nan
    if index.is_complete and clause.measure in index.ranks:
        ranks = _column(index.ranks, clause.measure, index.ranks.index)
        held = _column(index.scores, clause.measure, index.ranks.index)
        if clause.comparison == "at_most":
            score = float(pd.Series(held[ranks <= edge]).min())
        else:
            score = float(pd.Series(held[ranks >= edge]).max())
    return scores - score if clause.comparison == "at_most" else score - scores


def _column(frame: pd.DataFrame, measure: str, codes: pd.Index) -> Numbers:
    if measure not in frame:
        return np.full(len(codes), np.nan)
    return frame[measure].reindex(codes).to_numpy(dtype=np.float64, na_value=np.nan)


def _carry(
    behind: ClauseOutcome, codes: pd.Index, source_codes: pd.Index, links: pd.DataFrame
) -> ClauseOutcome:
    """Carry a clause measured on another edition's areas to the areas asked."""
    count = len(codes)
    area = codes.get_indexer(pd.Index(links["code"]))
    source = source_codes.get_indexer(pd.Index(links["source"]))
    lowest = np.full(count, IN, dtype=np.int8)
    highest = np.full(count, OUT, dtype=np.int8)
    np.minimum.at(lowest, area, behind.met[source])
    np.maximum.at(highest, area, behind.met[source])
    # Without any source lowest stays IN and highest OUT: they differ, so the truth is UNKNOWN.
    met = np.where(lowest == highest, lowest, UNKNOWN).astype(np.int8)

    arrays = {"value": behind.value, "margin": behind.margin, "own": behind.own}
    carried = {name: np.full(count, np.nan) for name in arrays}
    closeness = np.abs(behind.margin[source])
    order = np.lexsort((source, closeness))[::-1]
    for name, values in arrays.items():
        # Written from the farthest to the nearest: the source nearest the threshold stays.
        carried[name][area[order]] = values[source[order]]
    found: dict[int, list[tuple[str, str]]] = {}
    for place, name, kind in zip(area.tolist(), links["source"], links["kind"], strict=True):
        found.setdefault(place, []).append((str(name), str(kind)))
    sources: dict[int, tuple[str, tuple[str, ...]]] = {}
    for place, linked in found.items():
        kinds = {kind for _, kind in linked}
        kind = kinds.pop() if len(kinds) == 1 else "complex"
        sources[place] = (kind, tuple(sorted(name for name, _ in linked)))
    several = [place for place, (_, names) in sources.items() if len(names) > 1]
    carried["own"][several] = np.nan
    reasons: dict[int, str] = {}
    for place in np.flatnonzero(met == UNKNOWN).tolist():
        carried["value"][place] = carried["margin"][place] = np.nan
        if place not in sources:
            reasons[place] = f"no area of {behind.clause.edition} leads to this one"
        elif lowest[place] == OUT and highest[place] == IN:
            reasons[place] = (
                f"the {len(sources[place][1])} areas of {behind.clause.edition} behind this one "
                "do not agree, and ranks are not interpolated"
            )
        else:
            reasons[place] = f"{behind.clause.edition} has no value for an area behind this one"
    return ClauseOutcome(
        behind.clause,
        carried["value"],
        carried["margin"],
        met,
        carried["own"],
        behind.highest_rank,
        np.full(count, np.nan),
        behind.score_spread,
        reasons,
        sources,
    )
