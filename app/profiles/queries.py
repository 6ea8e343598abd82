"""Reads of profiles: all areas of an index as arrays; of programmes and lookups, what the check of a board asks.

The arrays are kept for as long as the indices and the geography are as they are.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import pandas as pd
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.indicators.methods.standardise import average_ranks, transform_ranks
from app.indicators.national import national_frames
from app.indicators.queries import IndexRow
from app.latest import Latest
from app.marks import GEOGRAPHY, INDICES, mark_of_tables
from boundaries.database import named_sql
from boundaries.errors import Fault
from boundaries.moments import sees_a_moment
from boundaries.queries import UnknownArea
from boundaries.tables import Area, Membership, Weight

_OWN_LOOKUP = {"lsoa-2001": "lsoa01%", "lsoa-2011": "lsoa11%", "lsoa-2021": "lsoa21%"}
MOST_KEPT = 3
PEOPLE = "people"


@dataclass(frozen=True)
class IndexAreas:
    """The areas of an index, all of its set or (partial) those held, in order of code.

    scores, ranks : index code, one float column a measure, NaN where missing; rank 1 = most deprived.
    transformed : the same, of each measure's ranks by the published exponential transformation, 0 to 100;
        ties averaged where the index is whole.
    values : what levels are means of: the scores, or, of a measure of which no score is held, `transformed`.
    people : what levels are weighed by: index code, float, NaN where not known: the publication's own
        denominators where they are held. people_source : of when. people_measure : of `weights`.
    residents : the people of the set of areas, whatever the index is weighed by; residents_source : of when.
    district, region : index code, the code or None.
    names : of districts and regions, by code.
    """

    index: IndexRow
    scores: pd.DataFrame
    ranks: pd.DataFrame
    transformed: pd.DataFrame
    values: pd.DataFrame
    people: pd.Series
    people_source: str
    people_measure: str
    residents: pd.Series
    residents_source: str
    district: pd.Series
    region: pd.Series
    names: dict[str, str]

    @property
    def is_whole(self) -> bool:
        """Say whether the publication's every area is here, so that national figures follow."""
        return not self.index.partial

    @property
    def domains(self) -> list[str]:
        """List the measures that the index is made of: all but itself."""
        return [measure for measure in self.index.measures if measure != "imd"]

    def is_score(self, measure: str) -> bool:
        """Say whether a measure's levels are means of published scores, and not of transformed ranks."""
        return bool(self.scores[measure].notna().any())


_kept = Latest[IndexAreas](MOST_KEPT)


def read_index_areas(session: Session, index: IndexRow, day: date) -> IndexAreas:
    """Read an index's areas, or give those read before from the same inputs.

    Memory: about 12 MB an index of England; three are kept.
    """
    key = (mark_of_tables(session, (*GEOGRAPHY, *INDICES)), index.id, day)
    return _kept.get(key, lambda: _read(session, index, day), keeps=sees_a_moment(session))


def _read(session: Session, index: IndexRow, day: date) -> IndexAreas:
    table, ranked = national_frames(session, index, index.measures)
    transformed = ranked.apply(
        lambda column: transform_ranks(
            column.to_numpy() if index.partial else average_ranks(column.to_numpy()),
            index.areas_total,
        )
    )
    values = pd.DataFrame(
        {name: table[name] if table[name].notna().any() else transformed[name] for name in table}
    )
    measure, people, source = read_people(session, index)
    residents, of_when = people, source
    if measure != PEOPLE:
        _, residents, of_when = read_people(session, index, (PEOPLE,))
    places = session.execute(
        named_sql(__file__, "places_of_set"),
        {"own_lookup": _OWN_LOOKUP[index.area_set], "demo": index.demo, "day": day},
    ).all()
    columns = list(zip(*places, strict=True)) or [()] * 3
    where = pd.DataFrame(
        dict(zip(("code", "district", "region"), columns, strict=True)), dtype=object
    )
    where = where.set_index("code").reindex(table.index).where(lambda found: found.notna(), None)
    named = {code for column in ("district", "region") for code in where[column] if code}
    names = session.execute(select(Area.code, Area.name).where(Area.code.in_(sorted(named))))
    return IndexAreas(
        index, table, ranked, transformed, values, people.reindex(table.index), source, measure,
        residents.reindex(table.index), of_when, where["district"], where["region"], {row[0]: row[1] for row in names},
    )  # fmt: skip


