"""Dissolve the cells into releases of boundaries, and write down lives, parents and successions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from app.dev.sample_county.plan import Plan
from boundaries.crs import BNG

CENSUS_2011, CENSUS_2021 = date(2011, 3, 27), date(2021, 3, 20)
MERGER = date(2023, 4, 1)
SOURCE = "invented with the demo county"

# release id, area type, column of the cell table, published on, title
RELEASES: tuple[tuple[str, str, str, date, str], ...] = (
    ("rgn-2023-05-demo", "rgn", "rgn", date(2023, 5, 31), "Region, May 2023"),
    ("cty-2023-05-demo", "cty", "cty", date(2023, 5, 31), "County, May 2023"),
    ("lad-2019-12-demo", "lad", "lad19", date(2019, 12, 31), "Districts, December 2019"),
    ("lad-2023-05-demo", "lad", "lad23", date(2023, 5, 31), "Districts, May 2023"),
    ("par-2023-05-demo", "par", "par", date(2023, 5, 31), "Parishes, May 2023"),
    ("ncp-2023-05-demo", "ncp", "ncp", date(2023, 5, 31), "Unparished areas, May 2023"),
    ("wd-2023-05-demo", "wd", "wd", date(2023, 5, 31), "Wards, May 2023"),
    ("msoa-2011-12-demo", "msoa", "msoa11", date(2011, 12, 31), "MSOAs of the 2011 set"),
    ("msoa-2021-12-demo", "msoa", "msoa21", date(2021, 12, 31), "MSOAs of the 2021 set"),
    ("lsoa-2011-12-demo", "lsoa", "lsoa11", date(2011, 12, 31), "Small areas of the 2011 set"),
    ("lsoa-2021-12-demo", "lsoa", "lsoa21", date(2021, 12, 31), "Small areas of the 2021 set"),
)


@dataclass(frozen=True)
class Layer:
    """One release: `frame` has code, name and a MULTIPOLYGON geometry in British National Grid."""

    release_id: str
    area_type: str
    published_on: date
    title: str
    frame: gpd.GeoDataFrame


def add_outer_levels(cells: pd.DataFrame, names: dict[str, dict[str, str]], plan: Plan) -> None:
    """Add the columns rgn, cty, ncp and keep `par` for real parishes; None where there is none."""
    cells["rgn"] = plan.region[0]
    cells["cty"] = pd.Series(plan.county[0], index=cells.index, dtype=object).where(
        cells["lad19"] != plan.unitary, None
    )
    bare = cells["par"].str.startswith("X43")
    cells["ncp"] = cells["par"].where(bare, None)
    cells["par"] = cells["par"].where(~bare, None)
    names["rgn"], names["cty"] = dict([plan.region]), dict([plan.county])
    names["ncp"] = {code: name for code, name in names["par"].items() if code[:3] == "X43"}
    names["par"] = {code: name for code, name in names["par"].items() if code[:3] == "X04"}


def make_layers(
    polygon: NDArray[np.object_], cells: pd.DataFrame, names: dict[str, dict[str, str]]
) -> dict[str, Layer]:
    """Dissolve the cells by each level's codes; a shared border stays the same vertices."""
    layers = {}
    for release, kind, column, published, title in RELEASES:
        rows = cells.groupby(column, sort=True).indices
        shapes = [_multi(shapely.coverage_union_all(polygon[rows[code]])) for code in rows]
        codes = [str(code) for code in rows]
        frame = gpd.GeoDataFrame(
            {"code": codes, "name": [names[column][code] for code in codes]},
            geometry=shapes,
            crs=BNG,
        )
        layers[release] = Layer(release, kind, published, f"Barsetshire (invented): {title}", frame)
    return layers


def _multi(shape: shapely.Geometry) -> shapely.MultiPolygon:
    whole = shapely.normalize(shape)
    return whole if isinstance(whole, shapely.MultiPolygon) else shapely.MultiPolygon([whole])


