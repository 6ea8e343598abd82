"""Reads what small areas weigh in an estimate: people, households, hectares, a grid's people, a programme's pounds."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import pandas as pd
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.indicators.tables import DeprivationIndex, IndexValue
from app.latest import Latest
from app.marks import GEOGRAPHY, mark_of_tables
from app.neighbourhoods.queries import release_of_set
from app.rasters.weights import NoPopulationRaster, population_weights
from app.resources.import_tables import LineWeight
from app.resources.methods.estimate import (
    AREA,
    EQUAL,
    HOUSEHOLDS,
    POPULATION,
    RASTER,
    WORST_FIFTH,
)
from app.resources.tables import ProgrammeAllocation
from boundaries.database import among
from boundaries.gss import is_demo_code
from boundaries.moments import sees_a_moment
from boundaries.queries import LayerMissing
from boundaries.tables import Boundary, Weight

# What stands before the id of a line whose own weights are meant.
LINE = "line"
SQUARE_METRES_A_HECTARE = 10_000
# Asking for so many areas by code takes longer than reading England once.
MANY = 2_000
# Of England 33,000 counts, 1 MB: people and households of both sets.
MOST_KEPT = 4
_kept: Latest[pd.Series] = Latest(MOST_KEPT)
# A small area is of the worst fifth where so many times its rank is at most the areas ranked.
_FIFTHS = 5


def read_weights(
    session: Session,
    weighed_by: str,
    codes: Collection[str],
    area_set: str,
    *,
    given: Mapping[str, float] | None = None,
    asked: bool = False,
) -> pd.Series:
    """Read what small areas weigh: by code, NaN or no row where not known.

    weighed_by : a basis; or "given:" and the programme whose own allocations weigh, or "line:" and the line whose
    source gives weights; asked : somebody asked for
    this basis, so that a grid that is not here raises NoPopulationRaster rather than weighing nothing.
    """
    basis, _, programme_id = weighed_by.partition(":")
    if basis in _COUNTED:
        return small_area_counts(session, _COUNTED[basis], codes, area_set)
    if basis in _READ:
        return _READ[basis](session, codes, area_set)
    if basis == EQUAL:
        return pd.Series(1.0, index=list(codes))
    if basis == RASTER:
        return _people_of_grid(session, codes, area_set, asked=asked)
    if given is None:
        return _given(session, programme_id, codes)
    return pd.Series({code: float(given.get(code, 0)) for code in codes}, dtype=float)


def small_area_counts(
    session: Session, measure: str, codes: Iterable[str], area_set: str
) -> pd.Series:
    """Read a count of small areas (people, households) by code; what is not known has no row.

    Of many areas the whole set's counts are taken, which are kept while the geography stays as it is.
    """
    wanted = set(codes)
    counted = select(func.string_agg(Weight.code, ","), func.array_agg(Weight.value)).where(
        Weight.area_set == area_set, Weight.measure == measure
    )
    if len(wanted) < MANY or not sees_a_moment(session):
        return _series(session, counted.where(among(Weight.code, wanted)))
    key = (mark_of_tables(session, GEOGRAPHY), area_set, measure)
    every = _kept.get(key, lambda: _series(session, counted))
    return every[every.index.isin(wanted)]


def _series(session: Session, query: Select[Any]) -> pd.Series:
    """Read one row of joined codes and their values; no row of a small area is missing, never 0."""
    codes, values = session.execute(query).one()
    index = pd.Index(codes.split(",") if codes else [], dtype=object)
    return pd.Series(values or [], index=index, dtype=float)


def _people_in_worst_fifth(session: Session, codes: Collection[str], area_set: str) -> pd.Series:
    """Give the people of small areas that the set's newest index ranks among its worst fifth; of the others 0."""
    index = session.scalar(
        select(DeprivationIndex)
        .where(
            DeprivationIndex.area_set == area_set,
            DeprivationIndex.demo == any(is_demo_code(code) for code in codes),
        )
        .order_by(DeprivationIndex.published_on.desc(), DeprivationIndex.id)
        .limit(1)
    )
    if index is None:
        return pd.Series(dtype=float)
    people = small_area_counts(session, "people", codes, area_set)
    ranks = _series(
        session,
        select(func.string_agg(IndexValue.code, ","), func.array_agg(IndexValue.rank)).where(
            IndexValue.index_id == index.id,
            IndexValue.measure == "imd",
            IndexValue.rank.is_not(None),
            among(IndexValue.code, codes),
        ),
    )
    return people.reindex(ranks.index) * (_FIFTHS * ranks).le(index.areas_total)


def _hectares(session: Session, codes: Collection[str], area_set: str) -> pd.Series:
    demo = any(is_demo_code(code) for code in codes)
    try:
        release = release_of_set(session, area_set, demo=demo)
    except LayerMissing:
        return pd.Series(dtype=float)
    drawn = _series(
        session,
        select(func.string_agg(Boundary.code, ","), func.array_agg(Boundary.area_m2)).where(
            Boundary.release_id == release.id, among(Boundary.code, codes)
        ),
    )
    return drawn / SQUARE_METRES_A_HECTARE


_COUNTED = {POPULATION: "people", HOUSEHOLDS: "households"}
_READ = {WORST_FIFTH: _people_in_worst_fifth, AREA: _hectares}


def _people_of_grid(
    session: Session, codes: Collection[str], area_set: str, *, asked: bool
) -> pd.Series:
    try:
        return population_weights(session, area_set, sorted(codes))["people"]
    except NoPopulationRaster:
        if asked:
            raise
        return pd.Series(
            dtype=float
        )  # a programme's own wish: its lines say why they are not shared out


def _given(session: Session, whose: str, codes: Collection[str]) -> pd.Series:
    """Read the weights of a line's own source, or of its programme."""
    if whose.startswith(f"{LINE}:"):
        return _stated(session, whose.removeprefix(f"{LINE}:"), codes)
    return _allocated(session, whose, codes)


def _allocated(session: Session, programme_id: str, codes: Collection[str]) -> pd.Series:
    """Give what a programme allocates to small areas itself, in pounds; of others 0; nothing where it names none."""
    rows = session.execute(
        select(ProgrammeAllocation.area_code, ProgrammeAllocation.amount_pence).where(
            ProgrammeAllocation.programme_id == programme_id,
            among(ProgrammeAllocation.area_code, codes),
        )
    ).all()
    sums = pd.Series(0.0, index=sorted(codes) if rows else [])
    for code, pence in rows:
        sums[code] += pence / 100
    return sums


def _stated(session: Session, line_id: str, codes: Collection[str]) -> pd.Series:
    """Give the weights that a line's source states for small areas; of others 0; nothing where it names none."""
    rows = session.execute(
        select(LineWeight.area_code, LineWeight.weight).where(
            LineWeight.line_id == line_id, among(LineWeight.area_code, codes)
        )
    ).all()
    weights = pd.Series(0.0, index=sorted(codes) if rows else [])
    for code, weight in rows:
        weights[code] = float(weight)
    return weights
