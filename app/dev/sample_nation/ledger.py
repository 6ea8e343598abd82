"""An invented ledger of national size, drawn all at once: the columns, kinds and grades of the demo county's.

One placed line in seven lies in the first county, so that one partnership has very many.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from app.dev.sample_county.layers import MERGER, SOURCE
from app.dev.sample_county.money import (
    BODIES,
    COLUMNS,
    FUNDER,
    GRADE,
    GRANTS,
    PLAN,
    PROGRAMMES,
    RENEWAL,
    STAGES,
    THEMES,
    WORKS,
    ResourceFile,
    describe_file,
    financial_year,
)
from app.dev.sample_county.naming import Names
from app.dev.sample_county.need import Floats, largest_remainder
from app.dev.sample_county.partners import Partnership
from app.dev.sample_county.plan import Plan
from app.dev.sample_county.postcodes import CURRENT
from boundaries.crs import BNG

FIRST_COUNTY_SHARE = 1 / 7
DAYS = [date(2016, 4, 1) + timedelta(days=day) for day in range(9 * 365)]
Picks = NDArray[np.int64]


def make_ledger(
    count: int,
    cells: pd.DataFrame,
    names: dict[str, Names],
    postcodes: pd.DataFrame,
    need: Floats,
    partnerships: list[Partnership],
    rng: np.random.Generator,
) -> tuple[gpd.GeoDataFrame, list[ResourceFile]]:
    """Write `count` lines (columns `COLUMNS`, geometry `place_geom`) and their two files.

    Kinds of place come in the demo county's proportions; needier places are drawn more often.
    """
    parts = largest_remainder(count, np.array([lines for _, lines in PLAN]))
    kinds = np.repeat([kind for kind, _ in PLAN], parts)[rng.permutation(count)]
    table = _lines(kinds, postcodes, rng)
    east, north = np.full(count, np.nan), np.full(count, np.nan)
    for kind, _ in PLAN:
        rows = np.flatnonzero(kinds == kind)
        if kind in {"point", "postcode"}:
            weight = np.exp(1.1 * need[postcodes["cell"].to_numpy()])
            weight *= (postcodes["status"] == CURRENT).to_numpy()
            home = postcodes["lad_code"].to_numpy(dtype=str)
            picked = postcodes.iloc[_draw(home, weight, len(rows), rng)]
            east[rows], north[rows] = picked["easting"], picked["northing"]
            _write(table, rows, _spots(picked, kind))
        elif kind == "partnership":
            aligned = [part for part in partnerships if part.authorities]
            home = np.array([part.authorities[0] for part in aligned])
            at = _draw(home, np.ones(len(aligned)), len(rows), rng)
            _write(table, rows, _wholes([aligned[one] for one in at.tolist()]))
        elif kind in {"recipient", "none"}:
            _write(table, rows, {"place_text": "", "place_kind": kind})
        elif kind == "lad":
            late = np.array([day >= MERGER for day in table["day"].to_numpy()[rows]])
            for column, mine in (("lad19", rows[~late]), ("lad23", rows[late])):
                _write(table, mine, _areas(column, len(mine), cells, names, need, rng))
        else:
            column = {"msoa": "msoa11"}.get(kind, kind)
            _write(table, rows, _areas(column, len(rows), cells, names, need, rng))
    table["place_geom"] = np.where(np.isfinite(east), shapely.points(east, north), None)
    tidy = table[list(COLUMNS)].astype(object)
    tidy = tidy.where(tidy.notna(), None).astype(
        {"row": "int64", "amount_pence": "int64", "demo": "bool"}
    )
    frame = gpd.GeoDataFrame(tidy, geometry="place_geom", crs=BNG)
    frame = frame.sort_values(["file_id", "row"], ignore_index=True)
    said = "Invented for the invented nation; no real payment"
    return frame, [
        replace(describe_file(frame, file_id, f"{FUNDER[file_id]} (invented)"), attribution=said)
        for file_id in (GRANTS, RENEWAL)
    ]


def make_envelopes(plans: list[Plan]) -> pd.DataFrame:
    """List one allocation for the city of each county: beside the lines, never among them."""
    return pd.DataFrame(
        [
            {
                "id": f"demo-renewal-{plan.unitary.lower()}",
                "programme": FUNDER[RENEWAL],
                "title": f"Renewal Fund allocation for {plan.towns[0].name} (invented)",
                "funder": FUNDER[RENEWAL],
                "lad_code": plan.unitary,
                "area_name": plan.towns[0].name,
                "amount_pence": 300_000_000 + 1_000_000 * number,
                "period": "2016-17 to 2024-25",
                "source": SOURCE,
                "demo": True,
            }
            for number, plan in enumerate(plans)
        ]
    )


def _lines(
    kinds: NDArray[np.str_], postcodes: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Draw all that is said of a line but its place; `day` is the day, also where it is not told."""
    count = len(kinds)
    serial = np.arange(count)
    fund = np.isin(kinds, ["lad", "cty", "partnership", "msoa"]) | (serial % 3 == 0)
    file_id = np.where(fund, RENEWAL, GRANTS)
    row = np.where(fund, np.cumsum(fund), np.cumsum(~fund))
    day = np.array(DAYS, dtype=object)[rng.integers(0, len(DAYS), count)]
    pence = np.exp(rng.normal(np.where(fund, 10.6, 9.0), 1.1)).astype(np.int64) * 100
    pence += np.where(serial % 3 == 0, rng.integers(1, 100, count), 0)
    third = rng.integers(0, 3, count).tolist()
    programme = [PROGRAMMES[one][at] for one, at in zip(file_id.tolist(), third, strict=True)]
    office = postcodes[postcodes["status"] == CURRENT]
    office = office.iloc[rng.integers(0, len(office), count)]
    always = np.isin(kinds, ["wd", "partnership"])
    first_point = np.flatnonzero(kinds == "point")[:1]
    short = np.where(fund, "X-RF-", "X-GF-")
    return pd.DataFrame(
        {
            "id": [f"{one}:{at}" for one, at in zip(file_id, row, strict=True)],
            "file_id": file_id,
            "row": row,
            "identifier": [f"{one}{at:06d}" for one, at in zip(short, row, strict=True)],
            "title": np.array(WORKS)[serial % len(WORKS)],
            "funder": [FUNDER[one] for one in file_id.tolist()],
            "programme": programme,
            "recipient": np.array(BODIES)[rng.integers(0, len(BODIES), count)],
            "stage": np.where(always, "awarded", np.array(STAGES)[serial % len(STAGES)]),
            "amount_pence": pence,
            "currency": np.where(np.isin(serial, first_point), "EUR", "GBP"),
            # Some sources give a yearly amount and no day.
            "awarded_on": pd.Series(day).mask(fund & (serial % 4 == 0), None),
            "day": day,
            "financial_year": [financial_year(one) for one in day],
            "grade": [GRADE[kind] for kind in kinds.tolist()],
            "theme": [THEMES[one] for one in programme],
            "recipient_postcode": office["postcode"].to_numpy(),
            "recipient_lad": office["lad_code"].to_numpy(),
            "demo": True,
        }
    ).reindex(columns=[*COLUMNS, "day"]).astype(object)  # fmt: skip


