"""Reads the series that targets are judged by: every area of an indicator in every period, kept while it stays."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from threading import Lock
from typing import NamedTuple

import numpy as np
import pandas as pd
from sqlalchemy.orm import Session

from app.indicators.queries import has_only_read
from app.indicators.rows import IndicatorRow
from app.indicators.values import indicator_frame
from app.strategies.methods.gather import Made, gather
from app.strategies.methods.judge import Figures, words_of
from app.strategies.queries import alike_in_type, names_of, people_by_code
from boundaries.database import as_words, named_sql, read_arrays
from boundaries.history import chain_of

# A district's series is 50 kB, a small area's of ten years 3 MB: every district's stays, and some of the others.
MOST_KEPT_BYTES = 64_000_000
_LONGEST = 40
_kept: OrderedDict[tuple[object, ...], pd.DataFrame] = OrderedDict()
_lock = Lock()


class Series(NamedTuple):
    """The figures of a target's series with how those of other days' areas were made, and the areas' names."""

    row: IndicatorRow
    figures: Figures
    made: Mapping[str, Made]
    names: Mapping[str, str]


class Reader:
    """Reads what targets are judged by, for one answer: whatever many targets share is asked once."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._keeps = has_only_read(session)
        self._people: dict[str, pd.Series] = {}
        self._names: dict[str, str] = {}
        self._frames: dict[str, pd.DataFrame] = {}
        self._weights: dict[tuple[object, ...], pd.Series] = {}
        self._made_of: dict[str, dict[str, list[tuple[str, float | None]]]] = {}

    def prepare(self, rows: Sequence[IndicatorRow]) -> None:
        """Read the values of several indicators together: a statement for each would cost more than its figures."""
        self._frames |= _read_all(self.session, rows, keeps=self._keeps)

    def frame(self, row: IndicatorRow) -> pd.DataFrame:
        """Give all values of an indicator; see `read_series`."""
        if row.id not in self._frames:
            self.prepare([row])
        return self._frames[row.id]

    def people(self, row: IndicatorRow) -> pd.Series:
        """Give the people of an indicator's areas; see `people_by_code`. The series is shared."""
        if row.area_set not in self._people:
            self._people[row.area_set] = people_by_code(self.session, row)
        return self._people[row.area_set]

    def weights(self, row: IndicatorRow) -> pd.Series | None:
        """Give what an indicator's averages are weighed by, in the order of its areas; None: all alike.

        The series is shared by all indicators of the same areas.
        """
        people = self.people(row)
        if people.empty or row.nature == "extensive":
            return None
        index = self.frame(row).index
        key = (row.area_set, words_of(index))
        if key not in self._weights:
            self._weights[key] = people.reindex(index)
        return self._weights[key]

    def names(self, codes: Collection[str]) -> dict[str, str]:
        """Give names by code."""
        asked = {code for code in codes if code not in self._names}
        if asked:
            self._names |= dict.fromkeys(asked, "") | names_of(self.session, asked)
        return {code: self._names[code] for code in codes if self._names[code]}

    def made_of(self, code: str) -> Mapping[str, Sequence[tuple[str, float | None]]]:
        """Give each area on the way to one with what it was made of, and the share of each that went into it.

        Areas of another type, as the county whose ground a new unitary took over a part of, are not among them.
        """
        if code not in self._made_of:
            before = [step for step in chain_of(self.session, code) if step.direction == "before"]
            alike = alike_in_type(self.session, code, [step.old_code for step in before])
            found: dict[str, list[tuple[str, float | None]]] = {}
            for step in before:
                if step.old_code in alike:
                    found.setdefault(step.new_code, []).append((step.old_code, step.share))
            self._made_of[code] = found
        return self._made_of[code]


def read_series(session: Session, row: IndicatorRow) -> pd.DataFrame:
    """Read all values of an indicator: index code in order, one float column a period, NaN where there is none.

    Counts of a confidential upload that are small are not among them. The frame is shared: nobody changes it.
    """
    return _read_all(session, [row], keeps=has_only_read(session))[row.id]


