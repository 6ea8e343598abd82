"""Reads how many people and households live in small areas and districts; what a source leaves out stays out."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from pathlib import Path

import pandas as pd

from boundaries.sources.exceptions import read_exceptions
from boundaries.sources.files import Files, read_table
from boundaries.sources.lookups import LSOA11, YEARS_2011

PEOPLE = "indicators/population_lsoa11_midyear_2017_2019_2020.parquet"
HOUSEHOLDS11 = "indicators/census2011_households_deprivation_dimensions_lsoa11.parquet"
HOUSEHOLDS21 = "indicators/census2021_households_deprivation_dimensions_lsoa21.parquet"
YEAR = 2020


def read_people(
    files: Files, codes11: Collection[str] | None, codes21: Collection[str] | None
) -> pd.DataFrame:
    """Read people of mid-2020 by LSOA 2011 and households of both censuses; None reads all of England.

    Returns columns code, area_set, measure, period, value, estimated, source; an area the source
    leaves out is absent, never 0. People on the 2021 set are re-based elsewhere.
    """
    people = read_table(files, PEOPLE, ["lsoa11_code", "year", "total_population"])
    people = people[people["year"] == YEAR]
    households11 = read_table(files, HOUSEHOLDS11, ["lsoa11_code", "total_households"])
    households21 = read_table(files, HOUSEHOLDS21, ["lsoa21_code", "total_households"])
    parts = (
        (people["lsoa11_code"], people["total_population"], codes11, "lsoa-2011", "people", f"mid-{YEAR}", PEOPLE),
        (households11["lsoa11_code"], households11["total_households"], codes11, "lsoa-2011", "households",
         "Census 2011", HOUSEHOLDS11),
        (households21["lsoa21_code"], households21["total_households"], codes21, "lsoa-2021", "households",
         "Census 2021", HOUSEHOLDS21),
    )  # fmt: skip
    frames = []
    for code, value, wanted, area_set, measure, period, source in parts:
        frame = pd.DataFrame({"code": code.to_numpy(), "value": value.to_numpy()}).dropna()
        if wanted is not None:
            frame = frame[frame["code"].isin(wanted)]
        frames.append(
            frame.assign(
                area_set=area_set, measure=measure, period=period, estimated=False, source=Path(source).name
            )
        )  # fmt: skip
    result = pd.concat(frames, ignore_index=True)
    result["value"] = result["value"].astype(int)
    return result


def read_district_people(files: Files, active: dict[str, str]) -> pd.DataFrame:
    """Sum the people of mid-2020 by district: those of today and of each year since 2011 as far as the files tell.

    Returns the columns of `read_people`, area_set `lad`: every district of England, so that a county
    or an outline anywhere can be told in people although only one place's small areas are loaded.
    A district that was given another code has the people of that code.
    """
    years = [f"ltla{year}_code" for year in YEARS_2011]
    home = read_table(files, LSOA11, ["lsoa11_code", "ltla21_code"], optional=years)
    home = home.set_index("lsoa11_code")
    people = read_table(files, PEOPLE, ["lsoa11_code", "year", "total_population"])
    people = people[people["year"] == YEAR].set_index("lsoa11_code")["total_population"]
    then = home["ltla21_code"].reindex(people.index)
    now = then.map(active).fillna(then)
    earlier = [home[year].reindex(people.index) for year in years if year in home]
    sums = pd.concat([people.groupby(district).sum() for district in (now, then, *earlier)])
    sums = sums[~sums.index.duplicated()]
    recoded = read_exceptions().recoded_by(date.max)
    before = {old: sums[new] for old, new in recoded.items() if new in sums and old not in sums}
    sums = pd.concat([sums, pd.Series(before, dtype=sums.dtype)])
    return pd.DataFrame({"code": sums.index, "value": sums.to_numpy().astype(int)}).assign(
        area_set="lad",
        measure="people",
        period=f"mid-{YEAR}",
        estimated=False,
        source=Path(PEOPLE).name,
    )
