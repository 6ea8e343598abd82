"""Work out what is true of the demo page, from the finest cells and by brute force.

It shares no code with the service: each place is a set of cells, each answer a sum over them, so
the service's answers can be checked against it. It answers for the partnership that aligns, the
small areas in the most deprived tenth by the invented index of 2019, and money awarded in pounds.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from app.dev.sample_county.county import SampleCounty
from app.dev.sample_county.partners import ALIGNED


@dataclass(frozen=True)
class Facts:
    """Counts, people (mid-2020) and pence of the demo page; `line_buckets` by line id."""

    areas_total: int
    areas_selected: int
    people_total: int
    people_selected: int
    selected: frozenset[str]
    areas_total_2025: int
    areas_selected_2025: int
    neighbourhoods_pence: int
    rest_of_partnership_pence: int
    outside_pence: int
    not_placed_pence: int
    located_pence: int
    estimated_pence: int
    partnership_wide_pence: int
    file_pence: int
    recipient_only_pence: int
    recipient_only_here: tuple[int, int]
    line_buckets: dict[str, tuple[str, str]] = field(repr=False)


def work_out_facts(county: SampleCounty) -> Facts:
    """Count areas, people and pence of the aligned partnership, stage awarded, currency GBP."""
    partnership = next(part for part in county.partnerships if part.slug == ALIGNED)
    cells = county.cells
    home = cells["lad23"].isin(partnership.authorities).to_numpy()
    worst = {}
    for index, column in zip(county.indices, ("lsoa11", "lsoa21"), strict=True):
        values = index.values
        tenth = values[(values["measure"] == "imd") & (values["decile"] == 1)]["code"]
        worst[column] = set(tenth) & set(cells.loc[home, column])
    chosen = cells["lsoa11"].isin(worst["lsoa11"]).to_numpy()
    lines = county.lines
    lines = lines[(lines["stage"] == "awarded") & (lines["currency"] == "GBP")]
    buckets = {
        str(line["id"]): _bucket(line, county, home, chosen, partnership.authorities)
        for _, line in lines.iterrows()
    }
    pence = pd.Series(lines["amount_pence"].to_numpy(), index=lines["id"])
    where = pd.Series({line: bucket for line, (bucket, _) in buckets.items()})
    how = pd.Series({line: basis for line, (_, basis) in buckets.items()})

    def total(mask: pd.Series) -> int:
        return int(pence[mask.index[mask]].sum())

    inside = where.isin(["neighbourhoods", "rest_of_partnership"])
    office = lines[(lines["grade"] == "F") & lines["recipient_lad"].isin(partnership.authorities)]
    people = cells["people"].to_numpy()
    return Facts(
        areas_total=int(cells.loc[home, "lsoa11"].nunique()),
        areas_selected=len(worst["lsoa11"]),
        people_total=int(people[home].sum()),
        people_selected=int(people[chosen].sum()),
        selected=frozenset(worst["lsoa11"]),
        areas_total_2025=int(cells.loc[home, "lsoa21"].nunique()),
        areas_selected_2025=len(worst["lsoa21"]),
        neighbourhoods_pence=total(where == "neighbourhoods"),
        rest_of_partnership_pence=total(where == "rest_of_partnership"),
        outside_pence=total(where == "outside"),
        not_placed_pence=total(where == "not_placed"),
        located_pence=total(inside & (how == "located")),
        estimated_pence=total(inside & (how == "estimated")),
        partnership_wide_pence=total(inside & (how == "partnership_wide")),
        file_pence=int(lines.loc[lines["grade"] != "F", "amount_pence"].sum()),
        recipient_only_pence=total(where == "recipient_only"),
        recipient_only_here=(len(office), int(office["amount_pence"].sum())),
        line_buckets=buckets,
    )


def place_cells(line: pd.Series, county: SampleCounty) -> NDArray[np.bool_]:
    """Mark the cells of a line's place: the one at its point, or all that carry its code."""
    cells = county.cells
    if line["grade"] == "A":
        return np.asarray(shapely.covers(cells.geometry.to_numpy(), line["place_geom"]))
    columns = {
        "lsoa": ("lsoa11", "lsoa21"), "msoa": ("msoa11", "msoa21"), "lad": ("lad19", "lad23"),
    }.get(line["place_type"], (line["place_type"],))  # fmt: skip
    # A code in both releases is the same ground in both, so either column finds it.
    for column in columns:
        mine = (cells[column] == line["place_code"]).to_numpy()
        if mine.any():
            return np.asarray(mine)
    raise LookupError(line["place_code"])


def _bucket(
    line: pd.Series,
    county: SampleCounty,
    home: NDArray[np.bool_],
    chosen: NDArray[np.bool_],
    authorities: tuple[str, ...],
) -> tuple[str, str]:
    """Say in which one bucket a line counts, and how."""
    if line["grade"] in {"F", "G"}:
        return ("recipient_only" if line["grade"] == "F" else "not_placed"), "no place stated"
    if line["place_kind"] == "partnership":
        ours = line["partnership_slug"] == ALIGNED
    elif line["grade"] == "D":
        ours = line["place_code"] in authorities
    else:
        mine = place_cells(line, county)
        if not (mine & home).any():
            return "outside", ""
        if line["grade"] == "E":
            return "not_placed", "wider"
        return _inside(mine, chosen, county.cells["people"].to_numpy())
    return ("rest_of_partnership", "partnership_wide") if ours else ("outside", "")


def _inside(
    mine: NDArray[np.bool_], chosen: NDArray[np.bool_], people: NDArray[np.int64]
) -> tuple[str, str]:
    """Place a line whose ground lies in the partnership: whole, or by at least half its people."""
    if not (mine & ~chosen).any():
        return "neighbourhoods", "located"
    if not (mine & chosen).any():
        return "rest_of_partnership", "located"
    half = 2 * people[mine & chosen].sum() >= people[mine].sum()
    return ("neighbourhoods" if half else "rest_of_partnership"), "estimated"
