"""Stores the official lists of parishes, also those that no layer draws; each lives as long as the lists allow.

No list has the day on which a parish was made or ended. Parishes change on 1 April, so between two
lists the widest life is taken: from the first 1 April after a list that lacks it, to the last one
before a list that lacks it again.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from app.sources.outcome import Outcomes, outcome_of
from boundaries.area_types import area_type_of
from boundaries.sources.files import Files, read_table
from boundaries.sources.layers import PARISH_NAMES
from boundaries.storing import store_areas
from boundaries.tables import Area

# The list is of December 2020 and the layer of about April 2019.
GONE_BY = date(2020, 4, 1)
# One that the list of October 2010 lacks cannot have begun before; one that those of December 2020 and
# December 2022 do not both have changed between these days.
AFTER_2010 = date(2011, 4, 1)
AFTER_2020 = date(2021, 4, 1)
GONE_BY_2022 = date(2022, 4, 1)


def load_parish_list(session: Session, files: Files) -> Outcomes:
    """Store every parish and unparished area of December 2020, and end those that the list lacks.

    About 1,100 small parishes have no polygon in the layer of output areas by best fit: they are
    areas without outlines, so that a search finds them and the layer's gaps can be counted.
    """
    listed = read_table(files, PARISH_NAMES, ["PARNCP20CD", "PARNCP20NM"])
    listed = listed.set_axis(["code", "name"], axis=1).drop_duplicates("code")
    english = listed[listed["code"].str.startswith("E")]
    areas = english.assign(
        type=np.array([area_type_of(code) or "par" for code in english["code"]], dtype=object),
        valid_from=None,
        valid_to=None,
    )
    store_unknown(session, areas)
    session.execute(
        update(Area)
        .where(Area.type.in_(["par", "ncp"]), Area.demo.is_(False), Area.valid_to.is_(None))
        .where(or_(Area.valid_from.is_(None), Area.valid_from < GONE_BY))
        .where(Area.code.not_in(english["code"].tolist()))
        .values(valid_to=GONE_BY)
    )
    return {PARISH_NAMES: outcome_of(len(listed), len(english))}


def store_unknown(
    session: Session, areas: pd.DataFrame, life: tuple[date | None, date | None] = (None, None)
) -> None:
    """Store areas (code, type, name) that nothing loaded before knows; of the others all stays as it is."""
    known = set(session.scalars(select(Area.code).where(Area.code.in_(areas["code"].tolist()))))
    fresh = areas[~areas["code"].isin(known)].drop_duplicates("code")
    store_areas(session, fresh.assign(valid_from=life[0], valid_to=life[1]))


def store_parishes_of_2010(session: Session, listed: pd.DataFrame) -> None:
    """Store the parishes of October 2010 that later lists lack, and let those that it lacks begin after it.

    listed: code, type, name. The list names no unparished areas, so of those nothing is told.
    """
    store_unknown(session, listed, (None, GONE_BY))
    session.execute(
        update(Area)
        .where(Area.type == "par", Area.demo.is_(False), Area.valid_from.is_(None))
        .where(or_(Area.valid_to.is_(None), Area.valid_to > AFTER_2010))
        .where(Area.code.not_in(listed["code"].tolist()))
        .values(valid_from=AFTER_2010)
    )


def store_parishes_of_2022(session: Session, listed: pd.DataFrame) -> None:
    """Store the parishes of December 2022 that were not there two years before, and end those that it lacks.

    listed: code, type, name. The list names no unparished areas, so of those nothing is told.
    """
    store_unknown(session, listed, (AFTER_2020, None))
    session.execute(
        update(Area)
        .where(Area.type == "par", Area.demo.is_(False), Area.valid_to.is_(None))
        .where(Area.code.not_in(listed["code"].tolist()))
        .values(valid_to=GONE_BY_2022)
    )
