"""Whose profile it is: the small areas of its ground in one set, with the share of each one's people on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
from sqlalchemy.orm import Session

from app.indicators.queries import IndexRow
from app.priorities.ground import SmallAreas
from app.priorities.queries import Place, find_ground, find_partnership_place

Kind = Literal["partnership", "neighbourhood"]
# The three ways of saying what part of an area's people lives on some ground, the first of them shown.
ESTIMATES = ("people_share", "postcode_share", "best_fit")


@dataclass(frozen=True)
class Subject:
    """A partnership or a neighbourhood on the small areas of one index's set.

    shares : index code, columns of ESTIMATES, 0 to 1; of a partnership all 1.
    partnership : codes of the small areas of the partnership it belongs to, None where it is in none.
    notes : what the reader must know of how the ground was found.
    """

    title: str
    slug: str
    kind: Kind
    shares: pd.DataFrame
    partnership_title: str | None
    partnership_slug: str | None
    partnership: pd.Index | None
    demo: bool
    notes: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Path of it under /api/v1."""
        return f"/api/v1/{self.kind}s/{self.slug}"

    @property
    def is_whole_areas(self) -> bool:
        """Say whether the ground is whole small areas, so that the three estimates are one."""
        return bool((self.shares[list(ESTIMATES)] == 1.0).all(axis=None))


def partnership_subject(session: Session, slug: str, index: IndexRow) -> Subject:
    """Find a partnership's ground in an index's set. Raises UnknownPartnership, NoSmallAreas."""
    place = find_partnership_place(session, slug)
    ground = find_ground(session, place, index)
    shares = pd.DataFrame(
        np.ones((len(ground.codes), len(ESTIMATES))), index=ground.codes, columns=list(ESTIMATES)
    )
    return Subject(
        place.title, slug, "partnership", shares, place.title, slug, ground.codes, index.demo,
        _notes(place, ground),
    )  # fmt: skip


def _notes(place: Place, ground: SmallAreas) -> list[str]:
    notes = [
        f"{code} is of another set of small areas and was carried to {', '.join(found)}."
        for code, found in ground.carried.items()
    ]
    if ground.border_cases:
        cut = len(ground.border_cases)
        notes.append(
            f"The outline of {place.title} cuts {cut} small area{'s' if cut > 1 else ''}: each counts whole "
            "where at least half of its postcodes lie inside, else not at all."
        )
    return notes
