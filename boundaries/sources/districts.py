"""Reads districts, counties, combined authorities and regions: their lives, what they belong to, what followed what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from boundaries.sources.exceptions import (
    A_FEW_HOUSES,
    SOURCE,
    WHOLE,
    Exceptions,
    read_exceptions,
)
from boundaries.sources.files import Files, read_table

CODES = "lookups/la_all_codes.csv"
CHANGES = "boundaries/lookups/lad_changes_2014_2025_raw.csv"
COUNTIES = "boundaries/lookups/ltla23_utla23.csv"
REGIONS = "boundaries/lookups/ltla24_region24.csv"
COMBINED = "boundaries/lookups/ltla23_cauth23.csv"
REGISTER = "boundaries/lookups/local_authorities_past_current_mysociety_raw.csv"

# Lives that the mirror's change list gives as a year: every such change took effect on 1 April.
CHANGE_DAY = (4, 1)


@dataclass(frozen=True)
class Districts:
    """Every English district since 2001 with its life, the areas over it, and what followed what.

    areas: code, type (lad, cty, cauth or rgn), name, valid_from, valid_to.
    successions: old_code, new_code, changed_on, kind, share, source, method; of districts and of
    combined authorities that others replaced whole (those split and counties are worked out later).
    memberships: child_code, parent_code, parent_type (cty, cauth, rgn), lookup, method, share.
    active: old code -> the code of today.
    rows_in: path of each file -> its rows. rows_kept: those of them that speak of England.
    """

    areas: pd.DataFrame
    successions: pd.DataFrame
    memberships: pd.DataFrame
    active: dict[str, str]
    rows_in: dict[str, int]
    rows_kept: dict[str, int]


def read_districts(files: Files) -> Districts:
    """Read districts, counties, combined authorities and regions, their lives and members.

    What no file has (the reorganisation of 2009, codes of 2012-13, days of combined authorities) comes
    from the dated exceptions, as far as the list of codes knows what followed. Ends are half-open
    whatever their source: a year is its 1 April, and of the register see `half_open_end`.
    """
    told = read_exceptions()
    codes = read_table(
        files, CODES, ["LADCD", "LADNM", "LADCD_ACTIVE", "CTRYNM", "Current"], optional=["RGNCD"]
    )
    english = codes[codes["CTRYNM"] == "England"]
    active = dict(zip(english["LADCD"], english["LADCD_ACTIVE"], strict=True))
    changes = read_table(files, CHANGES, ["oldcd", "oldnm", "newcd", "newnm", "type", "start"])
    ours = changes["oldcd"].str.startswith("E")
    own = changes[
        ours
        & changes["type"].isin(["merger", "new_code", "termination"])
        & ~changes["oldcd"].str.startswith("E47")
    ]
    ended = {row.oldcd: date(int(row.start), *CHANGE_DAY) for row in own.itertuples()}
    born = {
        row.newcd: date(int(row.start), *CHANGE_DAY)
        for row in own.itertuples()
        if isinstance(row.newcd, str)
    }
    earlier = _earlier_links(told, active)
    ended |= dict(zip(earlier["old_code"], earlier["changed_on"], strict=True))
    born |= dict(zip(earlier["new_code"], earlier["changed_on"], strict=True))
    live = english[(english["Current"] == "True") | english["LADCD"].isin(ended)]
    areas = pd.DataFrame({"code": live["LADCD"], "type": "lad", "name": live["LADNM"]})
    gone = pd.DataFrame(
        [(row["code"], "lad", row["name"]) for row in told.districts if row["code"] in ended],
        columns=["code", "type", "name"],
    )
    held = {row["county"] for row in told.districts if row["code"] in ended and "county" in row}
    ended |= {row["code"]: row["ended_on"] for row in told.counties if row["code"] in held}
    upper = read_table(
        files, COUNTIES, ["ltla23_code", "ltla23_name", "utla23_code", "utla23_name"]
    )
    shire = upper[
        upper["utla23_code"].str.startswith("E10") & upper["ltla23_code"].str.startswith("E")
    ]
    terminated = own[own["type"] == "termination"]
    counties = pd.concat(
        [
            _named(shire, "utla23_code", "utla23_name"),
            _named(terminated, "oldcd", "oldnm"),
            pd.DataFrame(
                [(row["code"], row["name"]) for row in told.counties if row["code"] in held],
                columns=["code", "name"],
            ),
        ]
    ).assign(type="cty")
    areas = pd.concat([areas, gone, counties], ignore_index=True).drop_duplicates("code")
    areas["valid_from"] = areas["code"].map(born)
    areas["valid_to"] = areas["code"].map(ended)
    regions = read_table(files, REGIONS, ["ltla24_code", "region24_code", "region24_name"])
    combined = read_table(files, COMBINED, ["ltla23_code", "cauth23_code", "cauth23_name"])
    register = read_table(files, REGISTER, ["gss-code", "nice-name", "start-date", "end-date"])
    areas = pd.concat(
        [
            areas,
            _combined_authorities(changes, combined, register, told),
            _named(regions, "region24_code", "region24_name").assign(type="rgn"),
        ],
        ignore_index=True,
    )
    memberships = pd.concat(
        [
            belongs(shire["ltla23_code"], shire["utla23_code"], "cty", COUNTIES, "exact"),
            *(
                belongs(child, regions["region24_code"], "rgn", REGIONS, "exact")
                for child in (regions["ltla24_code"], regions["ltla24_code"].map(active))
            ),
            _regions_of_codes(english),
            _combined_members(changes, combined, active, told),
            _earlier_members(told, ended, english),
        ],
        ignore_index=True,
    )
    frames = {CODES: codes, CHANGES: changes, COUNTIES: upper, REGIONS: regions,
              COMBINED: combined, REGISTER: register}  # fmt: skip
    english_register = register["gss-code"].isin(areas["code"])
    return Districts(
        areas[["code", "type", "name", "valid_from", "valid_to"]],
        pd.concat([_successions(own, ended), earlier, _combined_links(changes, told)]),
        memberships.drop_duplicates(["child_code", "parent_code", "lookup"], ignore_index=True),
        active,
        rows_in={name: len(frame) for name, frame in frames.items()},
        rows_kept={
            CODES: len(english), CHANGES: int(ours.sum()), REGIONS: len(regions), COMBINED: len(combined),
            COUNTIES: int(upper["ltla23_code"].str.startswith("E").sum()),
            REGISTER: int(english_register.sum()),
        },
    )  # fmt: skip


def belongs(
    child: pd.Series, parent: pd.Series, kind: str, lookup: str, method: str
) -> pd.DataFrame:
    """Write pairs of child and parent as memberships of one lookup; a row without either is left out."""
    frame = pd.DataFrame({"child_code": child.to_numpy(), "parent_code": parent.to_numpy()})
    frame = frame.dropna().drop_duplicates()
    return frame.assign(parent_type=kind, lookup=Path(lookup).name, method=method, share=1.0)


def half_open_end(written: str) -> date:
    """Read the register's last day as the first day gone.

    It gives some ends as the last day (2019-03-31, 2020-03-31) and some as the first day without the
    authority (2021-04-01, 2023-04-01): a last day of March is the former.
    """
    day = date.fromisoformat(written)
    return day + timedelta(days=1) if (day.month, day.day) == (3, 31) else day


def _named(frame: pd.DataFrame, code: str, name: str) -> pd.DataFrame:
    return frame[[code, name]].drop_duplicates(code).set_axis(["code", "name"], axis=1)


def _successions(own: pd.DataFrame, ended: dict[str, date]) -> pd.DataFrame:
    followed = own[own["newcd"].notna() & own["newcd"].str.startswith("E0", na=False)]
    recoded = followed["type"] == "new_code"
    return pd.DataFrame(
        {
            "old_code": followed["oldcd"],
            "new_code": followed["newcd"],
            "changed_on": followed["oldcd"].map(ended),
            "kind": np.where(recoded, "recoded", "merged"),
            "share": 1.0,
            "source": CHANGES,
            "method": np.where(recoded, A_FEW_HOUSES, WHOLE),
        }
    )


def _earlier_links(told: Exceptions, active: dict[str, str]) -> pd.DataFrame:
    """Give the links of 2009 and of 2012-13 whose later district the list of codes knows."""
    rows = [
        (row["code"], row["followed_by"], row["ended_on"], row.get("kind", "recoded"), 1.0,
         f"{SOURCE}: {row['source']}", WHOLE if "kind" in row else A_FEW_HOUSES)
        for row in (*told.districts, *told.recoded)
        if row["followed_by"] in active
    ]  # fmt: skip
    columns = ["old_code", "new_code", "changed_on", "kind", "share", "source", "method"]
    return pd.DataFrame(rows, columns=columns)


def _regions_of_codes(english: pd.DataFrame) -> pd.DataFrame:
    """Give the region that the list of codes has for each, ended ones too, where it has the column."""
    region = (
        english["RGNCD"] if "RGNCD" in english else pd.Series(None, english.index, dtype=object)
    )
    return belongs(english["LADCD"], region, "rgn", CODES, "exact")


def _earlier_members(
    told: Exceptions, ended: dict[str, date], english: pd.DataFrame
) -> pd.DataFrame:
    """Give the county of each district that ended in 2009, and the region of what followed it."""
    rows = pd.DataFrame([row for row in told.districts if row["code"] in ended])
    if rows.empty:
        return belongs(pd.Series(dtype=object), pd.Series(dtype=object), "cty", SOURCE, "exact")
    region = english.set_index("LADCD")["RGNCD"] if "RGNCD" in english else pd.Series(dtype=object)
    return pd.concat(
        [
            belongs(rows["code"], rows["county"], "cty", SOURCE, "exact"),
            belongs(rows["code"], rows["followed_by"].map(region), "rgn", SOURCE, "exact"),
        ]
    )


def _combined_links(changes: pd.DataFrame, told: Exceptions) -> pd.DataFrame:
    """Give which combined authority another replaced whole; the days come from the exceptions."""
    taken = changes[
        changes["oldcd"].str.startswith("E47", na=False) & (changes["type"] == "merger")
    ]
    ends = {row["code"]: row["ended_on"] for row in told.combined if "ended_on" in row}
    taken = taken[taken["oldcd"].isin(ends)]
    return pd.DataFrame(
        {
            "old_code": taken["oldcd"], "new_code": taken["newcd"],
            "changed_on": taken["oldcd"].map(ends), "kind": "merged", "share": 1.0,
            "source": CHANGES, "method": WHOLE,
        }
    )  # fmt: skip


def _combined_authorities(
    changes: pd.DataFrame, combined: pd.DataFrame, register: pd.DataFrame, told: Exceptions
) -> pd.DataFrame:
    """Give every combined authority its life: the register's days, else the change list's year."""
    later = changes[changes["newcd"].str.startswith("E47", na=False)]
    earlier = changes[changes["oldcd"].str.startswith("E47", na=False)]
    named = [_named(combined, "cauth23_code", "cauth23_name")]
    named += [_named(later, "newcd", "newnm"), _named(earlier, "oldcd", "oldnm")]
    earlier = [(row["code"], row["name"]) for row in told.combined if "name" in row]
    named.append(pd.DataFrame(earlier, columns=["code", "name"]))
    days = {row["code"]: (row.get("began_on"), row.get("ended_on")) for row in told.combined}
    areas = pd.concat(named).drop_duplicates("code").assign(type="cauth")
    listed = register[register["gss-code"].isin(areas["code"])].set_index("gss-code")
    years = later[later["type"] == "new_geo"].drop_duplicates("newcd").set_index("newcd")["start"]
    starts, ends = [], []
    for code in areas["code"]:
        start: date | None = None
        end: date | None = None
        if code in days:
            start, end = days[code]
        elif code in listed.index:
            row = listed.loc[code]
            start = date.fromisoformat(row["start-date"]) if pd.notna(row["start-date"]) else None
            end = half_open_end(row["end-date"]) if pd.notna(row["end-date"]) else None
        elif code in years.index:
            start = date(int(years[code]), *CHANGE_DAY)
        starts.append(start)
        ends.append(end)
    return areas.assign(valid_from=starts, valid_to=ends)


def _combined_members(
    changes: pd.DataFrame, combined: pd.DataFrame, active: dict[str, str], told: Exceptions
) -> pd.DataFrame:
    """List the members of combined authorities: those of 2023, and what the change list adds later.

    A member that has another code now is listed under both. A county may be a member with all its
    districts; an authority that followed others took their members over.
    """
    then = combined[["ltla23_code", "cauth23_code"]].set_axis(["child", "parent"], axis=1)
    then = pd.concat([then, then.assign(child=then["child"].map(active))])
    first = [(one, row["code"]) for row in told.combined for one in row.get("members", ())]
    earlier = pd.DataFrame(
        [pair for pair in first if pair[0] in active], columns=["child", "parent"]
    )
    added = changes[
        changes["newcd"].str.startswith("E47", na=False)
        & (changes["type"] == "new_geo")
        & (changes["start"].astype(int) > 2023)
    ]
    new = pd.DataFrame({"child": added["oldcd"], "parent": added["newcd"]})
    taken = changes[
        changes["oldcd"].str.startswith("E47", na=False) & (changes["type"] == "merger")
    ]
    over = then.merge(taken[["oldcd", "newcd"]], left_on="parent", right_on="oldcd")
    over = over[["child", "newcd"]].set_axis(["child", "parent"], axis=1)
    later = pd.concat([new, over])
    return pd.concat(
        [
            belongs(then["child"], then["parent"], "cauth", COMBINED, "exact"),
            belongs(later["child"], later["parent"], "cauth", CHANGES, "exact"),
            belongs(earlier["child"], earlier["parent"], "cauth", SOURCE, "exact"),
        ],
        ignore_index=True,
    )
