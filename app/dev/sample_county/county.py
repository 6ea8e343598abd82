"""Make the whole invented county at once; the same seed gives the same bytes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from app.dev.sample_county.hierarchy import make_hierarchy
from app.dev.sample_county.layers import (
    Layer,
    add_outer_levels,
    make_areas,
    make_layers,
    make_memberships,
    make_successions,
)
from app.dev.sample_county.measures import Measure, make_measures
from app.dev.sample_county.money import Ground, ResourceFile, make_envelopes, make_ledger
from app.dev.sample_county.naming import name_areas
from app.dev.sample_county.need import (
    Index,
    cell_need,
    make_households,
    make_index,
    make_weights,
)
from app.dev.sample_county.partners import Partnership, make_partnerships
from app.dev.sample_county.plan import BARSETSHIRE
from app.dev.sample_county.postcodes import make_postcodes
from app.dev.sample_county.shapes import make_cells
from boundaries.crs import BNG

NOTICE = "Barsetshire is an invented county: no place, person or pound in it is real."


@dataclass(frozen=True)
class SampleCounty:
    """The invented county. Geometry is British National Grid on a 0.1 m grid; money integer pence.

    layers: release id → Layer (frame: code, name, geometry MULTIPOLYGON)
    areas: code, type, name, valid_from, valid_to (half-open; None is open)
    memberships: child_code, parent_code, parent_type, lookup, method, share
    successions: old_code, new_code, changed_on, kind, share, source
    postcodes: postcode, easting, northing, lad_code, lsoa11_code, lsoa21_code, status
    weights: code, area_set, measure, period, value, estimated, source
    indices: editions with their values
    measures: invented indicators with their values
    lines: resource lines (columns as `money.COLUMNS`, geometry place_geom); files, envelopes
    partnerships: the one that aligns, then the one that straddles
    cells: the finest pieces with their people and their code at every level: what any answer can
        be worked out from by hand (people, households, town, lad19 … par, ncp, geometry)
    """

    seed: int
    layers: dict[str, Layer]
    areas: pd.DataFrame
    memberships: pd.DataFrame
    successions: pd.DataFrame
    postcodes: pd.DataFrame
    weights: pd.DataFrame
    indices: list[Index]
    measures: list[Measure]
    lines: gpd.GeoDataFrame
    files: list[ResourceFile]
    envelopes: pd.DataFrame
    partnerships: list[Partnership]
    cells: gpd.GeoDataFrame

    def fingerprint(self) -> str:
        """Digest every row, name, date and vertex: equal for equal counties, SHA-256."""
        digest = hashlib.sha256()
        for release, layer in self.layers.items():
            digest.update(f"{release} {layer.area_type} {layer.published_on}".encode())
            digest.update(repr(layer.frame[["code", "name"]].to_numpy().tolist()).encode())
            digest.update(b"".join(shapely.to_wkb(layer.frame.geometry.to_numpy(), byte_order=1)))
        tables = [self.areas, self.memberships, self.successions, self.postcodes, self.weights]
        tables += [self.envelopes, *(index.values for index in self.indices)]
        tables += [measure.values for measure in self.measures]
        lines = pd.DataFrame(self.lines.drop(columns="place_geom"))
        lines["at"] = shapely.to_wkt(self.lines["place_geom"].to_numpy())
        for table in (*tables, lines):
            digest.update(table.to_csv(index=False).encode())
        for partnership in self.partnerships:
            digest.update(repr(partnership).encode())
        return digest.hexdigest()


def make_county(seed: int = 2001) -> SampleCounty:
    """Make Barsetshire: pure, no file and no clock; about 300 small areas and half a million people."""
    rng = np.random.default_rng(seed)
    plan = BARSETSHIRE
    cells = make_cells(plan, rng)
    tree = make_hierarchy(cells, plan, rng)
    table, names = name_areas(cells, tree, plan, rng)
    add_outer_levels(table, names, plan)
    table["households"] = make_households(tree.people, cells.town)
    postcodes = make_postcodes(cells, table, plan, rng)
    fields = cell_need(cells, plan, rng)
    indices = [
        make_index(fields, table, "lsoa11", 2019, rng),
        make_index(fields, table, "lsoa21", 2025, rng),
    ]
    partnerships = make_partnerships(rng)
    imd = indices[0].values.query("measure == 'imd' and decile == 1")
    worst = table["lsoa11"].isin(imd["code"]).to_numpy()
    ground = Ground(table, names, postcodes, fields["need"], worst, partnerships, rng)
    lines, files = make_ledger(ground)
    return SampleCounty(
        seed=seed,
        layers=make_layers(cells.polygon, table, names),
        areas=make_areas(names),
        memberships=make_memberships(table),
        successions=make_successions(table),
        postcodes=postcodes.drop(columns="cell"),
        weights=make_weights(table, postcodes),
        indices=indices,
        measures=make_measures(fields, table),
        lines=lines,
        files=files,
        envelopes=make_envelopes(),
        partnerships=partnerships,
        cells=gpd.GeoDataFrame(table, geometry=cells.polygon, crs=BNG),
    )
