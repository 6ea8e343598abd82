"""People of small areas by a grid of population, as weights for spreading money; guesses none where no grid reaches."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from sqlalchemy.orm import Session

from app.rasters.queries import find_population_choice, known_values
from boundaries.errors import Fault, NotFound

# From this share of its ground on an area is known: outlines of a coast run some metres beyond a grid's edge.
WHOLE_SHARE = 0.99


class NoPopulationRaster(NotFound):
    """No grid of people that is loaded reaches any of the areas."""

    slug = "no-population-raster"
    title = "No grid of people reaches there"


def population_weights(session: Session, area_set: str, codes: Sequence[str]) -> pd.DataFrame:
    """Give the people of some areas by one grid of population: the one that knows most of them.

    Parameters
    ----------
    area_set : lsoa-2011, lsoa-2021, lad-2023 …: the type and the year of the release that draws them
    codes : the areas wanted

    Returns
    -------
    Index code, in the order asked, each once; column people (float), NaN where the grid reaches less than
    99 % of the area. Of several bands the last is read. attrs: `source` (the raster's id), `title`, `band`,
    `release_id`.

    Raises
    ------
    NoPopulationRaster : no grid counted in people knows any of them, or the set has no such name.
    """
    wanted = list(dict.fromkeys(codes))
    area_type, _, year = area_set.partition("-")
    choice = None
    if year[:4].isdecimal():
        choice = find_population_choice(session, area_type, int(year[:4]), wanted, WHOLE_SHARE)
    if choice is None:
        detail = (
            f"no grid of people that is loaded reaches these areas of {area_set[:60]!r}; "
            "bounds import raster brings one in"
        )
        raise NoPopulationRaster(detail, [Fault("no grid of people", value=area_set[:60])])
    known = known_values(
        session, choice.raster_id, choice.band, choice.release_id, wanted, WHOLE_SHARE
    )
    frame = pd.DataFrame({"people": known.reindex(wanted)})
    frame.index.name = "code"
    frame.attrs |= {
        "source": choice.raster_id,
        "title": choice.title,
        "band": choice.band,
        "release_id": choice.release_id,
    }
    return frame
