"""Other indicators of a profile: sums, means, what is missing, and small counts held back."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sqlalchemy.orm import Session

from app.indicators.definitions import Definition
from app.indicators.readers.indicator_files import IndicatorValues
from app.indicators.storing import Publication, store_indicator
from app.places.demo import DEMO_SLUG
from app.profiles.indicator_themes import hold_back, level_of, read_ids
from app.profiles.profile import partnership_profile
from boundaries.errors import Invalid

CODES = pd.Index(["a", "b"])
SHARES = pd.Series([1.0, 0.5], index=CODES)
PEOPLE = pd.Series([100.0, 300.0], index=CODES)
DAY = date(2026, 11, 28)


def frame(values: list[float], state: str = "value") -> pd.DataFrame:
    states = [state if np.isnan(value) else "value" for value in values]
    return pd.DataFrame({"value": values, "state": states}, index=CODES)


def test_a_count_is_the_sum_of_its_shares_and_a_rate_the_mean_by_people() -> None:
    assert level_of(frame([10.0, 40.0]), SHARES, PEOPLE, is_count=True) == (30.0, 1.0, "")
    # (100·10 + 300·40) / 400
    assert level_of(frame([10.0, 40.0]), SHARES, PEOPLE, is_count=False) == (32.5, 1.0, "")


def test_a_count_with_a_hidden_part_is_not_told_and_the_reason_is() -> None:
    value, coverage, reason = level_of(
        frame([10.0, np.nan], "suppressed"), SHARES, PEOPLE, is_count=True
    )
    assert (value, coverage, reason) == (None, 0.25, "suppressed in 1 of 2 small areas")
    rate = level_of(frame([10.0, np.nan], "missing"), SHARES, PEOPLE, is_count=False)
    assert rate == (10.0, 0.25, "missing in 1 of 2 small areas")


@pytest.mark.parametrize(
    ("value", "confidential", "shown"),
    [(10.0, True, 10.0), (9.999, True, None), (0.0, True, None), (9.0, False, 9.0), (None, True, None)],
)  # fmt: skip
def test_a_count_of_a_confidential_upload_is_shown_from_ten_on(
    value: float | None, confidential: bool, shown: float | None
) -> None:
    row: Any = SimpleNamespace(confidential=confidential, nature="extensive")
    assert hold_back(value, "", row)[0] == shown


def test_a_rate_is_no_count_and_is_not_held_back() -> None:
    row: Any = SimpleNamespace(confidential=True, nature="intensive")
    assert hold_back(3.0, "", row) == (3.0, "")


def test_a_profile_takes_twelve_indicators_each_once() -> None:
    assert read_ids(" a, b ,,a") == ["a", "b"]
    assert read_ids(None) == []
    with pytest.raises(Invalid, match="12 indicators"):
        read_ids(",".join(f"i{number}" for number in range(13)))


@pytest.mark.slow
def test_small_confidential_counts_stay_hidden_in_profile_comparators_and_periods(
    demo_db: Session,
) -> None:
    codes = [area["code"] for area in partnership_profile(demo_db, DEMO_SLUG, None, DAY).areas]
    for name, each in (("many", 1.0), ("few", 0.0)):
        counts = [each] * len(codes)
        counts[0] = 9.0
        definition = Definition(
            name, "", name, "Counted.", "people", "higher-is-worse", "extensive"
        )
        rows = pd.DataFrame({"code": codes, "value": counts, "state": "value"})
        periods = [rows.assign(period=period) for period in ("2021", "2022")]
        values = pd.concat(periods, ignore_index=True).assign(rank=pd.Series(pd.NA, dtype="Int64"))
        publication = Publication(
            "upload", "Somebody", "A licence", "© Somebody", confidential=True
        )
        store_indicator(
            demo_db,
            IndicatorValues(definition, values, 2 * len(codes)),
            publication,
            "lsoa",
            "lsoa-2011",
        )
    made = partnership_profile(demo_db, DEMO_SLUG, None, DAY, ["many", "few"])
    many, few = made.body["indicators"]
    # 91 areas of 1 and one of 9; then 91 of none and one of 9
    assert many["value"] == 100.0
    assert few["value"] is None
    assert few["reason"] == "fewer than 10"
    assert few["per_1000_people"] is None
    assert [one["value"] for one in few["comparators"]] == [None] * len(few["comparators"])
    # the second period repeats the first one, and nobody draws it as a trend
    assert [period["value"] for period in many["periods"]] == [100.0, None]
    assert many["periods"][1]["carried_from"] == "2021"
    assert [period["value"] for period in few["periods"]] == [None, None]
    receipt = made.body["receipts"][many["receipt"]]
    assert "indicator=many" in receipt["rows"]
    assert receipt["attribution"] == "© Somebody"
