"""Other indicators of a profile: counts and rates over the ground, small counts of confidential uploads held back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy.orm import Session

from app.indicators.rows import IndicatorRow
from app.indicators.values import LEAST_SHOWN, get_indicator, indicator_frame
from app.profiles.methods.levels import mean_level, stand_among
from app.profiles.receipts import (
    COUNT_OF_INDICATOR,
    PER_1000,
    RATE_OF_INDICATOR,
    STANDING_OF_INDICATOR,
    Receipts,
)
from app.profiles.themes import Ground, plain
from boundaries.errors import Fault, Invalid

MOST = 12


def read_ids(text: str | None) -> list[str]:
    """Read ids with commas between, each once. Raises Invalid for more than a profile takes."""
    ids = list(dict.fromkeys(word.strip() for word in (text or "").split(",") if word.strip()))
    if len(ids) > MOST:
        detail = f"a profile takes {MOST} indicators at most, not {len(ids)}"
        raise Invalid(detail, [Fault(detail, pointer="/indicators")])
    return ids


def indicator_themes(
    session: Session, ground: Ground, ids: Sequence[str], receipts: Receipts
) -> list[dict[str, Any]]:
    """Give each indicator over the ground: value, comparators, standing and periods. Raises UnknownIndicator.

    A count is the sum of value * share; a rate the mean by people. A confidential upload's count is shown at
    LEAST_SHOWN or more only: the ground of a profile is whole standard areas or a saved neighbourhood.
    Periods that repeat an earlier one are named and have no value, so that nobody draws them as a trend.
    """
    return [_theme(session, ground, get_indicator(session, id_), receipts) for id_ in ids]


def _theme(
    session: Session, ground: Ground, row: IndicatorRow, receipts: Receipts
) -> dict[str, Any]:
    is_count = row.nature == "extensive"
    held = row.find_period(None)
    body: dict[str, Any] = {
        "indicator": row.id, "title": row.full_title, "unit": row.unit, "direction": row.direction,
        "nature": row.nature, "period": held.period, "carried_from": held.carried_from,
        "confidential": row.confidential, "value": None, "per_1000_people": None, "coverage": None,
        "percentile_in_england": {"rank": None, "of": None, "percentile": None, "reason": "", "receipt": None},
        "comparators": [], "periods": [], "reason": "", "receipt": None, "per_1000_receipt": None,
    }  # fmt: skip
    if row.area_set != ground.areas.index.area_set:
        return body | {
            "reason": f"it is of {row.area_set}, and the profile of {ground.areas.index.area_set}; "
            "`/api/v1/indicators/{id}/values?rebase=true` carries it".replace("{id}", row.id)
        }
    # The sums may see what single areas may not show: they are held back themselves below.
    frame = indicator_frame(session, row.id, None, held.period, protected=False)
    value, coverage, reason = level_of(
        frame, ground.subject.shares[ground.estimate], ground.residents, is_count
    )
    value, reason = hold_back(value, reason, row)
    people = float(ground.residents.sum())
    method = COUNT_OF_INDICATOR if is_count else RATE_OF_INDICATOR
    per_1000 = (
        plain(1000 * value / people) if is_count and value is not None and people > 0 else None
    )
    body |= {
        "value": value, "coverage": coverage, "reason": reason,
        "per_1000_people": per_1000, "receipt": receipts.give_indicator(row, held.period, method),
        "per_1000_receipt": None if per_1000 is None else receipts.give_indicator(row, held.period, PER_1000),
        "comparators": [
            _with_receipt(
                _beside(one, ground.areas.residents, frame, row, is_count), receipts, row, held.period,
                PER_1000 if is_count else method, one.key,
            )
            for one in ground.comparators
        ],
        "periods": [
            _with_receipt(
                _period(session, ground, row, period.period, period.carried_from), receipts, row,
                period.period, method,
            )
            for period in row.periods
        ],
    }  # fmt: skip
    if is_count or row.direction == "neither" or row.partial or value is None:
        why = "no end of it is worse" if row.direction == "neither" else ""
        why = "a count is not compared" if is_count else why
        body["percentile_in_england"]["reason"] = why or reason or "only part of it is loaded here"
        return body
    found = stand_among(
        value,
        frame["value"].to_numpy(dtype=np.float64),
        higher_is_worse=row.direction == "higher-is-worse",
    )
    if found is not None:
        body["percentile_in_england"] |= {
            "rank": found.rank,
            "of": found.of,
            "percentile": found.percentile,
            "receipt": receipts.give_indicator(
                row, held.period, STANDING_OF_INDICATOR, of="england",
                also=row.direction.replace("-", " "),
            ),
        }  # fmt: skip
    return body


def _with_receipt(
    told: dict[str, Any], receipts: Receipts, row: IndicatorRow, period: str, method: str, of: str = "here"
) -> dict[str, Any]:  # fmt: skip
    """Lay the receipt of its value beside a figure; one without a value has none."""
    held = told["value"] is not None
    return told | {"receipt": receipts.give_indicator(row, period, method, of=of) if held else None}


def level_of(
    frame: pd.DataFrame, shares: pd.Series, people: pd.Series, is_count: bool
) -> tuple[float | None, float | None, str]:
    """Sum a count, or average a rate, over the ground: the value, the share of people it covers, why there is none.

    frame : index code; value (NaN where there is none), state. A count of which an area has no value is not
    told, for the sum of the others would pass for the whole.
    """
    values = frame["value"].reindex(shares.index).to_numpy(dtype=np.float64)
    weights = people.reindex(shares.index).to_numpy(dtype=np.float64)
    level = mean_level(values, weights)
    absent = np.isnan(values) & (shares.to_numpy(dtype=np.float64) > 0)
    if absent.any():
        states = frame["state"].reindex(shares.index)[absent]
        hidden = int((states == "suppressed").sum())
        words = [f"suppressed in {hidden}"] if hidden else []
        words += [f"missing in {int(absent.sum()) - hidden}"] if absent.sum() > hidden else []
        reason = f"{' and '.join(words)} of {len(shares)} small areas"
        if is_count or np.isnan(level.value):
            return None, plain(level.coverage), reason
        return plain(level.value), plain(level.coverage), reason
    if is_count:
        return (
            plain(float((values * shares.to_numpy(dtype=np.float64)).sum())),
            plain(level.coverage),
            "",
        )
    return plain(level.value), plain(level.coverage), ""


def hold_back(value: float | None, reason: str, row: IndicatorRow) -> tuple[float | None, str]:
    """Hold back a count below LEAST_SHOWN of an upload marked confidential; 0 tells as much as 1 does."""
    if value is not None and row.confidential and row.nature == "extensive" and value < LEAST_SHOWN:
        return None, f"fewer than {LEAST_SHOWN}"
    return value, reason


def _beside(
    one: Any, people: pd.Series, frame: pd.DataFrame, row: IndicatorRow, is_count: bool
) -> dict[str, Any]:
    told = {
        "kind": one.kind,
        "code": one.code,
        "name": one.name,
        "value": None,
        "reason": one.reason,
    }
    if one.reason:
        return told
    residents = people.reindex(one.weights.index)
    if is_count:
        shares = pd.Series(1.0, index=residents.index)
        value, _, reason = level_of(frame, shares, residents, True)
        value, reason = hold_back(value, reason, row)
        whole = float(residents.sum())
        return told | {
            "value": plain(1000 * value / whole) if value is not None and whole else None,
            "reason": reason,
        }
    level = mean_level(
        frame["value"].reindex(residents.index).to_numpy(dtype=np.float64),
        residents.to_numpy(dtype=np.float64),
    )
    return told | {"value": plain(level.value)}


def _period(
    session: Session, ground: Ground, row: IndicatorRow, period: str, carried_from: str | None
) -> dict[str, Any]:
    if carried_from is not None:
        reason = f"repeats {carried_from}: no measurement of its own"
        return {"period": period, "value": None, "carried_from": carried_from, "reason": reason}
    frame = indicator_frame(session, row.id, list(ground.residents.index), period, protected=False)
    shares = ground.subject.shares[ground.estimate]
    value, _, reason = level_of(frame, shares, ground.residents, row.nature == "extensive")
    value, reason = hold_back(value, reason, row)
    return {"period": period, "value": value, "carried_from": None, "reason": reason}
