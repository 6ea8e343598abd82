"""Reads which small areas belong to which wards, parishes, MSOAs and districts, and the links between the sets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import pandas as pd

from boundaries.sources.districts import belongs
from boundaries.sources.files import Files, read_table
from boundaries.sources.wards import LSOA11_WARD17

LSOA11 = "boundaries/lookups/lsoa11_msoa11_lad18_19_20_21_utla21_rgn21.parquet"
LSOA11_WARD = "lookups/lsoa11_wd19_lad19.parquet"
LSOA21 = "boundaries/lookups/lsoa21_msoa21_lad22_rgn22_wd24_lad24.parquet"
LSOA_LINKS = "lookups/lsoa11_lsoa21_ltla22.parquet"
LSOA_PARISH = "boundaries/lookups/lsoa11_par_c2019_oa_bestfit.parquet"
OUTPUT_AREAS = "boundaries/lookups/oa11_lsoa11_msoa11_lad11.parquet"
LSOA01_LINKS = "lookups/lsoa01_lsoa11.parquet"
# Windows-1252: it names Welsh places too.
CODE_CHANGE = "boundaries/lookups/code_change_2010_old_ons_to_gss_raw.csv"
DISTRICT_ENTITIES = ("E06", "E07", "E08", "E09")
LSOA01_DISTRICT = "boundaries/lookups/lsoa01_lad07_oldcode.parquet"

SET_2001_TO = date(2011, 3, 27)
SET_2011 = (date(2011, 3, 27), date(2021, 3, 20))
SET_2021_FROM = date(2021, 3, 20)
# From its election day on a lookup of wards is asked, until the next one's; the first also before.
WARDS_OF_2019 = date(2019, 5, 2)
WARDS_OF_2024 = date(2024, 5, 2)
YEARS_2011 = (18, 19, 20)  # of which the lookup of 2011 has districts, beside those of 2021
# The districts with four-character codes gave way to those of today's kind of code.
OLD_CODES_TO = date(2009, 4, 1)

LINK_KINDS = {"U": "unchanged", "S": "split", "M": "merged", "X": "complex"}


@dataclass(frozen=True)
class SmallAreas:
    """The small areas of some districts in both sets, what they belong to, and the links between the sets.

    rows: path of each file -> (rows read, rows kept); the others are elsewhere.
    """

    codes11: set[str]
    codes21: set[str]
    memberships: pd.DataFrame
    links: pd.DataFrame
    wards: set[str]
    parishes: set[str]
    msoas: set[str]
    rows: dict[str, tuple[int, int]]


def read_homes(files: Files, active: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Read the district of today of every LSOA 2011 and of every LSOA 2021, as the lookups say."""
    lsoa11 = read_table(files, LSOA11, ["lsoa11_code", "ltla21_code"])
    lsoa21 = read_table(files, LSOA21, ["LSOA21CD", "ltla24_code"])
    return (
        dict(zip(lsoa11["lsoa11_code"], _of_today(lsoa11["ltla21_code"], active), strict=True)),
        dict(zip(lsoa21["LSOA21CD"], _of_today(lsoa21["ltla24_code"], active), strict=True)),
    )


