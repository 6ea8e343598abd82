"""Tables of programmes of 1998 to 2011 as Hansard tells them: eligible places and allocations, each with its source."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import NamedTuple

from app.resources.methods.allocations import ENGLAND
from app.resources.methods.amounts import RuleBroken, pence_from, pence_from_millions
from app.resources.methods.dates import read_year
from app.resources.readers.columns import Row, fault_of, read_table, text_of
from app.resources.readers.frames import clean_text
from boundaries.errors import Fault

NRF = "Neighbourhood Renewal Fund"
NDC = "New Deal for Communities"
PATHFINDERS = "Neighbourhood Management Pathfinders, round 1"
# The day for which the guidance of 2001 and its tables speak: the first of the financial year.
IN_2001 = date(2001, 4, 1)
# The words of the answers → the statuses kept here; what was only announced was planned.
STATUS_OF = {"actual": "paid", "estimate": "estimate", "plans": "planned", "announced": "planned"}


class StatedArea(NamedTuple):
    """A place that a programme is for, as its source says it.

    `lad_code`: the present district that holds it, from the source's own column. `district`: the
    name of the district of `as_at` that it is, or that holds it; None where the source names none.
    """

    row: int
    programme: str
    name: str
    as_at: date
    stated_code: str | None = None
    lad_code: str | None = None
    is_district: bool = False
    note: str | None = None


class StatedAllocation(NamedTuple):
    """What a programme gives a place in a year (or, `year` None, in a period), as its source says it."""

    row: int
    programme: str
    place: str
    year: str | None
    period: str
    amount_pence: int
    status: str
    source: str | None
    basis: str | None = None
    derived: bool = False
    lad_code: str | None = None
    area_code: str | None = None
    is_district: bool = False
    note: str | None = None


@dataclass
class ReadAllocations:
    """What a reader found in one table. rows_in = rows taken + rows named in `faults`; `notes` are of rows taken."""

    areas: list[StatedArea] = field(default_factory=list)
    allocations: list[StatedAllocation] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    notes: list[Fault] = field(default_factory=list)
    rows_in: int = 0

    @property
    def rows_refused(self) -> int:
        """How many rows of the file were not taken."""
        return len({fault.row for fault in self.faults})


Take = Callable[[int, Row, ReadAllocations], None]


def read_nrf_districts(source: Path | bytes, name: str) -> ReadAllocations:
    """Read the districts of the Neighbourhood Renewal Fund: each an eligible area with its code of 2000."""
    seen: set[str] = set()

    def take(number: int, row: Row, read: ReadAllocations) -> None:
        district = _once(text_of(row, "district_2001"), seen)
        read.areas.append(
            StatedArea(
                number, NRF, district, IN_2001, text_of(row, "la_code_id2000"),
                text_of(row, "lad_code_current"), is_district=True,
            )
        )  # fmt: skip

    wanted = ("district_2001", "la_code_id2000", "lad_code_current")
    return _read(source, name, wanted, "district_2001", take)


def read_nrf_allocations(source: Path | bytes, name: str) -> ReadAllocations:
    """Read yearly allocations by district; a row whose basis begins with "derived" is an estimate and marked so."""
    seen: set[str] = set()

    def take(number: int, row: Row, read: ReadAllocations) -> None:
        district, year = text_of(row, "district_2001"), _year(row)
        _once(f"{district} {year}", seen)
        basis = text_of(row, "basis")
        derived = basis.startswith("derived")
        read.allocations.append(
            StatedAllocation(
                number, NRF, district, year, year, pence_from(row.get("allocation_gbp")).pence,
                "estimate" if derived else "awarded", text_of(row, "source"), basis, derived, is_district=True,
            )
        )  # fmt: skip

    wanted = ("district_2001", "financial_year", "allocation_gbp", "basis", "source")
    return _read(source, name, wanted, "allocation_gbp", take)


def read_ndc(source: Path | bytes, name: str) -> ReadAllocations:
    """Read the partnerships of New Deal for Communities: each an eligible area, with the awards that were found.

    An award that is blank is missing and noted, never 0. The award of ten years and the allocations
    of its last years tell of the same money and are never added.
    """
    seen: set[str] = set()

    def take(number: int, row: Row, read: ReadAllocations) -> None:
        place, district = text_of(row, "neighbourhood"), text_of(row, "district_2001")
        lad = text_of(row, "lad_code_current")
        _once(f"{place}, {district}", seen)
        found = list(_ndc_amounts(row))
        read.areas.append(
            StatedArea(number, NDC, place, IN_2001, lad_code=lad, note=f"in {district}, round {text_of(row, 'round')}")
        )  # fmt: skip
        read.allocations += [
            StatedAllocation(number, NDC, place, year, period, pence, status, told, basis, lad_code=lad,
                             note=f"in {district}")
            for year, period, pence, status, told, basis in found
        ]  # fmt: skip
        if not any(year is None for year, *_ in found):
            read.notes.append(
                Fault(
                    "The award of ten years was not found: it is missing, not nought.",
                    file=name, row=number, column="ten_year_award_gbp_million", value=place, rule="amount-not-found",
                )
            )  # fmt: skip

    wanted = ("round", "district_2001", "neighbourhood", "ten_year_award_gbp_million", "source",
              "lad_code_current")  # fmt: skip
    return _read(source, name, wanted, "ten_year_award_gbp_million", take)


def _ndc_amounts(row: Row) -> Iterator[tuple[str | None, str, int, str, str | None, str]]:
    source, later = clean_text(row.get("source")), clean_text(row.get("source_2009_11"))
    if clean_text(row.get("ten_year_award_gbp_million")) is not None:
        pence = pence_from_millions(row.get("ten_year_award_gbp_million")).pence
        yield None, "10 years", pence, "awarded", source, "award of ten years, GBP million"
    for column, year, status, basis in (
        ("allocation_2009_10_gbp", "2009-10", "awarded", "allocation, GBP"),
        ("indicative_2010_11_gbp", "2010-11", "planned", "indicative, GBP"),
    ):
        if clean_text(row.get(column)) is not None:
            yield year, year, pence_from(row.get(column)).pence, status, later, basis


def read_totals(source: Path | bytes, name: str) -> ReadAllocations:
    """Read England's totals of programmes: planned, paid or estimated as the answer says; whole years or spans."""
    seen: set[str] = set()

    def take(number: int, row: Row, read: ReadAllocations) -> None:
        title, stated = text_of(row, "programme"), text_of(row, "financial_year")
        word = text_of(row, "status")
        if word not in STATUS_OF:
            raise RuleBroken("status-is-known", f"The status is none of {', '.join(STATUS_OF)}.")
        year = None if " to " in stated else _year(row)
        _once(f"{title} {stated}", seen)
        read.allocations.append(
            StatedAllocation(
                number, title, "England", year, year or stated,
                pence_from_millions(row.get("england_gbp_million")).pence, STATUS_OF[word],
                text_of(row, "source"), f"{word}, GBP million, rounded", area_code=ENGLAND,
            )
        )  # fmt: skip

    wanted = ("programme", "financial_year", "england_gbp_million", "status", "source")
    return _read(source, name, wanted, "england_gbp_million", take)


