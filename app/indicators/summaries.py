"""What an index says of larger areas and of any set of small areas: computed, or as its publisher says it.

A figure that cannot be computed is None with the reason beside it; nothing is guessed from other years.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.indicators.editions import EDITIONS
from app.indicators.methods.summaries import (
    FIGURES,
    UNWEIGHED,
    rank_figures,
    summarise_areas,
    summarise_groups,
)
from app.indicators.queries import IndexRow, get_index
from app.indicators.readers.denominators import PEOPLE, WORKING_AGE
from app.indicators.tables import IndexSummary, IndexValue
from boundaries.database import among, named_sql
from boundaries.errors import Fault, Invalid, NotFound
from boundaries.tables import Weight

COMPUTED, PUBLISHED = "computed", "published"
NO_DENOMINATORS = "no denominators"
NO_VALUE = "a value is missing"
_PLACES = 6


class NoSummaries(NotFound):
    """Nothing of that kind of area is held, published or to be computed, for this index."""

    slug = "no-summaries"
    title = "No such summaries"


class MeasureNotHeld(Invalid):
    """The index holds no such measure."""

    slug = "measure-not-held"
    title = "The index has no such measure"


@dataclass(frozen=True)
class Summary:
    """What one measure of an index says of a set of small areas.

    figures : the five measures, None where one cannot be told. why : by figure, the reason.
    people : those the index's publisher weighed by; None where not all are held.
    """

    index_id: str
    measure: str
    areas: int
    areas_without_value: int
    people: int | None
    figures: Mapping[str, float | None]
    why: Mapping[str, str]

    def as_plain(self) -> dict[str, Any]:
        """Give it as plain values for JSON."""
        return {
            "measure": self.measure, "areas": self.areas,
            "areas_without_value": self.areas_without_value, "people": self.people, **self.figures,
            "cannot_tell": dict(self.why),
        }  # fmt: skip


def summarise(
    session: Session, index_id: str, codes: Collection[str], measure: str = "imd"
) -> Summary:
    """Summarise a measure over any small areas of the index's own set; ranks and N stay national.

    A code that the index does not hold has no value: the figures that need it cannot be told.
    Raises UnknownIndex, MeasureNotHeld.
    """
    index = get_index(session, index_id)
    _refuse_measure(index, measure)
    listed = sorted(set(codes))
    values = session.execute(
        select(IndexValue.code, IndexValue.rank, IndexValue.score).where(
            IndexValue.index_id == index_id, IndexValue.measure == measure,
            among(IndexValue.code, listed),
        )
    ).all()  # fmt: skip
    people = session.execute(
        select(Weight.code, Weight.value).where(
            Weight.area_set == index.area_set, Weight.measure == _weight_of(index, measure),
            among(Weight.code, listed),
        )
    ).all()  # fmt: skip
    frame = pd.DataFrame([tuple(row) for row in values], columns=["code", "rank", "score"])
    frame = frame.set_index("code").reindex(listed).astype("float64")
    frame["people"] = pd.Series({row[0]: row[1] for row in people}, dtype="float64")
    figures = summarise_areas(frame, index.areas_total)._asdict()
    return _summary(index, measure, frame, figures)


def _summary(
    index: IndexRow, measure: str, frame: pd.DataFrame, figures: Mapping[str, float]
) -> Summary:
    lacks = frame["people"].isna()
    why = {}
    for name in FIGURES:
        if math.isnan(figures[name]):
            weighed = name != UNWEIGHED and lacks.any()
            why[name] = NO_DENOMINATORS if weighed else NO_VALUE
            if name == "average_score" and not weighed and frame["score"].isna().any():
                why[name] = f"{index.id} holds no score of {measure} here"
    return Summary(
        index.id, measure, len(frame), int(frame["rank"].isna().sum()),
        None if lacks.any() or frame.empty else int(frame["people"].sum()),
        {name: _rounded(figures[name]) for name in FIGURES}, why,
    )  # fmt: skip


def list_summaries(
    session: Session, index_id: str, area_type: str = "lad", measure: str = "imd"
) -> list[dict[str, Any]]:
    """Summarise a measure for every area of a type on the day that the index's own summaries speak of.

    Each figure is computed where its people are held, else as published, and `basis` says which; what was
    published stands beside under `published`, with its ranks. Ranks of computed figures are among all
    areas of the type, and None where the index is not held whole.

    Raises UnknownIndex, MeasureNotHeld, NoSummaries.
    """
    index = get_index(session, index_id)
    published = _published(session, index_id, area_type, measure)
    if not published:
        _refuse_measure(index, measure)
    computed = _computed(session, index, area_type, measure)
    if computed.empty and not published:
        raise NoSummaries(
            f"no area of type {area_type[:40]!r} is held for the day of {index_id}, and no summaries of "
            "it are; try lad, rgn or icb",
            [Fault("no such areas here", pointer="/area_type", value=area_type[:40])],
        )
    ranked = None if index.partial or computed.empty else rank_figures(computed)
    codes = published.keys() | set(computed.index)
    return [_item(code, computed, ranked, published.get(code)) for code in sorted(map(str, codes))]


def _computed(session: Session, index: IndexRow, area_type: str, measure: str) -> pd.DataFrame:
    if measure not in index.measures:
        return pd.DataFrame()
    edition = EDITIONS.get(index.id)
    day = edition.district_day if edition is not None else index.published_on
    rows = session.execute(
        named_sql(__file__, "small_areas_in"),
        {
            "index_id": index.id, "measure": measure, "weight": _weight_of(index, measure),
            "area_set": index.area_set, "area_type": area_type, "day": day,
            "own_lookup": f"{index.area_set.replace('-20', '')}%",
        },
    ).all()  # fmt: skip
    if not rows:
        return pd.DataFrame()
    frame = pd.DataFrame(
        [tuple(row) for row in rows], columns=["group", "name", "code", "rank", "score", "people"]
    ).astype({"rank": "float64", "score": "float64", "people": "float64"})
    result = summarise_groups(frame.set_index("code"), index.areas_total)
    by_area = frame.groupby("group")
    return result.assign(
        name=by_area["name"].first(), areas=by_area.size(),
        people=by_area["people"].sum(min_count=1).mask(frame["people"].isna().groupby(frame["group"]).any()),
    )  # fmt: skip


def _item(
    code: str, computed: pd.DataFrame, ranked: pd.DataFrame | None, published: IndexSummary | None
) -> dict[str, Any]:
    """Put one area's figures together: ours where they can be computed, else the publisher's."""
    ours = computed.loc[code] if code in computed.index else None
    item: dict[str, Any] = {
        "code": code,
        "name": published.name if published is not None else str(ours["name"]) if ours is not None else None,
        "areas": None if ours is None else int(ours["areas"]),
        "people": None if ours is None or pd.isna(ours["people"]) else int(ours["people"]),
    }  # fmt: skip
    basis: dict[str, str] = {}
    why: dict[str, str] = {}
    for name in FIGURES:
        theirs = None if published is None else getattr(published, name)
        if ours is not None and not math.isnan(ours[name]):
            item[name], basis[name] = _rounded(ours[name]), COMPUTED
            rank = None if ranked is None else ranked.loc[code, f"rank_of_{name}"]
            item[f"rank_of_{name}"] = None if rank is None or pd.isna(rank) else int(rank)
        elif published is not None and theirs is not None:
            item[name], basis[name] = theirs, PUBLISHED
            item[f"rank_of_{name}"] = getattr(published, f"rank_of_{name}")
        else:
            item[name] = item[f"rank_of_{name}"] = None
            why[name] = NO_DENOMINATORS if name != UNWEIGHED else NO_VALUE
    item |= {"basis": basis, "cannot_tell": why, "published": _as_published(published)}
    return item


def _as_published(row: IndexSummary | None) -> dict[str, Any] | None:
    if row is None:
        return None
    said = {
        column: getattr(row, column)
        for name in (*FIGURES, "scale")
        for column in (name, f"rank_of_{name}")
        if getattr(row, column) is not None
    }
    return {**said, "source_file": row.source_file}


def _published(
    session: Session, index_id: str, area_type: str, measure: str
) -> dict[str, IndexSummary]:
    rows = session.scalars(
        select(IndexSummary).where(
            IndexSummary.index_id == index_id, IndexSummary.area_type == area_type,
            IndexSummary.measure == measure,
        )
    )  # fmt: skip
    return {row.code: row for row in rows}


def _refuse_measure(index: IndexRow, measure: str) -> None:
    if measure not in index.measures:
        detail = f"{index.id} has no measure {measure[:60]!r}; it has {', '.join(index.measures)}"
        raise MeasureNotHeld(detail, [Fault(detail, pointer="/measure", value=measure[:60])])


def _weight_of(index: IndexRow, measure: str) -> str:
    """Name the people that the publisher weighs a measure by: employment by those of working age."""
    return f"{index.id}-{WORKING_AGE if measure == 'employment' else PEOPLE}"


def _rounded(value: float) -> float | None:
    """Six places: more are noise of the sums, and one order of the rows would not give another's."""
    return None if math.isnan(value) else round(float(value), _PLACES)
