"""How near people are to services: who lives beyond a distance, how much of one each can reach; reads nothing.

Distances are straight lines. A service counts as one, however large: how much it can give is not known.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

# METHODS: the enhanced two-step floating catchment area (Luo and Qi 2009), with steps of 1, 2 and 5 km.
STEPS_M = ((1_000.0, 1.0), (2_000.0, 0.68), (5_000.0, 0.22))
CATCHMENT_M = STEPS_M[-1][0]


class Beyond(NamedTuple):
    """How many people live farther than a distance from the nearest service, of how many that are counted.

    share : None where nobody is counted. without_people : origins whose people are not known, in neither count.
    """

    people: float
    of: float
    share: float | None
    without_people: int


def people_beyond(
    metres: NDArray[np.float64], people: NDArray[np.float64], distance_m: float
) -> Beyond:
    """Count the people whose nearest service is farther than `distance_m`, or who have none near at all.

    Parameters
    ----------
    metres : to the nearest service from each origin; NaN where there is none within reach
    people : of each origin; NaN where not known
    """
    known = ~np.isnan(people)
    near = metres <= distance_m  # false for NaN: none within reach is beyond
    of = float(people[known].sum())
    beyond = float(people[known & ~near].sum())
    return Beyond(beyond, of, beyond / of if of > 0 else None, int((~known).sum()))


def mean_distance(metres: NDArray[np.float64], people: NDArray[np.float64]) -> float | None:
    """Give the mean distance to the nearest service by people; None where one with people has none within reach."""
    counted = ~np.isnan(people) & (people > 0)
    if not counted.any() or np.isnan(metres[counted]).any():
        return None
    return float(np.average(metres[counted], weights=people[counted]))


def step_weight(metres: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weigh distances: 1 within 1 km, 0.68 within 2, 0.22 within 5, nothing farther."""
    weight = np.zeros(len(metres))
    for edge, value in reversed(STEPS_M):
        weight[metres <= edge] = value
    return weight


def floating_catchments(
    origin: NDArray[np.intp], service: NDArray[np.intp], metres: NDArray[np.float64],
    people: NDArray[np.float64], supply: NDArray[np.float64],
) -> NDArray[np.float64]:  # fmt: skip
    """Say how much of a service each origin can reach for one of its people (E2SFCA).

    Parameters
    ----------
    origin, service, metres : the pairs that are at most CATCHMENT_M apart: positions, and how far
    people : of every origin that is near any of the services, or the shares would be too large; NaN is nobody
    supply : how much each service gives

    Returns
    -------
    A_i = sum_j R_j w(d_ij), with R_j = S_j / sum_k P_k w(d_kj); 0 where nothing is near. A service that
    nobody lives near gives nothing. Conserved: sum_i A_i P_i = the supply that anybody reaches.
    """
    counted = np.nan_to_num(people)
    weight = step_weight(metres)
    demand = np.bincount(service, weights=counted[origin] * weight, minlength=len(supply))
    ratio = np.divide(supply, demand, out=np.zeros(len(supply)), where=demand > 0)
    reached = np.bincount(origin, weights=ratio[service] * weight, minlength=len(people))
    return reached.astype(np.float64)


def supply_reached(
    origin: NDArray[np.intp], service: NDArray[np.intp], metres: NDArray[np.float64],
    people: NDArray[np.float64], supply: NDArray[np.float64],
) -> float:  # fmt: skip
    """Add up the supply of the services that anybody lives near enough to."""
    counted = np.nan_to_num(people)[origin] * step_weight(metres)
    demand = np.bincount(service, weights=counted, minlength=len(supply))
    return float(supply[demand > 0].sum())


def rounded(value: Any, places: int = 1) -> float | None:
    """Round a number for the wire; None for NaN."""
    return None if value is None or np.isnan(value) else round(float(value), places)
