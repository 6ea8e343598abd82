"""The page of one indicator: its worst and best in a sentence, its map of the country by fifths, every value.

An indicator that belongs to a partnership has no page here: it is told on the partnership's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from urllib.parse import quote

import pandas as pd
from sqlalchemy.orm import Session

from app.findings.words import MISSING, count, counted
from app.indicators.asking import ask_values
from app.indicators.larger import LARGER
from app.indicators.values import (
    IndicatorRow,
    UnknownIndicator,
    get_indicator,
    indicator_frame,
    why_not_mapped,
)
from app.pages import queries
from app.pages.dataset_view import (
    MOST_ROWS,
    TABLE_ID,
    Cells,
    DatasetPage,
    Source,
    chips,
    drawn_by,
    state_receipts,
)
from app.pages.national_view import (
    MOST_PICTURED,
    MapView,
    NationalMap,
    classed_layer,
    far_outlines,
    map_of,
    ramp_key,
    tiles_address,
)
from app.tiles.methods.bands import fifths, told_fifths
from boundaries.area_types import AREA_TYPES
from boundaries.errors import BoundsError
from boundaries.queries import LayerMissing, layer_on
from maps.legend import legend_entries, legend_html

_FIFTHS = ("worst fifth", "second fifth", "middle fifth", "fourth fifth", "best fifth")
_UNJUDGED = ("highest fifth", "second fifth", "middle fifth", "fourth fifth", "lowest fifth")


def indicator_page(
    session: Session, indicator_id: str, today: date, period: str | None = None
) -> DatasetPage:
    """Tell of one indicator: the worst and the best, the map by fifths, each value of a period, the newest unasked.

    Raises UnknownIndicator, also for one that belongs to a partnership, and UnknownPeriod.
    """
    row = get_indicator(session, indicator_id)
    if row.partnership_slug is not None or row.confidential:
        raise UnknownIndicator(f"{row.id} belongs to a partnership, and is told on its pages alone")
    held = row.find_period(period)
    own = indicator_frame(session, row.id, None, held.period)
    kind, frame, release_id = row.area_type, own, row.release_id
    if len(own) > MOST_PICTURED:
        kind, frame, release_id = _by_council(session, row, held.period, today) or (kind, own, "")
    classes = fifths(frame)
    is_newest = held.period == row.newest
    drawn = _indicator_map(
        session, row, (own, frame), classes, (kind, release_id), is_newest=is_newest
    )
    order = frame.assign(place=frame["rank"].fillna(frame["value"].rank(ascending=False)))
    order = order.sort_index().sort_values("place", kind="stable")
    shown = order.iloc[:MOST_ROWS]
    names = queries.names_of(session, list(shown.index))
    plural = AREA_TYPES[kind].plural
    values = f"/api/v1/indicators/{quote(row.id)}/values.csv?period={quote(held.period)}"
    notes = [row.definition] if row.definition else []
    if kind != row.area_type:
        how = "added up" if row.nature == "extensive" else "averaged by people"
        notes.append(f"Values of {AREA_TYPES[row.area_type].plural} are {how} into {plural} here.")
    if row.nature == "extensive":
        notes.append(
            "It is a number, not a rate: where more people live there is more of most things."
        )
    if held.carried_from is not None:
        notes.append(f"The values of {held.period} repeat those of {held.carried_from}: no trend.")
    notes += [why for why in (why_not_mapped(row),) if why]
    return DatasetPage(
        title=row.full_title, chips=chips(demo=row.demo, partial=row.partial),
        finding=_indicator_finding(order, names, row, held.period, plural), notes=notes,
        facts=[
            ("Areas with a value", count(held.values), f"{AREA_TYPES[row.area_type].plural} of {row.area_set}"),
            ("Without one", f"{count(held.suppressed)} and {count(held.missing)}", "not shown, and not known"),
            ("Period", held.period, f"of {counted(len(row.periods), 'period')} held"),
        ],
        map=drawn, shading=f"{row.full_title}, {held.period}, by fifths; numbers in brackets count areas.",
        caption=f"{row.full_title}, {held.period}: {plural}",
        headings=[("Place", True), (_unit(row), True), ("Fifth", False)],
        rows=[
            Cells(
                code, names.get(code, code), f"/areas/{quote(code)}",
                (count(one["rank"]), _value(one), _words(row)[classes[code] - 1] if code in classes.index else MISSING),
            )
            for code, one in zip(shown.index, shown.to_dict("records"), strict=True)
        ],
        left_out=len(order) - len(shown),
        downloads=[
            ("Every value (CSV)", values),
            *([] if kind == row.area_type else [(f"These {plural} (CSV)", f"{values}&area_type={kind}&as_at={today}")]),
            ("The indicator (JSON)", f"/api/v1/indicators/{quote(row.id)}"),
        ],
        links_title="Other periods",
        links=[
            (each.period, f"/data/indicators/{quote(row.id)}?period={quote(each.period)}")
            for each in reversed(row.periods)
            if each.period != held.period
        ],
        sources=[
            Source(row.full_title, row.publisher, row.loaded_at, row.licence, row.attribution),
            *drawn_by(drawn),
        ],
        receipts=state_receipts(row, values, ("value", "suppressed", "missing"), held.period),
        is_invented=row.demo,
    )  # fmt: skip


def _indicator_finding(
    order: pd.DataFrame, names: Mapping[str, str], row: IndicatorRow, period: str, plural: str
) -> str:
    known = order[order["value"].notna()]
    if known.empty:
        return f"No value of {row.full_title} in {period} is shown."
    ends = [
        (names.get(code, code), _value(known.loc[code]))
        for code in (known.index[0], known.index[-1])
    ]
    if ends[1][0] == known.index[-1]:
        ends = ends[:1]
    judged = row.direction != "neither"
    words = ("the worst", "the best") if judged else ("the most", "the least")
    told = "; ".join(
        f"{name} has {said}, {value}" for said, (name, value) in zip(words, ends, strict=False)
    )
    of = counted(len(known), AREA_TYPES[row.area_type].name, plural)
    return f"Of {of} with a value in {period}, {told}. Unit: {_unit(row)}."


def _by_council(
    session: Session, row: IndicatorRow, period: str, today: date
) -> tuple[str, pd.DataFrame, str] | None:
    """Gather an indicator of many small areas into the councils of today; None where no look-up can."""
    if "lad" not in LARGER.get(row.area_type, ()):
        return None
    try:
        frame = ask_values(session, row.id, area_type="lad", day=today, period=period).frame
        release_id = layer_on(session, "lad", today, demo=row.demo).id
    except (BoundsError, LayerMissing):
        return None
    if row.direction == "neither":
        return "lad", frame.assign(rank=float("nan")), release_id
    ranks = frame["value"].rank(method="min", ascending=row.direction == "lower-is-worse")
    return "lad", frame.assign(rank=ranks), release_id


def _indicator_map(
    session: Session, row: IndicatorRow, frames: tuple[pd.DataFrame, pd.DataFrame], classes: pd.Series,
    of: tuple[str, str], *, is_newest: bool,
) -> NationalMap | None:  # fmt: skip
    """Draw an indicator's areas, or the councils that they are gathered into; tiles show the newest period alone.

    frames : the indicator's own values, and those of the picture, which `classes` and `of` (type and release) tell of.
    """
    own, frame = frames
    kind, release_id = of
    if not release_id or classes.empty or len(frame) > MOST_PICTURED:
        return None
    is_gathered = kind != row.area_type
    shown = [release_id, row.release_id if is_gathered and is_newest else ""]
    releases = queries.releases_served(session, shown)
    if not releases or releases[0].id != release_id:
        return None
    outlines = far_outlines(session, release_id)
    numbers = [int(classes[code]) if code in classes.index else None for code in outlines["code"]]
    words = _fifth_words(row, frame, classes)
    layer = classed_layer(row.full_title, outlines, numbers, words, releases[0].attribution)
    key = legend_html(legend_entries([layer]))
    afar = close = None
    if len(releases) > 1:
        own_words = _fifth_words(row, own, fifths(own))
        close = MapView(
            row.area_type, "Small areas", tiles_address(row.area_type, indicator=row.id), ramp_key(own_words)
        )  # fmt: skip
    elif is_newest and not is_gathered:
        plural = AREA_TYPES[kind].plural.capitalize()
        afar = MapView(kind, plural, tiles_address(kind, indicator=row.id), key)
    drawn = map_of(
        layer, f"{row.full_title} by fifths", (row.full_title, TABLE_ID),
        {code: f"/areas/{quote(code)}" for code in classes.index}, afar, close, releases,
    )  # fmt: skip
    return drawn if afar else replace(drawn, picture_key=key)


def _fifth_words(
    row: IndicatorRow, frame: pd.DataFrame, classes: pd.Series
) -> list[tuple[int, str]]:
    """Say of each class in words which fifth it is, and between which values."""
    return [
        (one.number, f"{_words(row)[one.number - 1]}: {_figure(one.least)} to {_figure(one.most)}")
        for one in told_fifths(frame["value"], classes.to_dict())
    ]


def _words(row: IndicatorRow) -> Sequence[str]:
    return _UNJUDGED if row.direction == "neither" else _FIFTHS


def _unit(row: IndicatorRow) -> str:
    return row.unit if row.unit != "not stated in the file" else "unit not stated by the publisher"


def _value(one: Mapping[str, object] | pd.Series) -> str:
    value = one["value"]
    if isinstance(value, float | int) and not pd.isna(value):
        return _figure(float(value))
    return "not shown" if one["state"] == "suppressed" else MISSING


def _figure(value: float) -> str:
    """Write a value to four figures, thousands apart."""
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.4g}"
