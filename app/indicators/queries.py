"""Reads about indices: which are held, and their values for some areas or all."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

import pandas as pd
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.indicators.tables import DeprivationIndex, IndexValue
from boundaries.errors import NotFound

# The default of pages and ledger: its people are published on its own areas.
DEFAULT_INDEX = "imd-2019"


class UnknownIndex(NotFound):
    """There is no index of that id here."""

    slug = "unknown-index"
    title = "No such index"


@dataclass(frozen=True)
class IndexRow:
    """One index as held: areas_total is the publication's N, areas_held what is stored here."""

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
_ORDER = ("imd", "income", "employment", "education", "health", "crime", "barriers", "living")


def list_indices(session: Session) -> list[IndexRow]:
    """Every index held, oldest publication first, demo ones last."""
    held = {
        (row.index_id, row.measure): row.areas
        for row in session.execute(
            select(IndexValue.index_id, IndexValue.measure, func.count().label("areas")).group_by(
                IndexValue.index_id, IndexValue.measure
            )
        )
    }
    rows = session.scalars(
        select(DeprivationIndex).order_by(
            DeprivationIndex.demo, DeprivationIndex.published_on, DeprivationIndex.id
        )
    )
    return [_row(row, {m: n for (index, m), n in held.items() if index == row.id}) for row in rows]


def get_index(session: Session, index_id: str) -> IndexRow:
    """One index. Raises UnknownIndex, naming those held."""
    found = session.get(DeprivationIndex, index_id)
    if found is None:
        ids = session.scalars(select(DeprivationIndex.id).order_by(DeprivationIndex.id)).all()
        held = f"held are {', '.join(ids)}" if ids else "none is loaded yet"
        raise UnknownIndex(f"there is no index {index_id[:60]!r}; {held}")
    measures = session.execute(
        select(IndexValue.measure, func.count())
        .where(IndexValue.index_id == index_id)
        .group_by(IndexValue.measure)
    )
    return _row(found, {str(measure): int(areas) for measure, areas in measures})


def _row(row: DeprivationIndex, held: dict[str, int]) -> IndexRow:
    order = {measure: place for place, measure in enumerate(_ORDER)}
    measures = sorted(held, key=lambda measure: (order.get(measure, len(order)), measure))
    return IndexRow(
        row.id, row.title, row.area_set, row.release_id, row.areas_total,
        max(held.values(), default=0), row.partial, row.demo, row.published_on, row.publisher,
        row.licence, row.attribution, row.source_file, row.loaded_at, tuple(measures),
    )  # fmt: skip


def index_frames(
    session: Session, index_id: str, codes: Collection[str] | None = None
) -> IndexFrames:
    """Scores and ranks of an index, of these areas or (codes None) of all that are held."""
    query = select(IndexValue.code, IndexValue.measure, IndexValue.score, IndexValue.rank).where(
        IndexValue.index_id == index_id
    )
    if codes is not None:
        query = query.where(IndexValue.code.in_(sorted(codes)))
    rows = session.execute(query).all()
    frame = pd.DataFrame(rows, columns=["code", "measure", "score", "rank"])
    # The database's null is None: as numbers it becomes NaN, never 0.
    frame = frame.astype({"score": "float64", "rank": "float64"})
    return IndexFrames(
        frame.pivot(index="code", columns="measure", values="score"),
        frame.pivot(index="code", columns="measure", values="rank"),
    )


def indices_with_values(session: Session, codes: Iterable[str]) -> list[str]:
    """Ids of the indices that hold a value for at least one of these areas, newest first."""
    held = select(IndexValue.index_id).where(IndexValue.code.in_(sorted(codes))).distinct()
    rows = session.scalars(
        select(DeprivationIndex.id)
        .where(DeprivationIndex.id.in_(held))
        .order_by(DeprivationIndex.published_on.desc(), DeprivationIndex.id)
    )
    return list(rows)


def score_at_rank(
    session: Session, index_id: str, measure: str, rank: int, worse: bool
) -> float | None:
    """The score at a national rank: of the last area up to it (worse) or the first from it on.

    None where the index is not held whole (the area at that rank may be elsewhere) or has no
    scores of this measure.
    """
    index = session.get(DeprivationIndex, index_id)
    if index is None or index.partial:
        return None
    query = select(IndexValue.score).where(
        IndexValue.index_id == index_id,
        IndexValue.measure == measure,
        IndexValue.score.is_not(None),
        IndexValue.rank <= rank if worse else IndexValue.rank >= rank,
    )
    order = IndexValue.rank.desc() if worse else IndexValue.rank.asc()
    return session.scalar(query.order_by(order, IndexValue.code).limit(1))
