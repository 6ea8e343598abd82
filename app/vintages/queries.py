"""Reads what is known of some codes: their type and life, what draws them, what followed them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import NamedTuple

from sqlalchemy import ARRAY, Text, any_, func, literal, select
from sqlalchemy.orm import Session

from boundaries.tables import Area, AreaCode, Boundary, Release, Succession


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


def change_days(session: Session, area_type: str, *, demo: bool) -> list[date]:
    """List the days on which areas of a type begin or end, in order."""
    rows = session.execute(
        select(Area.valid_from, Area.valid_to)
        .where(Area.type == area_type, Area.demo.is_(demo))
        .distinct()
    )
    return sorted({day for row in rows for day in row if day is not None})


def releases_drawing(
    session: Session, area_type: str, codes: Collection[str]
) -> dict[str, set[str]]:
    """Say which of some codes each served release of a type draws; one that draws none is left out."""
    rows = session.execute(
        select(Boundary.release_id, func.array_agg(Boundary.code))
        .join(Release, Release.id == Boundary.release_id)
        .where(
            Release.area_type == area_type, Release.state == "served",
            Boundary.code == any_(literal(sorted(codes), ARRAY(Text))),
        )
        .group_by(Boundary.release_id)
        .order_by(Boundary.release_id)
    )  # fmt: skip
    return {row[0]: set(row[1]) for row in rows}


def linked_areas(
    session: Session, codes: Collection[str], *, forwards: bool
) -> dict[str, tuple[KnownArea, ...]]:
    """Read what directly followed some areas, or went before them, with their lives."""
    asked, linked = Succession.old_code, Succession.new_code
    if not forwards:
        asked, linked = linked, asked
    rows = session.execute(
        select(asked, Area.code, Area.type, Area.name, Area.valid_from, Area.valid_to)
        .join(Area, Area.code == linked)
        .where(asked == any_(literal(sorted(codes), ARRAY(Text))), asked != linked)
        .order_by(asked, linked)
    )
    found: dict[str, tuple[KnownArea, ...]] = {}
    for row in rows:
        found[row[0]] = (*found.get(row[0], ()), KnownArea(*row[1:]))
    return found


def codes_of_other_schemes(session: Session, codes: Collection[str]) -> dict[str, str]:
    """Read which area some codes of other schemes stand for.

    Of several areas the one that has not ended is meant; a code without exactly one is left out.
    """
    rows = session.execute(
        select(AreaCode.code, AreaCode.area_code, Area.valid_to)
        .join(Area, Area.code == AreaCode.area_code)
        .where(AreaCode.code == any_(literal(sorted(codes), ARRAY(Text))))
        .order_by(AreaCode.code, AreaCode.area_code)
    )
    every: dict[str, set[str]] = {}
    living: dict[str, set[str]] = {}
    for code, area_code, valid_to in rows:
        every.setdefault(code, set()).add(area_code)
        if valid_to is None:
            living.setdefault(code, set()).add(area_code)
    meant = {code: living.get(code) or areas for code, areas in every.items()}
    return {code: min(areas) for code, areas in meant.items() if len(areas) == 1}
