"""How a place stood in each edition of the indices: its ground is carried to that edition's own areas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy.orm import Session

from app.indicators.methods.standardise import transform_ranks
from app.indicators.queries import IndexRow, index_frames, list_indices
from app.latest import Latest
from app.marks import GEOGRAPHY, mark_of_tables
from app.profiles.methods.drivers import rank_of_transformed
from app.profiles.methods.levels import mean_level, middle_rank, share_in_worst_tenth
from app.profiles.methods.trend import CarriedGround, carry_ground
from boundaries.database import named_sql
from boundaries.errors import Conflict, Invalid
from boundaries.methods.rebase import Step
from boundaries.moments import sees_a_moment
from boundaries.rebasing import find_steps, read_release

# Of a pair of sets 3 MB: the pairs of two indices with each of the other sets.
MOST_KEPT = 4
_SETS = ("lsoa-2001", "lsoa-2011", "lsoa-2021")


@dataclass(frozen=True)
class EditionGround:
    """Some ground on one edition's areas. reason: why it cannot be found there, empty where it is."""

    index: IndexRow
    carried: CarriedGround | None
    scores: pd.DataFrame
    ranks: pd.DataFrame
    reason: str = ""


def editions_of(session: Session, index: IndexRow) -> list[IndexRow]:
    """List the editions that may stand in a trend with an index, the oldest first, itself among them."""
    return [row for row in list_indices(session) if row.demo == index.demo]


def ground_in_editions(
    session: Session, people: pd.Series, index: IndexRow, editions: Sequence[IndexRow]
) -> list[EditionGround]:
    """Carry some ground to the areas of editions by the official links, and read their values.

    people : index code of `index`'s set, whole people who live on the ground.
    """
    sets: dict[str, CarriedGround | str] = {}
    found = []
    for edition in editions:
        if edition.area_set not in sets:
            sets[edition.area_set] = _carried(session, people, index, edition)
        carried = sets[edition.area_set]
        if isinstance(carried, str):
            found.append(EditionGround(edition, None, pd.DataFrame(), pd.DataFrame(), carried))
            continue
        codes = carried.people.index
        frames = index_frames(session, edition.id, list(codes))
        found.append(
            EditionGround(
                edition, carried, frames.scores.reindex(codes), frames.ranks.reindex(codes)
            )
        )
    return found


def _carried(
    session: Session, people: pd.Series, index: IndexRow, edition: IndexRow
) -> CarriedGround | str:
    """Carry the ground to one set of areas, or say why it cannot be."""
    steps = links_between(session, index, edition)
    if isinstance(steps, str):
        return steps
    try:
        return carry_ground(people, steps)
    except (Invalid, Conflict) as error:
        return error.detail


def links_between(session: Session, index: IndexRow, edition: IndexRow) -> list[Step] | str:
    """Read the steps from one index's areas to another's, none where they are the same; or say why none lead there."""
    if edition.area_set not in _SETS:
        return f"it ranks areas of another kind ({edition.area_set}), to which no links lead"
    if edition.area_set == index.area_set:
        return []
    try:
        return _steps(session, _named(index), _named(edition))
    except (Invalid, Conflict) as error:
        return error.detail


_kept = Latest[list[Step]](MOST_KEPT)


def _steps(session: Session, start: str, end: str) -> list[Step]:
    """Read the steps between two sets of England, or give those read before from the same geography."""
    key = (mark_of_tables(session, GEOGRAPHY), start, end)
    return _kept.get(
        key,
        lambda: find_steps(session, read_release(session, start), read_release(session, end)),
        keeps=sees_a_moment(session),
    )


def _named(index: IndexRow) -> str:
    return index.release_id if index.demo else index.area_set


def trend_points(
    session: Session, grounds: list[EditionGround], measure: str
) -> list[dict[str, Any]]:
    """Say of each edition where the ground stood on a measure: plain values, None where it cannot be told.

    percentile, rank, of : of its mean score among all areas of that edition. middle_rank,
    share_in_worst_10 : from published ranks. No rank is ever carried from one set of areas to another.
    """
    points, asked = [], []
    for ground in grounds:
        point: dict[str, Any] = {
            "edition": ground.index.id, "title": ground.index.title,
            "published_on": ground.index.published_on.isoformat(), "area_set": ground.index.area_set,
            "percentile": None, "rank": None, "of": ground.index.areas_total, "level": None,
            "middle_rank": None, "share_in_worst_10": None, "areas": None, "rebased": None,
            "how": None, "estimated": None, "reason": ground.reason,
        }  # fmt: skip
        points.append(point)
        if ground.carried is None:
            continue
        if measure not in ground.scores:
            point["reason"] = f"the {ground.index.title} hold no such measure"
            continue
        weights = ground.carried.people.to_numpy(dtype=np.float64)
        ranks = ground.ranks[measure].to_numpy(dtype=np.float64)
        scores = ground.scores[measure].to_numpy(dtype=np.float64)
        by_rank = bool(np.isnan(scores).all())
        if by_rank:  # a domain of which only ranks are published
            scores = transform_ranks(ranks, ground.index.areas_total)
        level = mean_level(scores, weights)
        point |= {
            "level": _plain(level.value), "middle_rank": _plain(middle_rank(ranks, weights)),
            "share_in_worst_10": _plain(share_in_worst_tenth(ranks, weights, ground.index.areas_total)),
            "areas": len(weights), "rebased": ground.carried.is_rebased, "how": ground.carried.method,
            "estimated": ground.carried.is_estimated,
        }  # fmt: skip
        if level.coverage < 1 or np.isnan(level.value):
            point["reason"] = "a value is missing on part of the ground"
        elif len(weights) == 1 and not np.isnan(ranks[0]):
            point["rank"] = int(ranks[0])
        elif by_rank:
            point["rank"] = rank_of_transformed(level.value, ground.index.areas_total)
        elif ground.index.partial:
            point["reason"] = (
                "only part of that edition is loaded, so that no mean can be placed in it"
            )
        else:
            asked.append((point, ground.index.id, level.value))
    places = find_standings(session, [(name, measure, value) for _, name, value in asked])
    for (point, _, _), rank in zip(asked, places, strict=True):
        point["rank"] = point["of"] if rank is None else rank
    for point in points:
        if point["rank"] is not None:
            point["percentile"] = -(-100 * point["rank"] // point["of"])
    return points


def find_standings(session: Session, levels: list[tuple[str, str, float]]) -> list[int | None]:
    """Place levels among the areas of indices held whole: the rank of the first area that is not above.

    levels : index id, measure, level. Equals 1 + the number of areas above; None below all of them.
    """
    if not levels:
        return []
    index_ids, measures, values = (list(column) for column in zip(*levels, strict=True))
    rows = session.execute(
        named_sql(__file__, "standings"),
        {"index_ids": index_ids, "measures": measures, "levels": values},
    )
    return [row.rank for row in rows]


def _plain(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 6)
