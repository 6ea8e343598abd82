"""Lookups, code history, people and postcodes read into tidy frames; keeps only the places asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

CODES = "lookups/la_all_codes.csv"
CHANGES = "boundaries/lookups/lad_changes_2014_2025_raw.csv"
COUNTIES = "boundaries/lookups/ltla23_utla23.csv"
REGIONS = "boundaries/lookups/ltla24_region24.csv"
LSOA11 = "boundaries/lookups/lsoa11_msoa11_lad18_19_20_21_utla21_rgn21.parquet"
LSOA11_WARD = "lookups/lsoa11_wd19_lad19.parquet"
LSOA21 = "boundaries/lookups/lsoa21_msoa21_lad22_rgn22_wd24_lad24.parquet"
LSOA_LINKS = "lookups/lsoa11_lsoa21_ltla22.parquet"
LSOA_PARISH = "boundaries/lookups/lsoa11_par_c2019_oa_bestfit.parquet"
PEOPLE = "indicators/population_lsoa11_midyear_2017_2019_2020.parquet"
HOUSEHOLDS11 = "indicators/census2011_households_deprivation_dimensions_lsoa11.parquet"
HOUSEHOLDS21 = "indicators/census2021_households_deprivation_dimensions_lsoa21.parquet"
POSTCODES = "boundaries/postcodes_england_onspd_nov2025.parquet"
CURRENT_POSTCODES = "lookups/code_point_open_england_wales.parquet"

SET_2011 = (date(2011, 3, 27), date(2021, 3, 20))
SET_2021_FROM = date(2021, 3, 20)

# Lives that the mirror's change list gives as a year: every such change took effect on 1 April.
CHANGE_DAY = (4, 1)
LINK_KINDS = {"U": "unchanged", "S": "split", "M": "merged", "X": "complex"}


@dataclass(frozen=True)
class Districts:
    """Every English district since 2014 with its life, and what followed what.

    areas: code, type (lad or cty), name, valid_from, valid_to.
    successions: old_code, new_code, changed_on, kind, share (null), source.
    memberships: child_code, parent_code, parent_type (cty, rgn), lookup, method, share.
    active: old code -> the code of today.
    """

    areas: pd.DataFrame
    successions: pd.DataFrame
    memberships: pd.DataFrame
    active: dict[str, str]


def read_districts(mirror: Path) -> Districts:
    """Read districts and counties, their lives, regions and upper tiers.

    Codes retired before the change list begins (2014) are left to the dated exceptions of a later
    release; they resolve through `active` all the same.
    """
    codes = pd.read_csv(mirror / CODES, dtype=str)
    english = codes[codes["CTRYNM"] == "England"]
    changes = pd.read_csv(mirror / CHANGES, dtype=str)
    own = changes[
        changes["oldcd"].str.startswith("E")
        & changes["type"].isin(["merger", "new_code", "termination"])
    ]
    own = own[~own["oldcd"].str.startswith("E47")]
    day = {row.oldcd: date(int(row.start), *CHANGE_DAY) for row in own.itertuples()}
    born = {
        row.newcd: date(int(row.start), *CHANGE_DAY)
        for row in own.itertuples()
        if isinstance(row.newcd, str)
    }
    live = english[(english["Current"] == "True") | english["LADCD"].isin(day)]
    areas = pd.DataFrame({"code": live["LADCD"], "type": "lad", "name": live["LADNM"]})
    ended_counties = own[own["type"] == "termination"]
    upper = pd.read_csv(mirror / COUNTIES, dtype=str)
    upper = upper[
        upper["utla23_code"].str.startswith("E10") & upper["ltla23_code"].str.startswith("E")
    ]
    counties = pd.concat(
        [
            upper[["utla23_code", "utla23_name"]]
            .drop_duplicates()
            .set_axis(["code", "name"], axis=1),
            ended_counties[["oldcd", "oldnm"]].set_axis(["code", "name"], axis=1),
        ]
    ).assign(type="cty")
    areas = pd.concat([areas, counties], ignore_index=True).drop_duplicates("code")
    areas["valid_from"] = areas["code"].map(born)
    areas["valid_to"] = areas["code"].map(day)
    followed = own[own["newcd"].notna() & own["newcd"].str.startswith("E0", na=False)]
    successions = pd.DataFrame(
        {
            "old_code": followed["oldcd"],
            "new_code": followed["newcd"],
            "changed_on": followed["oldcd"].map(day),
            "kind": np.where(followed["type"] == "new_code", "recoded", "merged"),
            "share": 1.0,
            "source": CHANGES,
        }
    )
    regions = pd.read_csv(mirror / REGIONS, dtype=str)
    active = dict(zip(english["LADCD"], english["LADCD_ACTIVE"], strict=True))
    memberships = pd.concat(
        [
            _belongs(upper["ltla23_code"], upper["utla23_code"], "cty", COUNTIES, "exact"),
            _belongs(
                regions["ltla24_code"].map(active),
                regions["region24_code"],
                "rgn",
                REGIONS,
                "exact",
            ),
        ],
        ignore_index=True,
    )
    return Districts(areas, successions.reset_index(drop=True), memberships, active)


def _belongs(
    child: pd.Series, parent: pd.Series, kind: str, lookup: str, method: str
) -> pd.DataFrame:
    frame = pd.DataFrame({"child_code": child.to_numpy(), "parent_code": parent.to_numpy()})
    frame = frame.dropna().drop_duplicates()
    return frame.assign(parent_type=kind, lookup=Path(lookup).name, method=method, share=1.0)


@dataclass(frozen=True)
class SmallAreas:
    """The small areas of some districts in both sets, what they belong to, and the links between the sets."""

    codes11: set[str]
    codes21: set[str]
    memberships: pd.DataFrame
    links: pd.DataFrame
    ward_names: dict[str, str]
    parishes: set[str]
    msoas: set[str]


def read_small_areas(mirror: Path, districts: set[str], active: dict[str, str]) -> SmallAreas:
    """Read which small areas, wards, MSOAs and parishes belong to districts given by today's codes.

    Each LSOA is listed under the district code its lookup carried and under that district's code of
    today, so both a partnership of old districts and one of new ones find it. Ward and parish
    memberships are best fits and marked so. Links between the sets are read both ways: an area
    elsewhere that is linked to one here is named in `links` and kept out of the sets.
    """
    lsoa11 = pd.read_parquet(mirror / LSOA11)
    lsoa11["today"] = lsoa11["ltla21_code"].map(active).fillna(lsoa11["ltla21_code"])
    lsoa11 = lsoa11[lsoa11["today"].isin(districts)]
    lsoa21 = pd.read_parquet(mirror / LSOA21)
    lsoa21["today"] = lsoa21["ltla24_code"].map(active).fillna(lsoa21["ltla24_code"])
    lsoa21 = lsoa21[lsoa21["today"].isin(districts)]
    ward11 = pd.read_parquet(mirror / LSOA11_WARD)
    ward11 = ward11[ward11["LSOA11CD"].isin(lsoa11["lsoa11_code"])]
    parish = pd.read_parquet(mirror / LSOA_PARISH)
    parish = parish[parish["LSOA11CD"].isin(lsoa11["lsoa11_code"])]
    home = parish["LSOA11CD"].map(lsoa11.set_index("lsoa11_code")["today"])
    parish_of = _belongs(parish["LSOA11CD"], parish["parncp_cd"], "par", LSOA_PARISH, "best-fit")
    # The lookup names an LSOA's parishes without weights. 1/n takes them as equal parts: that only
    # ever decides where an estimated line of money counts (docs/methods/money.md).
    parish_of["share"] = 1.0 / parish_of.groupby("child_code")["parent_code"].transform("size")
    memberships = pd.concat(
        [
            _belongs(lsoa11["lsoa11_code"], lsoa11["ltla21_code"], "lad", LSOA11, "exact"),
            _belongs(lsoa11["lsoa11_code"], lsoa11["today"], "lad", LSOA11, "exact"),
            _belongs(lsoa11["lsoa11_code"], lsoa11["msoa11_code"], "msoa", LSOA11, "exact"),
            _belongs(ward11["LSOA11CD"], ward11["WD19CD"], "wd", LSOA11_WARD, "best-fit"),
            _belongs(lsoa21["LSOA21CD"], lsoa21["ltla24_code"], "lad", LSOA21, "exact"),
            _belongs(lsoa21["LSOA21CD"], lsoa21["today"], "lad", LSOA21, "exact"),
            _belongs(lsoa21["LSOA21CD"], lsoa21["MSOA21CD"], "msoa", LSOA21, "exact"),
            _belongs(lsoa21["LSOA21CD"], lsoa21["ward24_code"], "wd", LSOA21, "best-fit"),
            _belongs(lsoa11["msoa11_code"], lsoa11["today"], "lad", LSOA11, "exact"),
            _belongs(lsoa21["MSOA21CD"], lsoa21["today"], "lad", LSOA21, "exact"),
            _belongs(ward11["WD19CD"], ward11["LAD19CD"].map(active), "lad", LSOA11_WARD, "exact"),
            _belongs(lsoa21["ward24_code"], lsoa21["today"], "lad", LSOA21, "exact"),
            _belongs(parish["parncp_cd"], home, "lad", LSOA_PARISH, "best-fit"),
            parish_of,
        ],
        ignore_index=True,
    ).drop_duplicates(["child_code", "parent_code", "lookup"])
    codes11, codes21 = set(lsoa11["lsoa11_code"]), set(lsoa21["LSOA21CD"])
    links = pd.read_parquet(mirror / LSOA_LINKS)
    links = links[links["lsoa11_code"].isin(codes11) | links["lsoa21_code"].isin(codes21)]
    links = links[["lsoa11_code", "lsoa21_code", "change_code"]].drop_duplicates()
    names = dict(zip(ward11["WD19CD"], ward11["WD19NM"], strict=True))
    names |= dict(zip(lsoa21["ward24_code"], lsoa21["ward24_name"], strict=True))
    msoas = set(lsoa11["msoa11_code"]) | set(lsoa21["MSOA21CD"])
    return SmallAreas(codes11, codes21, memberships, links, names, set(parish["parncp_cd"]), msoas)


def read_people(mirror: Path, codes11: set[str], codes21: set[str]) -> pd.DataFrame:
    """Read people of mid-2020 by LSOA 2011 and households of both censuses.

    Returns columns code, area_set, measure, period, value, estimated, source; an area the source
    leaves out is absent, never 0. People on the 2021 set are re-based elsewhere.
    """
    people = pd.read_parquet(mirror / PEOPLE)
    people = people[(people["year"] == 2020) & people["lsoa11_code"].isin(codes11)]
    parts = [
        (
            people["lsoa11_code"],
            people["total_population"],
            "lsoa-2011",
            "people",
            "mid-2020",
            PEOPLE,
        ),
    ]
    for path, column, codes, area_set, period in (
        (HOUSEHOLDS11, "lsoa11_code", codes11, "lsoa-2011", "Census 2011"),
        (HOUSEHOLDS21, "lsoa21_code", codes21, "lsoa-2021", "Census 2021"),
    ):
        frame = pd.read_parquet(mirror / path, columns=[column, "total_households"])
        frame = frame[frame[column].isin(codes)]
        parts.append(
            (frame[column], frame["total_households"], area_set, "households", period, path)
        )
    frames = [
        pd.DataFrame({"code": code.to_numpy(), "value": value.to_numpy()})
        .dropna()
        .assign(
            area_set=area_set,
            measure=measure,
            period=period,
            estimated=False,
            source=Path(source).name,
        )
        for code, value, area_set, measure, period, source in parts
    ]
    result = pd.concat(frames, ignore_index=True)
    result["value"] = result["value"].astype(int)
    return result


def read_district_people(mirror: Path, active: dict[str, str]) -> pd.DataFrame:
    """Sum the people of mid-2020 by district: those of today and, where they differ, those of 2021.

    Returns the columns of `read_people`, area_set `lad`: every district of England, so that a county
    or an outline anywhere can be told in people although only one place's small areas are loaded.
    """
    home = pd.read_parquet(mirror / LSOA11, columns=["lsoa11_code", "ltla21_code"]).set_index(
        "lsoa11_code"
    )
    people = pd.read_parquet(mirror / PEOPLE)
    people = people[people["year"] == 2020].set_index("lsoa11_code")["total_population"]
    then = home["ltla21_code"].reindex(people.index)
    now = then.map(active).fillna(then)
    sums = pd.concat([people.groupby(then).sum(), people.groupby(now).sum()])
    sums = sums[~sums.index.duplicated()]
    return pd.DataFrame({"code": sums.index, "value": sums.to_numpy().astype(int)}).assign(
        area_set="lad",
        measure="people",
        period="mid-2020",
        estimated=False,
        source=Path(PEOPLE).name,
    )


def tidy_postcode(text: str) -> str:
    """Write a postcode in capitals with one blank before its last three characters: `n1  0aa` is `N1 0AA`."""
    letters = "".join(text.split()).upper()
    return f"{letters[:-3]} {letters[-3:]}"


def read_postcodes(
    mirror: Path,
    districts: set[str],
    active: dict[str, str],
    box: tuple[float, float, float, float],
) -> pd.DataFrame:
    """Read the postcodes of some districts: the ONS directory's, and the current list's that it lacks.

    Parameters
    ----------
    districts : codes of today
    box : easting and northing bounds of those districts; newer postcodes are looked for inside it

    Returns
    -------
    columns postcode (`TN34 1AA`), easting, northing (metres), lad_code (null for a postcode that
    only the current list has: its district must come from geometry), status.
    """
    was = sorted({old for old, now in active.items() if now in districts} | districts)
    here = pd.read_parquet(mirror / POSTCODES, filters=[("laua", "in", was)])
    west, south, east, north = box
    around = pd.read_parquet(
        mirror / POSTCODES,
        columns=["pcd"],
        filters=[
            ("oseast1m", ">=", int(west)), ("oseast1m", "<=", int(east)),
            ("osnrth1m", ">=", int(south)), ("osnrth1m", "<=", int(north)),
        ],
    )  # fmt: skip
    current = pd.read_parquet(
        mirror / CURRENT_POSTCODES,
        columns=["postcode", "easting", "northing"],
        filters=[
            ("easting", ">=", int(west)), ("easting", "<=", int(east)),
            ("northing", ">=", int(south)), ("northing", "<=", int(north)),
        ],
    )  # fmt: skip
    current["postcode"] = current["postcode"].map(tidy_postcode)
    newer = current[~current["postcode"].isin(set(around["pcd"].map(tidy_postcode)))]
    frame = pd.DataFrame(
        {
            "postcode": here["pcd"].map(tidy_postcode),
            "easting": here["oseast1m"].astype(int),
            "northing": here["osnrth1m"].astype(int),
            "lad_code": here["laua"].map(active).fillna(here["laua"]),
        }
    )
    extra = pd.DataFrame(
        {
            "postcode": newer["postcode"],
            "easting": newer["easting"].astype(int),
            "northing": newer["northing"].astype(int),
            "lad_code": None,
        }
    )
    frame = pd.concat([frame, extra], ignore_index=True)
    listed = frame["postcode"].isin(set(current["postcode"]))
    frame["status"] = np.where(listed, "current", "not in the current list")
    return frame