def read_small_areas(
    files: Files,
    districts: set[str] | None,
    active: Mapping[str, str],
    moved: Mapping[str, Mapping[str, str]] | None = None,
) -> SmallAreas:
    """Read which small areas, wards, MSOAs and parishes belong to districts given by today's codes.

    Parameters
    ----------
    districts : codes of today; None reads all of England
    active : district code of any year -> code of today
    moved : path of a lookup -> child -> district of today that its outline lies in, where the lookup
        is impossible (`boundaries.methods.cross_check`)

    Notes
    -----
    Each LSOA is listed under the district code its lookup carried and under that district's code of
    today, so both a partnership of old districts and one of new ones find it. Ward and parish
    memberships are best fits and marked so. Links between the sets are read both ways: an area
    elsewhere that is linked to one here is named in `links` and kept out of the sets.
    """
    moved = moved or {}
    rows: dict[str, tuple[int, int]] = {}
    earlier = [f"ltla{year}_code" for year in YEARS_2011]
    lsoa11 = read_table(
        files, LSOA11, ["lsoa11_code", "msoa11_code", "ltla21_code"],
        optional=[*earlier, "region21_code"],
    )  # fmt: skip
    lsoa11 = _with_district(lsoa11, "lsoa11_code", "ltla21_code", active, moved.get(LSOA11, {}))
    here11 = _within(lsoa11, "today", districts)
    rows[LSOA11] = (len(lsoa11), len(here11))
    columns = ["LSOA21CD", "MSOA21CD", "ward24_code", "ward24_name", "ltla24_code"]
    lsoa21 = read_table(files, LSOA21, columns, optional=["LAD22CD", "RGN22CD"])
    lsoa21 = _with_district(lsoa21, "LSOA21CD", "ltla24_code", active, moved.get(LSOA21, {}))
    here21 = _within(lsoa21, "today", districts)
    rows[LSOA21] = (len(lsoa21), len(here21))
    codes11, codes21 = set(here11["lsoa11_code"]), set(here21["LSOA21CD"])
    ward19, ward17, parish = (
        _kept(files, name, wanted, key, codes11, rows)
        for name, wanted, key in (
            (LSOA11_WARD, ["LSOA11CD", "WD19CD", "WD19NM", "LAD19CD"], "LSOA11CD"),
            (LSOA11_WARD17, ["lsoa11_code", "ward17_code"], "lsoa11_code"),
            (LSOA_PARISH, ["LSOA11CD", "parncp_cd"], "LSOA11CD"),
        )
    )
    home11 = here11.set_index("lsoa11_code")["today"]
    parish_of = belongs(parish["LSOA11CD"], parish["parncp_cd"], "par", LSOA_PARISH, "best-fit")
    # The lookup names an LSOA's parishes without weights. 1/n takes them as equal parts: that only
    # ever decides where an estimated line of money counts (docs/methods/money.md).
    parish_of["share"] = 1.0 / parish_of.groupby("child_code")["parent_code"].transform("size")
    # A best-fit ward does not nest in the district that its small area's outline lies in: its own
    # district is the one that the lookup gives.
    ward24_home = _of_today(here21["ltla24_code"], active)
    # Where the lookup's district is not believed, neither is the ward that it came through.
    fitted = here21[~here21["LSOA21CD"].isin(moved.get(LSOA21, {}).keys())]
    memberships = pd.concat(
        [
            belongs(here11["lsoa11_code"], here11["district"], "lad", LSOA11, "exact"),
            belongs(here11["lsoa11_code"], here11["today"], "lad", LSOA11, "exact"),
            belongs(here11["lsoa11_code"], here11["msoa11_code"], "msoa", LSOA11, "exact"),
            belongs(ward19["LSOA11CD"], ward19["WD19CD"], "wd", LSOA11_WARD, "best-fit").assign(
                from_day=WARDS_OF_2019, to_day=WARDS_OF_2024
            ),
            belongs(
                ward17["lsoa11_code"], ward17["ward17_code"], "wd", LSOA11_WARD17, "best-fit"
            ).assign(to_day=WARDS_OF_2019),
            belongs(here21["LSOA21CD"], here21["district"], "lad", LSOA21, "exact"),
            belongs(here21["LSOA21CD"], here21["today"], "lad", LSOA21, "exact"),
            belongs(here21["LSOA21CD"], here21["MSOA21CD"], "msoa", LSOA21, "exact"),
            belongs(fitted["LSOA21CD"], fitted["ward24_code"], "wd", LSOA21, "best-fit").assign(
                from_day=WARDS_OF_2024
            ),
            *_earlier_districts(here11, set(moved.get(LSOA11, {}))),
            *_districts_of_2022(here21, set(moved.get(LSOA21, {}))),
            belongs(here11["msoa11_code"], here11["today"], "lad", LSOA11, "exact"),
            belongs(here21["MSOA21CD"], here21["today"], "lad", LSOA21, "exact"),
            belongs(ward19["WD19CD"], ward19["LAD19CD"].map(active), "lad", LSOA11_WARD, "exact"),
            belongs(here21["ward24_code"], ward24_home, "lad", LSOA21, "exact"),
            belongs(
                parish["parncp_cd"], parish["LSOA11CD"].map(home11), "lad", LSOA_PARISH, "best-fit"
            ),
            parish_of,
        ],
        ignore_index=True,
    ).drop_duplicates(["child_code", "parent_code", "lookup"])
    links = read_table(files, LSOA_LINKS, ["lsoa11_code", "lsoa21_code", "change_code"])
    ours = links["lsoa11_code"].isin(codes11) | links["lsoa21_code"].isin(codes21)
    rows[LSOA_LINKS] = (len(links), int(ours.sum()))
    wards = set(ward19["WD19CD"]) | set(ward17["ward17_code"]) | set(here21["ward24_code"])
    return SmallAreas(
        codes11,
        codes21,
        memberships,
        links[ours].drop_duplicates(),
        wards,
        set(parish["parncp_cd"]),
        set(here11["msoa11_code"]) | set(here21["MSOA21CD"]),
        rows,
    )


