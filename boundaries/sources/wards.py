"""Reads the full lists of wards of five years: how long each lived, its name, and its district."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from boundaries.methods.lives import Life, lives_from_lists
from boundaries.sources.districts import belongs
from boundaries.sources.files import Files, read_table

WARDS_2011_2022 = "boundaries/lookups/wd11_lad11_wd22_lad22_ew_raw.csv"
WARDS_2019 = "boundaries/lookups/wd19_lad19_uk_raw.csv"
WARDS_2023 = "boundaries/lookups/wd23_lad23_uk_raw.csv"
WARDS_2025 = "boundaries/wd_2025_bgc.parquet"
LSOA11_WARD17 = "lookups/lsoa11_ward17.parquet"

# year, file, and its columns of code, name and district
LISTS = (
    (2011, WARDS_2011_2022, "WD11CD", "WD11NM", "LAD11CD"),
    (2019, WARDS_2019, "WD19CD", "WD19NM", "LAD19CD"),
    (2022, WARDS_2011_2022, "WD22CD", "WD22NM", "LAD22CD"),
    (2023, WARDS_2023, "WD23CD", "WD23NM", "LAD23CD"),
    (2025, WARDS_2025, "WD25CD", "WD25NM", "LAD25CD"),
)


@dataclass(frozen=True)
class WardLists:
    """The wards of England since 2011.

    lives: code -> life. names: code -> latest name (a ward that only a best fit of 2017 knows has its
    code). homes: code, lad_code (as published), lookup. rows: path of each list -> (rows
    read, rows of England); the outlines of 2025 stand for their list and are counted with their layer.
    """

    lives: dict[str, Life]
    names: dict[str, str]
    homes: pd.DataFrame
    rows: dict[str, tuple[int, int]]

    def of_districts(self, districts: set[str], active: Mapping[str, str]) -> set[str]:
        """Give the wards of any year that lay in districts of today; a ward without a list is in none."""
        now = self.homes["lad_code"].map(active)
        return set(self.homes.loc[now.isin(districts), "code"])

    def areas(self, codes: set[str] | None = None) -> pd.DataFrame:
        """Give wards as areas: code, type, name, valid_from, valid_to; of some codes or all."""
        wanted = sorted(self.lives if codes is None else codes & self.lives.keys())
        return pd.DataFrame(
            {
                "code": wanted,
                "type": "wd",
                "name": [self.names.get(code, code) for code in wanted],
                "valid_from": [self.lives[code][0] for code in wanted],
                "valid_to": [self.lives[code][1] for code in wanted],
            }
        )

    def memberships(self, active: Mapping[str, str], codes: set[str] | None = None) -> pd.DataFrame:
        """Give each ward's district, as its list has it and as of today."""
        homes = self.homes if codes is None else self.homes[self.homes["code"].isin(codes)]
        parts = []
        for lookup, rows in homes.groupby("lookup", sort=True):
            now = rows["lad_code"].map(active)
            parts += [
                belongs(rows["code"], parent, "lad", str(lookup), "exact")
                for parent in (rows["lad_code"], now)
            ]
        return pd.concat(parts, ignore_index=True).drop_duplicates(
            ["child_code", "parent_code", "lookup"], ignore_index=True
        )


def read_ward_lists(files: Files) -> WardLists:
    """Read every list and tell the lives; wards of other nations are left out.

    The ward lookup of 2024 names no ward that the list of 2023 or of 2025 lacks; that of 2017 names 206.
    """
    full: dict[int, set[str]] = {}
    names: dict[str, str] = {}
    homes = []
    counted: dict[str, tuple[int, int]] = {}
    for year, file, code, name, district in LISTS:
        rows = read_table(files, file, [code, name, district])
        english = rows[code].str.startswith("E", na=False)
        if file != WARDS_2025:
            counted[file] = (len(rows), int(english.sum()))
        rows = rows[english].drop_duplicates(code)
        full[year] = set(rows[code])
        names |= dict(zip(rows[code], rows[name], strict=True))
        homes.append(
            pd.DataFrame(
                {"code": rows[code], "lad_code": rows[district], "lookup": Path(file).name}
            )
        )
    named = read_table(files, LSOA11_WARD17, ["ward17_code"])["ward17_code"]
    best_fit = set(named[named.str.startswith("E", na=False)])
    return WardLists(
        lives_from_lists(full, {2017: best_fit}),
        names,
        pd.concat(homes, ignore_index=True),
        counted,
    )
