"""Invented indicators beside the index: one withheld where few, one missing in places, one carried forward.

They follow the hidden need that the index follows, and use no randomness of their own: the county stays
what it is for a seed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# A count below this is withheld, others are rounded to 5, as the real numerators are.
LEAST_TOLD = 10


@dataclass(frozen=True)
class Measure:
    """One indicator: `values` has period, code, value (NaN where there is none) and state."""

    indicator_id: str
    title: str
    definition: str
    unit: str
    direction: str
    nature: str
    denominator: str | None
    area_set: str
    release_id: str
    values: pd.DataFrame


def make_measures(fields: dict[str, Floats], cells: pd.DataFrame) -> list[Measure]:
    """Make the invented indicators of both sets of small areas."""
    older, people = _means(fields, cells, "lsoa11")
    newer, _ = _means(fields, cells, "lsoa21")
    claimants = [
        _counted(year, people, 0.001 + 0.035 / (1 + np.exp(2.0 - older["need"] - 0.08 * step * older["change"])))
        for step, year in enumerate(("2018-03", "2019-03", "2020-03"))
    ]  # fmt: skip
    passed = 100 / (1 + np.exp(-0.7 + 0.5 * older["need"] + 0.3 * older["education"]))
    # Pupils were not examined in two years, so the publisher repeats the year before.
    attainment = [
        _rates(year, passed.round(1), older["remote"]) for year in ("2018/19", "2019/20", "2020/21")
    ]
    crowded = 12 / (1 + np.exp(1.4 - newer["need"] + 0.4 * newer["living"]))
    return [
        Measure(
            "claimants-demo", "Claimants (invented)", "People out of work, rounded to 5; fewer than 10 are withheld.",
            "people", "higher-is-worse", "extensive", "people", "lsoa-2011", "lsoa-2011-12-demo",
            pd.concat(claimants, ignore_index=True),
        ),
        Measure(
            "attainment-demo", "Pupils who pass at 16 (invented)", "Share of pupils who pass at 16; in the "
            "most remote areas there are too few schools to tell. Two years repeat 2018/19.",
            "per cent", "lower-is-worse", "intensive", None, "lsoa-2011", "lsoa-2011-12-demo",
            pd.concat(attainment, ignore_index=True),
        ),
        Measure(
            "overcrowding-demo", "Overcrowded households (invented)",
            "Share of households with too few rooms.", "per cent", "higher-is-worse", "intensive",
            "households", "lsoa-2021", "lsoa-2021-12-demo", _rates("2021", crowded.round(1), None),
        ),
    ]  # fmt: skip


def _means(
    fields: dict[str, Floats], cells: pd.DataFrame, column: str
) -> tuple[dict[str, pd.Series], pd.Series]:
    """Average each hidden field over the people of each small area, and count the people."""
    weight = cells["people"].to_numpy() + 0.001
    by = pd.Series(weight).groupby(cells[column].to_numpy(dtype=str)).sum()
    means = {
        name: pd.Series(weight * values).groupby(cells[column].to_numpy(dtype=str)).sum() / by
        for name, values in fields.items()
    }
    return means, by.round()


def _counted(period: str, people: pd.Series, share: pd.Series) -> pd.DataFrame:
    counts = (people * share / 5).round() * 5
    told = counts.where(counts >= LEAST_TOLD)
    state = np.where(told.notna(), "value", "suppressed")
    return pd.DataFrame(
        {"period": period, "code": counts.index, "value": told.to_numpy(), "state": state}
    )


def _rates(period: str, rates: pd.Series, remote: pd.Series | None) -> pd.DataFrame:
    """Give rates, missing in the most remote twentieth where that is told."""
    known = rates if remote is None else rates.where(remote < remote.quantile(0.95))
    state = np.where(known.notna(), "value", "missing")
    return pd.DataFrame(
        {"period": period, "code": rates.index, "value": known.to_numpy(), "state": state}
    )