def read_local_programmes(source: Path | bytes, name: str) -> ReadAllocations:
    """Read what several programmes gave one district's partnership by year."""
    seen: set[str] = set()

    def take(number: int, row: Row, read: ReadAllocations) -> None:
        title, place, year = text_of(row, "programme"), text_of(row, "district_2001"), _year(row)
        _once(f"{title} {place} {year}", seen)
        read.allocations.append(
            StatedAllocation(
                number, title, place, year, year, pence_from(row.get("amount_gbp")).pence, "awarded",
                text_of(row, "source"), clean_text(row.get("note")), is_district=True,
            )
        )  # fmt: skip

    wanted = ("district_2001", "programme", "financial_year", "amount_gbp", "source")
    return _read(source, name, wanted, "amount_gbp", take)


def read_pathfinders(source: Path | bytes, name: str) -> ReadAllocations:
    """Read the pathfinders of neighbourhood management: each an eligible area, with its money by year.

    A pathfinder bears the name of a district or of a town; the source gives no code.
    """
    seen: set[str] = set()
    listed: set[str] = set()

    def take(number: int, row: Row, read: ReadAllocations) -> None:
        place, year = text_of(row, "pathfinder"), _year(row)
        _once(f"{place} {year}", seen)
        pence = pence_from_millions(row.get("gbp_million")).pence
        region = text_of(row, "region_code")
        if place not in listed:
            listed.add(place)
            read.areas.append(
                StatedArea(number, PATHFINDERS, place, date(2002, 4, 1), note=f"region {region}")
            )
        read.allocations.append(
            StatedAllocation(
                number, PATHFINDERS, place, year, year, pence, "awarded", text_of(row, "source"),
                "GBP million", note=f"region {region}",
            )
        )  # fmt: skip

    wanted = ("pathfinder", "region_code", "financial_year", "gbp_million", "source")
    return _read(source, name, wanted, "gbp_million", take)


READERS: dict[str, Callable[[Path | bytes, str], ReadAllocations]] = {
    "nrf-districts-2001": read_nrf_districts,
    "nrf-allocations": read_nrf_allocations,
    "ndc-partnerships": read_ndc,
    "renewal-programme-totals": read_totals,
    "pendle-programmes-2001-2004": read_local_programmes,
    "neighbourhood-management-pathfinders": read_pathfinders,
}


def _read(
    source: Path | bytes, name: str, columns: tuple[str, ...], shown: str, take: Take
) -> ReadAllocations:
    """Read a table row by row; a row that breaks a rule is listed with the cell of the column `shown`."""
    sheet = read_table(source, name, columns)
    read = ReadAllocations(faults=list(sheet.faults), notes=list(sheet.notes))
    read.rows_in = len(sheet.rows) + len(sheet.faults)
    for number, row in sheet.rows:
        try:
            take(number, row, read)
        except RuleBroken as broken:
            read.faults.append(fault_of(broken, name, number, shown, row.get(shown)))
    return read


def _once(key: str, seen: set[str]) -> str:
    if key in seen:
        raise RuleBroken("row-once", f"{key} stands in an earlier row already.")
    seen.add(key)
    return key


def _year(row: Row) -> str:
    year, day = read_year(text_of(row, "financial_year"))
    if year is None or day is not None:
        raise RuleBroken("year-is-financial", "The year is not a financial year such as 2001-02.")
    return year
