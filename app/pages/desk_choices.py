"""What an editor's forms let choose from a list: partnerships, series, kinds of area, releases; checks nothing."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.access.queries import Actor
from app.findings.words import edition
from app.indicators.values import list_indicator_rows
from app.pages.queries import releases_to_name
from app.partnerships.queries import list_partnerships
from app.records.methods.columns import TABLES
from boundaries.area_types import AREA_TYPES
from boundaries.rebasing import CENSUS_TYPES, REBASED_TYPES

Pairs = list[tuple[str, str]]
MOST_OFFERED = 1000
_DIRECTIONS: Pairs = [
    ("higher-is-worse", "a higher figure is worse"), ("lower-is-worse", "a lower figure is worse"),
    ("neither", "neither is worse"),
]  # fmt: skip
_NATURES: Pairs = [
    ("extensive", "counts, which add up over areas"), ("intensive", "rates, shares or means, which do not"),
]  # fmt: skip


def partnerships_offered(session: Session, actor: Actor) -> Pairs:
    """List the partnerships that somebody may change, by slug and name."""
    rows, _ = list_partnerships(session, after=None, limit=MOST_OFFERED)
    return [(row.slug, row.name) for row in rows if actor.may_edit(row.slug)]


def series_offered(session: Session) -> Pairs:
    """List the indicators held, by id and title."""
    return [(row.id, row.title) for row in list_indicator_rows(session)]


def releases_offered(session: Session) -> Pairs:
    """List the sets of areas that a table's codes may be of, by the name that an upload gives them, newest first."""
    found: dict[str, str] = {}
    for row in releases_to_name(session, REBASED_TYPES):
        year, words = row.published_on.year, edition(row.id).partition(" (")[0]
        if row.area_type in CENSUS_TYPES:
            name, words = f"{row.area_type}-{year}", f"{AREA_TYPES[row.area_type].plural} of {year}"
        else:
            name = f"{row.area_type}-{row.published_on:%Y-%m}"
        # Those of the invented county are named by their own ids alone.
        found.setdefault(row.id if row.demo else name, f"{words} (invented)" if row.demo else words)
    return list(found.items())


def file_choices(session: Session, actor: Actor, kind: str) -> dict[str, Pairs]:
    """Give what may be chosen in the form of a file of one kind, by field."""
    offered = {"partnership": partnerships_offered(session, actor)}
    if kind == "indicators":
        offered |= {
            "direction": _DIRECTIONS,
            "nature": _NATURES,
            "release": releases_offered(session),
        }
    if kind == "boundaries":
        offered["type"] = [(name, row.name) for name, row in AREA_TYPES.items()]
    if kind == "record":
        offered["table"] = [(name, name.replace("_", " ").replace("-", " ")) for name in TABLES]
    return offered