def _read_all(
    session: Session, rows: Sequence[IndicatorRow], *, keeps: bool
) -> dict[str, pd.DataFrame]:
    """Read the series of some indicators by id, in one statement those that are not kept."""
    url = str(session.get_bind().engine.url)
    keys = {row.id: (url, row.id, row.number, row.loaded_at, row.rows_stored) for row in rows}
    found: dict[str, pd.DataFrame] = {}
    with _lock:
        for name, key in keys.items():
            if keeps and key in _kept:
                _kept.move_to_end(key)
                found[name] = _kept[key]
    read = _read(session, [row for row in rows if row.id not in found])
    if keeps:
        with _lock:
            for name, frame in read.items():
                _kept[keys[name]] = frame
            while len(_kept) > 1 and _bytes_kept() > MOST_KEPT_BYTES:
                _kept.popitem(last=False)
    return found | read


def _bytes_kept() -> int:
    # Codes are words of nine characters beside eight bytes a value.
    return sum(8 * frame.size + 66 * len(frame) for frame in _kept.values())


def _read(session: Session, rows: Sequence[IndicatorRow]) -> dict[str, pd.DataFrame]:
    found, plain = {}, []
    for row in rows:
        if row.index_measure is not None or row.confidential:
            periods = [period.period for period in row.periods]
            columns = {p: indicator_frame(session, row.id, None, p)["value"] for p in periods}
            found[row.id] = pd.DataFrame(columns).sort_index()
        else:
            plain.append(row)
    pairs = [(row.number, period.period) for row in plain for period in row.periods]
    if not pairs:
        return found
    asked = {"numbers": [number for number, _ in pairs], "periods": [period for _, period in pairs]}
    letters, at, values = read_arrays(
        session, named_sql(__file__, "series"), asked,
        [(("u1", _LONGEST),), (">i4",), (">f8",)],
    )  # fmt: skip
    order = at.argsort(kind="stable")
    letters, at, values = letters[order], at[order].astype(np.int64) - 1, values[order]
    first = 0
    for row in plain:
        width = len(row.periods)
        begins, ends = at.searchsorted([first, first + width])
        mine = letters[begins:ends].view(f"S{_LONGEST}").ravel()
        codes, place = np.unique(mine, return_inverse=True)
        table = np.full((len(codes), width), np.nan)
        table[place, at[begins:ends] - first] = values[begins:ends]
        words = as_words(codes.view("u1").reshape(len(codes), -1))
        names = [period.period for period in row.periods]
        found[row.id] = pd.DataFrame(table, index=pd.Index(words, name="code"), columns=names)
        first += width
    return found


def series_for(reader: Reader, row: IndicatorRow, wanted: Collection[str]) -> Series:
    """Give an indicator's figures, those of wanted areas that it does not list made of the areas before them.

    A count of a merged district is the sum of what it was made of, a rate their mean by people; how, and of
    which, is said in `made`. An area that cannot be made so has no row.
    """
    frame = reader.frame(row)
    people = reader.people(row)
    carried = {each.period: each.carried_from for each in row.periods if each.carried_from}
    lacking = sorted(set(wanted) - set(words_of(frame.index)))
    parts = {code: _parts(reader.made_of(code), code, frame.index) for code in lacking}
    made = gather(
        frame, {code: found for code, found in parts.items() if found}, people, row.nature
    )
    beside = pd.DataFrame({code: one.values for code, one in made.items()}).T if made else None
    told = sorted(set(wanted) | {code for one in made.values() for code in one.parts})
    names = reader.names(told)
    weights = reader.weights(row)
    return Series(row, Figures(frame, carried, weights, not row.partial, beside), made, names)


def _parts(
    made_of: Mapping[str, Sequence[tuple[str, float | None]]], code: str, held: pd.Index
) -> tuple[str, ...]:
    """List the held areas that one was made of, where every one of them went into it whole; else none."""
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
