"""One theme of a profile: its level, where it stands, whom it is beside and how it moved; plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from app.priorities.methods.records import MEASURES
from app.profiles import receipts as told
from app.profiles.comparators import PARTIAL, Comparator, district_levels, own_weights
from app.profiles.methods.levels import (
    Level,
    Numbers,
    Standing,
    decile_of,
    mean_level,
    middle_rank,
    percentile_of,
    share_in_worst_tenth,
    stand_among,
)
from app.profiles.queries import IndexAreas
from app.profiles.receipts import Receipts
from app.profiles.subject import ESTIMATES, Subject

RATES = frozenset({"income", "employment"})
# Three estimates that differ by more than a tenth of the value leave it uncertain (METHODS.md 2).
WIDE = 0.10
MISSING_VALUE = "a value is missing on part of the ground"


@dataclass(frozen=True)
class Ground:
    """A subject on an index's areas, with the people that weigh its levels by each estimate, and what it is beside."""

    subject: Subject
    areas: IndexAreas
    weights: dict[str, pd.Series]
    comparators: list[Comparator]

    @property
    def estimate(self) -> str:
        """Name the estimate that is shown: the first by which every area's share is known."""
        for name in ESTIMATES:
            if not self.subject.shares[name].isna().any():
                return name
        return ESTIMATES[0]

    @property
    def people(self) -> pd.Series:
        """People of each small area on the ground, by the estimate shown, as the index is weighed by them."""
        return self.weights[self.estimate]

    @property
    def residents(self) -> pd.Series:
        """Residents of each small area who live on the ground, whatever the index is weighed by."""
        shares = self.subject.shares[self.estimate].astype("float64")
        return self.areas.residents.reindex(shares.index) * shares

    def level(self, frame: pd.DataFrame, measure: str, estimate: str | None = None) -> Level:
        """Average a measure of a frame over the ground."""
        weights = self.weights[estimate or self.estimate]
        values = frame[measure].reindex(weights.index).to_numpy(dtype=np.float64)
        return mean_level(values, weights.to_numpy(dtype=np.float64))


def weigh(subject: Subject, areas: IndexAreas) -> dict[str, pd.Series]:
    """Give the people on the ground by each of the three estimates."""
    return {name: own_weights(subject, areas, name) for name in ESTIMATES}


def theme_body(
    ground: Ground, measure: str, trend: list[dict[str, Any]], receipts: Receipts
) -> dict[str, Any]:
    """Put one theme together; a figure that cannot be told is None, and its reason stands beside it."""
    areas, of = ground.areas, ground.areas.index.areas_total
    weights = ground.residents.to_numpy(dtype=np.float64)
    ranks = areas.ranks[measure].reindex(ground.people.index).to_numpy(dtype=np.float64)
    level = ground.level(areas.values, measure)
    standing = _stand(ground, measure, level, ranks)
    england = receipts.give(
        told.PUBLISHED if len(ranks) == 1 else told.STANDING, measure,
        of="here" if len(ranks) == 1 else "england",
    )  # fmt: skip
    return {
        "measure": measure,
        "title": MEASURES.get(measure, measure),
        "unit": _unit(areas, measure),
        "direction": "higher-is-worse",
        "level": {
            "value": plain(level.value), "coverage": plain(level.coverage),
            **_spread(ground, measure), "receipt": receipts.give(told.LEVEL, measure),
        },
        "percentile_in_england": {
            **_standing(standing[0]), "reason": standing[1], "receipt": england,
        },
        "middle_rank": {
            **_middle(ranks, weights, of), "receipt": receipts.give(told.MIDDLE, measure),
        },
        "middle_in_partnership": _middle_in_partnership(ground, measure, receipts),
        "share_in_worst_10": {
            "value": plain(share_in_worst_tenth(ranks, weights, of)),
            "receipt": receipts.give(told.WORST_TENTH, measure),
        },
        **_ranked_here(ground, measure, level, receipts),
        "comparators": [_beside(one, areas, measure, receipts) for one in ground.comparators],
        "trend": [
            point | {"receipt": _trend_receipt(point, measure, receipts)} for point in trend
        ],
    }  # fmt: skip


def _middle(ranks: Numbers, weights: Numbers, of: int) -> dict[str, Any]:
    """Give the middle rank of areas, and in which hundredth and tenth of all that rank is, 1 the most deprived."""
    middle = middle_rank(ranks, weights)
    known = not np.isnan(middle)
    return {
        "rank": plain(middle), "of": of,
        "percentile": percentile_of(int(np.ceil(middle)), of) if known else None,
        "decile": decile_of(int(np.ceil(middle)), of) if known else None,
    }  # fmt: skip


