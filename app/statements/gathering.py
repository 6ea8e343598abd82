"""Everything that the statements of a partnership rest on, asked once: programmes, linked lines, where each counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.partnerships.alignment import align_ground, whole_and_cut
from app.partnerships.queries import ground_of_partnership
from app.priorities.actions import designate
from app.priorities.methods.conditions import worst_percent
from app.priorities.queries import find_partnership_place
from app.resources.building import build_ledger
from app.resources.methods.ledger import NEIGHBOURHOODS, REST
from app.resources.partnership_money import DEFAULT_WORST, neighbourhoods_of
from app.resources.programme_queries import (
    UnknownProgramme,
    codes_of,
    programmes_touching,
    source_of,
)
from app.resources.tables import Programme, ResourceFile, ResourceLine
from app.statements.methods.use import PLACE_UNKNOWN, Drawn, Neighbourhoods, draw
from boundaries.database import among, named_sql


@dataclass(frozen=True)
class Gathered:
    """What one partnership's statements of every programme and year are made of.

    programmes : as `programmes_touching` lists them, by id. lines : of each programme, in every currency.
    drawn : by programme, those in pounds by stage. files : by id, those that these lines come from.
    unlinked : by stage, the lines in the partnership that draw on no programme of record; empty where
    one programme was asked for.
    """

    slug: str
    name: str
    demo: bool
    day: date
    index_id: str
    programmes: dict[str, dict[str, Any]]
    lines: dict[str, list[dict[str, Any]]]
    drawn: dict[str, dict[str, Drawn]]
    neighbourhoods: Neighbourhoods
    unlinked: dict[str, list[dict[str, Any]]]
    files: dict[str, dict[str, Any]]


def gather_statements(
    session: Session, slug: str, day: date, *, programme_id: str | None, index_id: str | None = None
) -> Gathered:
    """Ask for all that a partnership's statements rest on, of one programme or of all that concern it.

    Raises UnknownPartnership, UnknownProgramme, NoSmallAreas, UnknownIndex.
    """
    place = find_partnership_place(session, slug)
    if programme_id is not None and session.get(Programme, programme_id) is None:
        raise UnknownProgramme(f"there is no programme {programme_id[:80]!r}")
    designated = designate(session, place, worst_percent(DEFAULT_WORST), index_id)
    ground = ground_of_partnership(session, slug, day)
    whole, cut = whole_and_cut(align_ground(session, ground, day))
    groups = neighbourhoods_of(designated)
    districts = sorted(codes_of(session, [*whole, *cut]))
    rows = _linked(session, slug, districts, demo=ground.demo)
    # Of one programme only its own stages are asked: a ledger takes its time.
    stages = (
        set(session.scalars(select(ResourceLine.stage).distinct()))
        if programme_id is None
        else {row["stage"] for row in rows if row["programme_id"] == programme_id}
    )
    ledgers = {
        stage: build_ledger(
            session, authorities=whole, groups=groups, partnership_slug=slug, stage=stage,
            area_set=designated.index.area_set, areas=list(designated.ground.codes), cut=cut,
        )
        for stage in sorted(stages)
    }  # fmt: skip
    where = {stage: {line["id"]: line for line in found.lines} for stage, found in ledgers.items()}
    placed = [
        _placed(row, where[row["stage"]].get(row["id"])) for row in rows if row["stage"] in stages
    ]
    own, others = _whose(session, slug)
    lines: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in placed:
        mine = row["programme_id"] not in others and _concerns(row, own)
        if mine and programme_id in (None, row["programme_id"]):
            lines[row["programme_id"]].append(row)
    also = set(lines) if programme_id is None else {programme_id}
    listed = programmes_touching(session, [*whole, *cut], demo=ground.demo, slug=slug, also=also)
    programmes = {
        each["id"]: each
        for each in listed
        if each["id"] not in others and programme_id in (None, each["id"])
    }
    if programme_id is not None and not programmes:
        raise UnknownProgramme(f"there is no programme {programme_id[:80]!r} here")
    linked = {row["id"] for row in rows if row["programme_id"] not in others}
    people = tuple((each.number, each.name, each.people) for each in groups)
    return Gathered(
        slug, ground.name, ground.demo, day, designated.index.id, programmes, dict(lines),
        {each: draw(lines.get(each, ())) for each in programmes}, Neighbourhoods(people),
        {} if programme_id is not None else {
            stage: [
                line for line in ledger.lines
                if line["id"] not in linked and line["bucket"] in (NEIGHBOURHOODS, REST)
            ]
            for stage, ledger in ledgers.items()
        },
        _files(session, {line["file_id"] for own in lines.values() for line in own}),
    )  # fmt: skip


def _files(session: Session, ids: Collection[str]) -> dict[str, dict[str, Any]]:
    rows = session.scalars(select(ResourceFile).where(among(ResourceFile.id, ids)))
    return {row.id: source_of(row) for row in rows}


def _whose(session: Session, slug: str) -> tuple[set[str], set[str]]:
    """Give the ids of the partnership's own programmes, and of those that are another partnership's own."""
    rows = session.execute(
        select(Programme.id, Programme.partnership_slug).where(
            Programme.partnership_slug.is_not(None)
        )
    ).all()
    own = {row[0] for row in rows if row[1] == slug}
    return own, {row[0] for row in rows} - own


def _linked(
    session: Session, slug: str, districts: list[str], *, demo: bool
) -> list[dict[str, Any]]:
    asked = {"slug": slug, "districts": districts, "demo": demo}
    return [
        dict(row) for row in session.execute(named_sql(__file__, "linked_lines"), asked).mappings()
    ]


def _placed(row: dict[str, Any], found: Mapping[str, Any] | None) -> dict[str, Any]:
    """Say where the partnership's own ledger counts a line; one that it counts nowhere has no known place."""
    if found is None:
        return row | {"bucket": PLACE_UNKNOWN, "certainty": None, "neighbourhood": None}
    number = found["neighbourhood"]
    return row | {
        "bucket": found["bucket"], "certainty": found["certainty"],
        "neighbourhood": None if number is None else int(number),
    }  # fmt: skip


def _concerns(row: Mapping[str, Any], own: set[str]) -> bool:
    """Say whether a line is the partnership's to account for: its own file or programme, or spent on its ground."""
    return row["own_file"] or row["programme_id"] in own or row["bucket"] in (NEIGHBOURHOODS, REST)
