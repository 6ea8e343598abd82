"""People, households and an invented index of deprivation that clusters as the real one does.

The index follows the published method on invented domain scores: ranks within the county's own
small areas, exponential transformation, the official weights. Its ranks mean nothing outside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from app.dev.sample_county.layers import SOURCE
from app.dev.sample_county.plan import Plan
from app.dev.sample_county.postcodes import CURRENT
from app.dev.sample_county.shapes import Cells

Floats = NDArray[np.float64]

# Indices of Deprivation 2019, Technical Report, section 3.8.
DOMAIN_WEIGHTS = {
    "income": 0.225,
    "employment": 0.225,
    "education": 0.135,
    "health": 0.135,
    "crime": 0.093,
    "barriers": 0.093,
    "living": 0.093,
}


@dataclass(frozen=True)
class Index:
    """One edition: `values` has code, measure, score, rank (1 = most deprived), decile."""

    index_id: str
    title: str
    area_set: str
    release_id: str
    areas_total: int
    published_on: date
    values: pd.DataFrame


def make_households(people: NDArray[np.int64], town: NDArray[np.int64]) -> NDArray[np.int64]:
    """Divide people into homes, 2.2 a home in towns and 2.4 in the country, rounded."""
    return np.round(people / np.where(town >= 0, 2.2, 2.4)).astype(np.int64)


def make_weights(cells: pd.DataFrame, postcodes: pd.DataFrame) -> pd.DataFrame:
    """Count people (mid-2020), households (2021) and current postcodes for both sets of areas.

    The 2021 set is re-based from the 2011 set: exact where unchanged or merged; a split area's
    people go by current postcodes, whole persons by largest remainder, marked estimated. Totals
    are conserved. Columns code, area_set, measure, period, value, estimated, source.
    """
    current = postcodes[postcodes["status"] == CURRENT]
    links = cells[["lsoa11", "lsoa21"]].drop_duplicates().sort_values(["lsoa11", "lsoa21"])
    keys = [current["lsoa11_code"].rename("lsoa11"), current["lsoa21_code"].rename("lsoa21")]
    links = links.set_index(["lsoa11", "lsoa21"])
    links["postcodes"] = current.groupby(keys).size().reindex(links.index, fill_value=0)
    links = links.reset_index()
    parts = []
    for measure, period in (("people", "mid-2020"), ("households", "2021")):
        old = cells.groupby("lsoa11")[measure].sum()
        parts.append(_weights(old, "lsoa-2011", measure, period, frozenset()))
        shared = links.assign(value=links["lsoa11"].map(old))
        parted = links.groupby("lsoa11")["lsoa21"].transform("size") > 1
        for code, rows in links[parted].groupby("lsoa11"):
            shared.loc[rows.index, "value"] = largest_remainder(
                int(old[code]), rows["postcodes"].to_numpy()
            )
        estimated = frozenset(links.loc[parted, "lsoa21"])
        new = shared.groupby("lsoa21")["value"].sum()
        parts.append(_weights(new, "lsoa-2021", measure, period, estimated))
    for column, area_set in (("lsoa11", "lsoa-2011"), ("lsoa21", "lsoa-2021")):
        count = links.groupby(column)["postcodes"].sum()
        parts.append(_weights(count, area_set, "postcodes", "2023-05", frozenset()))
    frame = pd.concat(parts, ignore_index=True)
    return frame.sort_values(["area_set", "measure", "code"], ignore_index=True)


def _weights(
    values: pd.Series, area_set: str, measure: str, period: str, estimated: frozenset[str]
) -> pd.DataFrame:
    codes = [str(code) for code in values.index]
    return pd.DataFrame(
        {
            "code": codes,
            "area_set": area_set,
            "measure": measure,
            "period": period,
            "value": values.to_numpy(dtype=np.int64),
            "estimated": [code in estimated for code in codes],
            "source": SOURCE,
        }
    )


def largest_remainder(total: int, weights: NDArray[np.int64]) -> list[int]:
    """Share whole units by weight so that they add up; ties go to the earlier; no weight, evenly."""
    shares = weights if weights.sum() else np.ones_like(weights)
    whole = int(shares.sum())
    floors = [total * int(share) // whole for share in shares]
    rest = [total * int(share) % whole for share in shares]
    first = sorted(range(len(floors)), key=lambda at: (-rest[at], at))
    for at in first[: total - sum(floors)]:
        floors[at] += 1
    return floors


def cell_need(cells: Cells, plan: Plan, rng: np.random.Generator) -> dict[str, Floats]:
    """Draw hidden need per cell: `need`, a smooth `change` to 2025, one smooth field per domain."""
    need = 0.35 * (cells.town >= 0) + 0.25 * (cells.town == 0)
    for east, north, reach, strength in plan.hardship:
        centre = plan.metres(((east, north),))[0]
        far = np.hypot(*(cells.point - centre).T) / 1000.0
        need = need + strength * np.exp(-0.5 * (far / reach) ** 2)
    fields = {"need": need + 0.35 * _smooth(cells, rng), "change": _smooth(cells, rng)}
    for domain in DOMAIN_WEIGHTS:
        fields[domain] = _smooth(cells, rng)
    crowd = cells.people / np.array([polygon.area for polygon in cells.polygon]) * 1e6
    fields["remote"] = -np.log10(np.maximum(crowd, 1.0))
    return fields


def _smooth(cells: Cells, rng: np.random.Generator) -> Floats:
    """Random values averaged three times with their neighbours, mean 0 and deviation 1."""
    values = rng.normal(size=len(cells.people))
    degree = np.bincount(cells.left, minlength=len(values)) + np.bincount(
        cells.right, minlength=len(values)
    )
    for _ in range(3):
        total = np.bincount(cells.left, weights=values[cells.right], minlength=len(values))
        total += np.bincount(cells.right, weights=values[cells.left], minlength=len(values))
        values = (values + total) / (1 + degree)
    even: Floats = (values - values.mean()) / values.std()
    return even


def make_index(
    fields: dict[str, Floats],
    cells: pd.DataFrame,
    column: str,
    year: int,
    rng: np.random.Generator,
) -> Index:
    """Rank the small areas of one set on seven domains and on the index made of them."""
    weight = cells["people"].to_numpy() + 0.001
    codes, area = np.unique(cells[column].to_numpy(dtype=str), return_inverse=True)
    size = np.bincount(area, weights=weight)

    def mean(name: str) -> Floats:
        return np.bincount(area, weights=weight * fields[name]) / size

    later = 0.35 * (year - 2019) / 6
    need = mean("need") + later * mean("change") + rng.normal(0.0, 0.12, len(codes))
    part = {
        domain: mean(domain) * 0.8 + rng.normal(0.0, 0.18, len(codes)) for domain in DOMAIN_WEIGHTS
    }
    remote = mean("remote")
    raw = {
        "income": 0.42 / (1 + np.exp(2.0 - 1.05 * (need + 0.25 * part["income"]))),
        "employment": 0.34 / (1 + np.exp(2.1 - 1.0 * (need + 0.28 * part["employment"]))),
        "education": 16.0 * np.exp(0.55 * (need + 0.5 * part["education"])),
        "health": 0.62 * need + 0.4 * part["health"] - 0.6,
        "crime": 0.5 * need + 0.5 * part["crime"] - 0.4 - 0.12 * remote,
        "barriers": 24.0 + 6.0 * part["barriers"] + 5.5 * (remote + 3.0),
        "living": 18.0 * np.exp(0.25 * need + 0.45 * part["living"] + 0.05 * remote),
    }
    count = len(codes)
    total = np.zeros(count)
    rows = []
    for domain, share in DOMAIN_WEIGHTS.items():
        # Rates need finer steps than the other scores, or their distinct values would drift.
        score, rank = _ranked(raw[domain], codes, 5 if domain in {"income", "employment"} else 3)
        relative = (count + 1 - rank) / count
        total += share * -23.0 * np.log(1 - relative * (1 - np.exp(-100 / 23)))
        rows.append((domain, score, rank))
    rows.insert(0, ("imd", *_ranked(total, codes, 3)))
    values = pd.concat(
        [
            pd.DataFrame(
                {
                    "code": codes,
                    "measure": measure,
                    "score": score,
                    "rank": rank,
                    "decile": -(-10 * rank // count),
                }
            )
            for measure, score, rank in rows
        ],
        ignore_index=True,
    )
    full = {"lsoa11": "2011", "lsoa21": "2021"}[column]
    return Index(
        index_id=f"imd-{year}-demo",
        title=f"Barsetshire Index of Deprivation {year} (invented; ranks within this county only)",
        area_set=f"lsoa-{full}",
        release_id=f"lsoa-{full}-12-demo",
        areas_total=count,
        published_on=date(year, 9 if year == 2019 else 10, 30),
        values=values,
    )


def _ranked(
    raw: Floats, codes: NDArray[np.str_], decimals: int
) -> tuple[Floats, NDArray[np.int64]]:
    """Round scores so that all differ; rank 1 is the highest."""
    order = np.lexsort((codes, -raw))
    steps = np.round(raw * 10**decimals).astype(np.int64)
    # Equal scores would share a rank; the demo parts them by one step, from the bottom up.
    for above, below in zip(order[-2::-1], order[:0:-1], strict=True):
        steps[above] = max(steps[above], steps[below] + 1)
    rank = np.empty(len(raw), dtype=np.int64)
    rank[order] = np.arange(1, len(raw) + 1)
    return steps / 10**decimals, rank
