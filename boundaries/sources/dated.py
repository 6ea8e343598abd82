"""Reads lookups that answer for a span of days: which district lay in which county, region, force or board, and when.

Two copies of one lookup are read against each other: the one under `lookups/` stands, and what differs
is listed and not stored twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from boundaries.sources.districts import belongs
from boundaries.sources.files import Files, read_table

Span = tuple[date | None, date | None]
ALWAYS: Span = (None, None)  # the lives of its areas say when it holds
# Boards took over from groups on 1 July 2022; the list of 2024 is of its 1 April.
GROUPS: Span = (date(2021, 4, 1), date(2022, 7, 1))
BOARDS_2022: Span = (date(2022, 7, 1), date(2024, 4, 1))
BOARDS_2024: Span = (date(2024, 4, 1), None)
CENSUS_2021: Span = (date(2021, 3, 20), None)
# The districts that the lists of 2024 name are those since 1 April 2023.
SINCE_2023: Span = (date(2023, 4, 1), None)


@dataclass(frozen=True)
class Over:
    """A column of parents in a lookup: their type, the column of their names, and that of their NHS codes.

    prefix keeps the codes that begin so: a list of upper tiers names unitary districts as their own.
    """

    code: str
    area_type: str
    name: str
    prefix: str = "E"
    nhs: str | None = None


@dataclass(frozen=True)
class DatedLookup:
    """One file: its column of children, its parents, and the days that it answers for."""

    path: str
    child: str
    over: tuple[Over, ...]
    span: Span = ALWAYS
    method: str = "exact"

    @property
    def is_of_districts(self) -> bool:
        """Say whether its children are districts: small enough to be read for every place."""
        return self.child.startswith("ltla")


_B = "boundaries/lookups"
RURAL_URBAN = "lookups/ruc21_lsoa21.parquet"
LOOKUPS: Mapping[str, DatedLookup] = {
    one.path: one
    for one in (
        *(
            DatedLookup(
                path,
                f"ltla{year}_code",
                (Over(f"{kind}{year}_code", area_type, f"{kind}{year}_name", prefix),),
            )
            for path, year, kind, area_type, prefix in (
                (f"{_B}/ltla19_utla19.csv", 19, "utla", "cty", "E10"),
                ("lookups/ltla21_utla21.parquet", 21, "utla", "cty", "E10"),
                (f"{_B}/ltla19_region19.csv", 19, "region", "rgn", "E12"),
                (f"{_B}/ltla21_region21.csv", 21, "region", "rgn", "E12"),
                (f"{_B}/ltla19_cauth19.csv", 19, "cauth", "cauth", "E47"),
                (f"{_B}/ltla21_cauth21.csv", 21, "cauth", "cauth", "E47"),
            )
        ),
        DatedLookup(
            f"{_B}/ltla24_csp24_pfa24.csv",
            "ltla24_code",
            (Over("csp24_code", "csp", "csp24_name"), Over("pfa24_code", "pfa", "pfa24_name")),
            SINCE_2023,
        ),
        DatedLookup(
            f"{_B}/ltla24_fra24.csv",
            "ltla24_code",
            (Over("fra24_code", "fra", "fra24_name"),),
            SINCE_2023,
        ),
        DatedLookup(
            f"{_B}/lsoa11_ccg21_stp21_lad21.parquet",
            "lsoa11_code",
            (Over("ccg21_code", "ccg", "ccg21_name"), Over("stp21_code", "icb", "stp21_name")),
            GROUPS,
        ),
        DatedLookup(
            f"{_B}/lsoa11_sicbl22_icb22_lad22.parquet",
            "lsoa11_code",
            (
                Over("sicbl22_code", "ccg", "sicbl22_name", nhs="sicbl22_code_h"),
                Over("icb22_code", "icb", "icb22_name", nhs="icb22_code_h"),
            ),
            BOARDS_2022,
        ),
        DatedLookup(
            f"{_B}/lsoa21_sicbl24_icb24.parquet",
            "lsoa21_code",
            (
                Over("sicbl24_code", "ccg", "sicbl24_name", nhs="sicbl24_code_nhs"),
                Over("icb24_code", "icb", "icb24_name", nhs="icb24_code_nhs"),
            ),
            BOARDS_2024,
        ),
    )
}  # fmt: skip


@dataclass(frozen=True)
class Copy:
    """A second copy of a lookup: the file that stands, and which column of it each of the copy's is."""

    path: str
    stands: str
    columns: Mapping[str, str]


def _same(path: str, stands: str, *columns: str) -> Copy:
    return Copy(path, stands, {name: name for name in columns})


