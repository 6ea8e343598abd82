"""Reads the codes of areas in other schemes and the names they bore, from lists of years and the register."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from boundaries.area_types import area_type_of
from boundaries.sources.districts import CHANGE_DAY, REGISTER, belongs
from boundaries.sources.exceptions import read_exceptions
from boundaries.sources.files import Files, FileUnreadable, read_table

CODE_CHANGE = "boundaries/lookups/code_change_2010_old_ons_to_gss_raw.csv"
OLD_CODES_2013 = "boundaries/lookups/lad13_gss_old_ons_code.csv"
HISTORY = "boundaries/lookups/ltla16_to_ltla24_history.csv"
DISTRICTS_22_23 = "lookups/ltla22_ltla23.parquet"
PARISHES_2010 = "boundaries/lookups/par10_lad10.parquet"
PARISHES_2022 = "boundaries/lookups/par22_names_ew_raw.csv"
BUILT_UP_2022 = "boundaries/lookups/bua22_names_gb_raw.csv"
HISTORY_YEARS = range(16, 25)
# A county's old code is two figures, and a district of one begins with them; `00` is no county.
COUNTY_DIGITS = 2
_JOINED = re.compile(r",(?! )")  # between names; a blank follows the comma within one


@dataclass(frozen=True)
class Codes:
    """What one list of codes tells.

    codes: scheme, code, area_code. names: area_code, name, kind, until, source. memberships: as
    `belongs` writes them. areas: code, type, name, of those in the list. rows: read, stored.
    """

    codes: pd.DataFrame
    names: pd.DataFrame
    memberships: pd.DataFrame
    areas: pd.DataFrame
    rows: tuple[int, int]


_CODES = ["scheme", "code", "area_code"]
_NAMES = ["area_code", "name", "kind", "until", "source"]
_AREAS = ["code", "type", "name"]
_MEMBERS = ["child_code", "parent_code", "parent_type", "lookup", "method", "share"]


def _none(columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame(columns=columns)


def read_code_change(files: Files) -> Codes:
    """Read the change of 2010-11 from old codes to those of nine characters, which is Windows-1252 text.

    A district whose old code begins with a county's belongs to that county: so the county of each
    district of 2010 is known. Rows of other nations and of kinds that Bounds has no type for are left out.
    """
    path = files(CODE_CHANGE)
    try:
        frame = pd.read_csv(path, dtype=str, encoding="cp1252", keep_default_na=False)
        ours = frame[frame["GEOGCD"].map(area_type_of).notna()]
    except (KeyError, ValueError) as error:
        raise FileUnreadable(f"{CODE_CHANGE} cannot be read as a table: {error}") from error
    codes = _scheme("old-ons", ours["GEOGCDO"], ours["GEOGCD"])
    return Codes(
        codes,
        _none(_NAMES),
        _county_by_code(codes, CODE_CHANGE),
        _none(_AREAS),
        (len(frame), len(ours)),
    )


def read_old_codes_2013(files: Files) -> Codes:
    """Read the old codes that districts of 2013 had, those that were given another code since among them."""
    frame = read_table(files, OLD_CODES_2013, ["LAD13CD", "LAD13CDO", "LAD13NM"])
    codes = _scheme("old-ons", frame["LAD13CDO"], frame["LAD13CD"])
    counties = read_code_change(files).codes
    both = pd.concat([codes, counties[counties["area_code"].str.startswith("E10")]])
    return Codes(
        codes,
        _none(_NAMES),
        _county_by_code(both, OLD_CODES_2013),
        _none(_AREAS),
        (len(frame), len(frame)),
    )


def read_register(files: Files) -> Codes:
    """Read the register's own codes, the older ones beside them, and what authorities are also called."""
    columns = [
        "local-authority-code", "official-name", "nice-name", "gss-code", "alt-names", "former-gss-codes",
        "ecode", "snac", "end-date",
    ]  # fmt: skip
    frame = read_table(files, REGISTER, columns)
    ours = frame[frame["gss-code"].map(area_type_of, na_action="ignore").notna()]
    gss = ours["gss-code"]
    former = ours[ours["former-gss-codes"].notna()]
    codes = pd.concat(
        [
            _scheme("register", ours["local-authority-code"], gss),
            _scheme("snac", ours["snac"], gss),
            _scheme("mhclg", ours["ecode"], gss),
            _scheme("gss-former", former["former-gss-codes"], former["gss-code"]),
        ],
        ignore_index=True,
    )
    named = [
        (row[0], name, "also", None, Path(REGISTER).name)
        for row in ours[["gss-code", "official-name", "nice-name", "alt-names"]].itertuples(index=False)
        for name in _other_names(row[1], row[2], row[3])
    ]  # fmt: skip
    names = pd.DataFrame(named, columns=_NAMES)
    return Codes(codes, names, _none(_MEMBERS), _none(_AREAS), (len(frame), len(ours)))


def _other_names(official: object, nice: object, alternatives: object) -> list[str]:
    """List the names of one row, each spelling once: the register repeats them in small letters."""
    parts = [official, nice, *_JOINED.split(str(alternatives) if pd.notna(alternatives) else "")]
    found: dict[str, str] = {}
    for part in parts:
        name = "" if part is None or pd.isna(part) else " ".join(str(part).split())
        if name:
            found.setdefault(name.casefold(), name)
    return list(found.values())


