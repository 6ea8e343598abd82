"""The measures of the Indices told as indicators: `imd-2019-income` is the income domain of `imd-2019`.

Their values stay where the index keeps them; what is said here is what each is.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from threading import Lock
from typing import NamedTuple

from sqlalchemy.orm import Session

from app.indicators.editions import MEASURES, MEASURES_OF_2000
from app.indicators.queries import IndexRow, list_indices
from app.indicators.rows import IndicatorRow, PeriodRow
from boundaries.database import named_sql

_SHARE = "share (0 to 1)"
_TITLES = {**MEASURES, **MEASURES_OF_2000}
# What a score of each measure says. Income and employment are shares of people; all others are scores
# without a unit, comparable within their edition alone.
_DEFINITIONS: Mapping[str, tuple[str, str]] = {
    "imd": ("score", "All domains weighed together, by the publisher's weights; higher is more deprived."),
    "income": (_SHARE, "Share of people in families with low income."),
    "employment": (_SHARE, "Share of people of working age who are kept from work against their will."),
    "education": ("score", "Want of attainment and skills among children and adults."),
    "health": ("score", "Risk of early death, and of illness of body and mind."),
    "crime": ("score", "Risk of becoming a victim of crime."),
    "barriers": ("score", "How far services are, and how hard housing is to get and to afford."),
    "living": ("score", "Quality of housing, of the air and of the roads."),
    "housing": ("score", "Homelessness, overcrowding and poor private housing."),
    "access": ("score", "How far people on low incomes are from essential services."),
}  # fmt: skip
_OF_PEOPLE = {
    "income": "people",
    "employment": "people of working age",
}


# Eight measures of each of a dozen indices, several times over.
MOST_KEPT = 500
_kept: OrderedDict[tuple[object, ...], HeldMeasure] = OrderedDict()
_lock = Lock()


class HeldMeasure(NamedTuple):
    """How much is held of one measure of an index: areas, scores, ranks, and the range of scores."""

    areas: int
    scores: int
    ranks: int
    lowest: float | None
    highest: float | None


def index_measure_rows(session: Session, ids: Collection[str] | None) -> list[IndicatorRow]:
    """Tell the measures of the indices held, all of them or those of some ids, as indicators."""
    if ids is not None and not any("-" in each for each in ids):
        return []
    wanted = [
        (index, measure)
        for index in list_indices(session)
        for measure in index.measures
        if ids is None or f"{index.id}-{measure}" in ids
    ]
    if not wanted:
        return []
    held = _counted(session, wanted)
    return [_row(index, measure, held[index.id, measure]) for index, measure in wanted]


def _counted(
    session: Session, wanted: Sequence[tuple[IndexRow, str]]
) -> dict[tuple[str, str], HeldMeasure]:
    """Count what is held, once for each state of an index: all of them are two million rows."""
    url = str(session.get_bind().engine.url)
    keys = {
        (index.id, measure): (url, index.id, measure, index.loaded_at, index.areas_held)
        for index, measure in wanted
    }
    with _lock:
        found = {of: _kept[key] for of, key in keys.items() if key in _kept}
    lacking = [of for of in keys if of not in found]
    if lacking:
        asked = {"index_ids": [of[0] for of in lacking], "measures": [of[1] for of in lacking]}
        rows = session.execute(named_sql(__file__, "measures_counted"), asked).all()
        found |= {
            (row.index_id, row.measure): HeldMeasure(
                row.areas, row.scores, row.ranks, row.lowest, row.highest
            )
            for row in rows
        }
        with _lock:
            for of in lacking:
                _kept[keys[of]] = found[of]
            while len(_kept) > MOST_KEPT:
                _kept.popitem(last=False)
    return found


def _row(index: IndexRow, measure: str, held: HeldMeasure) -> IndicatorRow:
    unit, definition = _DEFINITIONS.get(measure, ("score", f"{measure} of {index.title}."))
    if index.id == "imd-2000" and unit == _SHARE:
        unit = "per cent"
    period = PeriodRow(
        str(index.published_on.year), held.scores, 0, held.areas - held.scores, held.ranks, "published",
        held.lowest, held.highest, None, None,
    )  # fmt: skip
    part = None
    if index.partial:
        part = f"{held.areas:,} of {index.areas_total:,} small areas"
    return IndicatorRow(
        id=f"{index.id}-{measure}", number=0, title=f"{index.title}: {_TITLES.get(measure, measure)}",
        definition=definition, unit=unit, direction="higher-is-worse", nature="intensive",
        denominator=_OF_PEOPLE.get(measure), area_type=index.area_set.partition("-")[0],
        area_set=index.area_set, release_id=index.release_id, publisher=index.publisher,
        licence=index.licence, attribution=index.attribution, coverage=part, partnership_slug=None,
        confidential=False, partial=index.partial, demo=index.demo, dataset_id=index.id,
        source_file=index.source_file, sha256="", rows_in=held.areas, rows_stored=held.areas, rows_refused=0,
        rows_elsewhere=0, loaded_at=index.loaded_at, periods=(period,), index_measure=(index.id, measure),
    )  # fmt: skip
