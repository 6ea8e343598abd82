"""The gap monitor: priority neighbourhoods against the rest of the partnership, the region and England, over time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy.orm import Session

from app.exports.sheets import Kind, Sheet
from app.indicators.editions import MEASURES
from app.indicators.queries import IndexRow, get_index, list_indices
from app.indicators.rows import IndicatorRow
from app.indicators.values import get_indicator
from app.latest import Latest
from app.marks import EVERY_INPUT, mark_of_places, mark_of_tables
from app.partnerships.queries import get_partnership
from app.priorities.queries import list_designations
from app.profiles.subject import ESTIMATES, index_of_partnership
from app.strategies import gap_ground
from app.strategies.gap_ground import REST, WHOLE, Grounds, Here
from app.strategies.gap_values import GapValues, indicator_values, known_by, measure_values
from app.strategies.methods.gap import CANNOT_TELL, Gaps, Told, gaps_over_time, tell
from app.strategies.queries import people_by_code
from boundaries.moments import sees_a_moment

DEFAULT = "imd"
_PLACES = 6
# Of eighteen neighbourhoods 120 kB as JSON.
MOST_KEPT = 16
_kept = Latest[dict[str, Any]](MOST_KEPT)


def gap_of(
    session: Session, slug: str, indicator: str, neighbourhoods: str | None, day: date
) -> dict[str, Any]:
    """Tell how some ground stands against what is around it in every period held of an indicator: plain values.

    indicator : a measure of the indices (`imd`, `income` …), which stands in every edition, or an indicator's id.
    neighbourhoods : `priorities`, `saved`, one's slug, or None for the first of these that is there.

    day : editions published and years begun after it are left out.

    Kept while the inputs and the partnership's places are as they are: nobody changes what is given.
    Raises UnknownPartnership, UnknownIndicator, NoGap, NothingSaved, NoSmallAreas.
    """
    key = (
        mark_of_tables(session, EVERY_INPUT), mark_of_places(session, slug), slug, indicator, neighbourhoods, day
    )  # fmt: skip
    return _kept.get(
        key, lambda: _told(session, slug, indicator, neighbourhoods, day), keeps=sees_a_moment(session)
    )  # fmt: skip


def _told(
    session: Session, slug: str, indicator: str, neighbourhoods: str | None, day: date
) -> dict[str, Any]:
    read = read_gap(session, slug, indicator, neighbourhoods, day)
    wanted, values, grounds = read.wanted, read.values, read.grounds
    subjects = [_subject(here, grounds, values) for here in grounds.here]
    leading = next((one for one in subjects[0]["comparators"] if one["key"] == REST), None)
    leading = leading or subjects[0]["comparators"][-1]
    return {
        "partnership": {"slug": slug, "name": read.name}, "as_at": day, "neighbourhoods": wanted,
        "indicator": {
            "id": values.id, "title": values.title, "unit": values.unit,
            "higher_is_worse": values.higher_is_worse, "area_set": values.area_set,
            "attribution": list(values.attribution),
        },
        "periods": list(values.periods), "subjects": subjects,
        "notes": _notes(values, grounds, wanted),
        "lacking": [{"key": key, "reason": why} for key, why in grounds.lacking.items()],
        "verdict": leading["verdict"], "sentence": leading["words"], "method": "docs/methods/gap.md",
    }  # fmt: skip


class GapRead(NamedTuple):
    """What a gap is told of: the partnership's name, whose ground, the values known by the day, and the grounds."""

    name: str
    wanted: str
    values: GapValues
    grounds: Grounds


def read_gap(
    session: Session, slug: str, indicator: str, neighbourhoods: str | None, day: date
) -> GapRead:
    """Read what a gap is told of, asked for and refused as by `gap_of`."""
    partnership = get_partnership(session, slug)
    wanted = gap_ground.choose_ground(session, slug, neighbourhoods)
    values, grounds = _read(session, slug, indicator, wanted, day)
    return GapRead(partnership.name, wanted, known_by(values, day), grounds)


def _read(
    session: Session, slug: str, indicator: str, wanted: str, day: date
) -> tuple[GapValues, Grounds]:
    if indicator in MEASURES:
        base = _base_index(session, slug, wanted)
        grounds = gap_ground.small_area_grounds(session, slug, base, wanted, day)
        return measure_values(session, base, indicator), grounds
    row = get_indicator(session, indicator)
    values = indicator_values(session, row)
    if row.area_type == "lad":
        codes = next(iter(values.by_way.values())).index
        people = people_by_code(session, row)
        return values, gap_ground.district_grounds(session, slug, codes, people, day)
    base = _index_on(session, row)
    return values, gap_ground.small_area_grounds(session, slug, base, wanted, day)


