"""Builds a partnership's ledger from the tables: its places related once each, then every line put in its bucket."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
from sqlalchemy.orm import Session

from app.resources.counting_once import read_double_counting
from app.resources.estimating import estimate_places
from app.resources.joining import joined_by_hash
from app.resources.methods.ledger import Amounts, Ledger, Neighbourhood, make_ledger
from app.resources.queries import SETS, GroundFound, find_ground, list_envelopes
from app.resources.stated_places import relate_places
from boundaries.database import named_sql
from boundaries.errors import Invalid
from boundaries.gss import is_demo_code


class SetWithoutMoney(Invalid):
    """The priorities are of a set of small areas in which no line of money is placed."""

    slug = "set-without-money"
    title = "No money is placed in those areas"


def build_ledger(
    session: Session,
    *,
    authorities: Sequence[str],
    groups: Sequence[Neighbourhood] = (),
    partnership_slug: str | None = None,
    year: str | None = None,
    stage: str = "awarded",
    area_set: str | None = None,
    areas: Collection[str] | None = None,
    cut: Sequence[str] = (),
    basis: str | None = None,
) -> Ledger:
    """Build the ledger of a partnership or of a passing view of some councils.

    Parameters
    ----------
    authorities : codes of its districts and unitaries, of any date
    groups : its priority neighbourhoods, in small areas of one set
    area_set : the set of the groups' codes; None takes the first of SETS that holds them all
    areas : the partnership's small areas in that set where it has an outline; None takes those of
        the authorities by the official lookups
    cut : codes of districts that the partnership's outline only partly holds
    basis : by what every line is shared out in the estimate beside; None: as each line or its programme says

    Returns the Ledger of `methods.ledger.make_ledger`. Invented and real money never meet: codes
    that begin with X read the demo's lines alone. Raises GroundNotLoaded.
    """
    require_set(area_set)
    found = find_ground(session, authorities, groups, area_set=area_set, areas=areas, cut=cut)
    parameters = ledger_parameters(
        found, stage=stage, slug=partnership_slug, codes=(*authorities, *cut)
    )
    relations = relate_places(session, parameters, found)
    made = ledger_on(session, found, parameters, relations, year)
    return replace(
        made,
        estimate=estimate_places(session, parameters, found, relations, basis, year=year),
        double_counting=read_double_counting(
            session, parameters, relations, made.totals, year=year
        ),
    )


def require_set(area_set: str | None) -> None:
    """Refuse a set of small areas in which no line is placed. Raises SetWithoutMoney."""
    if area_set is not None and area_set not in SETS:
        raise SetWithoutMoney(
            f"lines of money are placed in the small areas of 2011 and 2021, not in {area_set}; "
            "name an index of 2015 or later"
        )


def ledger_on(
    session: Session,
    found: GroundFound,
    parameters: dict[str, Any],
    relations: pd.DataFrame,
    year: str | None = None,
) -> Ledger:
    """Build the ledger of ground whose places are related already (`relate_places`)."""
    places = list(relations["line_id"])
    lines = read_lines(session, parameters, places)
    elsewhere = session.execute(
        named_sql(__file__, "recipients_elsewhere"), parameters | {"places": places}
    ).all()
    asked = [row for row in elsewhere if year is None or row.financial_year == year]
    return make_ledger(
        lines, of_lines(lines, relations), found.neighbourhoods, stage=parameters["stage"], year=year,
        rest_people=found.rest_people,
        elsewhere=Amounts(sum(row.lines for row in asked), sum(row.pence for row in asked)),
        envelopes=list_envelopes(
            session, districts=found.ground.districts, demo=bool(parameters["demo"])
        ),
    )  # fmt: skip


def ledger_parameters(
    found: GroundFound, *, stage: str, slug: str | None, codes: Iterable[str]
) -> dict[str, Any]:
    """Write what the ledger's questions take; codes that begin with X read the demo's lines alone."""
    return {
        "stage": stage, "demo": any(is_demo_code(code) for code in codes), "slug": slug,
        "area_set": found.area_set, "districts": sorted(found.ground.districts),
        "ground": sorted(found.ground.areas),
    }  # fmt: skip


def read_lines(
    session: Session, parameters: dict[str, Any], places: Iterable[str], *,
    after: str = "", most: int | None = None, only: str | None = None, year: str | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Read the lines that state one of some places (place keys), by id: all, a page of them, or one.

    With a year, the lines of that year alone.
    """
    asked = {"places": list(places), "after": after, "most": most, "only": only, "year": year}
    with joined_by_hash(session):
        result = session.execute(named_sql(__file__, "lines"), parameters | asked)
        columns = list(result.keys())
        rows = result.all()
    values = list(zip(*rows, strict=True)) if rows else [()] * len(columns)
    return pd.DataFrame(
        {name: pd.Series(value, dtype=object) for name, value in zip(columns, values, strict=True)}
    )


def of_lines(lines: pd.DataFrame, relations: pd.DataFrame) -> pd.DataFrame:
    """Give each line the relation of its place: the relations' columns, one row a line, in order."""
    taken = relations.set_index("line_id").loc[list(lines["place_key"])]
    taken.insert(0, "line_id", list(lines["id"]))
    return taken.reset_index(drop=True)