def _middle_in_partnership(
    ground: Ground, measure: str, receipts: Receipts
) -> dict[str, Any] | None:
    """Give the middle rank of a neighbourhood's partnership, of its small areas whole; None for other subjects."""
    subject = ground.subject
    if subject.kind != "neighbourhood" or subject.partnership is None:
        return None
    ranks = ground.areas.ranks[measure].reindex(subject.partnership).to_numpy(dtype=np.float64)
    return {
        **_middle(ranks, np.ones(len(ranks)), ground.areas.index.areas_total),
        "receipt": receipts.give(told.MIDDLE, measure, of="partnership"),
    }


def _unit(areas: IndexAreas, measure: str) -> str:
    if not areas.is_score(measure):
        return "transformed rank, 0 to 100"
    return "rate, 0 to 1" if measure in RATES else "score"


def _spread(ground: Ground, measure: str) -> dict[str, Any]:
    """Give the three estimates, and whether they lie so far apart that the level is uncertain."""
    if ground.subject.is_whole_areas:
        return {"estimates": None, "uncertain": False}
    values = {
        name: plain(ground.level(ground.areas.values, measure, name).value) for name in ESTIMATES
    }
    known = [value for value in values.values() if value is not None]
    shown = values[ground.estimate]
    wide = len(known) > 1 and shown is not None and max(known) - min(known) > WIDE * abs(shown)
    return {"estimates": values, "uncertain": wide}


def _stand(
    ground: Ground, measure: str, level: Level, ranks: np.ndarray
) -> tuple[Standing | None, str]:
    """Place the level among England's small areas; of one whole small area that is its published rank."""
    of = ground.areas.index.areas_total
    if len(ranks) == 1 and ground.subject.is_whole_areas:
        if np.isnan(ranks[0]):
            return None, MISSING_VALUE
        return Standing(int(ranks[0]), of, percentile_of(int(ranks[0]), of)), ""
    if not ground.areas.is_whole:
        return None, PARTIAL
    if np.isnan(level.value) or level.coverage < 1:
        return None, MISSING_VALUE
    return stand_among(level.value, ground.areas.values[measure].to_numpy()), ""


def _standing(found: Standing | None) -> dict[str, int | None]:
    if found is None:
        return {"rank": None, "of": None, "percentile": None}
    return {"rank": found.rank, "of": found.of, "percentile": found.percentile}


def _ranked_here(
    ground: Ground, measure: str, level: Level, receipts: Receipts
) -> dict[str, dict[str, Any] | None]:
    """Rank a neighbourhood among its partnership's small areas, a partnership among the councils of England.

    Areas by code are ranked among neither.
    """
    subject, areas = ground.subject, ground.areas
    if subject.kind != "partnership":
        if subject.partnership is None:
            return {"rank_in_partnership": None}
        others = areas.values[measure].reindex(subject.partnership).to_numpy(dtype=np.float64)
        found = stand_among(level.value, others)
        receipt = receipts.give(told.STANDING, measure, of="partnership")
        return {
            "rank_in_partnership": {**_standing(found), "among": "small areas", "receipt": receipt}
        }
    if not areas.is_whole:
        return {"rank_among_councils": None}
    others = district_levels(areas, areas.values[[measure]])[measure].to_numpy(dtype=np.float64)
    found = stand_among(level.value, others)
    receipt = receipts.give(told.STANDING, measure, of="councils")
    return {"rank_among_councils": {**_standing(found), "among": "councils", "receipt": receipt}}


def _beside(one: Comparator, areas: IndexAreas, measure: str, receipts: Receipts) -> dict[str, Any]:
    level = one.level(areas, measure)
    residents = areas.residents.reindex(one.weights.index)
    people = residents.sum() if len(residents) and not residents.isna().any() else None
    return {
        "kind": one.kind, "code": one.code, "name": one.name, "value": plain(level.value),
        "coverage": plain(level.coverage), "areas": None if one.reason else len(one.weights),
        "people": None if one.reason or people is None else round(people), "reason": one.reason,
        "receipt": None if one.reason else receipts.give(told.LEVEL, measure, of=one.key),
    }  # fmt: skip


def _trend_receipt(point: dict[str, Any], measure: str, receipts: Receipts) -> str | None:
    if point["percentile"] is None:
        return None
    edition = point.pop("row")
    also = "the ground's people, carried to the edition's areas" if point["rebased"] else ""
    of = "here" if point["areas"] == 1 else "england"
    method = told.PUBLISHED if point["areas"] == 1 else told.STANDING
    return receipts.give(method, measure, of=of, edition=edition, also=also)


def plain(value: float) -> float | None:
    """Give a number to six places, missing as None."""
    return None if np.isnan(value) else round(float(value), 6)