def _notes(values: GapValues, grounds: Grounds, wanted: str) -> list[str]:
    """Say what a reader must know before the words closing and widening are repeated."""
    notes = [*grounds.notes]
    if any(each["period"].startswith("imd-") for each in values.periods):
        notes.append("IMD is the Index of Multiple Deprivation of the year that stands beside it.")
    if REST not in grounds.lacking:
        notes.append(
            "Ground that was chosen because it stood badly in one edition tends to stand less badly in others, "
            "whatever anybody did there: a gap is fairest where it begins after the choice."
        )
    carried = [each["period"] for each in values.periods if each["rebased"] and not each["reason"]]
    if carried:
        notes.append(
            f"Carried to the {_set_in_words(values.area_set)}: {', '.join(map(_said, carried))}. The range holds both "
            "ways of carrying (by postcodes, and by best fit: whole to where most of it lies) and the three "
            "estimates of the ground."
        )
    if wanted == gap_ground.SAVED and len(grounds.here) > 2:
        notes.append(
            f"{len(grounds.here)} grounds are told one by one: of twenty that did not move, about one is told "
            "to have moved by chance."
        )
    return notes


def _base_index(session: Session, slug: str, wanted: str) -> IndexRow:
    """Choose on whose areas all editions are read: those of the newest saved priorities, else the usual index's."""
    saved = list_designations(session, slug) if wanted == gap_ground.PRIORITIES else []
    return (
        get_index(session, saved[0].index_id)
        if saved
        else index_of_partnership(session, slug, None)
    )


def _index_on(session: Session, row: IndicatorRow) -> IndexRow:
    alike = [
        one
        for one in list_indices(session)
        if one.area_set == row.area_set and one.demo == row.demo
    ]
    if not alike:
        raise gap_ground.NothingSaved(
            f"no index on {row.area_set} is loaded, by which its areas are found"
        )
    return alike[-1]


def _subject(here: Here, grounds: Grounds, values: GapValues) -> dict[str, Any]:
    comparators = [
        _compared(key, name, here, other, grounds, values)
        for key, (name, other) in _named_others(grounds).items()
    ]
    people = float(here.people[ESTIMATES[0]].sum())
    return {"slug": here.slug, "name": here.name, "areas": here.areas, "people": round(people),
            "comparators": comparators}  # fmt: skip


def _named_others(grounds: Grounds) -> dict[str, tuple[str, np.ndarray]]:
    """Give what a ground is compared with, by key its name and people; the rest has those of the whole."""
    found: dict[str, tuple[str, np.ndarray]] = {}
    for key, name, other in grounds.others:
        if key == WHOLE:
            found[REST] = (f"the rest of {name}", other)
        found[key] = (name, other)
    return found


def others_people(here: Here, grounds: Grounds) -> dict[str, np.ndarray]:
    """Give by comparator the people of each area that it has beside one ground, by the first estimate."""
    mine = here.people[ESTIMATES[0]]
    return {key: _beside(key, mine, other) for key, (_, other) in _named_others(grounds).items()}