def _draw(codes: NDArray[np.str_], weight: Floats, count: int, rng: np.random.Generator) -> Picks:
    """Draw positions by weight, the first county's raised so that it gets its share of them.

    The three digits after the kind say the county; the regions' never begin at the first one's.
    """
    first = np.array([code[3:6] == "001" and code[:3] != "X12" for code in codes.tolist()])
    share = np.where(first, weight, 0.0)
    rest = weight - share
    if first.any() and rest.sum():
        parts = share / share.sum() * FIRST_COUNTY_SHARE
        share = parts + rest / rest.sum() * (1 - FIRST_COUNTY_SHARE)
    else:
        share = weight / weight.sum()
    return rng.choice(len(codes), count, p=share / share.sum())


def _areas(
    column: str,
    count: int,
    cells: pd.DataFrame,
    names: dict[str, Names],
    need: Floats,
    rng: np.random.Generator,
) -> dict[str, Any]:
    """Place lines in areas of one level, told by code or, for some levels, by name."""
    mean = pd.Series(np.exp(1.3 * need)).groupby(cells[column]).mean().sort_index()
    codes = mean.index.to_numpy(dtype=str)
    picked = codes[_draw(codes, mean.to_numpy(), count, rng)]
    called = [names[column][code] for code in picked.tolist()]
    wide = column in {"cty", "rgn"}
    return {
        "place_kind": "wide" if wide else "area",
        "place_text": called if wide or column in {"wd", "par"} else picked,
        "place_code": picked,
        "place_type": column[:4] if column.startswith(("lsoa", "msoa")) else column[:3],
        "place_name": called,
    }


def _spots(picked: pd.DataFrame, kind: str) -> dict[str, Any]:
    """Place lines at postcodes; a point lies at one without naming it."""
    named = picked["postcode"].to_numpy()
    pairs = zip(picked["easting"], picked["northing"], strict=True)
    return {
        "place_kind": kind,
        "place_text": named
        if kind == "postcode"
        else [f"{east}, {north}" for east, north in pairs],
        "place_postcode": named if kind == "postcode" else None,
    }


def _wholes(given: list[Partnership]) -> dict[str, Any]:
    return {
        "place_kind": "partnership",
        "place_text": "whole partnership",
        "place_type": "partnership",
        "place_name": [part.name for part in given],
        "partnership_slug": [part.slug for part in given],
    }


def _write(table: pd.DataFrame, rows: Picks, values: dict[str, Any]) -> None:
    for column, value in values.items():
        table.iloc[rows, table.columns.get_loc(column)] = value
