"""The ground of a region's partnerships as its page needs it, each kept for itself: one that changed is read alone."""

from __future__ import annotations

from collections.abc import Collection, Hashable
from datetime import date
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from app.latest import Latest
from app.marks import GEOGRAPHY, INDICES, mark_of_tables, marks_of_ground
from app.regions.methods.turns import Turns
from app.resources.partnerships_together import OnGround, read_each_on_ground
from app.resources.queries import GroundFound
from boundaries.errors import BoundsError

# Those of England between two turns, 30 kB each.
MOST_KEPT = 600
_kept: Latest[HeldGround | str] = Latest(MOST_KEPT)


class HeldGround(NamedTuple):
    """One partnership on its ground: its verdict, its priorities and what its ledger stands on.

    alignment : verdict, by_tier, sentence; who else claims a council of its is not kept: it follows from others.
    priorities : the summary of its worst tenth, with the index. mark : equal marks, equal ground.
    """

    slug: str
    alignment: dict[str, Any]
    priorities: dict[str, Any]
    whole: list[str]
    cut: list[str]
    found: GroundFound
    mark: Hashable


def grounds_of(
    session: Session, slugs: Collection[str], day: date, turns: Turns, *, keeps: bool
) -> dict[str, HeldGround | str]:
    """Give each of some partnerships on its ground on a day, or say why it cannot be read; see `read_each_on_ground`.

    turns : those that the day lies after. Those whose ground and name are as they were when they were read, and all
    that it follows from, are not read.
    """
    inputs = mark_of_tables(session, (*GEOGRAPHY, *INDICES))
    marks = marks_of_ground(session, slugs)
    keys = {slug: (inputs, slug, mark, turns.of_ground) for slug, mark in marks.items()}
    lacking = [slug for slug in slugs if not keeps or not _kept.holds(keys[slug])]
    read = read_each_on_ground(session, lacking, day) if lacking else {}

    def give(slug: str) -> HeldGround | str:
        one = read.get(slug) or read_each_on_ground(session, [slug], day)[slug]
        if isinstance(one, BoundsError):
            return one.detail
        return _held(one, (inputs, slug, marks[slug], *one.whole, "cut", *one.cut))

    return {slug: _kept.get(keys[slug], partial(give, slug), keeps=keeps) for slug in slugs}


def _held(one: OnGround, mark: Hashable) -> HeldGround:
    summary = one.designated.summary
    counts = ("areas_selected", "areas_total", "people_selected", "people_total")
    return HeldGround(
        one.slug, {name: one.alignment[name] for name in ("verdict", "by_tier", "sentence")},
        {name: summary[name] for name in counts} | {"index": one.designated.index.id},
        one.whole, one.cut, one.found, mark,
    )  # fmt: skip
