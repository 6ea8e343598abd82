"""What the page of a dataset shows, and that of an index: where its councils stand, and its areas on the map.

Nothing is said of the whole country by a part of it without the part in the title.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import quote

from sqlalchemy.orm import Session

from app.findings.words import count, counted, day, share, whole_country
from app.indicators.queries import IndexRow, get_index
from app.indicators.values import (
    IndicatorRow,
    find_indicators,
)
from app.indicators.worst_tenth import Ranked, ranked_councils
from app.pages import queries
from app.pages.links import view_address
from app.pages.national_view import (
    MapView,
    NationalMap,
    national_map,
    small_area_key,
    tiles_address,
    unshaded_map,
)
from app.pages.place_receipts import Receipt

# Of more areas than this the table shows the first, and the download has all.
MOST_ROWS = 600
TABLE_ID = "figures"


@dataclass(frozen=True)
class Cells:
    """One row of a page's table: the area with its page, what stands beside it, and a share to be drawn as a bar."""

    code: str
    name: str
    address: str
    cells: tuple[str, ...]
    bar: tuple[float, float] | None = None


@dataclass(frozen=True)
class Source:
    """One source of what stands on a page, as its publisher asks to be named."""

    title: str
    publisher: str
    when: date | datetime
    licence: str
    attribution: str


@dataclass(frozen=True)
class DatasetPage:
    """What the page of a dataset shows; `headings` each with whether it is of numbers."""

    title: str
    chips: list[str]
    finding: str
    notes: list[str]
    facts: list[tuple[str, str, str]]
    map: NationalMap | None
    shading: str
    caption: str
    headings: list[tuple[str, bool]]
    rows: list[Cells]
    left_out: int
    downloads: list[tuple[str, str]]
    links_title: str
    links: list[tuple[str, str]]
    sources: list[Source]
    receipts: list[Receipt]
    is_invented: bool
    table_id: str = TABLE_ID


def index_page(session: Session, index_id: str, today: date) -> DatasetPage:
    """Tell of one index by council, and of its small areas on the map. Raises UnknownIndex."""
    index = get_index(session, index_id)
    ranked = [
        one
        for one in ranked_councils(session, today, index.id)
        if index.id in one.found and one.demo == index.demo
    ]
    ranked.sort(key=lambda one: (-_part(one, index.id), one.name))
    drawn = national_map(session, ranked, today, index, TABLE_ID) or _areas_alone(
        session, index, today
    )
    country = whole_country(index.demo)
    measures = [f"{index.id}-{measure}" for measure in index.measures]
    known = find_indicators(session, measures)
    main = known.get(f"{index.id}-imd")
    itself = f"/api/v1/indices/{quote(index.id)}"
    values = f"/api/v1/indicators/{quote(f'{index.id}-imd')}/values.csv"
    notes = [f"Ranks run from 1, the most deprived, to {count(index.areas_total)}."]
    if not ranked:
        notes.append(
            f"No look-up is held that says which council its areas ({index.area_set}) are in, so none is ranked by it."
        )
    return DatasetPage(
        title=index.title, chips=chips(demo=index.demo, partial=index.partial),
        finding=_index_finding(ranked, index, country),
        notes=notes,
        facts=[
            ("Areas ranked", count(index.areas_held), f"of {count(index.areas_total)} in {country}"),
            ("Published", day(index.published_on), index.publisher),
        ],
        map=drawn,
        shading=f"{index.title}, national rank{'; numbers in brackets count councils' if ranked else ''}.",
        caption="Councils, by share of small areas in the most deprived 10%",
        headings=[("Small areas", True), ("In the most deprived 10%", True), ("Share", False)],
        rows=[
            Cells(
                one.code, one.name, view_address([one.code]),
                (count(one.found[index.id][1]), count(one.found[index.id][0]), share(*one.found[index.id])),
                one.found[index.id],
            )
            for one in ranked
        ],
        left_out=0,
        downloads=[
            ("Every area's score and rank (CSV)", values),
            *([("Councils by share in the most deprived 10% (CSV)", f"{itself}/worst-tenth.csv")] if ranked else []),
            ("The index (JSON)", itself),
        ],
        links_title="Its measures, each with a page",
        links=[(known[one].title, f"/data/indicators/{quote(one)}") for one in measures if one in known],
        sources=[
            Source(index.title, index.publisher, index.published_on, index.licence, index.attribution),
            *drawn_by(drawn),
        ],
        receipts=[] if main is None else state_receipts(main, values, ("value",)),
        is_invented=index.demo,
    )  # fmt: skip


def _areas_alone(session: Session, index: IndexRow, today: date) -> NationalMap | None:
    """Show the areas of an index that ranks no council; the picture is of councils alone, without shading."""
    release = queries.releases_served(session, [index.release_id])
    if not release or release[0].area_type != "lsoa":
        return None
    close = MapView("lsoa", "Small areas", tiles_address("lsoa", index=index.id), small_area_key())
    return unshaded_map(session, close, release[0], today, demo=index.demo)


def _index_finding(ranked: Sequence[Ranked], index: IndexRow, country: str) -> str:
    if not ranked:
        return f"{index.title} ranks {counted(index.areas_held, 'area')} in {country}."
    worst, areas = ranked[0].found[index.id]
    if not worst:
        return f"In none of {counted(len(ranked), 'council')} is a small area among the most deprived 10% in {country}."
    none = sum(one.found[index.id][0] == 0 for one in ranked)
    told = (
        f"{ranked[0].name} has the largest share of its small areas in the most deprived 10% in {country}:"
        f" {count(worst)} of {count(areas)} ({share(worst, areas)})."
    )
    if none:
        told += f" {count(none)} of {counted(len(ranked), 'council')} {'has' if none == 1 else 'have'} none."
    return told


def _part(one: Ranked, index_id: str) -> float:
    worst, areas = one.found[index_id]
    return worst / areas


def drawn_by(drawn: NationalMap | None) -> list[Source]:
    """Name the releases whose outlines the map shows."""
    return [
        Source(f"Outlines: {one.title}", one.publisher, one.published_on, one.licence, one.attribution)
        for one in (() if drawn is None else drawn.releases)
    ]  # fmt: skip


def state_receipts(
    row: IndicatorRow, rows: str, states: Sequence[str], period: str | None = None
) -> list[Receipt]:
    """List the receipts of how many areas have a value, are not shown, or are not known."""
    held = row.find_period(period)
    words = {
        "value": "Areas with a value",
        "suppressed": "Areas not shown",
        "missing": "Areas not known",
    }
    numbers = {"value": held.values, "suppressed": held.suppressed, "missing": held.missing}
    return [
        Receipt(
            words[state], count(numbers[state]), numbers[state], f"{row.full_title}, {held.period}", "indicators",
            rows, "count", "code", (("state", state),),
        )
        for state in states
    ]  # fmt: skip


def chips(*, demo: bool, partial: bool) -> list[str]:
    """Say in a word each what a page's heading must not be read without."""
    return [word for word, is_so in (("invented", demo), ("partial", partial)) if is_so]
