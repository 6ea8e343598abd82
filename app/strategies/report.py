"""A partnership's report of progress: what was promised, what was spent, what moved; for a year, in plain words."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from app.latest import Latest
from app.marks import EVERY_INPUT, mark_of_partnerships, mark_of_places, mark_of_tables
from app.neighbourhoods.queries import list_neighbourhoods
from app.partnerships.queries import get_partnership
from app.resources.building import read_lines
from app.resources.methods.dates import is_financial_year
from app.resources.methods.ledger import NEIGHBOURHOODS, REST, STAGES
from app.resources.partnership_money import LedgerAsked, shared_ground
from app.resources.queries import files_of
from app.resources.saved_neighbourhoods import PRIORITIES, SAVED
from app.resources.summing import LedgerGround, build_sums
from app.strategies.gap import DEFAULT, gap_of
from app.strategies.progress import progress_of
from boundaries.errors import Conflict, Fault, Invalid, NotFound
from boundaries.moments import sees_a_moment

# Of Hastings and Rother 4 kB as JSON.
MOST_KEPT = 32
_kept = Latest[dict[str, Any]](MOST_KEPT)
_INSIDE = (
    "neighbourhoods_pence", "located_pence", "estimated_pence", "rest_of_partnership_pence", "partnership_wide_pence",
)  # fmt: skip
MEANING = (
    "Money whose place of spending is stated and lies in the partnership, each line whole in one of the first two "
    "columns; the last says what of them is stated for all of it or for a whole council. Planned, awarded and "
    "paid are told apart and never added; a line is of its award's financial year unless its source gives years."
)


def report_of(session: Session, slug: str, day: date, year: str | None) -> dict[str, Any]:
    """Give a partnership's progress with its money by year and stage, and how its neighbourhoods' gap moved.

    year : a financial year such as 2019-20: targets and gaps are told as far as figures went by its end, and the
    money is that year's, beside every year's. Raises UnknownPartnership, Invalid for what is no year.
    """
    year = year or None  # a form that chose no year sends an empty one
    until = day if year is None else min(day, end_of_year(year))
    return progress_of(session, slug, until) | {
        "year": year, "spent": _kept_spent(session, slug, day, year), "moved": _moved(session, slug, until),
    }  # fmt: skip


def end_of_year(year: str) -> date:
    """Give the last day of a financial year. Raises Invalid for what is none."""
    if not is_financial_year(year):
        detail = "year: a financial year such as 2018-19"
        raise Invalid(detail, [Fault(detail, pointer="/year", value=year[:40])])
    return date(int(year[:4]) + 1, 3, 31)


def _kept_spent(session: Session, slug: str, day: date, year: str | None) -> dict[str, Any]:
    """Give the sums, kept while inputs, places and partnerships, who share files, are as they are."""
    demo = get_partnership(session, slug).demo
    data = (
        mark_of_tables(session, EVERY_INPUT), mark_of_places(session, slug), mark_of_partnerships(session, demo=demo)
    )  # fmt: skip
    return _kept.get(
        (data, slug, day, year), lambda: _spent(session, slug, day, year), keeps=sees_a_moment(session)
    )  # fmt: skip


def _spent(session: Session, slug: str, day: date, year: str | None) -> dict[str, Any]:
    """Sum the money inside the partnership by stage: by year, and of the year asked about by programme."""
    files: set[str] = set()
    which = SAVED if list_neighbourhoods(session, slug) else PRIORITIES
    stages = []
    for stage in STAGES:
        asked = LedgerAsked(None, "year", stage, None, None, which)
        try:
            ground = shared_ground(session, slug, asked, day).ground
        except (NotFound, Conflict) as error:
            return {
                "reason": error.detail,
                "neighbourhoods_are": which,
                "meaning": MEANING,
                "stages": [],
                "sources": [],
            }
        by_year = build_sums(session, ground, year=None, by="year")
        programmes = build_sums(session, ground, year=year, by="programme")
        files |= _files_inside(session, ground) if any(map(_is_inside, by_year.rows)) else set()
        stages.append(
            {
                "stage": stage,
                "years": [_inside(row, "year") for row in by_year.rows if _is_inside(row)],
                "programmes": [_inside(row, "programme") for row in programmes.rows if _is_inside(row)],
                **{name: sum(row[name] for row in programmes.rows) for name in _INSIDE},
                "year_not_stated": by_year.year_not_stated if year is not None else None,
            }
        )  # fmt: skip
    return {
        "reason": "", "neighbourhoods_are": which, "meaning": MEANING, "stages": stages,
        "sources": files_of(session, sorted(files)),
    }  # fmt: skip


def _files_inside(session: Session, ground: LedgerGround) -> set[str]:
    """Name the files of which a line of the stage lies in the partnership."""
    inside = [
        key
        for key, stands in zip(ground.relations["line_id"], ground.stands, strict=True)
        if stands.bucket in (NEIGHBOURHOODS, REST)
    ]
    return set(read_lines(session, ground.parameters, inside)["file_id"])


def _is_inside(row: dict[str, Any]) -> bool:
    return bool(row["neighbourhoods_pence"] or row["rest_of_partnership_pence"])


def _inside(row: dict[str, Any], name: str) -> dict[str, Any]:
    return {name: row["label"], **{each: row[each] for each in _INSIDE}}


def _moved(session: Session, slug: str, until: date) -> dict[str, Any]:
    """Tell how the gap of the partnership's neighbourhoods moved, or why it cannot be told."""
    try:
        body = gap_of(session, slug, DEFAULT, None, until)
    except (NotFound, Conflict, Invalid) as error:
        return {"reason": error.detail, "sentence": "", "verdict": None, "gaps": [], "notes": []}
    first = body["subjects"][0]
    return {
        "reason": "", "sentence": body["sentence"], "verdict": body["verdict"], "ground": first["name"],
        "indicator": body["indicator"], "notes": body["notes"],
        "gaps": [
            {name: other[name] for name in ("key", "name", "verdict", "from", "to", "change", "low", "high", "words")}
            for other in first["comparators"]
        ],
    }  # fmt: skip
