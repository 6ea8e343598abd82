"""Finds the places that a programme's record names: by code, by a council's name, or the whole partnership."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.partnerships.tables import Partnership
from app.resources.methods.amounts import RuleBroken
from app.resources.methods.programme_record import WHOLE_PARTNERSHIP
from app.resources.programme_queries import codes_of
from boundaries.database import among
from boundaries.errors import BoundsError
from boundaries.gss import normalise_code
from boundaries.queries import find_authority
from boundaries.tables import Area, Membership


class FoundPlace(NamedTuple):
    """A place of a programme: what it is called, its code, and the district that holds it (None: none or several)."""

    name: str
    area_code: str | None
    lad_code: str | None

    @property
    def key(self) -> str:
        """Tell one place from another, whatever words named it."""
        return self.area_code or WHOLE_PARTNERSHIP


class _Parent(NamedTuple):
    """A district that a lookup names, with the days of the lookup and of the district."""

    code: str
    from_day: date | None
    to_day: date | None
    valid_from: date | None
    valid_to: date | None

    def holds_on(self, day: date) -> bool:
        """Say whether both the lookup and the district are of a day; an open end holds it."""
        begins = [each for each in (self.from_day, self.valid_from) if each is not None]
        ends = [each for each in (self.to_day, self.valid_to) if each is not None]
        return all(each <= day for each in begins) and all(day < each for each in ends)


class ProgrammePlaces:
    """The places that some words name, of one partnership's own programme or of a published one."""

    def __init__(
        self, session: Session, words: Iterable[str], partnership: Partnership | None, *, demo: bool
    ) -> None:
        self._session = session
        self._partnership = partnership
        self._demo = demo
        codes = sorted({normalise_code(each) for each in words})
        rows = session.scalars(select(Area).where(among(Area.code, codes))).all()
        self._areas = {row.code: row for row in rows}
        self._districts = self._read_districts([row.code for row in rows if row.type != "lad"])
        own = () if partnership is None else partnership.authorities
        self._ground = codes_of(session, own) if own else set()

    def _read_districts(self, codes: Sequence[str]) -> dict[str, list[_Parent]]:
        rows = self._session.execute(
            select(
                Membership.child_code, Membership.parent_code, Membership.from_day, Membership.to_day,
                Area.valid_from, Area.valid_to,
            )
            .join(Area, Area.code == Membership.parent_code)
            .where(among(Membership.child_code, codes), Membership.parent_type == "lad")
            .order_by(Membership.parent_code, Membership.lookup)
        )  # fmt: skip
        found: dict[str, list[_Parent]] = {}
        for row in rows:
            found.setdefault(row[0], []).append(_Parent(*row[1:]))
        return found

    def find(self, words: str, day: date) -> FoundPlace:
        """Find one place. Raises RuleBroken `place-known`, `place-in-partnership`."""
        if words.strip().lower() == WHOLE_PARTNERSHIP:
            if self._partnership is None:
                raise RuleBroken(
                    "place-known", "A published programme has no partnership that could be meant: name a code."
                )  # fmt: skip
            return FoundPlace(self._partnership.name, None, None)
        area = self._areas.get(normalise_code(words)) or self._authority(words, day)
        if area.demo != self._demo:
            raise RuleBroken("place-known", "Invented and real places are never taken together.")
        district = area.code if area.type == "lad" else self._district_of(area.code, day)
        if district is not None and self._ground and district not in self._ground:
            raise RuleBroken(
                "place-in-partnership",
                f"{area.name} ({area.code}) lies in {district}, outside the partnership whose programme this is.",
            )
        return FoundPlace(area.name, area.code, district)

    def _authority(self, words: str, day: date) -> Area:
        try:
            return find_authority(self._session, words[:200], day)
        except BoundsError as unknown:
            raise RuleBroken("place-known", f"It is not known: {unknown.detail}.") from unknown

    def _district_of(self, code: str, day: date) -> str | None:
        """Give the one district that the lookups of a day name; None for none or several."""
        held = self._districts.get(code, ())
        districts = {each.code for each in held if each.holds_on(day)}
        return districts.pop() if len(districts) == 1 else None
