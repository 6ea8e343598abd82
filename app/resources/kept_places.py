"""Keeps how the places of a stage's lines lie to a partnership, while all that it follows from stays as it is."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any

import pandas as pd
from sqlalchemy.orm import Session

from app.latest import Latest
from app.marks import GEOGRAPHY, MONEY, mark_of_partnerships, mark_of_tables
from app.resources.queries import GroundFound
from boundaries.moments import sees_a_moment

# Of 20,000 places 4 MB: the stages of a few partnerships.
MOST_KEPT = 12
_kept: Latest[pd.DataFrame] = Latest(MOST_KEPT)


def kept_relations(
    session: Session, parameters: Mapping[str, Any], found: GroundFound, relate: Callable[[], pd.DataFrame]
) -> pd.DataFrame:  # fmt: skip
    """Give what `relate` made of the same question and the same data, or ask it; the frame is nobody's to change.

    It follows from the watched tables of money and geography, from partnerships, and from ground that `found` and
    the lines name by number and that never changes: a write elsewhere leaves it warm. A session that sees more than
    one moment, or what it wrote itself, neither keeps nor takes.
    """
    if not sees_a_moment(session):
        return relate()
    data = (
        mark_of_tables(session, (*GEOGRAPHY, *MONEY)),
        mark_of_partnerships(session, demo=bool(parameters["demo"])),
    )
    return _kept.get((data, _frozen(parameters), _frozen(found)), relate)


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