def _earlier_districts(small: pd.DataFrame, moved: set[str]) -> list[pd.DataFrame]:
    """Give small areas of 2011 and their MSOAs the districts of each year, and the region, as far as the file has them.

    Which of them holds on a day, the lives of the districts say.
    """
    kept = small[~small["lsoa11_code"].isin(moved)]
    found = [
        belongs(kept[child], kept[f"ltla{year}_code"], "lad", LSOA11, "exact")
        for year in YEARS_2011
        if f"ltla{year}_code" in kept
        for child in ("lsoa11_code", "msoa11_code")
    ]
    found.append(belongs(kept["msoa11_code"], kept["district"], "lad", LSOA11, "exact"))
    if "region21_code" in kept:
        found.append(belongs(kept["lsoa11_code"], kept["region21_code"], "rgn", LSOA11, "exact"))
    return found


def _districts_of_2022(small: pd.DataFrame, moved: set[str]) -> list[pd.DataFrame]:
    """Give small areas of 2021 and their MSOAs the districts of 2022 and the region, as far as the file has them."""
    kept = small[~small["LSOA21CD"].isin(moved)]
    found = []
    if "LAD22CD" in kept:
        found += [
            belongs(kept[child], kept["LAD22CD"], "lad", LSOA21, "exact")
            for child in ("LSOA21CD", "MSOA21CD")
        ]
    if "RGN22CD" in kept:
        found.append(belongs(kept["LSOA21CD"], kept["RGN22CD"], "rgn", LSOA21, "exact"))
    return found


def _of_today(codes: pd.Series, active: Mapping[str, str]) -> pd.Series:
    return codes.map(active).fillna(codes)


def _with_district(
    frame: pd.DataFrame, child: str, district: str, active: Mapping[str, str], moved: Mapping[str, str]
) -> pd.DataFrame:  # fmt: skip
    """Add `district` (as the lookup has it) and `today`; both are the outline's where it is the better witness."""
    written, today = frame[district], _of_today(frame[district], active)
    drawn = frame[child].isin(moved.keys())
    if drawn.any():
        outline = frame[child][drawn].map(moved)
        written, today = written.astype(object), today.astype(object)
        written[drawn], today[drawn] = outline, outline
    return frame.assign(district=written, today=today)


def _within(frame: pd.DataFrame, column: str, wanted: set[str] | None) -> pd.DataFrame:
    return frame if wanted is None else frame[frame[column].isin(wanted)]


