"""What a county is drawn from; Barsetshire's plan, and whatever shape another county needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.dev.sample_county import places
from app.dev.sample_county.places import Town

Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Plan:
    """One county on paper: kilometres east and north of `origin_m`, codes, names, people.

    districts_2019, born_in_2023: names by code; merged_in_2023: old code → new code
    unitary: the district of the first town, outside the two tiers, `unitary_reach_km` around it
    coast_km: roughened, and land lies west of it; None where the land is the box `land_km`
    limit_km: cells whose points lie beyond it are not drawn, unless they are a town's
    grid_km: where country points are tried (west, south, east, north)
    first_code: added to the number of every code, so that counties never share one
    post_area, first_post_district: letters and number that postcodes begin with
    """

    origin_m: tuple[float, float]
    region: tuple[str, str]
    county: tuple[str, str]
    unitary: str
    districts_2019: Mapping[str, str]
    merged_in_2023: Mapping[str, str]
    born_in_2023: Mapping[str, str]
    towns: tuple[Town, ...]
    rural_people: int
    rural_spacing_m: float
    anchors: tuple[tuple[str, float, float, float], ...]
    unitary_reach_km: float
    coast_km: Points | None
    limit_km: Points
    grid_km: tuple[float, float, float, float]
    hardship: tuple[tuple[float, float, float, float], ...]
    ward_words: Mapping[str, tuple[str, ...]]
    land_km: Points = ()
    first_code: int = 0
    post_area: str = "XB"
    first_post_district: int = 1
    people_per_postcode: float = 125

    def metres(self, points_km: Points) -> NDArray[np.float64]:
        """Turn plan kilometres into British National Grid metres, shape (n, 2)."""
        points: NDArray[np.float64] = np.array(points_km, dtype=np.float64) * 1000.0
        points += np.array(self.origin_m)
        return points


BARSETSHIRE = Plan(
    origin_m=places.ORIGIN_M,
    region=places.REGION,
    county=places.COUNTY,
    unitary=places.BARCHESTER,
    districts_2019=places.DISTRICTS_2019,
    merged_in_2023=places.MERGED_IN_2023,
    born_in_2023={places.COURCY_AND_OMNIUM: places.MERGED_NAME},
    towns=places.TOWNS,
    rural_people=places.RURAL_PEOPLE,
    rural_spacing_m=2_350.0,
    anchors=places.DISTRICT_ANCHORS,
    unitary_reach_km=places.BARCHESTER_REACH_KM,
    coast_km=places.COAST_KM,
    limit_km=places.LIMIT_KM,
    grid_km=(-7.0, -7.0, 70.0, 53.0),
    hardship=places.HARDSHIP,
    ward_words=places.WARD_WORDS,
)
