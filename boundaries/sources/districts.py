"""Reads districts, counties, combined authorities and regions: their lives, what they belong to, what followed what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from boundaries.sources.files import Files, read_table

CODES = "lookups/la_all_codes.csv"
CHANGES = "boundaries/lookups/lad_changes_2014_2025_raw.csv"
COUNTIES = "boundaries/lookups/ltla23_utla23.csv"
REGIONS = "boundaries/lookups/ltla24_region24.csv"
COMBINED = "boundaries/lookups/ltla23_cauth23.csv"
REGISTER = "boundaries/lookups/local_authorities_past_current_mysociety_raw.csv"

# Lives that the mirror's change list gives as a year: every such change took effect on 1 April.
CHANGE_DAY = (4, 1)

# Codes re-issued for small boundary changes before that list begins: the districts of December 2011
# have the old code, those of December 2013 the new one. No file of the mirror has the day: it is the
# 1 April of the order that changed each border.
REISSUED = {
    "E07000100": ("E07000240", date(2012, 4, 1)),
    "E07000104": ("E07000241", date(2012, 4, 1)),
    "E07000097": ("E07000242", date(2013, 4, 1)),
    "E07000101": ("E07000243", date(2013, 4, 1)),
    "E06000048": ("E06000057", date(2013, 4, 1)),
    "E08000020": ("E08000037", date(2013, 4, 1)),
}

# Combined authorities whose codes changed on days that neither the change list (a year) nor the
# register (the institution's own first day) has: the first North East gave up the north of the Tyne on
# 2 November 2018 and got another code; the North East of today replaced both on 7 May 2024.
COMBINED_DAYS = {
    "E47000005": (None, date(2018, 11, 2)),
    "E47000010": (date(2018, 11, 2), date(2024, 5, 7)),
    "E47000011": (date(2018, 11, 2), date(2024, 5, 7)),
    "E47000014": (date(2024, 5, 7), None),
}


@dataclass(frozen=True)
class Districts:
    """Every English district since 2011 with its life, the areas over it, and what followed what.

    areas: code, type (lad, cty, cauth or rgn), name, valid_from, valid_to.
    successions: old_code, new_code, changed_on, kind, share (null), source.
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

    Districts retired before 2011 are no areas; they resolve through `active` all the same.
    """
    codes = read_table(files, CODES, ["LADCD", "LADNM", "LADCD_ACTIVE", "CTRYNM", "Current"])
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
    reissued = {old: found for old, found in REISSUED.items() if old in active}
    ended |= {old: day for old, (_, day) in reissued.items()}
    born |= dict(reissued.values())
    live = english[(english["Current"] == "True") | english["LADCD"].isin(ended)]
    areas = pd.DataFrame({"code": live["LADCD"], "type": "lad", "name": live["LADNM"]})
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
        ]
    ).assign(type="cty")
    areas = pd.concat([areas, counties], ignore_index=True).drop_duplicates("code")
    areas["valid_from"] = areas["code"].map(born)
    areas["valid_to"] = areas["code"].map(ended)
    regions = read_table(files, REGIONS, ["ltla24_code", "region24_code", "region24_name"])
    combined = read_table(files, COMBINED, ["ltla23_code", "cauth23_code", "cauth23_name"])
    register = read_table(files, REGISTER, ["gss-code", "nice-name", "start-date", "end-date"])
    areas = pd.concat(
        [
            areas,
            _combined_authorities(changes, combined, register),
            _named(regions, "region24_code", "region24_name").assign(type="rgn"),
        ],
        ignore_index=True,
    )
    memberships = pd.concat(
        [
            belongs(shire["ltla23_code"], shire["utla23_code"], "cty", COUNTIES, "exact"),
            belongs(
                regions["ltla24_code"].map(active),
                regions["region24_code"],
                "rgn",
                REGIONS,
                "exact",
            ),
            _combined_members(changes, combined, active),
        ],
        ignore_index=True,
    )
    frames = {CODES: codes, CHANGES: changes, COUNTIES: upper, REGIONS: regions,
              COMBINED: combined, REGISTER: register}  # fmt: skip
    english_register = register["gss-code"].isin(areas["code"])
    return Districts(
        areas[["code", "type", "name", "valid_from", "valid_to"]],
        _successions(own, ended, reissued),
        memberships,
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


def _successions(
    own: pd.DataFrame, ended: dict[str, date], reissued: dict[str, tuple[str, date]]
) -> pd.DataFrame:
    followed = own[own["newcd"].notna() & own["newcd"].str.startswith("E0", na=False)]
    earlier = pd.DataFrame(
        [(old, new, "new_code") for old, (new, _) in reissued.items()],
        columns=["oldcd", "newcd", "type"],
    )
    both = pd.concat([followed[["oldcd", "newcd", "type"]], earlier], ignore_index=True)
    return pd.DataFrame(
        {
            "old_code": both["oldcd"],
            "new_code": both["newcd"],
            "changed_on": both["oldcd"].map(ended),
            "kind": np.where(both["type"] == "new_code", "recoded", "merged"),
            "share": 1.0,
            "source": [CHANGES] * len(followed)
            + ["districts of December 2011 and of December 2013"] * len(earlier),
        }
    )


def _combined_authorities(
    changes: pd.DataFrame, combined: pd.DataFrame, register: pd.DataFrame
) -> pd.DataFrame:
    """Give every combined authority its life: the register's days, else the change list's year."""
    later = changes[changes["newcd"].str.startswith("E47", na=False)]
    earlier = changes[changes["oldcd"].str.startswith("E47", na=False)]
    named = [_named(combined, "cauth23_code", "cauth23_name")]
    named += [_named(later, "newcd", "newnm"), _named(earlier, "oldcd", "oldnm")]
    # Only the outlines of 2014-2025 still show the first North East.
    named.append(pd.DataFrame({"code": ["E47000005"], "name": ["North East"]}))
    areas = pd.concat(named).drop_duplicates("code").assign(type="cauth")
    listed = register[register["gss-code"].isin(areas["code"])].set_index("gss-code")
    years = later[later["type"] == "new_geo"].drop_duplicates("newcd").set_index("newcd")["start"]
    starts, ends = [], []
    for code in areas["code"]:
        start: date | None = None
        end: date | None = None
        if code in COMBINED_DAYS:
            start, end = COMBINED_DAYS[code]
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
    changes: pd.DataFrame, combined: pd.DataFrame, active: dict[str, str]
) -> pd.DataFrame:
    """List the members of combined authorities: those of 2023, and what the change list adds later.

    A county may be a member with all its districts; an authority that followed others took their
    members over.
    """
    then = combined[["ltla23_code", "cauth23_code"]].set_axis(["child", "parent"], axis=1)
    then["child"] = then["child"].map(active)
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
        ],
        ignore_index=True,
    )
