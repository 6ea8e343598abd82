"""Which steps lead a table from one release of areas to another, by the official links; carries nothing itself."""

from __future__ import annotations

import calendar
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from boundaries.database import named_sql
from boundaries.errors import Conflict, Fault, Invalid
from boundaries.methods.rebase import Step
from boundaries.sources.lookups import SET_2011, SET_2021_FROM
from boundaries.tables import Area, Release

# Areas of a census: the first day of each set, and the year that names it.
CENSUS_SETS = {2001: date(2001, 4, 29), 2011: SET_2011[0], 2021: SET_2021_FROM}
CENSUS_TYPES = {"lsoa": (2001, 2011, 2021), "msoa": (2011, 2021)}
REBASED_TYPES = (*CENSUS_TYPES, "lad")
_RELEASE = re.compile(r"([a-z]{2,6})-(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?(?:-([a-z][a-z0-9-]*))?")


class NotCarried(Invalid):
    """What was given names no release that tables can be carried from or to."""

    slug = "not-carried"
    title = "Tables are not carried between those releases"


class LinksLacking(Conflict):
    """The links between two releases are not loaded."""

    slug = "links-lacking"
    title = "The links between these releases are not loaded"


@dataclass(frozen=True)
class NamedRelease:
    """The areas of one type alive on a day, as `lsoa-2011` or `lad-2019-12-bgc` name them.

    id : what the release is called in answers: a census set by its year, districts by their day.
    """

    area_type: str
    day: date
    id: str
    demo: bool = False


def read_release(
    session: Session, written: str, pointer: str = "", types: Collection[str] = REBASED_TYPES
) -> NamedRelease:
    """Read `TYPE-YYYY`, `TYPE-YYYY-MM`, `TYPE-YYYY-MM-DD`, each also with a resolution, or the id of a release.

    A month or year that is no release here means its last day. Raises NotCarried.
    """
    tidy = written.strip().lower()
    held = session.get(Release, tidy)
    found = _RELEASE.fullmatch(tidy)
    if held is not None:
        kind, day, demo = held.area_type, held.published_on, held.demo
    elif found is not None and (last := _last_day(found)) is not None:
        kind, day, demo = found[1], last, (found[5] or "").endswith("demo")
    else:
        raise _unknown(
            written, "a release is written like lsoa-2011, lad-2019-12 or lad-2023-05-bgc", pointer
        )
    if kind not in types:
        what = (
            f"tables of {kind!r} are not carried between releases; those of {', '.join(types)} are"
        )
        raise _unknown(written, what, pointer)
    if kind in CENSUS_TYPES:
        year = max((y for y, first in CENSUS_SETS.items() if first <= day), default=0)
        if year not in CENSUS_TYPES[kind]:
            sets = ", ".join(f"{kind}-{each}" for each in CENSUS_TYPES[kind])
            raise _unknown(written, f"the sets of this type are {sets}", pointer)
        return NamedRelease(kind, CENSUS_SETS[year], f"{kind}-{year}", demo)
    return NamedRelease(kind, day, f"{kind}-{day}", demo)


def _last_day(found: re.Match[str]) -> date | None:
    year, month = int(found[2]), int(found[3] or 12)
    try:
        return date(year, month, int(found[4] or calendar.monthrange(year, month)[1]))
    except (ValueError, calendar.IllegalMonthError):
        return None


def _unknown(written: str, what: str, pointer: str) -> NotCarried:
    said = f"{written[:60]!r} names no release that a table can be carried from or to: {what}"
    return NotCarried(said, [Fault(what, pointer=pointer, value=written[:60])])


