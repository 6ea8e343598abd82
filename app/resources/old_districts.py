"""Finds the districts that papers of an older year name: by code or by the one name of that year, never by guess."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.resources.methods.place import name_key
from app.resources.tables import ProgrammeArea
from boundaries.tables import Area


class District(NamedTuple):
    """A district's code on the day asked about, and the present district that holds its ground; each may be unknown."""

    code: str | None
    lad_code: str | None


class OldDistricts:
    """The districts that are loaded, for asking by old code or by name on a day."""

    def __init__(self, rows: list[tuple[str, str, date | None, date | None]]) -> None:
        self._lives = {code: (begins, ends) for code, _, begins, ends in rows}
        self._by_name: dict[str, list[str]] = defaultdict(list)
        for code, name, *_ in rows:
            self._by_name[name_key(name)].append(code)

    def alive(self, code: str, day: date) -> bool:
        """Say whether a district of that code is loaded and lived on a day."""
        begins, ends = self._lives.get(code, (date.max, None))
        return (begins is None or begins <= day) and (ends is None or day < ends)

    def named(self, name: str, day: date) -> str | None:
        """Give the code of the one district of exactly that name that lived on a day; None for none or several."""
        alive = [code for code in self._by_name.get(name_key(name), ()) if self.alive(code, day)]
        return alive[0] if len(alive) == 1 else None

    def find(
        self, name: str, day: date, stated_code: str | None, lad_code: str | None
    ) -> str | None:
        """Give the code that a district had on a day, from what its source says.

        By its old code (`20UD` is `lad-20ud` where the areas of 2001 are loaded), else by its name,
        else by the present code where the present district lived then too.
        """
        slug = f"lad-{(stated_code or '').lower()}"
        if slug in self._lives:
            return slug
        named = self.named(name, day)
        if named is None and lad_code is not None and self.alive(lad_code, day):
            return lad_code
        return named


def read_old_districts(session: Session) -> OldDistricts:
    """Read every real district that is loaded, of any day."""
    rows = session.execute(
        select(Area.code, Area.name, Area.valid_from, Area.valid_to)
        .where(Area.type == "lad", Area.demo.is_(False))
        .order_by(Area.code)
    )
    return OldDistricts([(row[0], row[1], row[2], row[3]) for row in rows])


def listed_districts(session: Session, programme_id: str) -> dict[str, District]:
    """Give name → codes of the districts that a programme's own list holds, which other files name without codes."""
    rows = session.execute(
        select(ProgrammeArea.name, ProgrammeArea.area_code, ProgrammeArea.lad_code).where(
            ProgrammeArea.programme_id == programme_id, ProgrammeArea.stated_code.is_not(None)
        )
    )
    return {row[0]: District(row[1], row[2]) for row in rows}
