"""Finds areas by words: a name they bear or bore, a code of any scheme, or a name spelt much like them; says why."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import date

from fastapi import Request
from sqlalchemy.orm import Session

from boundaries.gss import normalise_code
from boundaries.history import successors
from boundaries.names import NameIndex, codes_of_other_schemes, is_alive, read_names
from boundaries.point_lookup import geography_version
from boundaries.queries import search_areas
from boundaries.tables import Area


class KeptNames:
    """One process's index of names, read again when the geography has changed; safe among threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._version: object = None
        self._index: NameIndex | None = None

    def index(self, session: Session) -> NameIndex:
        """Give the index of the moment that a session sees."""
        version = geography_version(session)
        with self._lock:  # a second asker waits for the first one's reading
            if self._index is None or version != self._version:
                self._index, self._version = read_names(session), version
            return self._index


def names_kept(request: Request, session: Session) -> NameIndex:
    """The process's index of names, read at the first question."""
    state = request.app.state
    if not hasattr(state, "kept_names"):
        state.kept_names = KeptNames()
    kept: KeptNames = state.kept_names
    return kept.index(session)


def find_areas(
    session: Session, names: NameIndex, words: str, day: date, *, area_type: str | None = None,
    within: str | None = None, bbox: Sequence[float] | None = None, after: str | None = None,
    limit: int = 100,
) -> tuple[list[tuple[Area, str]], int]:  # fmt: skip
    """List areas that some words may mean, each with why, in order of code; with the total.

    First those alive on the day of which a name holds the words, or that a code means, and those no longer
    alive that were called just so; where there is none, the others that ended before or begin later; where
    there is none either, those spelt alike.
    """
    matches = names.holding(words)
    whys = {match.name.code: match.why for match in matches}
    first = {match.name.code for match in matches if is_alive(match.name, day)}
    first |= {name.code for name in names.called(words)}
    own = normalise_code(words)
    if own in names.present:
        whys[own] = "code"
        first.add(own)
    for _, scheme, code in codes_of_other_schemes(session, sorted({own, words.strip()})):
        whys.setdefault(code, f"code in the scheme {scheme}")
        first.add(code)
    for codes in (first, set(whys)):
        rows, total = search_areas(
            session, codes=sorted(codes), area_type=area_type, within=within, day=None, after=after,
            limit=limit, bbox=bbox,
        )  # fmt: skip
        if total:
            told = [whys[row.code] + _life(session, row, day) for row in rows]
            return list(zip(rows, told, strict=True)), total
    alike = {match.name.code: match.why for match in names.alike(words)}
    rows, total = search_areas(
        session, codes=list(alike), area_type=area_type, within=within, day=None,
        after=after, limit=limit, bbox=bbox,
    )  # fmt: skip
    told = [alike[row.code] + _life(session, row, day) for row in rows]
    return list(zip(rows, told, strict=True)), total


def _life(session: Session, area: Area, day: date) -> str:
    """Say that an area does not live on a day, and what followed it; nothing of one that does."""
    if area.valid_to is not None and area.valid_to <= day:
        following = ", ".join(link.new_code for link in successors(session, area.code))
        return f"; ended {area.valid_to}" + (f", followed by {following}" if following else "")
    if area.valid_from is not None and area.valid_from > day:
        return f"; begins {area.valid_from}"
    return ""
