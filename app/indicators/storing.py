"""Stores indicators: what each is, its periods and its values; what repeats is found here and marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from app.indicators.actions import release_of
from app.indicators.definitions import Definition, FileLayout, definitions
from app.indicators.methods.periods import find_repeats, rank_by_direction
from app.indicators.readers.indicator_files import (
    FileReading,
    IndicatorValues,
    read_indicator_file,
)
from app.indicators.value_tables import Indicator, IndicatorPeriod
from app.row_counts import STORING, tell_rows
from boundaries.database import copy_table
from boundaries.storing import store_areas
from boundaries.tables import Area

# So many rows change what the database's planner must know of the table.
_MANY_ROWS = 50_000


@dataclass(frozen=True)
class Publication:
    """Whose an indicator is, on which terms, and where it came from.

    coverage : what part it holds ("4,642 of 4,835 small areas of London"), None for all of it.
    """

    dataset_id: str
    publisher: str
    licence: str
    attribution: str
    coverage: str | None = None
    source_file: str = ""
    sha256: str = ""
    partnership_slug: str | None = None
    confidential: bool = False
    demo: bool = False


def load_indicator_file(session: Session, path: Path, publication: Publication) -> FileReading:
    """Load every indicator of a published file, in place of what an earlier copy of it gave.

    The caller's transaction holds it. Areas that hardly any other file lists are stored too, without
    outlines. Raises NotThisIndex.
    """
    layout = definitions()[publication.dataset_id]
    reading = read_indicator_file(path, layout)
    held = select(Indicator.number).where(Indicator.dataset_id == publication.dataset_id)
    session.execute(delete(Indicator).where(Indicator.number.in_(held)))
    _store_listed_areas(session, reading.names, layout)
    every, before = sum(len(given.frame) for given in reading.indicators), 0
    for given in reading.indicators:
        before += store_indicator(
            session, given, publication, layout.area_type, layout.area_set, before=before, of=every
        )
    if every > _MANY_ROWS:
        session.execute(text("ANALYZE indicator_values"))
    return reading


def _store_listed_areas(session: Session, names: pd.Series, layout: FileLayout) -> None:
    """Store areas that no other list here has: they live up to the day of the next list, undrawn."""
    if names.empty:
        return
    named = names[~names.index.duplicated()]
    known = set(session.scalars(select(Area.code).where(Area.code.in_(sorted(named.index)))))
    new = named[~named.index.isin(known)]
    if new.empty:
        return
    frame = pd.DataFrame({"code": new.index, "type": layout.area_type, "name": new.to_numpy()})
    store_areas(session, frame.assign(valid_from=None, valid_to=layout.gone))
    session.execute(select(func.refresh_release_days(layout.area_type)))


def store_indicator(
    session: Session,
    given: IndicatorValues,
    publication: Publication,
    area_type: str,
    area_set: str,
    release_id: str | None = None,
    *,
    before: int = 0,
    of: int | None = None,
) -> int:
    """Store one indicator with its periods and values; gives the rows of values written.

    before, of : rows of other indicators of the same file stored before, and of all of them, for who listens.
    release_id : the release that draws its areas, empty for none; None finds that of a published set.
    Its ranks are the published ones where the file has any, else computed from the values, 1 = worst, ties
    taking the lowest; an indicator of which neither end is worse has none.
    """
    one, frame = given.definition, given.frame.reset_index(drop=True)
    row = Indicator(
        id=one.id, title=one.title, definition=one.definition, unit=one.unit, direction=one.direction,
        nature=one.nature, denominator=one.denominator, area_type=area_type, area_set=area_set,
        release_id=release_of(session, area_set) if release_id is None else release_id,
        publisher=publication.publisher,
        licence=publication.licence, attribution=publication.attribution, coverage=publication.coverage,
        partnership_slug=publication.partnership_slug, confidential=publication.confidential,
        partial=publication.coverage is not None, demo=publication.demo, dataset_id=publication.dataset_id,
        source_file=publication.source_file, sha256=publication.sha256, rows_in=given.rows_in,
        rows_stored=len(frame), rows_refused=given.rows_refused, rows_elsewhere=given.rows_elsewhere,
    )  # fmt: skip
    session.add(row)
    session.flush()
    periods = sorted(frame["period"].unique())
    carried = _carried(frame, periods)
    basis = _rank(frame, one)
    for period, part in frame.groupby("period", sort=True):
        session.add(_period(row.number, str(period), part, basis, carried))
    session.flush()
    frame["carried_from"] = frame["period"].map(carried["carried_from"].to_dict()).astype(object)
    every = of or len(frame)
    tell_rows(STORING, before, every)
    return copy_table(
        session,
        "indicator_values",
        _as_arrow(row.number, frame),
        lambda done: tell_rows(STORING, before + done, every),
    )


def _carried(frame: pd.DataFrame, periods: Sequence[str]) -> pd.DataFrame:
    wide = frame.pivot(index="code", columns="period", values="value")
    return find_repeats(wide[list(periods)])


def _rank(frame: pd.DataFrame, one: Definition) -> str | None:
    """Rank the frame in place where the file does not; say which it was."""
    if frame["rank"].notna().any():
        return "published"
    if one.direction == "neither":
        return None
    ranks = [rank_by_direction(part, one.direction) for _, part in frame.groupby("period")["value"]]
    frame["rank"] = pd.concat(ranks).reindex(frame.index)
    return "computed"


def _period(
    number: int, period: str, part: pd.DataFrame, basis: str | None, carried: pd.DataFrame
) -> IndicatorPeriod:
    states = part["state"].value_counts()
    values = part["value"].dropna()
    share = carried.loc[period, "repeated_share"]
    return IndicatorPeriod(
        number=number, period=period, values_held=len(values),
        suppressed=int(states.get("suppressed", 0)), missing=int(states.get("missing", 0)),
        ranked=int(part["rank"].notna().sum()), rank_basis=basis,
        lowest=float(values.min()) if len(values) else None,
        highest=float(values.max()) if len(values) else None,
        carried_from=carried.loc[period, "carried_from"],
        repeated_share=None if pd.isna(share) else float(share),
    )  # fmt: skip


def _as_arrow(number: int, frame: pd.DataFrame) -> pa.Table:
    ordered = frame.sort_values(["period", "code"])
    return pa.table(
        {
            "number": pa.array(np.full(len(ordered), number, dtype=np.int32)),
            "period": pa.array(ordered["period"], type=pa.string()),
            "code": pa.array(ordered["code"], type=pa.string()),
            "value": pa.array(ordered["value"].to_numpy(dtype=np.float64), from_pandas=True),
            "rank": pa.array(ordered["rank"], type=pa.int32(), from_pandas=True),
            "state": pa.array(ordered["state"], type=pa.string()),
            "carried_from": pa.array(ordered["carried_from"], type=pa.string(), from_pandas=True),
        }
    )
