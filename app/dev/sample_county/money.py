"""An invented ledger with money at every grade of place, so that every rule of counting shows.

Two funders, seven financial years, planned, awarded and paid, odd pence; no refunds. The last
column but one says the grade: A point or postcode, B small area or MSOA, C ward or parish,
D district, E wider, F only the recipient's office, G nothing.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from app.dev.sample_county import places
from app.dev.sample_county.layers import MERGER, SOURCE
from app.dev.sample_county.need import Floats
from app.dev.sample_county.partners import Partnership
from app.dev.sample_county.postcodes import CURRENT, NOT_CURRENT
from boundaries.crs import BNG

GRANTS, RENEWAL = "demo-grantly-grants", "demo-renewal-fund"
FUNDER = {GRANTS: "The Grantly Foundation", RENEWAL: "Barsetshire Renewal Fund"}
PROGRAMMES = {
    GRANTS: ("Small Sparks", "Places to Meet", "Young Barset"),
    RENEWAL: ("Neighbourhood Wardens", "Homes and Streets", "Learning and Work"),
}
THEMES = {
    "Small Sparks": "community",
    "Places to Meet": "community",
    "Young Barset": "children and young people",
    "Neighbourhood Wardens": "crime and safety",
    "Homes and Streets": "housing and streets",
    "Learning and Work": "learning and work",
}
COLUMNS = (
    "id", "file_id", "row", "identifier", "title", "funder", "programme", "recipient", "stage",
    "amount_pence", "currency", "awarded_on", "financial_year", "place_kind", "place_text",
    "place_code", "place_type", "place_name", "place_postcode", "place_geom", "partnership_slug",
    "grade", "theme", "recipient_postcode", "recipient_lad", "demo",
)  # fmt: skip
WORKS = (
    "Breakfast club", "Repair café", "Street wardens", "Play area", "Debt advice", "Job club",
    "Warm rooms", "Youth bus", "Boxing gym", "Allotments", 'Tea & "talk" <all welcome>',
    "Reading partners", "Roof repairs", "Community kitchen", "Lighting the cut", "Pocket park",
    "Toddler group", "Bicycle library", "Choir", "Estate clean-up", "First-aid courses",
)  # fmt: skip
BODIES = (
    "Docks Residents' Association", "Hoggle End Tenants", "St Jude's Advice Centre",
    "Barset Playing Fields", "Hiram's Hospital Charity", "Vale Community Transport",
    "Silverbridge Weavers' Trust", "Close Youth Club", "Quiverful Family Centre",
    "East Barset Voluntary Action", "The Dragon Rooms", "Friends of Palace Meadow",
)  # fmt: skip
# kind of place, lines of it, in the order of the grades
PLAN = (
    ("point", 12), ("postcode", 24), ("lsoa11", 14), ("lsoa21", 7), ("msoa", 5), ("wd", 12),
    ("par", 6), ("ncp", 2), ("lad", 11), ("partnership", 5), ("cty", 4), ("rgn", 3),
    ("recipient", 15), ("none", 8),
)  # fmt: skip
GRADE = {
    "point": "A", "postcode": "A", "lsoa11": "B", "lsoa21": "B", "msoa": "B", "wd": "C",
    "par": "C", "ncp": "C", "lad": "D", "partnership": "E", "cty": "E", "rgn": "E",
    "recipient": "F", "none": "G",
}  # fmt: skip
STAGES = ("awarded",) * 6 + ("paid", "awarded", "planned", "awarded")


@dataclass(frozen=True)
class ResourceFile:
    """Where lines come from; every row of an invented file is a line, none is refused."""

    file_id: str
    title: str
    publisher: str
    rows_in: int
    sha256: str
    licence: str = "CC0 1.0 (invented)"
    attribution: str = "Invented for the demo county Barsetshire; no real payment"


@dataclass(frozen=True)
class Ground:
    """What the ledger draws places from.

    `cells` and `names` per level, `postcodes`, hidden `need` per cell, and `worst`: True for the
    cells of the small areas in the most deprived tenth in 2019.
    """

    cells: pd.DataFrame
    names: dict[str, dict[str, str]]
    postcodes: pd.DataFrame
    need: Floats
    worst: NDArray[np.bool_]
    partnerships: list[Partnership]
    rng: np.random.Generator
    pools: dict[str, list[str]] = field(default_factory=dict)


def make_ledger(ground: Ground) -> tuple[gpd.GeoDataFrame, list[ResourceFile]]:
    """Write the lines (columns `COLUMNS`, geometry `place_geom`) and their two files."""
    kinds = [kind for kind, count in PLAN for _ in range(count)]
    order = ground.rng.permutation(len(kinds))
    rows: list[dict[str, Any]] = []
    counts = {GRANTS: 0, RENEWAL: 0}
    for serial, at in enumerate(order.tolist()):
        kind = kinds[at]
        # The fund knows its districts; the foundation knows postcodes and recipients.
        file_id = (
            RENEWAL if kind in {"lad", "cty", "partnership", "msoa"} or at % 3 == 0 else GRANTS
        )
        counts[file_id] += 1
        rows.append(_line(ground, kind, file_id, counts[file_id], serial))
    table = pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)
    table = table.where(table.notna(), None).astype(
        {"row": "int64", "amount_pence": "int64", "demo": "bool"}
    )
    frame = gpd.GeoDataFrame(table, geometry="place_geom", crs=BNG)
    frame = frame.sort_values(["file_id", "row"], ignore_index=True)
    return frame, [
        describe_file(frame, GRANTS, "Grants of the Grantly Foundation (invented)"),
        describe_file(frame, RENEWAL, "Barsetshire Renewal Fund awards (invented)"),
    ]


def describe_file(frame: gpd.GeoDataFrame, file_id: str, title: str) -> ResourceFile:
    """Name a file and digest its rows as CSV, points as text."""
    mine = frame[frame["file_id"] == file_id]
    rows = pd.DataFrame(mine.drop(columns="place_geom"))
    rows["place_geom"] = shapely.to_wkt(mine["place_geom"].to_numpy())
    digest = hashlib.sha256(rows.to_csv(index=False).encode()).hexdigest()
    return ResourceFile(file_id, title, FUNDER[file_id], len(rows), digest)


def _line(ground: Ground, kind: str, file_id: str, row: int, serial: int) -> dict[str, Any]:
    rng = ground.rng
    awarded = date(2016, 4, 1) + timedelta(days=int(rng.integers(0, 7 * 365)))
    pounds = int(np.exp(rng.normal(9.0 if file_id == GRANTS else 10.6, 1.1)))
    # Two thirds are whole pounds, as in life; the others keep their pence.
    pence = pounds * 100 + (int(rng.integers(1, 100)) if serial % 3 == 0 else 0)
    current = ground.postcodes[ground.postcodes["status"] == CURRENT]
    office = current.iloc[int(rng.integers(0, len(current)))]
    line: dict[str, Any] = dict.fromkeys(COLUMNS)
    line |= {
        "id": f"{file_id}:{row}",
        "file_id": file_id,
        "row": row,
        "identifier": f"X-{'GF' if file_id == GRANTS else 'RF'}-{row:04d}",
        "title": WORKS[serial % len(WORKS)],
        "funder": FUNDER[file_id],
        "programme": PROGRAMMES[file_id][int(rng.integers(0, 3))],
        "recipient": BODIES[int(rng.integers(0, len(BODIES)))],
        # Wards and whole partnerships are always awards, so that both ways of counting show.
        "stage": "awarded" if kind in {"wd", "partnership"} else STAGES[serial % len(STAGES)],
        "amount_pence": pence,
        "currency": "EUR" if kind == "point" and "eur" not in ground.pools else "GBP",
        "awarded_on": awarded,
        "financial_year": financial_year(awarded),
        "grade": GRADE[kind],
        "recipient_postcode": str(office["postcode"]),
        "recipient_lad": str(office["lad_code"]),
        "demo": True,
    }
    if line["currency"] == "EUR":
        ground.pools["eur"] = [line["id"]]
    if file_id == RENEWAL and serial % 4 == 0:
        # Some sources give a yearly amount and no day.
        line["awarded_on"] = None
    line["theme"] = THEMES[line["programme"]]
    return line | _place(ground, kind, awarded)


def financial_year(day: date) -> str:
    """Name the year from April to March that holds a day: 2019-03-31 is in 2018-19."""
    start = day.year if day.month >= 4 else day.year - 1
    return f"{start}-{(start + 1) % 100:02d}"


def _place(ground: Ground, kind: str, awarded: date) -> dict[str, Any]:
    if kind in {"point", "postcode"}:
        return _spot(ground, kind)
    if kind in {"recipient", "none"}:
        return {"place_kind": kind, "place_text": ""}
    if kind == "partnership":
        turn = _next(ground, kind, [part.slug for part in ground.partnerships], weighted=False)
        name = next(part.name for part in ground.partnerships if part.slug == turn)
        return {"place_kind": kind, "place_text": "whole partnership", "place_type": kind,
                "place_name": name, "partnership_slug": turn}  # fmt: skip
    column = {"msoa": "msoa11", "lad": "lad23" if awarded >= MERGER else "lad19"}.get(kind, kind)
    if kind == "lad":
        code = _next(ground, column, sorted(ground.names[column]), weighted=False)
    else:
        code = _next(ground, column, sorted(ground.names[column]), weighted=True)
    name = ground.names[column][code]
    by_name = kind in {"wd", "par", "cty", "rgn"}
    return {
        "place_kind": "wide" if kind in {"cty", "rgn"} else "area",
        "place_text": name if by_name else code,
        "place_code": code,
        "place_type": column[:4] if column.startswith(("lsoa", "msoa")) else column[:3],
        "place_name": name,
    }


def _next(ground: Ground, column: str, codes: list[str], *, weighted: bool) -> str:
    """Take the next place of a level: needier ones earlier, none twice until all were taken."""
    if not ground.pools.get(column):
        if weighted:
            need = pd.Series(np.exp(1.3 * ground.need)).groupby(ground.cells[column]).mean()
            weight = need.reindex(codes).to_numpy(dtype=float)
            drawn = ground.rng.choice(
                len(codes), len(codes), replace=False, p=weight / weight.sum()
            )
        else:
            drawn = ground.rng.permutation(len(codes))
        pool = [codes[at] for at in drawn.tolist()][::-1]
        first = _wanted(ground, column, codes)
        pool = [code for code in pool if code not in first]
        ground.pools[column] = [*pool[:-2], *first, *pool[-2:]]
    return ground.pools[column].pop()


def _wanted(ground: Ground, column: str, codes: list[str]) -> list[str]:
    """Name places in the two districts of the demo page that the ledger must not miss.

    Two small areas that ended in 2021, so that old codes are met; and the wards that lie mostly,
    and least, in the most deprived tenth without lying in it wholly, so that money is estimated.
    """
    home = ground.cells["lad23"].isin([places.HOGGLESTOCK, places.ST_EWOLDS])
    if column == "lsoa11":
        here = set(ground.cells.loc[home, "lsoa11"])
        gone = [code for code in codes if code not in ground.names["lsoa21"]]
        return sorted(gone, key=lambda code: (code not in here, code))[:2]
    if column == "wd":
        people = ground.cells["people"].where(home, 0)
        worst = (people * ground.worst).groupby(ground.cells["wd"]).sum()
        share = (worst / people.groupby(ground.cells["wd"]).sum()).dropna()
        partly = share[(share > 0) & (share < 1)].sort_values(kind="stable")
        return sorted({str(partly.index[0]), str(partly.index[-1])}) if len(partly) else []
    return []


def _spot(ground: Ground, kind: str) -> dict[str, Any]:
    """Take a postcode, needier cells more often; a point lies at a postcode without naming it."""
    if kind not in ground.pools:
        # The first postcode line names one that is no longer current, as old grants do.
        status = NOT_CURRENT if kind == "postcode" else CURRENT
        ground.pools[kind] = []
    else:
        status = CURRENT
    offers = ground.postcodes[ground.postcodes["status"] == status]
    weight = np.exp(1.1 * ground.need[offers["cell"].to_numpy()])
    row = offers.iloc[int(ground.rng.choice(len(offers), p=weight / weight.sum()))]
    east, north = int(row["easting"]), int(row["northing"])
    named = kind == "postcode"
    return {
        "place_kind": kind,
        "place_text": str(row["postcode"]) if named else f"{east}, {north}",
        "place_postcode": str(row["postcode"]) if named else None,
        "place_geom": shapely.Point(east, north),
    }


def make_envelopes() -> pd.DataFrame:
    """List two programmes' allocations: envelopes beside the lines, never among them."""
    rows = [
        ("demo-renewal-hogglestock", places.HOGGLESTOCK, "Hogglestock", 450_000_000),
        ("demo-renewal-barchester", places.BARCHESTER, "Barchester", 325_000_000),
    ]
    return pd.DataFrame(
        [
            {
                "id": identifier,
                "programme": "Barsetshire Renewal Fund",
                "title": f"Renewal Fund allocation for {name} (invented)",
                "funder": FUNDER[RENEWAL],
                "lad_code": code,
                "area_name": name,
                "amount_pence": pence,
                "period": "2016-17 to 2022-23",
                "source": SOURCE,
                "demo": True,
            }
            for identifier, code, name, pence in rows
        ]
    )
