"""Ends the open beginning of today's codes where the codes before them are loaded."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
from sqlalchemy import ColumnElement, Select, func, select, true, update
from sqlalchemy.orm import Session

from boundaries.sources.lookups import LSOA01_DISTRICT
from boundaries.tables import Area, Membership

# Their codes of four and six characters were replaced on one day by today's of nine.
RECODED = ("lad", "wd")


def begin_later_codes(session: Session) -> int:
    """Give districts and wards that followed older ones the day on which those ended; counts them.

    Without the older ones they have no known beginning: then on a day of 2005 they stand for what was
    there. With those loaded, a day of 2005 would have such a place twice. A district of 2001 that lives
    on under its GSS code has no beginning still.
    """
    begun = 0
    for kind, day in _ends_of_old_codes(session).items():
        result = session.execute(
            update(Area)
            .where(Area.type == kind, Area.valid_from.is_(None), Area.demo.is_(False))
            .where(~Area.code.startswith(f"{kind}-"), func.coalesce(Area.valid_to, date.max) > day)
            .where(_is_later(kind))
            .values(valid_from=day)
        )
        begun += int(getattr(result, "rowcount", 0))
    return begun


def with_beginnings(session: Session, areas: pd.DataFrame) -> pd.DataFrame:
    """Give areas of a list the beginning that `begin_later_codes` gives those already here."""
    areas = areas.astype({"valid_from": object, "valid_to": object})
    for kind, day in _ends_of_old_codes(session).items():
        open_ones = (areas["type"] == kind) & areas["valid_from"].isna()
        if kind == "lad":
            lived_on = set(session.scalars(_districts_of_2001()))
            if not lived_on:
                continue  # the districts of 2001 have their ends, and which lived on is not loaded
            open_ones &= ~areas["code"].isin(lived_on)
        areas.loc[open_ones, "valid_from"] = day
    return areas


def _is_later(kind: str) -> ColumnElement[bool]:
    return Area.code.not_in(_districts_of_2001()) if kind == "lad" else true()


def _districts_of_2001() -> Select[str]:
    """Ask for the districts that small areas of 2001 belong to."""
    return (
        select(Membership.parent_code)
        .where(Membership.lookup == Path(LSOA01_DISTRICT).name, Membership.parent_type == "lad")
        .distinct()
    )


def _ends_of_old_codes(session: Session) -> dict[str, date]:
    """Name the last end of areas whose code is a slug of an old one, by type; types without any are left out."""
    rows = session.execute(
        select(Area.type, func.max(Area.valid_to))
        .where(Area.type.in_(RECODED), Area.code.startswith(Area.type + "-"))
        .group_by(Area.type)
    ).all()
    return {row[0]: row[1] for row in rows if row[1] is not None}
