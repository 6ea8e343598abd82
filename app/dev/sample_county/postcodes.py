"""Scatter invented postcodes over the cells: more where more people live, near the village.

No real postcode area begins with X, so `XB1 1AA` can never be one.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from app.dev.sample_county.plan import Plan
from app.dev.sample_county.shapes import Cells

NO_POST_BELOW = 15
LETTERS = "ABDEFGHJLNPQRSTUWXYZ"
CURRENT, NOT_CURRENT = "current", "not in the current list"


def make_postcodes(
    cells: Cells, table: pd.DataFrame, plan: Plan, rng: np.random.Generator
) -> pd.DataFrame:
    """Place the postcodes: postcode, easting, northing (whole metres), codes, status, cell.

    Columns lad_code (May 2023), lsoa11_code, lsoa21_code. One in about 130 is no longer current.
    Every point lies inside its cell, so its codes are exact.
    """
    people = table["people"].to_numpy()
    count = np.maximum(1, np.round(people / plan.people_per_postcode)).astype(int)
    count[people < NO_POST_BELOW] = 0
    cell = np.repeat(np.arange(len(count)), count)
    points = _points(cells, cell, rng)
    found = np.isfinite(points[:, 0])
    frame = pd.DataFrame(
        {
            "easting": points[found, 0].astype(np.int64),
            "northing": points[found, 1].astype(np.int64),
            "cell": cell[found],
        }
    )
    for column, source in (
        ("lad_code", "lad23"), ("lsoa11_code", "lsoa11"), ("lsoa21_code", "lsoa21"),
    ):  # fmt: skip
        frame[column] = table[source].to_numpy()[frame["cell"]]
    gone = rng.uniform(size=len(frame)) < 1 / 130
    frame["status"] = np.where(gone, NOT_CURRENT, CURRENT)
    frame["district"] = _post_town(cells, plan)[frame["cell"]]
    order = ["district", "lsoa11_code", "cell", "easting", "northing"]
    frame = frame.sort_values(order, ignore_index=True)
    frame["postcode"] = _number(frame["district"], plan.post_area)
    columns = ["postcode", "easting", "northing", "lad_code", "lsoa11_code", "lsoa21_code",
               "status", "cell"]  # fmt: skip
    return frame[columns].sort_values("postcode", ignore_index=True)


def _points(cells: Cells, cell: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw a whole-metre point inside each cell; NaN where none was found in sixty throws."""
    polygon = cells.polygon[cell]
    box = shapely.bounds(polygon)
    spread = 0.11 * np.sqrt(shapely.area(polygon))
    rural = cells.town[cell] < 0
    points = np.full((len(cell), 2), np.nan)
    open_rows = np.arange(len(cell))
    for _ in range(60):
        size = (len(open_rows), 2)
        anywhere = rng.uniform(box[open_rows, :2], box[open_rows, 2:])
        village = cells.point[cell[open_rows]] + rng.normal(size=size) * spread[open_rows, None]
        tried = np.round(np.where(rural[open_rows, None], village, anywhere))
        inside = shapely.contains_xy(polygon[open_rows], tried[:, 0], tried[:, 1])
        points[open_rows[inside]] = tried[inside]
        open_rows = open_rows[~inside]
        if not len(open_rows):
            break
    return points


def _post_town(cells: Cells, plan: Plan) -> NDArray[np.int64]:
    """Number each cell's post town from the plan's first: its own town, in the country the nearest one."""
    centre = plan.metres(tuple((town.east_km, town.north_km) for town in plan.towns))
    far = np.hypot(
        cells.point[:, None, 0] - centre[None, :, 0], cells.point[:, None, 1] - centre[None, :, 1]
    )
    return np.where(cells.town >= 0, cells.town, far.argmin(axis=1)) + plan.first_post_district


def _number(district: pd.Series, area: str) -> list[str]:
    """Number postcodes within their district, nine sectors of at most 400 each."""
    serial = district.groupby(district).cumcount().to_numpy()
    total = district.groupby(district).transform("size").to_numpy()
    per_sector = np.ceil(total / 9).astype(int)
    if (per_sector > len(LETTERS) ** 2).any():
        raise ValueError(f"more than {9 * len(LETTERS) ** 2} postcodes in one post town")
    sector, unit = serial // per_sector + 1, serial % per_sector
    return [
        f"{area}{town} {number}{LETTERS[one // 20]}{LETTERS[one % 20]}"
        for town, number, one in zip(district, sector, unit, strict=True)
    ]