def find_steps(session: Session, start: NamedRelease, end: NamedRelease) -> list[Step]:
    """Read the links of every step from one release to another, forwards or backwards, in order.

    Raises Invalid for releases of different types or for one release twice, LinksLacking where the links
    of a step are not loaded.
    """
    if start.area_type != end.area_type:
        raise Invalid(
            f"{start.id} and {end.id} are of different types: a table is carried within one type only",
            [Fault("another type of area than the release carried from", pointer="/to", value=end.id)],
        )  # fmt: skip
    days = _days_between(session, start, end)
    if not days:
        raise Invalid(
            f"{start.id} and {end.id} hold the same areas: there is nothing to carry",
            [Fault("the same areas as the release carried from", pointer="/to", value=end.id)],
        )
    steps = [_read_step(session, start.area_type, day, demo=start.demo) for day in sorted(days)]
    if start.day < end.day:
        return steps
    return [_reversed(step) for step in reversed(steps)]


def areas_of(session: Session, release: NamedRelease) -> list[str]:
    """List the areas of a release: those of its type alive on its day, in order of code."""
    return list(
        session.scalars(
            select(Area.code)
            .where(
                Area.type == release.area_type, Area.demo.is_(release.demo),
                or_(Area.valid_from.is_(None), Area.valid_from <= release.day),
                or_(Area.valid_to.is_(None), Area.valid_to > release.day),
            )
            .order_by(Area.code)
        )
    )  # fmt: skip


def _days_between(session: Session, start: NamedRelease, end: NamedRelease) -> list[date]:
    first, last = sorted((start.day, end.day))
    if start.area_type in CENSUS_TYPES:
        return [day for day in CENSUS_SETS.values() if first < day <= last]
    # A district may also begin or end without a link: then the step lists it.
    lives = select(Area.valid_from, Area.valid_to).where(
        Area.type == start.area_type, Area.demo.is_(start.demo)
    )
    days = {day for row in session.execute(lives) for day in row if day is not None}
    return [day for day in days if first < day <= last]


def _read_step(session: Session, kind: str, day: date, *, demo: bool) -> Step:
    rows = session.execute(
        named_sql(__file__, f"links_of_{_plural(kind)}"), {"day": day, "demo": demo}
    )
    # Column by column: a frame made of rows asks each of them what it is, at ten times the cost.
    columns = list(zip(*rows.all(), strict=True)) or [()] * 4
    links = pd.DataFrame(
        dict(zip(("source", "target", "kind", "postcodes"), columns, strict=True)), dtype=object
    )
    links = links.assign(postcodes=links["postcodes"].astype("Int64"))
    if kind in CENSUS_TYPES:
        sets = list(CENSUS_SETS.items())
        at = next(index for index, (_, first) in enumerate(sets) if first == day)
        title = f"{kind}-{sets[at - 1][0]} to {kind}-{sets[at][0]}"
        if links.empty:
            group = "england-2001" if day == CENSUS_SETS[2011] else "england"
            raise LinksLacking(
                f"the links from {title} are not loaded; `bounds load {group} --commit` loads them"
            )
    else:
        title = f"{kind}-{day - timedelta(days=1)} to {kind}-{day}"
        stay = _living_on(session, kind, day, demo=demo)
        links = pd.concat(
            [links, pd.DataFrame({"source": stay, "target": stay, "kind": "unchanged", "postcodes": pd.NA})],
            ignore_index=True,
        ).astype({"postcodes": "Int64"})  # fmt: skip
    return Step(title, links)


def _plural(kind: str) -> str:
    return {"lsoa": "lsoas", "msoa": "msoas", "lad": "districts"}[kind]


def _living_on(session: Session, kind: str, day: date, *, demo: bool) -> list[str]:
    """List the areas alive both on a day and on the day before."""
    return list(
        session.scalars(
            select(Area.code)
            .where(
                Area.type == kind, Area.demo.is_(demo),
                or_(Area.valid_from.is_(None), Area.valid_from < day),
                or_(Area.valid_to.is_(None), Area.valid_to > day),
            )
            .order_by(Area.code)
        )
    )  # fmt: skip


def _reversed(step: Step) -> Step:
    links = step.links.rename(columns={"source": "target", "target": "source"})
    kinds = links["kind"].replace({"split": "merged", "merged": "split"})
    before, after = step.title.split(" to ")
    return Step(f"{after} to {before}", links.assign(kind=kinds))