_LSOA11 = f"{_B}/lsoa11_msoa11_lad18_19_20_21_utla21_rgn21.parquet"
COPIES: Mapping[str, Copy] = {
    one.path: one
    for one in (
        _same(
            f"{_B}/lad_all_codes_since_2011_raw.csv", "lookups/la_all_codes.csv",
            "LADCD", "LADNM", "LADCD_ACTIVE", "UTLACD", "CAUTHCD", "RGNCD",
        ),
        _same(
            f"{_B}/ltla21_utla21.csv", "lookups/ltla21_utla21.parquet", "ltla21_code", "utla21_code",
            "utla21_name",
        ),
        _same(
            f"{_B}/lsoa01_lsoa11_change.parquet", "lookups/lsoa01_lsoa11.parquet", "lsoa01_code",
            "lsoa11_code", "change_code",
        ),
        _same(
            f"{_B}/lsoa11_lsoa21_change_lad22.parquet", "lookups/lsoa11_lsoa21_ltla22.parquet",
            "lsoa11_code", "lsoa21_code", "change_code", "ltla22_code",
        ),
        _same(
            f"{_B}/msoa11_msoa21_lad22.parquet", "lookups/msoa11_msoa21_ltla22.parquet", "msoa11_code",
            "msoa21_code", "ltla22_code",
        ),
        _same(
            f"{_B}/lsoa11_wd17_bestfit.parquet", "lookups/lsoa11_ward17.parquet", "lsoa11_code",
            "ward17_code",
        ),
        # These two hold columns that a wider file, read already, holds as well.
        _same("lookups/lsoa11_msoa11.parquet", _LSOA11, "lsoa11_code", "msoa11_code"),
        Copy(
            "lookups/lsoa21_ward24_ltla24.parquet",
            f"{_B}/lsoa21_msoa21_lad22_rgn22_wd24_lad24.parquet",
            {"lsoa21_code": "LSOA21CD", "ward24_code": "ward24_code", "ltla24_code": "ltla24_code"},
        ),
    )
}  # fmt: skip


@dataclass(frozen=True)
class Dated:
    """What came out of one lookup.

    memberships: as `belongs` writes them, with the days. parents: code, type, name. codes: scheme,
    code, area_code. rows: read, of England.
    """

    memberships: pd.DataFrame
    parents: pd.DataFrame
    codes: pd.DataFrame
    rows: tuple[int, int]


def read_dated(files: Files, lookup: DatedLookup, active: Mapping[str, str]) -> Dated:
    """Read one lookup; a district is listed under the code it had and under that of today.

    `active`: district code of any year -> code of today. Rows of other nations are left out.
    """
    columns = [lookup.child, *(name for over in lookup.over for name in (over.code, over.name))]
    columns += [over.nhs for over in lookup.over if over.nhs is not None]
    frame = read_table(files, lookup.path, columns)
    ours = frame[frame[lookup.child].str.startswith("E", na=False)]
    memberships, parents, codes = [], [], []
    first, last = lookup.span
    for over in lookup.over:
        rows = ours[ours[over.code].str.startswith(over.prefix, na=False)]
        children = [rows[lookup.child]]
        # A unitary council that followed districts was never one of their county's.
        if lookup.is_of_districts and over.area_type != "cty":
            children.append(rows[lookup.child].map(active).fillna(rows[lookup.child]))
        memberships += [
            belongs(child, rows[over.code], over.area_type, lookup.path, lookup.method)
            for child in children
        ]
        named = rows[[over.code, over.name]].drop_duplicates(over.code)
        parents.append(named.set_axis(["code", "name"], axis=1).assign(type=over.area_type))
        if over.nhs is not None:
            pairs = rows[[over.nhs, over.code]].dropna().drop_duplicates()
            codes.append(pairs.set_axis(["code", "area_code"], axis=1).assign(scheme="nhs"))
    every = pd.concat(memberships, ignore_index=True)
    every = every.drop_duplicates(["child_code", "parent_code", "lookup"], ignore_index=True)
    no_codes = pd.DataFrame(columns=["scheme", "code", "area_code"])
    return Dated(
        every.assign(from_day=first, to_day=last).astype({"from_day": object, "to_day": object}),
        pd.concat(parents, ignore_index=True),
        pd.concat(codes, ignore_index=True) if codes else no_codes,
        (len(frame), len(ours)),
    )


def read_rural_urban(files: Files) -> Dated:
    """Read the rural or urban class of each small area of 2021; a class is an area of type `ruc`."""
    frame = read_table(files, RURAL_URBAN, ["lsoa21_code", "ruc21_code", "classification"])
    ours = frame[frame["lsoa21_code"].str.startswith("E")]
    slugs = "ruc-" + ours["ruc21_code"].str.lower()
    named = pd.DataFrame(
        {"code": slugs, "name": ours["classification"], "own": ours["ruc21_code"]}
    ).drop_duplicates("code")
    first, last = CENSUS_2021
    return Dated(
        belongs(ours["lsoa21_code"], slugs, "ruc", RURAL_URBAN, "exact").assign(
            from_day=first, to_day=last
        ),
        named[["code", "name"]].assign(type="ruc"),
        pd.DataFrame({"scheme": "ruc21", "code": named["own"], "area_code": named["code"]}),
        (len(frame), len(ours)),
    )


def compare_copy(files: Files, copy: Copy) -> tuple[int, pd.DataFrame]:
    """Hold a second copy against the file that stands: the rows it has, and those that differ.

    Returns
    -------
    The copy's rows, and of its English rows those that the file that stands has not: row (from 1, in
    the copy), code (of its first column), detail.
    """
    own = read_table(files, copy.path, list(copy.columns))
    stands = read_table(files, copy.stands, list(copy.columns.values()))
    key = next(iter(copy.columns))
    held = set(stands.astype(str).itertuples(index=False, name=None))
    written = own.astype(str)
    ours = own[key].str.startswith("E", na=False)
    strange = np.array([row not in held for row in written.itertuples(index=False, name=None)])
    found = written[ours & strange]
    return len(own), pd.DataFrame(
        {
            "row": found.index + 1,
            "code": found[key],
            "detail": [
                f"not so in {Path(copy.stands).name}, which stands: " + ", ".join(row)
                for row in found.itertuples(index=False, name=None)
            ],
        }
    )
