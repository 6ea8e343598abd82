"""Reads the series that targets are judged by: every area of an indicator in every period, kept while it stays."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Mapping
from threading import Lock
from typing import NamedTuple

import numpy as np
import pandas as pd
from sqlalchemy.orm import Session

from app.indicators.queries import has_only_read
from app.indicators.rows import IndicatorRow
from app.indicators.values import indicator_frame
from app.strategies.methods.gather import Made, gather
from app.strategies.methods.judge import Figures
from app.strategies.queries import alike_in_type, names_of, people_by_code
from boundaries.database import as_words, named_sql, read_arrays
from boundaries.history import chain_of

# A district's series is 50 kB, a small area's of ten years 3 MB.
MOST_KEPT = 64
_LONGEST = 40
_kept: OrderedDict[tuple[object, ...], pd.DataFrame] = OrderedDict()
_lock = Lock()


class Series(NamedTuple):
    """The figures of a target's series with how those of other days' areas were made, and the areas' names."""

    row: IndicatorRow
    figures: Figures
    made: Mapping[str, Made]
    names: Mapping[str, str]


def read_series(session: Session, row: IndicatorRow) -> pd.DataFrame:
    """Read all values of an indicator: index code in order, one float column a period, NaN where there is none.

    Counts of a confidential upload that are small are not among them. The frame is shared: nobody changes it.
    """
    url = str(session.get_bind().engine.url)
    key = (url, row.id, row.number, row.loaded_at, row.rows_stored)
    keeps = has_only_read(session)
    with _lock:
        if keeps and key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    frame = _read(session, row)
    if keeps:
        with _lock:
            _kept[key] = frame
            while len(_kept) > MOST_KEPT:
                _kept.popitem(last=False)
    return frame


def _read(session: Session, row: IndicatorRow) -> pd.DataFrame:
    periods = [period.period for period in row.periods]
    if row.index_measure is not None or row.confidential:
        columns = {p: indicator_frame(session, row.id, None, p)["value"] for p in periods}
        return pd.DataFrame(columns).sort_index()
    letters, at, values = read_arrays(
        session, named_sql(__file__, "series"), {"number": row.number, "periods": periods},
        [(("u1", _LONGEST),), (">i4",), (">f8",)],
    )  # fmt: skip
    codes, place = np.unique(np.array(as_words(letters), dtype=object), return_inverse=True)
    table = np.full((len(codes), len(periods)), np.nan)
    table[place, at.astype(np.int64) - 1] = values
    return pd.DataFrame(table, index=pd.Index(codes, name="code"), columns=periods)


def series_for(session: Session, row: IndicatorRow, wanted: Collection[str]) -> Series:
    """Give an indicator's figures, those of wanted areas that it does not list made of the areas before them.

    A count of a merged district is the sum of what it was made of, a rate their mean by people; how, and of
    which, is said in `made`. An area that cannot be made so has no row.
    """
    frame = read_series(session, row)
    people = people_by_code(session, row)
    carried = {each.period: each.carried_from for each in row.periods if each.carried_from}
    lacking = sorted(set(wanted) - set(frame.index))
    parts = {code: _parts(session, code, frame.index) for code in lacking}
    made = gather(
        frame, {code: found for code, found in parts.items() if found}, people, row.nature
    )
    beside = pd.DataFrame({code: one.values for code, one in made.items()}).T if made else None
    told = sorted(set(wanted) | {code for one in made.values() for code in one.parts})
    names = names_of(session, told)
    weights = None if people.empty or row.nature == "extensive" else people
    return Series(row, Figures(frame, carried, weights, not row.partial, beside), made, names)


def _parts(session: Session, code: str, held: pd.Index) -> tuple[str, ...]:
    """List the held areas that one was made of, where every one of them went into it whole; else none.

    Areas of another type, as the county whose ground a new unitary took over a part of, are not asked.
    """
    before = [step for step in chain_of(session, code) if step.direction == "before"]
    alike = alike_in_type(session, code, [step.old_code for step in before])
    steps = [step for step in before if step.old_code in alike]
    made_of: dict[str, list[tuple[str, float | None]]] = {}
    for step in steps:
        made_of.setdefault(step.new_code, []).append((step.old_code, step.share))
    found: list[str] = []
    todo = [code]
    while todo:
        for old, share in made_of.get(todo.pop(), [("", None)]):
            if old in held and share == 1:
                found.append(old)
            elif old in made_of and share == 1:
                todo.append(old)
            else:
                return ()
    return tuple(sorted(set(found)))
