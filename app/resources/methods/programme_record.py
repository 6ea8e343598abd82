"""What a programme's own record may say: who funds it, its years, its places and its allocations; checked whole."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from app.resources.methods.allocations import STATUSES, programme_id
from app.resources.methods.amounts import LARGEST_POUNDS
from app.resources.methods.dates import is_financial_year
from boundaries.errors import Fault

BASES = (
    "population", "households", "worst-fifth", "equal", "area", "raster-population", "given",
)  # fmt: skip
KINDS = ("revenue", "capital")
WHOLE_PARTNERSHIP = "whole partnership"
MOST_ROWS = 5_000
LONGEST_TITLE, LONGEST_WORDS = 200, 2_000


class PlaceSaid(NamedTuple):
    """An eligible place in somebody's words: a code, a council's name or "whole partnership"; `as_at` dates a code."""

    words: str
    as_at: date | None = None
    note: str | None = None


class AllocationSaid(NamedTuple):
    """An envelope in somebody's words: for a place, in a financial year or (without one) a period of several."""

    words: str
    year: str | None
    period: str | None
    amount_pence: int
    status: str = "awarded"
    derived: bool = False
    basis: str | None = None
    source: str | None = None
    note: str | None = None


class Record(NamedTuple):
    """A programme as its keeper describes it."""

    title: str
    funder: str
    theme: str | None = None
    money_kind: str | None = None
    estimate_basis: str = "population"
    period: str | None = None
    first_year: str | None = None
    last_year: str | None = None
    areas: tuple[PlaceSaid, ...] = ()
    allocations: tuple[AllocationSaid, ...] = ()


def own_id(title: str, partnership: str | None) -> str:
    """Write the id of a programme: published ones as their title, a partnership's own behind its slug and a dot.

    No title makes a dot, so that a published programme loaded later never meets a partnership's own.
    """
    last = programme_id(title)[:80].strip("-")
    return last if partnership is None else f"{partnership}.{last}"


def record_faults(record: Record) -> list[Fault]:
    """List what is wrong with a record, each fault with its JSON pointer; none where it may be kept."""
    faults = [*_head_faults(record), *_year_faults(record)]
    for number, place in enumerate(record.areas):
        if not place.words.strip():
            faults.append(Fault("name a place by its code", f"/eligible_areas/{number}/place"))
    keys: set[tuple[str, str, str]] = set()
    for number, each in enumerate(record.allocations):
        at = f"/allocations/{number}"
        faults += [
            fault._replace(pointer=f"{at}/{fault.pointer}")
            for fault in allocation_faults(each, record.first_year, record.last_year)
        ]
        key = (each.words.strip().lower(), each.year or each.period or "", each.status)
        if key in keys:
            faults.append(
                Fault("the place has an allocation of that year and status already", at, rule="allocation-once")
            )  # fmt: skip
        keys.add(key)
    if len(record.areas) + len(record.allocations) > MOST_ROWS:
        faults.append(Fault(f"at most {MOST_ROWS:,} places and allocations", "/allocations"))
    return faults


def _head_faults(record: Record) -> list[Fault]:
    faults = []
    if not programme_id(record.title) or len(record.title) > LONGEST_TITLE:
        detail = f"title: 1 to {LONGEST_TITLE} letters, at least one of a-z or 0-9"
        faults.append(Fault(detail, "/title", value=record.title[:80]))
    if not record.funder.strip() or len(record.funder) > LONGEST_TITLE:
        faults.append(Fault(f"funder: 1 to {LONGEST_TITLE} letters", "/funder"))
    if record.money_kind is not None and record.money_kind not in KINDS:
        detail = f"money_kind: one of {', '.join(KINDS)}, or none where it may be both"
        faults.append(Fault(detail, "/money_kind", value=record.money_kind[:40]))
    if record.estimate_basis not in BASES:
        detail = f"estimate_basis: one of {', '.join(BASES)}"
        faults.append(Fault(detail, "/estimate_basis", value=record.estimate_basis[:40]))
    for name in ("theme", "period"):
        if len(getattr(record, name) or "") > LONGEST_TITLE:
            faults.append(Fault(f"{name}: at most {LONGEST_TITLE} letters", f"/{name}"))
    return faults


def _year_faults(record: Record) -> list[Fault]:
    faults = [
        Fault(f"{name}: a financial year such as 2001-02", f"/{name}", value=(year or "")[:20])
        for name, year in (("first_year", record.first_year), ("last_year", record.last_year))
        if year is not None and not is_financial_year(year)
    ]
    both = not faults and record.first_year is not None and record.last_year is not None
    if both and str(record.last_year) < str(record.first_year):
        detail = "last_year is before first_year"
        faults.append(Fault(detail, "/last_year", value=str(record.last_year)))
    return faults


def allocation_faults(
    said: AllocationSaid, first_year: str | None = None, last_year: str | None = None
) -> list[Fault]:
    """List what is wrong with one allocation of a programme of such years; pointers name its own fields."""
    faults = []
    if said.year is not None and not is_financial_year(said.year):
        faults.append(
            Fault("a financial year such as 2001-02", "year", value=said.year[:20], rule="year-is-financial")
        )  # fmt: skip
    elif said.year is not None and not is_within(said.year, first_year, last_year):
        faults.append(
            Fault(
                f"the programme runs from {first_year or 'the beginning'} to {last_year or 'no end'}",
                "year", value=said.year, rule="year-in-programme",
            )
        )  # fmt: skip
    if (said.year is None) == (not (said.period or "").strip()):
        detail = "give a year, or (for several years together) a period in words"
        faults.append(Fault(detail, "year", rule="year-or-period"))
    if not 0 <= said.amount_pence <= LARGEST_POUNDS * 100:
        found = str(said.amount_pence)[:40]
        detail = "pence from 0 to a trillion pounds"
        faults.append(Fault(detail, "amount_pence", value=found, rule="amount-bounded"))
    if said.status not in STATUSES:
        faults.append(
            Fault(f"one of {', '.join(STATUSES)}", "status", value=said.status[:40], rule="status-is-known")
        )  # fmt: skip
    if said.derived and not (said.basis or "").strip():
        detail = "an amount that was worked out says how: give its formula as basis"
        faults.append(Fault(detail, "basis", rule="derived-says-how"))
    for name in ("basis", "source", "note", "period"):
        if len(getattr(said, name) or "") > LONGEST_WORDS:
            faults.append(Fault(f"at most {LONGEST_WORDS:,} letters", name, rule="text-bounded"))
    return faults


def is_within(year: str, first_year: str | None, last_year: str | None) -> bool:
    """Say whether a financial year is one of a programme's; open ends hold every year."""
    return (first_year is None or first_year <= year) and (last_year is None or year <= last_year)


def years_outside(years: Sequence[str], first_year: str | None, last_year: str | None) -> list[str]:
    """List those years, in order and each once, that a programme's own years do not hold."""
    return sorted({year for year in years if not is_within(year, first_year, last_year)})
