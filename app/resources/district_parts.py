"""Says of which small areas districts and what is wider are made; of a ledger's other places it says nothing."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd
from sqlalchemy.orm import Session

from app.latest import Latest
from app.marks import GEOGRAPHY, mark_of_tables
from app.resources.queries import SETS
from boundaries.database import named_sql
from boundaries.moments import sees_a_moment

# Nations and regions: the same few for every ledger, and the most to read. England is 33,000 areas, 1 MB.
WIDEST = ("92", "12")
MOST_KEPT = 32
_kept: Latest[pd.Series | None] = Latest(MOST_KEPT)


def parts_of_districts(
    session: Session, codes: Collection[str], area_set: str
) -> dict[str, pd.Series]:
    """Give the part (0 to 1, NaN where not known) that each place holds of its small areas; see the SQL.

    What cannot be told has no entry. Of nations and regions it is kept while the geography stays as it is.
    """
    widest = {code for code in codes if code[1:3] in WIDEST} if sees_a_moment(session) else set()
    told = _read(session, set(codes) - widest, area_set)
    if widest:
        mark = mark_of_tables(session, GEOGRAPHY)
        for code in sorted(widest):
            parts = _kept.get(
                (mark, area_set, code),
                lambda code=code: _read(session, {code}, area_set).get(code),  # type: ignore[misc]
            )
            if parts is not None:
                told[code] = parts
    return told


def _read(session: Session, codes: Collection[str], area_set: str) -> dict[str, pd.Series]:
    rows = session.execute(
        named_sql(__file__, "areas_of_districts"),
        {
            "stated": sorted(codes), "area_set": area_set,
            "other_set": next(each for each in SETS if each != area_set),
        },
    )  # fmt: skip
    return {
        place: pd.Series(shares, index=pd.Index(children.split(","), dtype=object), dtype=float)
        for place, children, shares in rows
    }