def _kept(
    files: Files, name: str, columns: list[str], key: str, codes: set[str],
    rows: dict[str, tuple[int, int]],
) -> pd.DataFrame:  # fmt: skip
    """Read a lookup's rows of some small areas, and note how many it holds and how many were kept."""
    frame = read_table(files, name, columns)
    kept = frame[frame[key].isin(codes)]
    rows[name] = (len(frame), len(kept))
    return kept


def read_output_areas(files: Files, active: Mapping[str, str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read every output area of 2011: the areas (code) and what they belong to."""
    frame = read_table(files, OUTPUT_AREAS, ["OA11CD", "LSOA11CD", "MSOA11CD", "LAD11CD"])
    then, now = frame["LAD11CD"], _of_today(frame["LAD11CD"], active)
    changed = then != now
    memberships = pd.concat(
        [
            belongs(frame["OA11CD"], frame["LSOA11CD"], "lsoa", OUTPUT_AREAS, "exact"),
            belongs(frame["OA11CD"], frame["MSOA11CD"], "msoa", OUTPUT_AREAS, "exact"),
            belongs(frame["OA11CD"], now, "lad", OUTPUT_AREAS, "exact"),
            belongs(frame["OA11CD"][changed], then[changed], "lad", OUTPUT_AREAS, "exact"),
            # The lookups of small areas begin in 2018, when the codes of 2012-13 were in use.
            belongs(frame["LSOA11CD"][changed], then[changed], "lad", OUTPUT_AREAS, "exact"),
        ],
        ignore_index=True,
    )
    return frame[["OA11CD"]].set_axis(["code"], axis=1), memberships


@dataclass(frozen=True)
class Set2001:
    """The small areas of 2001, the districts of old code they lay in, and what followed them.

    areas: code, type, name, valid_from, valid_to. links: lsoa01_code, lsoa11_code, change_code.
    """

    areas: pd.DataFrame
    memberships: pd.DataFrame
    links: pd.DataFrame
    rows: dict[str, tuple[int, int]]


def read_set_2001(files: Files) -> Set2001:
    """Read the small areas of 2001 in England with their districts.

    A district that lived on to have a GSS code goes by that code; one that ended in 2009 by a slug of
    its old one (`15UB` is `lad-15ub`), and those are among `areas`.
    """
    home = read_table(files, LSOA01_DISTRICT, ["lsoa01_code", "lad07_code", "lad07_name"])
    changed = pd.read_csv(files(CODE_CHANGE), dtype=str, encoding="cp1252")
    gss = changed[changed["ENTITYCD"].isin(DISTRICT_ENTITIES)].set_index("GEOGCDO")["GEOGCD"]
    links = read_table(
        files, LSOA01_LINKS, ["lsoa01_code", "lsoa01_name", "lsoa11_code", "change_code"]
    )
    ours = links[links["lsoa01_code"].str.startswith("E")]
    names = ours.drop_duplicates("lsoa01_code").set_index("lsoa01_code")["lsoa01_name"]
    slug = "lad-" + home["lad07_code"].str.lower()
    district = home["lad07_code"].map(gss).fillna(slug)
    small = pd.DataFrame(
        {"code": home["lsoa01_code"], "name": home["lsoa01_code"].map(names).fillna(home["lsoa01_code"])}
    ).assign(type="lsoa", valid_from=None, valid_to=SET_2001_TO)  # fmt: skip
    ended = district == slug
    districts = pd.DataFrame({"code": district, "name": home["lad07_name"]})[ended]
    districts = districts.drop_duplicates("code")
    districts = districts.assign(type="lad", valid_from=None, valid_to=OLD_CODES_TO)
    return Set2001(
        pd.concat([districts, small], ignore_index=True),
        belongs(home["lsoa01_code"], district, "lad", LSOA01_DISTRICT, "exact"),
        ours[["lsoa01_code", "lsoa11_code", "change_code"]].drop_duplicates(),
        {LSOA01_DISTRICT: (len(home), len(home)), LSOA01_LINKS: (len(links), len(ours))},
    )
