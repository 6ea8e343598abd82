"""Stores the official list of parishes, also those that no layer draws; ends those that it lacks."""

from __future__ import annotations

from datetime import date

import numpy as np
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.sources.outcome import Outcomes, outcome_of
from boundaries.area_types import area_type_of
from boundaries.sources.files import Files, read_table
from boundaries.sources.layers import PARISH_NAMES
from boundaries.storing import store_areas
from boundaries.tables import Area

# The list is of December 2020 and the layer of about April 2019. Parishes change on 1 April, so one
# that the list lacks was gone by this day at the latest.
GONE_BY = date(2020, 4, 1)


def load_parish_list(session: Session, files: Files) -> Outcomes:
    """Store every parish and unparished area of December 2020, and end those that the list lacks.

    About 1,100 small parishes have no polygon in the layer of output areas by best fit: they are
    areas without outlines, so that a search finds them and the layer's gaps can be counted. Beginnings
    are in no file here and stay open.
    """
    listed = read_table(files, PARISH_NAMES, ["PARNCP20CD", "PARNCP20NM"])
    listed = listed.set_axis(["code", "name"], axis=1).drop_duplicates("code")
    english = listed[listed["code"].str.startswith("E")]
    areas = english.assign(
        type=np.array([area_type_of(code) or "par" for code in english["code"]], dtype=object),
        valid_from=None,
        valid_to=None,
    )
    store_areas(session, areas)
    session.execute(
        update(Area)
        .where(Area.type.in_(["par", "ncp"]), Area.demo.is_(False), Area.valid_to.is_(None))
        .where(Area.code.not_in(english["code"].tolist()))
        .values(valid_to=GONE_BY)
    )
    return {PARISH_NAMES: outcome_of(len(listed), len(english))}
