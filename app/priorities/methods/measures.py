"""Say what a name in a rule measures: a domain of the index, one of another edition, or an indicator.

Areas of two sets are never joined unasked: an indicator of other areas must be named with them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from app.priorities.methods.conditions import KnownIndex, KnownIndicator, Scope, Statistic

_RANKED: tuple[Statistic, ...] = ("percentile", "rank", "decile", "hot_spot_p")


@dataclass(frozen=True)
class NamedMeasure:
    """A measure as named. wrong : what is wrong with the name, empty if it is sound.

    is_unknown : the only fault is that the index has no such measure.
    """

    measure: str
    edition: str | None = None
    indicator: Literal["same", "carried"] | None = None
    wrong: str = ""
    is_unknown: bool = False


def find_measure(name: str, known: KnownIndex) -> NamedMeasure:
    """Read `income`, `income@imd-2015`, `cni-2023` or, of other areas than the index's, `cni-2023@lsoa-2021`."""
    measure, mark, edition = name.partition("@")
    if not mark or edition == known.id:
        if measure in known.measures or measure not in known.indicators:
            return _of_index(measure, None, known.id, known.measures)
        return _of_indicator(measure, known.indicators[measure].area_set, known, marked=bool(mark))
    if edition in known.editions:
        return _of_index(measure, edition, edition, known.editions[edition])
    if measure in known.indicators:
        return _of_indicator(measure, edition, known, marked=True)
    held = ", ".join(sorted(known.editions)) or "none"
    detail = f"no edition {edition[:60]!r} is held beside {known.id}; held: {held}"
    return NamedMeasure(measure, edition, wrong=detail)


def _of_index(
    measure: str, edition: str | None, index: str, measures: tuple[str, ...]
) -> NamedMeasure:
    if measure in measures:
        return NamedMeasure(measure, edition)
    detail = (
        f"{index} has no measure {measure[:60]!r}; it has {', '.join(measures)}, "
        "and no indicator of that id is held"
    )
    return NamedMeasure(measure, edition, wrong=detail, is_unknown=True)


def _of_indicator(measure: str, area_set: str, known: KnownIndex, *, marked: bool) -> NamedMeasure:
    own = known.indicators[measure].area_set
    if own == known.area_set and area_set == own:
        return NamedMeasure(measure, own, "same")
    if area_set != own:
        detail = f"{measure} has values of {own}, not of {area_set[:60]!r}"
        return NamedMeasure(measure, own, "carried", wrong=detail)
    if not marked:
        detail = (
            f"{measure} has values of {own}, and {known.id} ranks {known.area_set}: nothing is joined "
            f"unasked; write {measure}@{own} to have it carried and marked, or ask an index of {own}"
        )
        return NamedMeasure(measure, own, "carried", wrong=detail)
    return NamedMeasure(measure, own, "carried")


def why_not_ranked(measure: str, known: KnownIndicator, statistic: Statistic, scope: Scope) -> str:
    """Say why a statistic of an indicator has no answer; empty where it has."""
    if statistic not in _RANKED:
        return ""
    if not known.ranked:
        return f"{measure} has no ranks: neither end of it is worse; ask its score"
    if scope == "national" and not known.whole:
        return (
            f"{measure} holds a part of the country alone, so it has no national {statistic}; "
            "ask its score, or scope partnership"
        )
    return ""
