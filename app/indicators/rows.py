"""What an indicator and its periods are as rows; reads nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from boundaries.errors import NotFound


class UnknownPeriod(NotFound):
    """The indicator is here, and holds nothing of that period."""

    slug = "unknown-period"
    title = "No such period"


@dataclass(frozen=True)
class PeriodRow:
    """One period as held: how many areas have a value, are suppressed, are missing, and are ranked (N).

    carried_from : the earlier period that all of it repeats: it is no measurement of its own.
    """

    period: str
    values: int
    suppressed: int
    missing: int
    ranked: int
    rank_basis: str | None
    lowest: float | None
    highest: float | None
    carried_from: str | None
    repeated_share: float | None


@dataclass(frozen=True)
class IndicatorRow:
    """One indicator as held, with its periods in order of time.

    release_id is empty where no release draws its areas: it ranks and lists and is not mapped.
    index_measure : of a measure of an index, the index and the measure that hold its values.
    """

    id: str
    number: int
    title: str
    definition: str
    unit: str
    direction: str
    nature: str
    denominator: str | None
    area_type: str
    area_set: str
    release_id: str
    publisher: str
    licence: str
    attribution: str
    coverage: str | None
    partnership_slug: str | None
    confidential: bool
    partial: bool
    demo: bool
    dataset_id: str
    source_file: str
    sha256: str
    rows_in: int
    rows_stored: int
    rows_refused: int
    rows_elsewhere: int
    loaded_at: datetime
    periods: tuple[PeriodRow, ...]
    index_measure: tuple[str, str] | None = None

    @property
    def full_title(self) -> str:
        """The title, with what part it holds: no map, rank or total of a part stands without it."""
        return f"{self.title} ({self.coverage})" if self.coverage else self.title

    @property
    def newest(self) -> str:
        """The newest period held."""
        return self.periods[-1].period

    @property
    def measured(self) -> tuple[PeriodRow, ...]:
        """The periods that a trend may be drawn of: those that repeat no earlier one."""
        return tuple(period for period in self.periods if period.carried_from is None)

    def find_period(self, period: str | None) -> PeriodRow:
        """Give one period, None meaning the newest. Raises UnknownPeriod naming those held."""
        if period is None:
            return self.periods[-1]
        for held in self.periods:
            if held.period == period:
                return held
        known = ", ".join(each.period for each in self.periods)
        raise UnknownPeriod(f"{self.id} holds nothing of {period[:40]!r}; it holds {known}")
