"""Builds a ledger's figures without its lines, in two readings of the stage's lines however many there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy.orm import Session

from app.resources.building import ledger_parameters, of_lines, read_lines
from app.resources.joining import joined_by_hash
from app.resources.methods.ledger import PAID_ELSEWHERE, Ledger, LedgerBroken, make_ledger
from app.resources.methods.sums import Cell, LedgerSums, Stands, stands_of, sum_cells
from app.resources.queries import GroundFound, list_envelopes
from app.resources.stated_places import relate_places
from boundaries.database import named_sql

ELSEWHERE = Stands(PAID_ELSEWHERE)


@dataclass(frozen=True)
class LedgerGround:
    """What the questions of one ledger share: its parameters, its ground, and how each place lies to it.

    relations : `stated_places.relate_places`. stands : where the lines of each of those places stand.
    """

    parameters: dict[str, Any]
    found: GroundFound
    relations: pd.DataFrame
    stands: list[Stands]

    def of_stage(self, session: Session, stage: str) -> LedgerGround:
        """Give the same ground with the places of another stage's lines related to it."""
        if stage == self.parameters["stage"]:
            return self
        return _related(session, self.found, self.parameters | {"stage": stage})


def ledger_ground(
    session: Session, found: GroundFound, *, stage: str, slug: str | None, codes: list[str]
) -> LedgerGround:
    """Relate the places of one stage's lines to a partnership, for every question that follows."""
    return _related(session, found, ledger_parameters(found, stage=stage, slug=slug, codes=codes))


def _related(session: Session, found: GroundFound, parameters: dict[str, Any]) -> LedgerGround:
    relations = relate_places(session, parameters, found)
    known: dict[tuple[Any, ...], Stands] = {}
    stands = []
    for _, *relation in relations.itertuples(index=False, name=None):
        key = tuple(relation[:-1])
        if key not in known:
            known[key] = stands_of(relation)
        stands.append(known[key])
    return LedgerGround(parameters, found, relations, stands)


def read_cells(
    session: Session, ground: LedgerGround, *, year: str | None, by: str, by_area: bool = False
) -> list[Cell]:
    """Count a stage's lines and pence by where they stand, grade, currency and the keys of a view.

    by_area : and by the one small area that holds them wholly.

    Raises LedgerBroken for a line whose place was not related.
    """
    areas = ground.relations["small_area"] if by_area else [None] * len(ground.stands)
    stood = list(zip(ground.stands, areas, strict=True))
    every = sorted(set(stood), key=repr)
    number = {each: place for place, each in enumerate(every)}
    asked = {
        "places": list(ground.relations["line_id"]),
        "stands": [number[each] for each in stood], "year": year, "by": by,
    }  # fmt: skip
    with joined_by_hash(session):
        rows = session.execute(named_sql(__file__, "ledger_cells"), ground.parameters | asked).all()
    cells = []
    for stands, of_recipient, grade, currency, undated, key, lines, pence in rows:
        if stands is None and not of_recipient:
            raise LedgerBroken(f"{lines} lines of grade {grade} state a place that was not related")
        where, area = (ELSEWHERE, None) if stands is None else every[stands]
        cells.append(Cell(where, grade, currency, undated, key, lines, int(pence), area))
    return cells


def build_sums(session: Session, ground: LedgerGround, *, year: str | None, by: str) -> LedgerSums:
    """Build the figures of a ledger of one view."""
    found = ground.found
    return sum_cells(
        read_cells(session, ground, year=year, by=by), found.neighbourhoods,
        stage=ground.parameters["stage"], year=year, by=by, rest_people=found.rest_people,
        envelopes=list_envelopes(
            session, districts=found.ground.districts, demo=ground.parameters["demo"]
        ),
    )  # fmt: skip


def some_lines(
    session: Session, ground: LedgerGround, *, year: str | None = None, after: str = "",
    most: int | None = None, only: str | None = None, bucket: str | None = None,
) -> tuple[Ledger, str | None]:  # fmt: skip
    """Put a page of lines, by id, or one line, in their buckets; with the id to go on after, None at the end.

    The ledger's totals are those of its own few lines, and no more.
    """
    places = [
        key
        for key, stands in zip(ground.relations["line_id"], ground.stands, strict=True)
        if bucket is None or stands.bucket == bucket
    ]
    wanted = None if most is None else most + 1
    lines = read_lines(
        session, ground.parameters, places, after=after, most=wanted, only=only, year=year
    )
    following = None
    if most is not None and len(lines) > most:
        lines = lines.iloc[:most]
        following = str(lines["id"].iloc[-1])
    made = make_ledger(
        lines, of_lines(lines, ground.relations), ground.found.neighbourhoods,
        stage=ground.parameters["stage"], year=year, rest_people=ground.found.rest_people,
    )  # fmt: skip
    return made, following
