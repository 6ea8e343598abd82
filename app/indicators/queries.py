"""Reads about indices: which are held, and their values for some areas or all."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

import pandas as pd
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.indicators.editions import MEASURES, MEASURES_OF_2000, PLACE_SETS
from app.indicators.tables import DeprivationIndex, IndexValue, OwnIndex
from boundaries.database import among, named_sql
from boundaries.errors import NotFound
from boundaries.moments import once_a_moment

# The default of pages and ledger: its people are published on its own areas.
DEFAULT_INDEX = "imd-2019"


class UnknownIndex(NotFound):
    """There is no index of that id here."""

    slug = "unknown-index"
    title = "No such index"


@dataclass(frozen=True)
class IndexRow:
    """One index as held: areas_total is the publication's N, areas_held what is stored here.

    release_id is empty where no release draws its areas.
    """

    id: str
    title: str
    area_set: str
    release_id: str
    areas_total: int
    areas_held: int
    partial: bool
    demo: bool
    published_on: date
    publisher: str
    licence: str
    attribution: str
    source_file: str
    loaded_at: datetime
    measures: tuple[str, ...]


class IndexFrames(NamedTuple):
    """Scores and national ranks: index code, one float column a measure, NaN where missing."""

    scores: pd.DataFrame
    ranks: pd.DataFrame


# The publisher's order: the index itself, then its domains by weight.
_ORDER = {measure: place for place, measure in enumerate((*MEASURES, *MEASURES_OF_2000))}


def list_indices(session: Session) -> list[IndexRow]:
    """Every index held, oldest publication first, demo ones last."""
    return list(once_a_moment(session, "list_indices", lambda: _list_indices(session)))


def _list_indices(session: Session) -> list[IndexRow]:
    rows = session.scalars(
        select(DeprivationIndex).order_by(
            DeprivationIndex.demo, DeprivationIndex.published_on, DeprivationIndex.id
        )
    ).all()
    measures = _measures_held(session, [row.id for row in rows])
    return [_row(row, measures[row.id]) for row in rows]


def get_index(session: Session, index_id: str) -> IndexRow:
    """One index. Raises UnknownIndex, naming those held."""
    return once_a_moment(session, ("get_index", index_id), lambda: _get_index(session, index_id))


def _get_index(session: Session, index_id: str) -> IndexRow:
    found = session.get(DeprivationIndex, index_id)
    if found is None:
        ids = session.scalars(select(DeprivationIndex.id).order_by(DeprivationIndex.id)).all()
        held = f"held are {', '.join(ids)}" if ids else "none is loaded yet"
        raise UnknownIndex(f"there is no index {index_id[:60]!r}; {held}")
    return _row(found, _measures_held(session, [index_id])[index_id])


def _measures_held(session: Session, index_ids: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {index_id: [] for index_id in index_ids}
    for index_id, measure in session.execute(
        named_sql(__file__, "measures_held"), {"index_ids": index_ids}
    ):
        found[index_id].append(measure)
    return found


def _row(row: DeprivationIndex, held: list[str]) -> IndexRow:
    measures = sorted(held, key=lambda measure: (_ORDER.get(measure, len(_ORDER)), measure))
    return IndexRow(
        row.id, row.title, row.area_set, row.release_id, row.areas_total, row.rows_stored,
        row.partial, row.demo, row.published_on, row.publisher, row.licence, row.attribution,
        row.source_file, row.loaded_at, tuple(measures),
    )  # fmt: skip


def index_frames(
    session: Session, index_id: str, codes: Collection[str] | None = None
) -> IndexFrames:
    """Scores and ranks of an index, of these areas or (codes None) of all that are held."""
    query = select(IndexValue.code, IndexValue.measure, IndexValue.score, IndexValue.rank).where(
        IndexValue.index_id == index_id
    )
    if codes is not None:
        query = query.where(among(IndexValue.code, codes))
    rows = session.execute(query).all()
    frame = pd.DataFrame(rows, columns=["code", "measure", "score", "rank"])
    # The database's null is None: as numbers it becomes NaN, never 0.
    frame = frame.astype({"score": "float64", "rank": "float64"})
    return IndexFrames(
        frame.pivot(index="code", columns="measure", values="score"),
        frame.pivot(index="code", columns="measure", values="rank"),
    )


def indices_with_values(session: Session, codes: Iterable[str]) -> list[str]:
    """Ids of the indices that hold a value for at least one of these areas, newest first.

    Only indices on sets that places are found in: a code of 2001 may be spelt as one of these.
    """
    asked = {"codes": sorted(codes), "area_sets": list(PLACE_SETS)}
    return list(session.scalars(named_sql(__file__, "indices_with_values"), asked))


def has_only_read(session: Session) -> bool:
    """This transaction has written nothing, so that it sees what everybody sees."""
    return bool(session.scalar(select(func.pg_current_xact_id_if_assigned().is_(None))))


def list_own_indices(session: Session, slug: str) -> list[OwnIndex]:
    """A partnership's own indices, in order of id."""
    rows = session.scalars(
        select(OwnIndex).where(OwnIndex.partnership_slug == slug).order_by(OwnIndex.id)
    )
    return list(rows)
