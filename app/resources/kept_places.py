"""Keeps how the places of a stage's lines lie to a partnership, for as long as the database shows the same data."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any

import pandas as pd
from sqlalchemy.orm import Session

from app.indicators.queries import has_only_read
from app.latest import Latest
from app.resources.queries import GroundFound
from app.sessions import moment_of

# Of 20,000 places 4 MB: the stages of a few partnerships.
MOST_KEPT = 12
_kept: Latest[pd.DataFrame] = Latest(MOST_KEPT)


def kept_relations(
    session: Session, parameters: Mapping[str, Any], found: GroundFound, relate: Callable[[], pd.DataFrame]
) -> pd.DataFrame:  # fmt: skip
    """Give what `relate` made of the same question at the same moment, or ask it; the frame is nobody's to change.

    The moment is PostgreSQL's own snapshot: any transaction that writes moves it on, so nothing is older than
    the data. What this transaction wrote itself is in no snapshot's name: then nothing is kept or taken.
    """
    if not has_only_read(session):
        return relate()
    engine = session.get_bind()
    url = str(getattr(engine, "url", id(engine)))
    key = (url, moment_of(session), _frozen(parameters), _frozen(found))
    return _kept.get(key, relate)


def _frozen(value: object) -> Hashable:
    """Write plain values of any depth as one that can be a key; lists keep their order, sets have none."""
    if isinstance(value, Mapping):
        return frozenset((name, _frozen(each)) for name, each in value.items())
    if isinstance(value, set | frozenset):
        return frozenset(value)
    if isinstance(value, list | tuple):
        return tuple(_frozen(each) for each in value)
    assert isinstance(value, Hashable), "plain values alone"
    return value
