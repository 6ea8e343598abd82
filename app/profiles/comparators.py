"""Places beside the subject, each with its own level on every measure by the same formula."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from app.profiles.methods.levels import Level, mean_level
from app.profiles.methods.nearest import NEAREST, nearest_areas
from app.profiles.queries import IndexAreas
from app.profiles.subject import Subject

PARTIAL = "only part of the index is loaded here, so that nothing national or regional follows"
# Of a neighbourhood's own council: below this share of its people a council is only grazed by its edge.
LEAST_OF_A_COUNCIL = 0.05


@dataclass(frozen=True)
class Comparator:
    """A place to compare with. key : names its rows in an address, as `district:E07000062`.

    weights : index code, people; reason : why it has no level, empty where it has.
    """

    key: str
    kind: str
    code: str | None
    name: str
    weights: pd.Series
    reason: str = ""

    def level(self, areas: IndexAreas, measure: str) -> Level:
        """Give its level on a measure; missing where there is a reason for none."""
        if self.reason:
            return Level(float("nan"), float("nan"))
        values = areas.values[measure].reindex(self.weights.index).to_numpy(dtype=np.float64)
        return mean_level(values, self.weights.to_numpy(dtype=np.float64))


def own_weights(subject: Subject, areas: IndexAreas, estimate: str) -> pd.Series:
    """Give people of each small area that live on the subject's ground, by one of the three estimates."""
    return areas.people.reindex(subject.shares.index) * subject.shares[estimate].astype("float64")


def list_comparators(
    subject: Subject, areas: IndexAreas, nearest: Sequence[str]
) -> list[Comparator]:
    """List what a subject is compared with: its partnership, councils and regions, England, the nearest.

    A partnership is not compared with itself. A place of which the index holds a part only is listed, with
    the reason why it has no level.
    """
    found: list[Comparator] = []
    people = areas.people
    if subject.kind == "neighbourhood" and subject.partnership is not None:
        weights = people.reindex(subject.partnership)
        found.append(
            Comparator(
                "partnership",
                "partnership",
                subject.partnership_slug,
                subject.partnership_title or "",
                weights,
            )
        )
    for kind, codes in (("district", areas.district), ("region", areas.region)):
        for code in _parents(subject, areas, codes):
            inside = codes.index[codes == code]
            reason = PARTIAL if kind == "region" and not areas.is_whole else ""
            found.append(
                Comparator(
                    f"{kind}:{code}",
                    kind,
                    code,
                    areas.names.get(code, code),
                    people.reindex(inside),
                    reason,
                )
            )
    country = "Barsetshire (invented)" if subject.demo else "England"
    found.append(
        Comparator("england", "england", None, country, people, "" if areas.is_whole else PARTIAL)
    )
    alike = "councils" if subject.kind == "partnership" else "small areas"
    if subject.kind == "partnership":
        weights = people[areas.district.isin(list(nearest))]
    else:
        weights = people.reindex(list(nearest))
    found.append(
        Comparator(
            "nearest", "nearest", None, f"the {len(nearest)} statistically nearest {alike}", weights,
            "" if areas.is_whole else PARTIAL,
        )
    )  # fmt: skip
    return found


def _parents(subject: Subject, areas: IndexAreas, parents: pd.Series) -> list[str]:
    """List the districts or regions of the ground, the one with most of its people first."""
    weights = own_weights(subject, areas, "people_share").fillna(0.0)
    of = parents.reindex(weights.index)
    sums = weights.groupby(of.where(of.notna(), None)).sum()
    total = float(weights.sum())
    kept = sums if subject.kind == "partnership" else sums[sums >= LEAST_OF_A_COUNCIL * total]
    return sorted((str(code) for code in kept.index), key=lambda code: (-float(sums[code]), code))


def find_nearest(subject: Subject, areas: IndexAreas, here: pd.Series) -> pd.DataFrame:
    """Find the ten small areas, or for a partnership councils, whose domains are most like the subject's.

    here : index domain, the subject's mean of transformed ranks. Empty where the index is not held whole.
    """
    if not areas.is_whole:
        return nearest_areas(areas.transformed.iloc[:0], here, ())
    if subject.kind != "partnership":
        return nearest_areas(areas.transformed, here, list(subject.shares.index), NEAREST)
    own = set(areas.district.reindex(subject.shares.index).dropna())
    return nearest_areas(
        district_levels(areas, areas.transformed[list(here.index)]), here, own, NEAREST
    )


def district_levels(areas: IndexAreas, values: pd.DataFrame) -> pd.DataFrame:
    """Average values over every district by people: index district, one column a measure, NaN where any is missing."""
    weights = areas.people.to_numpy(dtype=np.float64)
    by = areas.district.to_numpy(dtype=object)
    sums = values.mul(weights, axis=0).groupby(by).sum(min_count=1)
    lacking = (values.isna() | np.isnan(weights)[:, None]).groupby(by).any()
    people = areas.people.groupby(by).sum(min_count=1)
    return sums.div(people, axis=0).mask(lacking)
