"""Ends the open beginning of today's codes where the codes before them are loaded."""

from __future__ import annotations

from datetime import date

import pandas as pd
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from boundaries.tables import Area

# Their codes of four and six characters were all replaced on one day by today's of nine.
RECODED = ("lad", "wd")


def begin_later_codes(session: Session) -> int:
    """Give districts and wards of today's codes the day on which the old codes ended; counts them.

    Without the old codes they have no known beginning: then on a day of 2005 they stand for what was
    there. With them loaded, a day of 2005 would have every place twice.
    """
    begun = 0
    for kind, day in _ends_of_old_codes(session).items():
        result = session.execute(
            update(Area)
            .where(Area.type == kind, Area.valid_from.is_(None), Area.demo.is_(False))
            .where(~Area.code.startswith(f"{kind}-"), func.coalesce(Area.valid_to, date.max) > day)
            .values(valid_from=day)
        )
        begun += int(getattr(result, "rowcount", 0))
    return begun


def with_beginnings(session: Session, areas: pd.DataFrame) -> pd.DataFrame:
    """Give areas of a list the beginning that `begin_later_codes` gives those already here."""
    areas = areas.astype({"valid_from": object, "valid_to": object})
    for kind, day in _ends_of_old_codes(session).items():
        areas.loc[(areas["type"] == kind) & areas["valid_from"].isna(), "valid_from"] = day
    return areas


def _ends_of_old_codes(session: Session) -> dict[str, date]:
    """Name the last end of areas whose code is a slug of an old one, by type; types without any are left out."""
    rows = session.execute(
        select(Area.type, func.max(Area.valid_to))
        .where(Area.type.in_(RECODED), Area.code.startswith(Area.type + "-"))
        .group_by(Area.type)
    ).all()
    return {row[0]: row[1] for row in rows if row[1] is not None}
