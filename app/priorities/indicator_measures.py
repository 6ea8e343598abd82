"""The indicators that a rule names: what the rule must know of them, and their values for the areas asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd
from sqlalchemy.orm import Session

from app.indicators.queries import IndexRow
from app.indicators.values import IndicatorRow, find_indicators, indicator_frame
from app.priorities import queries
from app.priorities.ground import find_homes, find_links
from app.priorities.methods.clauses import IndexValues, RebasedEdition
from app.priorities.methods.conditions import Clause, KnownIndicator

# A rule may name so many measures at most before it is read: the reader of rules refuses more.
MOST_NAMES = 400
_NAMING = ("measure", "count_of")


def indicators_named(session: Session, rule_given: object) -> dict[str, IndicatorRow]:
    """Read the indicators whose ids a rule names as measures, before it is checked; of others nothing is said."""
    names = {name.partition("@")[0] for name in _names(rule_given, 0)}
    return find_indicators(session, sorted(names)[:MOST_NAMES])


def _names(value: object, depth: int) -> Iterator[str]:
    # Deeper than any rule may nest: the reader refuses it.
    if depth > 40:
        return
    if isinstance(value, Mapping):
        for key, each in value.items():
            if key in _NAMING:
                yield from (name for name in _listed(each) if isinstance(name, str))
            yield from _names(each, depth + 1)
    elif isinstance(value, list):
        for each in value:
            yield from _names(each, depth + 1)


def _listed(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else [value]


def known_indicators(rows: Mapping[str, IndicatorRow]) -> dict[str, KnownIndicator]:
    """Say of each indicator what the reader of rules must know: its areas, N, and whether ranks are national."""
    found = {}
    for row in rows.values():
        newest = row.find_period(None)
        whole = not row.partial or newest.rank_basis == "published"
        found[row.id] = KnownIndicator(row.area_set, newest.ranked, whole)
    return found


def indicator_values(
    session: Session,
    clauses: Sequence[Clause],
    rows: Mapping[str, IndicatorRow],
    index: IndexRow,
    codes: pd.Index,
) -> dict[str, RebasedEdition]:
    """Load the newest values of the indicators that clauses name, by `Clause.source`.

    Of the areas asked, or of all for a national hot spot. An indicator of other areas comes with the
    links that lead from them: official ones between small areas, the official best fit to wards and
    districts.
    """
    found: dict[str, RebasedEdition] = {}
    for clause in clauses:
        if clause.indicator is None or clause.source is None or clause.source in found:
            continue
        row = rows[clause.measure]
        links = _links(session, row, index, codes) if clause.indicator == "carried" else None
        asked = codes if links is None else pd.Index(sorted(set(links["source"])), dtype=object)
        scopes = {
            each.scope
            for each in clauses
            if each.source == clause.source and each.statistic == "hot_spot_p"
        }
        everywhere = "national" in scopes and not row.partial
        found[clause.source] = RebasedEdition(
            _as_index(session, row, None if everywhere else asked, touching=bool(scopes)), links
        )
    return found


def _links(session: Session, row: IndicatorRow, index: IndexRow, codes: pd.Index) -> pd.DataFrame:
    if row.area_type != index.area_set.partition("-")[0]:
        return find_homes(session, codes, row.area_set, row.number, index)
    older = row.area_set < index.area_set
    return find_links(session, list(codes), "older" if older else "newer")


def _as_index(
    session: Session, row: IndicatorRow, codes: pd.Index | None, *, touching: bool
) -> IndexValues:
    frame = indicator_frame(session, row.id, None if codes is None else list(codes))
    ranked = row.find_period(None).ranked
    if codes is None:
        # All N areas that have a rank, so that the whole is known to be there.
        frame = frame[frame["rank"].notna()] if ranked else frame
    pairs = None
    if touching and row.release_id:
        pairs = queries.find_contiguity(session, row.release_id, codes)
    without = frame["state"] != "value"
    return IndexValues(
        row.id, ranked, frame[["value"]].set_axis([row.id], axis=1),
        frame[["rank"]].set_axis([row.id], axis=1), pairs, is_partial=row.partial,
        lower_is_worse=row.direction == "lower-is-worse",
        states=frame.loc[without & frame["rank"].isna(), "state"].to_dict(),
    )  # fmt: skip


def carried_notes(clauses: Sequence[Clause], rows: Mapping[str, IndicatorRow]) -> list[str]:
    """Say which indicators are of a year carried forward, which hold a part alone, and which were carried."""
    notes = []
    for name in dict.fromkeys(clause.measure for clause in clauses if clause.indicator):
        row = rows[name]
        newest = row.find_period(None)
        if newest.carried_from is not None:
            notes.append(
                f"{row.full_title}: its values of {newest.period} are those of {newest.carried_from}."
            )
        if row.coverage:
            notes.append(f"{row.title} holds {row.coverage} alone.")
    for label in dict.fromkeys(c.label for c in clauses if c.indicator == "carried"):
        notes.append(
            f"{label} is of other areas and was carried to those asked; ranks are its own."
        )
    return notes


def indicator_inputs(
    clauses: Sequence[Clause], rows: Mapping[str, IndicatorRow]
) -> list[dict[str, object]]:
    """Inputs as an answer lists them: id, release, loaded_at, and the period used."""
    names = dict.fromkeys(clause.measure for clause in clauses if clause.indicator)
    return [
        {
            "id": rows[name].id, "release": rows[name].release_id or rows[name].area_set,
            "loaded_at": rows[name].loaded_at.isoformat(), "period": rows[name].newest,
        }
        for name in names
    ]  # fmt: skip