def _beside(key: str, mine: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.clip(other - mine, 0.0, None) if key == REST else other


def _compared(
    key: str, name: str, here: Here, other: np.ndarray, grounds: Grounds, values: GapValues
) -> dict[str, Any]:
    """Compare one ground with one other by every estimate of the ground and every way of carrying the values."""
    estimates: list[Gaps] = []
    for frame in values.by_way.values():
        table = frame.reindex(grounds.codes).to_numpy(dtype=np.float64)
        for mine in here.people.values():
            theirs = _beside(key, mine, other)
            # Areas that neither side has say nothing, and are most of England's.
            used = (mine > 0) | (theirs > 0)
            estimates.append(
                gaps_over_time(
                    table[used], mine[used], theirs[used], higher_is_worse=values.higher_is_worse
                )
            )
    periods = list(next(iter(values.by_way.values())).columns)
    rows = [_period(estimates, place, period) for place, period in enumerate(periods)]
    first, last = estimates[0].first, _last(estimates[0])
    told = tell(estimates, last) if last > first else Told(CANNOT_TELL, np.nan, np.nan, np.nan)
    return {
        "key": key, "name": name, "verdict": told.verdict,
        "from": periods[first] if first >= 0 else None, "to": periods[last] if last >= 0 else None,
        "change": _plain(told.change), "low": _plain(told.low), "high": _plain(told.high),
        "words": _words(told, here, name, estimates[0], periods), "by_period": rows,
    }  # fmt: skip


def _last(gaps: Gaps) -> int:
    told = np.flatnonzero(~np.isnan(gaps.gap))
    return int(told[-1]) if len(told) else -1


def _period(estimates: Sequence[Gaps], place: int, period: str) -> dict[str, Any]:
    main = estimates[0]
    gaps = np.array([one.gap[place] for one in estimates])
    told = tell(estimates, place)
    return {
        "period": period, "here": _plain(main.here[place]), "other": _plain(main.other[place]),
        "gap": _plain(gaps[0]), "gap_low": _plain(gaps.min()), "gap_high": _plain(gaps.max()),
        "ratio": _plain(main.ratio[place]), "change": _plain(told.change),
        "change_low": _plain(told.low), "change_high": _plain(told.high),
    }  # fmt: skip


def _words(told: Told, here: Here, name: str, gaps: Gaps, periods: Sequence[str]) -> str:
    """Say in a sentence how the gap went, and why no more than that can be said."""
    last = _last(gaps)
    if last < 0:
        return f"{here.name} against {name}: no period has figures of both."
    begun, now = gaps.gap[gaps.first], gaps.gap[last]
    words = f"{here.name} against {name}: {stands(now)} in {_said(periods[last])}"
    if last == gaps.first:
        return f"{words}. Cannot tell whether it moved: figures of one period only are held."
    words += f", {stands(begun)} in {_said(periods[gaps.first])}. "
    if told.verdict == CANNOT_TELL:
        why = "with fewer than two areas on a side nothing says how sure a change is"
        return f"{words}Cannot tell whether it moved: {why}."
    reach = f"the change of {_signed(told.change)} may be anything from {_signed(told.low)} to {_signed(told.high)}"
    return f"{words}{told.verdict[:1].upper()}{told.verdict[1:]}: {reach}."


def _set_in_words(area_set: str) -> str:
    """Name a set of areas as people do: lsoa-2011 is the small areas of 2011."""
    kind, _, year = area_set.partition("-")
    return f"small areas of {year}" if kind == "lsoa" and year else f"areas of {area_set}"


def _said(period: str) -> str:
    """Write a period as people say it: an edition of the Indices is IMD 2019 to them."""
    return period.replace("imd-", "IMD ")


def stands(gap: float) -> str:
    """Say which side of the other a place stands; no difference that is shown is none."""
    shown = _number(abs(gap))
    return "alike" if shown == _number(0.0) else f"{shown} {'worse' if gap > 0 else 'better'}"


def _number(figure: float) -> str:
    return f"{figure:,.1f}"


def _signed(figure: float) -> str:
    return f"{figure:+,.1f}".replace("-", "−")


def _plain(figure: float) -> float | None:
    return None if np.isnan(figure) else round(float(figure), _PLACES)


COLUMNS: tuple[tuple[str, Kind], ...] = (
    ("subject", "text"), ("slug", "text"), ("areas", "whole"), ("people", "whole"), ("comparator", "text"),
    ("against", "text"), ("indicator", "text"), ("unit", "text"), ("period", "text"), ("area_set", "text"),
    ("rebased", "truth"), ("here", "number"), ("other", "number"), ("gap", "number"), ("gap_low", "number"),
    ("gap_high", "number"), ("ratio", "number"), ("change", "number"), ("change_low", "number"),
    ("change_high", "number"), ("verdict", "text"), ("words", "text"),
)  # fmt: skip


def gap_sheet(body: dict[str, Any]) -> Sheet:
    """Write a gap as a table: a row for each ground, comparator and period."""
    about = {each["period"]: each for each in body["periods"]}
    rows = [
        {"subject": here["name"], "slug": here["slug"], "areas": here["areas"], "people": here["people"],
         "comparator": other["key"], "against": other["name"], "indicator": body["indicator"]["id"],
         "unit": body["indicator"]["unit"], "area_set": about[each["period"]]["area_set"],
         "rebased": about[each["period"]]["rebased"], "verdict": other["verdict"], "words": other["words"], **each}
        for here in body["subjects"] for other in here["comparators"] for each in other["by_period"]
    ]  # fmt: skip
    return Sheet("gap", "The gap, period by period", COLUMNS, rows)