def make_areas(names: dict[str, dict[str, str]]) -> pd.DataFrame:
    """List every area's life, half-open: code, type, name, valid_from, valid_to (None: open)."""
    rows: list[tuple[str, str, str, date | None, date | None]] = []
    for kind in ("rgn", "cty", "par", "ncp", "wd"):
        rows += [(code, kind, name, None, None) for code, name in names[kind].items()]
    for code in sorted(names["lad19"].keys() | names["lad23"].keys()):
        name = names["lad19"].get(code) or names["lad23"][code]
        born = None if code in names["lad19"] else MERGER
        rows.append((code, "lad", name, born, None if code in names["lad23"] else MERGER))
    for kind in ("msoa", "lsoa"):
        old, new = names[f"{kind}11"], names[f"{kind}21"]
        for code in sorted(old.keys() | new.keys()):
            born = CENSUS_2011 if code in old else CENSUS_2021
            gone = None if code in new else CENSUS_2021
            rows.append((code, kind, old.get(code) or new[code], born, gone))
    frame = pd.DataFrame(rows, columns=["code", "type", "name", "valid_from", "valid_to"])
    frame[["valid_from", "valid_to"]] = frame[["valid_from", "valid_to"]].astype(object)
    frame = frame.where(frame.notna(), None)
    return frame.sort_values(["type", "code"], ignore_index=True)


def make_memberships(cells: pd.DataFrame) -> pd.DataFrame:
    """List parents: child_code, parent_code, parent_type, lookup, method, share (0 to 1).

    Small areas nest exactly in all but parishes and unparished areas, where `share` is the share
    of the small area's people and `method` is best-fit unless it lies wholly in one.
    """
    steps = [
        (child, column, kind, f"{child}-{column}-demo")
        for child in ("lsoa11", "lsoa21")
        for column, kind in (
            ("lad19", "lad"), ("lad23", "lad"), ("wd", "wd"), ("msoa" + child[-2:], "msoa"),
        )
    ]  # fmt: skip
    steps += [
        (child, lad, "lad", f"{child}-{lad}-demo")
        for child in ("msoa11", "msoa21", "wd", "par", "ncp")
        for lad in ("lad19", "lad23")
    ]
    steps += [
        (lad, column, column, f"{lad}-{column}-demo")
        for lad in ("lad19", "lad23")
        for column in ("cty", "rgn")
    ]
    steps.append(("cty", "rgn", "rgn", "cty-rgn-demo"))
    parts = []
    for child, parent, kind, lookup in steps:
        pairs = cells[[child, parent]].dropna().drop_duplicates()
        pairs.columns = pd.Index(["child_code", "parent_code"])
        parts.append(pairs.assign(parent_type=kind, lookup=lookup, method="exact", share=1.0))
    parts += [_parish_parents(cells, child) for child in ("lsoa11", "lsoa21")]
    frame = pd.concat(parts, ignore_index=True)
    return frame.sort_values(["lookup", "child_code", "parent_code"], ignore_index=True)


def _parish_parents(cells: pd.DataFrame, child: str) -> pd.DataFrame:
    """Share each small area's people among the parishes and unparished areas it reaches into."""
    ground = cells["par"].fillna(cells["ncp"])
    people = cells["people"].groupby([cells[child], ground]).sum()
    people.index.names = ["child_code", "parent_code"]
    frame = people.rename("people").reset_index()
    parts = frame.groupby("child_code")["parent_code"].transform("size")
    frame["share"] = frame["people"] / frame.groupby("child_code")["people"].transform("sum")
    frame["method"] = np.where(parts == 1, "exact", "best-fit")
    frame["parent_type"] = np.where(frame["parent_code"].str[:3] == "X04", "par", "ncp")
    frame["lookup"] = f"{child}-par-demo"
    return frame[["child_code", "parent_code", "parent_type", "lookup", "method", "share"]]


def make_successions(cells: pd.DataFrame) -> pd.DataFrame:
    """Link old to new: old_code, new_code, changed_on, kind, share (of the old one's people)."""
    parts = []
    for old, new, when in (
        ("msoa11", "msoa21", CENSUS_2021),
        ("lsoa11", "lsoa21", CENSUS_2021),
        ("lad19", "lad23", MERGER),
    ):
        links = cells.groupby([old, new])["people"].sum().reset_index()
        links.columns = pd.Index(["old_code", "new_code", "people"])
        news = links.groupby("old_code")["new_code"].transform("size")
        olds = links.groupby("new_code")["old_code"].transform("size")
        links["kind"] = np.select([news > 1, olds > 1], ["split", "merged"], "unchanged")
        links["share"] = links["people"] / links.groupby("old_code")["people"].transform("sum")
        links["changed_on"] = when
        if old == "lad19":
            # A district that did not change needs no link: its life simply goes on.
            links = links[links["kind"] != "unchanged"]
        parts.append(links)
    frame = pd.concat(parts, ignore_index=True).assign(source=SOURCE)
    columns = ["old_code", "new_code", "changed_on", "kind", "share", "source"]
    return frame[columns].sort_values(["changed_on", "old_code", "new_code"], ignore_index=True)
