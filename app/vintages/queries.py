"""Reads what is known of some codes: their type and life."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import NamedTuple

from sqlalchemy import ARRAY, Text, any_, literal, select
from sqlalchemy.orm import Session

from boundaries.tables import Area


class KnownArea(NamedTuple):
    """What the list of areas says of a code."""

    code: str
    type: str
    name: str
    valid_from: date | None
    valid_to: date | None

    def is_alive(self, day: date) -> bool:
        """Say whether it lives on a day; its last day is the one before valid_to."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or self.valid_to > day
        )


def known_areas(session: Session, codes: Collection[str]) -> dict[str, KnownArea]:
    """Read what the list of areas holds of some codes; an unknown one is left out."""
    listed = list(codes)
    found: dict[str, KnownArea] = {}
    for start in range(0, len(listed), 20_000):
        part = literal(listed[start : start + 20_000], ARRAY(Text))
        rows = session.execute(
            select(Area.code, Area.type, Area.name, Area.valid_from, Area.valid_to).where(
                Area.code == any_(part)
            )
        )
        found |= {row[0]: KnownArea(*row) for row in rows}
    return found