def read_history(files: Files) -> Codes:
    """Read the names of districts of each year: one that a later year names otherwise is a former name.

    It ended on 1 April of the first year that lacks it: the lists are of a year's end, and no day is
    in them.
    """
    columns = [f"ltla{year}_{part}" for year in HISTORY_YEARS for part in ("code", "name")]
    frame = read_table(files, HISTORY, columns)
    ours = frame[frame["ltla16_code"].str.startswith("E", na=False)]
    rows = []
    for year in HISTORY_YEARS[:-1]:
        code, name = f"ltla{year}_code", f"ltla{year}_name"
        later_code, later_name = f"ltla{year + 1}_code", f"ltla{year + 1}_name"
        changed = ours[(ours[code] == ours[later_code]) & (ours[name] != ours[later_name])]
        until = date(2000 + year + 1, *CHANGE_DAY)
        rows += [(row[0], row[1], "former", until) for row in changed[[code, name]].to_numpy()]
    names = pd.DataFrame(rows, columns=["area_code", "name", "kind", "until"])
    names = names.drop_duplicates(["area_code", "name"]).assign(source=Path(HISTORY).name)
    return Codes(_none(_CODES), names, _none(_MEMBERS), _none(_AREAS), (len(frame), len(ours)))


def read_exception_codes(active: Mapping[str, str]) -> Codes:
    """Give the old codes of districts and counties of the dated exceptions whose successors are known here."""
    told = read_exceptions()
    ended = [row for row in told.districts if row["followed_by"] in active]
    held = {row["county"] for row in ended if "county" in row}
    rows = [("old-ons", row["old_code"], row["code"]) for row in ended]
    rows += [("gss-former", row["gss"], row["code"]) for row in ended]
    rows += [
        ("old-ons", row["old_code"], row["code"]) for row in told.counties if row["code"] in held
    ]
    return Codes(
        pd.DataFrame(rows, columns=_CODES),
        _none(_NAMES),
        _none(_MEMBERS),
        _none(_AREAS),
        (0, 0),
    )


def read_parishes_2010(files: Files, active: Mapping[str, str]) -> Codes:
    """Read the parishes of October 2010 with their districts and old codes."""
    frame = read_table(files, PARISHES_2010, ["par10_cd", "par10_nm", "par10_old", "lad10_cd"])
    named = frame[["par10_cd", "par10_nm"]].set_axis(["code", "name"], axis=1)
    now = frame["lad10_cd"].map(active)
    members = pd.concat(
        [
            belongs(frame["par10_cd"], district, "lad", PARISHES_2010, "exact")
            for district in (frame["lad10_cd"], now)
        ]
    ).drop_duplicates(["child_code", "parent_code"])
    return Codes(
        _scheme("old-ons", frame["par10_old"], frame["par10_cd"]),
        _none(_NAMES),
        members,
        named.assign(type="par").drop_duplicates("code"),
        (len(frame), len(frame)),
    )


def read_parishes_2022(files: Files) -> Codes:
    """Read the names of parishes of December 2022; communities of Wales are left out."""
    return _named_areas(files, PARISHES_2022, "par")


def read_built_up_2022(files: Files) -> Codes:
    """Read the names of built-up areas of December 2022 that lie in England, wholly or with a part."""
    return _named_areas(files, BUILT_UP_2022, "bua")


def check_districts_23(
    files: Files, successions: pd.DataFrame
) -> tuple[tuple[int, int], pd.DataFrame]:
    """Hold the lookup of districts of 2022 to those of 2023 against the links; it adds none of its own.

    Returns its rows (read, of England) and those that the links have not: row, code, detail.
    """
    frame = read_table(files, DISTRICTS_22_23, ["ltla22_code", "ltla23_code"])
    ours = frame[frame["ltla22_code"].str.startswith("E")]
    linked = set(zip(successions["old_code"], successions["new_code"], strict=True))
    strange = ours[
        [old != new and (old, new) not in linked for old, new in ours.itertuples(index=False)]
    ]
    detail = "the list of changes has no link to " + strange["ltla23_code"].astype(str)
    found = pd.DataFrame(
        {"row": strange.index + 1, "code": strange["ltla22_code"], "detail": detail}
    )
    return (len(frame), len(ours)), found


def _named_areas(files: Files, path: str, area_type: str) -> Codes:
    frame = read_table(files, path, ["areacd", "areanm"])
    ours = frame[frame["areacd"].map(area_type_of) == area_type]
    named = ours[["areacd", "areanm"]].set_axis(["code", "name"], axis=1)
    areas = named.assign(type=area_type).drop_duplicates("code")
    return Codes(_none(_CODES), _none(_NAMES), _none(_MEMBERS), areas, (len(frame), len(ours)))


def _scheme(scheme: str, codes: pd.Series, areas: pd.Series) -> pd.DataFrame:
    frame = pd.DataFrame({"code": codes.to_numpy(), "area_code": areas.to_numpy()}).dropna()
    frame = frame[frame["code"].str.strip() != ""].drop_duplicates()
    return frame.assign(code=frame["code"].str.strip(), scheme=scheme)[_CODES]


def _county_by_code(codes: pd.DataFrame, lookup: str) -> pd.DataFrame:
    """Give each district the county whose old code its own begins with."""
    counties = codes[codes["code"].str.len() == COUNTY_DIGITS].set_index("code")["area_code"]
    districts = codes[codes["area_code"].map(area_type_of) == "lad"]
    over = districts["code"].str[:COUNTY_DIGITS].map(counties)
    return belongs(districts["area_code"], over, "cty", lookup, "exact")
