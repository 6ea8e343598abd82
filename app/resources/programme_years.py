"""Tells lines outside the years of the programme they name: refused in a plain table, noted in a published file."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.resources.placing import Placed
from app.resources.tables import Programme
from boundaries.errors import Fault


class Years(NamedTuple):
    """A programme's first and last financial year; either may be open."""

    title: str
    first: str | None
    last: str | None

    def hold(self, year: str) -> bool:
        """Say whether a financial year ("2001-02") lies within; the form sorts as the years do."""
        return (self.first is None or self.first <= year) and (
            self.last is None or year <= self.last
        )


def check_years(
    session: Session, placed: Placed, *, name: str, slug: str | None, demo: bool, refuse: bool
) -> Placed:
    """List lines whose financial year lies outside their programme's, by the rule year-in-programme.

    refuse : a plain table, whose sender can be asked; else the line stays and is noted. Words that
    name no one programme, a programme without years and a line without a year break no rule.
    """
    named = {words for words in placed.frame["programme"] if words is not None}
    known = _known_years(session, slug, demo=demo) if named else {}
    outside = []
    for row, words, year in zip(
        placed.frame["row"], placed.frame["programme"], placed.frame["financial_year"], strict=True
    ):
        years = known.get(_key(words)) if words is not None else None
        if years is not None and year is not None and not years.hold(year):
            told = f"{years.title} runs from {years.first or 'its beginning'} to {years.last or 'its end'}."
            outside.append(
                Fault(told, file=name, row=row, column="year", value=year, rule="year-in-programme")
            )
    once = list({fault.row: fault for fault in outside}.values())
    if not once:
        return placed
    if not refuse:
        return replace(placed, notes=(*placed.notes, *once))
    rows = {fault.row for fault in once}
    frame = placed.frame[~placed.frame["row"].isin(rows)].reset_index(drop=True)
    return replace(placed, frame=frame, faults=(*placed.faults, *once))


def _known_years(session: Session, slug: str | None, *, demo: bool) -> dict[str, Years]:
    """Give words → years of the one programme that they name, as `link_lines` finds it."""
    rows = session.execute(
        select(
            Programme.id, Programme.title, Programme.partnership_slug, Programme.first_year, Programme.last_year
        ).where(
            Programme.demo == demo,
            or_(Programme.partnership_slug.is_(None), Programme.partnership_slug == slug),
        )
    ).all()  # fmt: skip
    bearers: dict[str, dict[str, tuple[bool, Years]]] = {}
    for programme_id, title, owner, first, last in rows:
        for words in (title, programme_id):
            years = Years(title, first, last)
            bearers.setdefault(_key(words), {})[programme_id] = (owner is not None, years)
    known = {}
    for words, found in bearers.items():
        own = [years for is_own, years in found.values() if is_own]
        meant = own or [years for _, years in found.values()]
        if len(meant) == 1:
            known[words] = meant[0]
    return known


def _key(words: str) -> str:
    return " ".join(words.lower().split())
