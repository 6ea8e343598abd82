"""Programmes in a place, as its money section shows them: a table each, places down, years across; adds nothing up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

STATUS_WORDS = {
    "planned": "planned", "awarded": "awarded", "paid": "paid", "estimate": "estimated",
}  # fmt: skip


@dataclass(frozen=True)
class Cell:
    """What a place was given in a period, in pence, and how that is known; worked out where `derived`."""

    pence: int
    status: str
    derived: bool
    coverage: str | None


@dataclass(frozen=True)
class ProgrammeTable:
    """One programme: `coverage` belongs into its title, `rows` are places with a list of cells for each period."""

    id: str
    title: str
    funder: str
    coverage: str | None
    areas: list[str]
    periods: list[str]
    rows: list[tuple[str, list[list[Cell]]]]
    bases: list[str]
    sources: list[str]

    @property
    def caption(self) -> str:
        """The title with what part of the whole is known."""
        return f"{self.title}: {self.coverage}" if self.coverage else self.title

    @property
    def without_amount(self) -> list[str]:
        """Eligible places here for which no amount is known: missing, not nought."""
        told = {place for place, _ in self.rows}
        return [name for name in self.areas if name not in told]


def programme_tables(programmes: Sequence[dict[str, Any]]) -> list[ProgrammeTable]:
    """Lay out what `programmes_touching` gives; the bases of worked-out amounts stand below, each once."""
    return [_table(each) for each in programmes]


def _table(programme: dict[str, Any]) -> ProgrammeTable:
    allocations: list[dict[str, Any]] = programme["allocations"]
    periods = sorted({each["period"] for each in allocations})
    places = list(dict.fromkeys(each["place"] for each in allocations))
    rows = []
    for place in places:
        own = [each for each in allocations if each["place"] == place]
        cells = [[_cell(each) for each in own if each["period"] == period] for period in periods]
        rows.append((place, cells))
    bases = dict.fromkeys(str(each["basis"]) for each in allocations if each["derived"])
    return ProgrammeTable(
        programme["id"], programme["title"], programme["funder"], programme["coverage"], programme["areas"],
        periods, rows, list(bases),
        [f"{each['title']}, {each['publisher']} ({each['licence']})" for each in programme["sources"]],
    )  # fmt: skip


def _cell(row: dict[str, Any]) -> Cell:
    return Cell(row["amount_pence"], STATUS_WORDS[row["status"]], row["derived"], row["coverage"])
