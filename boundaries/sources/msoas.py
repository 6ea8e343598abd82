"""Reads what followed the MSOAs of 2011, from the links of the small areas that they are made of."""

from __future__ import annotations

import pandas as pd

from boundaries.sources.files import Files, read_table
from boundaries.sources.lookups import LINK_KINDS, LSOA11, LSOA21, LSOA_LINKS, SET_2021_FROM

MSOA_LINKS = "lookups/msoa11_msoa21_ltla22.parquet"
SOURCE = "the links of the small areas that they are made of"


def read_msoa_links(files: Files) -> tuple[pd.DataFrame, tuple[int, int], pd.DataFrame]:
    """Read which MSOA of 2021 followed which of 2011.

    Returns
    -------
    Successions (old_code, new_code, changed_on, kind, share (null), source), the published file's rows
    (read, of England), and those of its rows that the small areas contradict (row, code, detail).

    Notes
    -----
    The published file has one row for each MSOA of 2011 and so leaves out the second part of one that
    was split: 6,775 of the 6,856 MSOAs of 2021 are in it. The links of small areas have all of them.
    """
    listed = read_table(files, MSOA_LINKS, ["msoa11_code", "msoa21_code"])
    ours = listed[listed["msoa11_code"].str.startswith("E")]
    old = read_table(files, LSOA11, ["lsoa11_code", "msoa11_code"])
    new = read_table(files, LSOA21, ["LSOA21CD", "MSOA21CD"])
    links = read_table(files, LSOA_LINKS, ["lsoa11_code", "lsoa21_code"])
    pairs = (
        links.merge(old, on="lsoa11_code").merge(new, left_on="lsoa21_code", right_on="LSOA21CD")
    )[["msoa11_code", "MSOA21CD"]].drop_duplicates(ignore_index=True)
    is_split = pairs["msoa11_code"].duplicated(keep=False)
    is_merged = pairs["MSOA21CD"].duplicated(keep=False)
    letters = (
        is_split.map({True: "S", False: "U"}).mask(is_merged, "M").mask(is_split & is_merged, "X")
    )
    successions = pd.DataFrame(
        {
            "old_code": pairs["msoa11_code"], "new_code": pairs["MSOA21CD"], "changed_on": SET_2021_FROM,
            "kind": letters.map(LINK_KINDS), "share": None, "source": SOURCE,
        }
    )  # fmt: skip
    known = set(pairs.itertuples(index=False, name=None))
    strange = ours[[row not in known for row in ours.itertuples(index=False, name=None)]]
    findings = pd.DataFrame(
        {
            "row": strange.index + 1,
            "code": strange["msoa11_code"],
            "detail": "no small area of it went to " + strange["msoa21_code"].astype(str),
        }
    )
    return successions, (len(listed), len(ours)), findings
