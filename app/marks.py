"""In which version the database shows what an answer follows from: equal marks, equal rows.

Keys of what is kept hold marks instead of PostgreSQL's whole snapshot, so that a write elsewhere leaves it warm.
A session that sees more than one moment, or what it wrote itself, has no marks: then nothing is kept or taken.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable

from sqlalchemy import text
from sqlalchemy.orm import Session

from boundaries.database import named_sql
from boundaries.moments import sees_a_moment

# Tables by what follows from them; migrations 0015 and 0037 have their triggers.
GEOGRAPHY = (
    "areas", "area_codes", "area_names", "boundaries", "releases", "release_days", "memberships", "successions",
    "weights", "touching_pairs", "postcodes",
)  # fmt: skip
INDICES = ("indices", "index_values", "own_indices")
SERIES = ("indicators", "indicator_values", "indicator_periods")
MONEY = (
    "resource_files", "resource_lines", "resource_line_weights", "programmes", "programme_areas",
    "programme_allocations",
)  # fmt: skip
EVERY_INPUT = (*GEOGRAPHY, *INDICES, *SERIES, *MONEY)
_INPUTS = "marks_of_inputs"


def database_of(session: Session) -> str:
    """Name the database that a session asks."""
    return str(session.get_bind().engine.url)


def mark_of_tables(session: Session, tables: Collection[str]) -> Hashable:
    """Mark the version of some of the watched tables; a write to others leaves it as it is.

    Raises KeyError for a table that no trigger watches.
    """
    every = session.info.get(_INPUTS)
    if every is None:
        every = dict.fromkeys(EVERY_INPUT, (0, None))
        found = session.execute(text(_CHANGES))
        every |= {name: (count, last) for name, count, last in found}
        if sees_a_moment(session):
            session.info[_INPUTS] = every
    return (database_of(session), *(every[name] for name in tables))


# How many transactions changed each table, and when the last began: with a change more either is another.
_CHANGES = """
SELECT table_name, count(*), max(changed_at) FROM geography_changes GROUP BY table_name
UNION ALL
SELECT table_name, count(*), max(changed_at) FROM input_changes GROUP BY table_name
"""


def mark_of_partnerships(session: Session, *, demo: bool) -> Hashable:
    """Mark the version of all rows of partnerships of the invented county, or of the real ones."""
    found = session.scalar(named_sql(__file__, "version_of_partnerships"), {"demo": demo})
    return (database_of(session), found)


def records_of_each(session: Session, slugs: Collection[str] | None = None) -> dict[str, str]:
    """Mark what is kept of each of some partnerships, None of all: who each is, its plans, targets, places, notes."""
    return _versions(session, {"slugs": sorted(slugs or ()), "every": slugs is None, "kinds": None})


def mark_of_places(session: Session, slug: str) -> Hashable:
    """Mark a partnership's own row, its saved priorities and its neighbourhoods: where it is, and which places are its.

    Its targets, actions, strategy and notes are in no such mark.
    """
    asked = {"slugs": [slug], "every": False, "kinds": ["p", "d", "n", "v"]}
    return (database_of(session), *_versions(session, asked).items())


def _versions(session: Session, asked: dict[str, object]) -> dict[str, str]:
    rows = session.execute(named_sql(__file__, "versions_of_records"), asked)
    return {row[0]: row[1] for row in rows}


def marks_of_records(session: Session, slugs: Collection[str] | None = None) -> Hashable:
    """Mark what is kept of some partnerships together; see `records_of_each`."""
    return (database_of(session), *records_of_each(session, slugs).items())


def marks_of_ground(session: Session, slugs: Collection[str]) -> dict[str, Hashable]:
    """Mark the ground and the name of each of some partnerships; its members and its lead are in no mark."""
    rows = session.execute(named_sql(__file__, "versions_of_ground"), {"slugs": sorted(slugs)})
    return {row[0]: row[1] for row in rows}
