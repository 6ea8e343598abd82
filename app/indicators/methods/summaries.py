"""Summarise an index for larger areas by the publisher's formulae; ranks stay national, N that of England."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

FIGURES = ("average_rank", "average_score", "proportion_worst_10", "extent", "local_concentration")
# Of these no people are needed: the share of areas is unweighted.
UNWEIGHED = "proportion_worst_10"
_WORST_SHARE = 0.1


class Figures(NamedTuple):
    """The five published measures of one area; NaN where a value or the people are missing."""

    average_rank: float
    average_score: float
    proportion_worst_10: float
    extent: float
    local_concentration: float


def extent_weights(ranks: pd.Series, areas_total: int) -> pd.Series:
    """Weigh each small area for the extent: 1 in the worst tenth, falling to 0.05 at the 30th percentile.

    w = 1 for q <= 10, 0.95 - (q - 11) 0.9 / 19 for q of 11 to 30, else 0; q = ceil(100 rank / N).
    """
    percentile = -(-100 * ranks.astype("int64") // areas_total)
    falling = 0.95 - (percentile - 11) * 0.9 / 19
    return falling.where(percentile > 10, 1.0).where(percentile <= 30, 0.0)


def summarise_groups(areas: pd.DataFrame, areas_total: int) -> pd.DataFrame:
    """Summarise small areas by the group each belongs to.

    Parameters
    ----------
    areas : index code; columns group, rank (national, 1 = most deprived), score (as published),
        people (the index's own denominator; NaN where there is none).
    areas_total : N of the publication.

    Returns
    -------
    index group, sorted; float columns average_rank, average_score, proportion_worst_10, extent,
    local_concentration. A figure that needs a value which any area of the group lacks is NaN, never
    the figure of the rest; a group without people has only proportion_worst_10.

    Notes
    -----
    With P people, r ranks and s scores (Technical Report of 2019, Appendix N):
    average rank N + 1 - sum(P r) / sum(P); average score sum(P s) / sum(P); proportion = areas of
    decile 1 / areas; extent sum(P w) / sum(P) with `extent_weights`; local concentration N + 1 less the
    mean rank of the most deprived areas that hold exactly a tenth of P, the last one counted in part.
    """
    frame = areas.sort_values(["group", "rank"], kind="stable")
    group = frame["group"]
    lacks_rank = frame["rank"].isna().groupby(group).any()
    ranks, people = frame["rank"].fillna(1), frame["people"].astype("float64")
    total = people.groupby(group).sum(min_count=1)
    lacks_people = people.isna().groupby(group).any() | (total <= 0)

    def mean(values: pd.Series) -> pd.Series:
        sums = (people * values).groupby(group).sum(min_count=1)
        return (sums / total).mask(lacks_people)

    worst = (10 * ranks.astype("int64") <= areas_total).groupby(group).mean()
    reversed_rank = areas_total + 1 - mean(ranks)
    # How many of the tenth of people each area supplies: all of its own until the tenth is full.
    upto = people.groupby(group).cumsum()
    tenth = group.map(_WORST_SHARE * total)
    supplied = (tenth - (upto - people)).clip(lower=0.0).clip(upper=people)
    concentration = (supplied * ranks).groupby(group).sum(min_count=1) / (_WORST_SHARE * total)
    result = pd.DataFrame(
        {
            "average_rank": reversed_rank,
            "average_score": mean(frame["score"]).mask(frame["score"].isna().groupby(group).any()),
            "proportion_worst_10": worst,
            "extent": mean(extent_weights(ranks, areas_total)),
            "local_concentration": (areas_total + 1 - concentration).mask(lacks_people),
        }
    )
    by_rank = [name for name in FIGURES if name != "average_score"]
    result.loc[lacks_rank, by_rank] = np.nan
    return result


def summarise_areas(areas: pd.DataFrame, areas_total: int) -> Figures:
    """Summarise one set of small areas: the columns rank, score and people of `summarise_groups`."""
    if areas.empty:
        return Figures(*[float("nan")] * len(FIGURES))
    row = summarise_groups(areas.assign(group=""), areas_total).iloc[0]
    return Figures(*(float(row[name]) for name in FIGURES))


def rank_figures(figures: pd.DataFrame, names: Sequence[str] = FIGURES) -> pd.DataFrame:
    """Rank areas on each figure, 1 the most deprived; ties share the lower number, NaN has none.

    Figures are compared to ten digits, so that the order of a sum does not break a tie.
    """
    columns = {
        f"rank_of_{name}": figures[name]
        .round(10)
        .rank(method="min", ascending=False)
        .astype("Int64")
        for name in names
    }
    return pd.DataFrame(columns, index=figures.index)
