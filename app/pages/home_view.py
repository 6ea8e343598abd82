"""The start page: which partnerships and councils are loaded, ranked by their share in the most deprived tenth."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from app.indicators.queries import DEFAULT_INDEX
from app.indicators.worst_tenth import Ranked, ranked_councils
from app.pages import queries
from app.pages.links import view_address
from app.pages.national_view import NationalMap, national_map
from app.priorities.worst_tenth_queries import ranked_partnerships

_HEAVY, _MOST_LEADING = 0.3, 3


@dataclass(frozen=True)
class RankedRow:
    """One partnership or council with its share by one index; worst and areas are None where that index has none."""

    name: str
    code: str
    address: str
    demo: bool
    worst: int | None
    areas: int | None

    @property
    def share(self) -> float:
        """Share in the most deprived tenth, 0 to 1; -1 where it is not known, so that it sorts last."""
        return self.worst / self.areas if self.areas and self.worst is not None else -1.0


@dataclass(frozen=True)
class HomeView:
    """What the start page shows; regions by code and name, where partnerships are kept; indices that shares are by."""

    partnerships: list[RankedRow]
    councils: list[RankedRow]
    has_demo: bool
    regions: list[tuple[str, str]]
    national: NationalMap | None
    credits: list[str]
    indices: list[tuple[str, str]]

    @property
    def real(self) -> int:
        """How many real councils have figures by the default index."""
        return sum(row.share >= 0 and not row.demo for row in self.councils)

    @property
    def heavy(self) -> int:
        """How many of those have three in ten small areas, or more, in the most deprived tenth: the map's darkest."""
        return sum(row.share >= _HEAVY and not row.demo for row in self.councils)

    @property
    def leading(self) -> list[RankedRow]:
        """The real councils with the highest shares, where there are others to compare them with."""
        some = [row for row in self.councils if row.share > 0 and not row.demo]
        return some[:_MOST_LEADING] if len(some) > _MOST_LEADING else []


def home_view(session: Session, day: date) -> HomeView:
    """Rank what is loaded by the default index, invented places by its invented twin."""
    ranked = ranked_councils(session, day)
    partnerships = [
        _row(one, f"/partnerships/{one.code}") for one in ranked_partnerships(session, ranked)
    ]
    councils = [_row(one, view_address([one.code])) for one in ranked]
    everything = [*partnerships, *councils]
    used = {_index_of(row.demo) for row in everything if row.worst is not None}
    indices = [one for one in queries.loaded_indices(session) if one.id in used]
    return HomeView(
        _ordered(partnerships), _ordered(councils), any(row.demo for row in everything),
        queries.regions_loaded(session) if partnerships else [],
        national_map(session, ranked, day),
        [one.attribution for one in indices], [(one.id, one.title) for one in indices],
    )  # fmt: skip


def _row(one: Ranked, address: str) -> RankedRow:
    index = _index_of(one.demo)
    worst, areas = one.found.get(index, (None, None))
    return RankedRow(one.name, one.code, address, one.demo, worst, areas)


def _index_of(demo: bool) -> str:
    return f"{DEFAULT_INDEX}-demo" if demo else DEFAULT_INDEX


def _ordered(rows: Iterable[RankedRow]) -> list[RankedRow]:
    # Invented places are never ranked among real ones.
    return sorted(rows, key=lambda row: (row.demo, -row.share, row.name))
