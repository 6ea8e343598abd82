"""What the problems of a place are: by theme, how many of its small areas are worst off, and which neighbourhoods.

Of published ranks alone, so that a part of an index is read as well as the whole; a missing rank is in no count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

import pandas as pd
from sqlalchemy.orm import Session

from app.indicators.queries import index_frames
from app.priorities.designating import Designated
from app.priorities.methods.records import MEASURES

WORST = 10


def problem_facts(session: Session, designated: Designated) -> list[dict[str, Any]]:
    """Count, by theme, the small areas in the country's most deprived tenth, the most widespread theme first."""
    ranks, ranked = theme_ranks(session, designated), designated.index.areas_total
    rows = []
    for measure in ranks:
        known = ranks[measure].dropna()
        worst = int((known <= last_rank(ranked)).sum())
        rows.append(
            {
                "measure": measure, "title": title_of(str(measure)), "areas": worst, "areas_known": len(known),
                "percent": round(100 * worst / len(known)) if len(known) else None,
            }
        )  # fmt: skip
    # The index's own order decides between equals.
    return sorted(
        rows, key=lambda row: -(row["areas"] / row["areas_known"] if row["areas_known"] else -1)
    )


def group_problems(
    session: Session, designated: Designated, groups: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Say of each neighbourhood on which theme its middle rank is lowest, and on how many it is in the worst tenth."""
    ranks = theme_ranks(session, designated)
    return [
        worst_themes(ranks.reindex(group["codes"]), designated.index.areas_total)
        for group in groups
    ]


def worst_themes(ranks: pd.DataFrame, ranked: int) -> dict[str, Any]:
    """Judge some areas by the middle of their national ranks on each theme; themes without any rank are not known.

    ranks : of the areas, one column a theme. ranked : areas that the publication ranks.
    """
    middles = ranks.median().dropna()
    if middles.empty:
        return {"worst_theme": None, "themes_in_worst_10": None, "themes": 0}
    return {
        "worst_theme": title_of(str(middles.idxmin())),
        "themes_in_worst_10": int((middles.map(ceil) <= last_rank(ranked)).sum()),
        "themes": len(middles),
    }


def theme_ranks(session: Session, designated: Designated) -> pd.DataFrame:
    """Read the published national ranks of a place's small areas, one column a theme of the index."""
    index = designated.index
    held = index_frames(session, index.id, designated.ground.codes).ranks
    themes = [measure for measure in index.measures if measure != "imd" and measure in held]
    return held[themes].reindex(designated.ground.codes)


def last_rank(ranked: int) -> int:
    """Give the last rank of the most deprived tenth: its percentile, rounded up, is still 10."""
    return WORST * ranked // 100


def title_of(measure: str) -> str:
    """Name a theme as the pages do."""
    return MEASURES.get(measure, measure.capitalize())
