"""Stores people, households and postcode counts of small areas, for some places or for all of England."""

from __future__ import annotations

import pandas as pd
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.sources.outcome import Outcomes, outcome_of
from boundaries.database import named_sql
from boundaries.errors import Conflict
from boundaries.methods.rebase import rebase_counts
from boundaries.sources.files import Files, read_table
from boundaries.sources.lookups import LSOA_LINKS, SmallAreas
from boundaries.sources.people import HOUSEHOLDS11, HOUSEHOLDS21, PEOPLE, YEAR, read_people
from boundaries.sources.postcodes import CURRENT
from boundaries.storing import store_weights
from boundaries.tables import Postcode

REBASED = "re-based from LSOA 2011: official links, postcode counts where split"
COUNTED = "ONS Postcode Directory and Code-Point Open, current postcodes"


class PostcodesLacking(Conflict):
    """People are carried between sets of small areas by postcodes, and none are loaded."""

    slug = "postcodes-lacking"
    title = "No postcodes are loaded"


def load_people(session: Session, files: Files, small: SmallAreas | None = None) -> Outcomes:
    """Store people, households and postcode counts of both sets; people of 2021 are re-based and marked.

    `small` names the places' small areas; None stands for England. The postcodes must be loaded. What an
    earlier load of one place estimated otherwise is corrected. Raises PostcodesLacking.
    """
    codes11, codes21 = (None, None) if small is None else (small.codes11, small.codes21)
    weights = read_people(files, codes11, codes21)
    pairs = _postcode_pairs(session, small)
    if pairs.empty:
        raise PostcodesLacking("load the postcodes before the people: they share out split areas")
    links = small.links if small is not None else _english_links(files)
    people = weights[weights["measure"] == "people"].set_index("code")["value"]
    both = pairs.dropna(subset=["lsoa11_code", "lsoa21_code"])
    later = rebase_counts(links, people, both).reset_index()
    later = later.rename(columns={"lsoa21_code": "code"}).assign(
        area_set="lsoa-2021", measure="people", period=f"mid-{YEAR}", estimated=True, source=REBASED
    )
    frames = [weights, later]
    for column, area_set in (("lsoa11_code", "lsoa-2011"), ("lsoa21_code", "lsoa-2021")):
        counts = pairs.groupby(column)["postcodes"].sum()
        frames.append(
            pd.DataFrame({"code": counts.index, "value": counts.to_numpy()}).assign(
                area_set=area_set, measure="postcodes", period="November 2025", estimated=False,
                source=COUNTED,
            )
        )  # fmt: skip
    every = pd.concat(frames, ignore_index=True)
    if small is not None:
        home = {"lsoa-2011": small.codes11, "lsoa-2021": small.codes21}
        here = [
            code in home[kind] for code, kind in zip(every["code"], every["area_set"], strict=True)
        ]
        every = every[here]
    store_weights(session, every)
    note_shares(session)
    kept = weights.groupby(["area_set", "measure"]).size()
    return {
        path: outcome_of(
            len(read_table(files, path, [column])), int(kept.get((area_set, measure), 0))
        )
        for path, column, area_set, measure in (
            (PEOPLE, "lsoa11_code", "lsoa-2011", "people"),
            (HOUSEHOLDS11, "lsoa11_code", "lsoa-2011", "households"),
            (HOUSEHOLDS21, "lsoa21_code", "lsoa-2021", "households"),
        )
    }


def note_shares(session: Session) -> None:
    """Give each link between the sets of 2011 and 2021 the share of people it passed on, by postcodes."""
    for name in ("share_of_only_link", "share_by_postcodes"):
        session.execute(named_sql(__file__, name))


def _postcode_pairs(session: Session, small: SmallAreas | None) -> pd.DataFrame:
    """Count current postcodes by the small areas of both sets that they lie in."""
    query = select(Postcode.lsoa11_code, Postcode.lsoa21_code, func.count()).where(
        Postcode.status == CURRENT, Postcode.demo.is_(False)
    )
    if small is not None:
        query = query.where(
            or_(
                Postcode.lsoa11_code.in_(sorted(small.codes11)),
                Postcode.lsoa21_code.in_(sorted(small.codes21)),
            )
        )
    rows = session.execute(query.group_by(Postcode.lsoa11_code, Postcode.lsoa21_code)).all()
    return pd.DataFrame(
        [tuple(row) for row in rows], columns=["lsoa11_code", "lsoa21_code", "postcodes"]
    )


def _english_links(files: Files) -> pd.DataFrame:
    links = read_table(files, LSOA_LINKS, ["lsoa11_code", "lsoa21_code", "change_code"])
    return links[links["lsoa11_code"].str.startswith("E")]
