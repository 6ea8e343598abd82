"""People and households of any ground, by three estimates; every other indicator reads the weights from here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy.orm import Session

from app.neighbourhoods.methods.estimates import Estimate, estimate
from app.neighbourhoods.queries import read_counts, release_of_set
from app.neighbourhoods.weighing import weigh_ground
from boundaries.errors import Fault, Invalid
from boundaries.footprints import Ground, read_ground
from boundaries.methods.ground import Measure, ground_shares
from boundaries.postcode_points import LSOA_2011, LSOA_2021
from boundaries.queries import LayerMissing
from boundaries.tables import Release

# The newest first: the set that is read where none is asked for.
AREA_SETS = (LSOA_2021, LSOA_2011)
MEASURES = ("people", "households")
METHOD = (
    "best fit: small areas whose centre of people lies inside; population share: the ground within "
    "50 m of postcodes; postcode share: current postcodes. No population raster is read."
)


@dataclass(frozen=True)
class GroundFigures:
    """What some ground holds.

    weights : see `weigh_ground`. estimates : by measure. sources : by measure, what its counts are.
    inputs : what all of it rests on, plain values. notes : what a reader must know.
    """

    area_set: str
    weights: pd.DataFrame
    estimates: dict[str, Estimate]
    sources: dict[str, str]
    inputs: dict[str, Any]
    notes: tuple[str, ...]

    @property
    def areas_whole(self) -> int:
        """Count the small areas wholly in."""
        return int((self.weights["people_share"].ge(1) & self.weights["best_fit"].ge(1)).sum())

    def as_plain(self) -> dict[str, Any]:
        """Give the figures as plain values for JSON."""
        return {
            "area_set": self.area_set,
            "small_areas": len(self.weights),
            "small_areas_whole": self.areas_whole,
            **{
                measure: {**self.estimates[measure].as_plain(), "source": self.sources[measure]}
                for measure in MEASURES
            },
            "method": METHOD,
            "notes": list(self.notes),
            "inputs": self.inputs,
        }


def weights_of(session: Session, footprint_id: int, area_set: str) -> pd.DataFrame:
    """Weigh the small areas of a set by what of each lies in stored ground.

    Returns index code; columns best_fit (0 or 1), people_share, postcode_share (0 to 1, NaN where
    not known), postcodes. Raises UnknownFootprint, LayerMissing.
    """
    ground = read_ground(session, footprint_id)
    release = release_of_set(session, area_set, demo=ground.demo)
    return weigh_ground(session, ground, release, footprint_id=footprint_id)


def ground_figures(
    session: Session,
    footprint_id: int,
    *,
    area_set: str | None = None,
    measure: Measure = ground_shares,
) -> GroundFigures:
    """Count the people and households of stored ground, three ways; area_set None: the newest set drawn.

    Raises UnknownFootprint, LayerMissing, Invalid for a set that there is not.
    """
    ground = read_ground(session, footprint_id)
    return figures_of(
        session, ground, area_set=area_set, footprint_id=footprint_id, measure=measure
    )


def figures_of(
    session: Session,
    ground: Ground,
    *,
    area_set: str | None = None,
    footprint_id: int | None = None,
    measure: Measure = ground_shares,
) -> GroundFigures:
    """Count the people and households of ground that need not be stored; see `ground_figures`."""
    release, chosen = choose_set(session, area_set, demo=ground.demo)
    weights = weigh_ground(session, ground, release, footprint_id=footprint_id, measure=measure)
    counts, sources = read_counts(session, list(weights.index), chosen, MEASURES)
    estimates = {name: estimate(counts[name], weights) for name in MEASURES}
    inputs = {
        "release": release.id, "release_loaded_at": release.loaded_at.isoformat(),
        "method": "three estimates, 50 m", **sources,
    }  # fmt: skip
    return GroundFigures(chosen, weights, estimates, sources, inputs, _notes(weights))


def choose_set(session: Session, area_set: str | None, *, demo: bool) -> tuple[Release, str]:
    """Choose the set of small areas to read, and what draws it. Raises Invalid, LayerMissing."""
    if area_set is not None and area_set not in AREA_SETS:
        detail = f"a set of small areas is one of {', '.join(AREA_SETS)}, not {area_set[:40]!r}"
        raise Invalid(detail, [Fault(detail, pointer="/area_set", value=area_set[:40])])
    wanted = AREA_SETS if area_set is None else (area_set,)
    for name in wanted[:-1]:
        try:
            return release_of_set(session, name, demo=demo), name
        except LayerMissing:
            continue
    return release_of_set(session, wanted[-1], demo=demo), wanted[-1]


def _notes(weights: pd.DataFrame) -> tuple[str, ...]:
    said = []
    if weights.empty:
        said.append("No current postcode and no small area lies in this ground.")
    without = int(weights["postcode_share"].isna().sum())
    if without:
        said.append(
            f"{without} of its small areas have no current postcode: plain ground is counted there."
        )
    part = float(weights["people_share"].max()) if len(weights) else 1.0
    if len(weights) == 1 and part < 1:
        said.append(
            "It lies within one small area: people are estimated from its share of the postcodes "
            "there, so the range is wide."
        )
    return tuple(said)