def read_people(
    session: Session, index: IndexRow, measures: Sequence[str] = ()
) -> tuple[str, pd.Series, str]:
    """Give the people to weigh an index by: the measure, people by code, and what to call them.

    The publication's own denominators where they are held (mid-2015 without prisoners, for 2019), else the
    people of the index's set of areas. An area without a figure is absent.
    """
    for measure in measures or (f"{index.id}-people", PEOPLE):
        rows = session.execute(
            select(Weight.code, Weight.value, Weight.period, Weight.estimated).where(
                Weight.area_set == index.area_set, Weight.measure == measure
            )
        ).all()
        if index.demo:
            rows = [row for row in rows if row[0].startswith("X")]
        else:
            rows = [row for row in rows if not row[0].startswith("X")]
        if rows:
            codes = pd.Index([row[0] for row in rows], dtype=object)
            people = pd.Series([float(row[1]) for row in rows], index=codes)
            periods = sorted({str(row[2]) for row in rows})
            said = f"{'estimated, ' if any(row[3] for row in rows) else ''}{', '.join(periods)}"
            return measure, people, said
    return "people", pd.Series(dtype="float64"), "not known"


class ProgrammePlace(NamedTuple):
    """A place that a living programme is for: area_code is None where no code stands for its ground."""

    id: str
    name: str
    programme: str
    programme_id: str
    area_code: str | None
    lad_code: str | None


def list_programme_places(session: Session, day: date, *, demo: bool) -> list[ProgrammePlace]:
    """List the places, smaller than a council, of the programmes that are not over, in order of id.

    A programme is over where the last financial year it states is past; one that states no year is not.
    """
    rows = session.execute(named_sql(__file__, "programme_places"), {"demo": demo})
    first_april = day.year if day.month >= 4 else day.year - 1
    return [
        ProgrammePlace(row.id, row.name, row.title, row.programme_id, row.area_code, row.lad_code)
        for row in rows
        if row.last_year is None or int(row.last_year) >= first_april
    ]


def small_areas_in(session: Session, codes: Collection[str], area_set: str) -> dict[str, list[str]]:
    """List the small areas of a set that its own lookup puts in each of some areas (MSOAs, wards, districts)."""
    rows = session.execute(
        select(Membership.parent_code, Membership.child_code)
        .where(
            Membership.parent_code.in_(sorted(codes)),
            func.lower(Membership.lookup).like(_OWN_LOOKUP[area_set]),
            Membership.method == "exact",
        )
        .order_by(Membership.parent_code, Membership.child_code)
        .distinct()
    ).all()
    found: dict[str, list[str]] = {}
    for parent, child in rows:
        found.setdefault(parent, []).append(child)
    return found


def councils_of(
    session: Session, codes: Collection[str], area_set: str, day: date
) -> dict[str, tuple[str, str]]:
    """Give the district of a day, code and name, that the set's own lookup puts each small area in."""
    rows = session.execute(
        select(Membership.child_code, Area.code, Area.name)
        .join(Area, Area.code == Membership.parent_code)
        .where(
            Membership.child_code.in_(sorted(codes)), Membership.parent_type == "lad",
            func.lower(Membership.lookup).like(_OWN_LOOKUP[area_set]), Area.type == "lad",
            or_(Area.valid_from.is_(None), Area.valid_from <= day),
            or_(Area.valid_to.is_(None), Area.valid_to > day),
        )
        .order_by(Membership.child_code, Area.code.desc())
    ).all()  # fmt: skip
    return {row[0]: (row[1], row[2]) for row in rows}


def require_areas(session: Session, codes: Collection[str]) -> None:
    """Check that some codes are areas here. Raises UnknownArea with a fault for each that is not."""
    known = set(session.scalars(select(Area.code).where(Area.code.in_(sorted(codes)))))
    strange = [code for code in codes if code not in known]
    if strange:
        named = ", ".join(code[:40] for code in strange[:5])
        more = f" and {len(strange) - 5} more" if len(strange) > 5 else ""
        raise UnknownArea(
            f"no area here has the code {named}{more}",
            [Fault("unknown area", pointer="/codes", value=code[:40]) for code in strange[:100]],
        )
