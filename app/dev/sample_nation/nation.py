"""Make the whole invented nation at once; the same seed gives the same bytes.

Every county is drawn by the demo county's own steps. Layers, lives, parents, people and the index
are then made once over all cells, so that ranks are of all the nation's small areas.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from app.dev.sample_county.county import SampleCounty
from app.dev.sample_county.hierarchy import make_hierarchy
from app.dev.sample_county.layers import (
    Layer,
    add_outer_levels,
    make_areas,
    make_layers,
    make_memberships,
    make_successions,
)
from app.dev.sample_county.measures import make_measures
from app.dev.sample_county.naming import Names, name_areas
from app.dev.sample_county.need import (
    Floats,
    Index,
    cell_need,
    make_households,
    make_index,
    make_weights,
)
from app.dev.sample_county.plan import Plan
from app.dev.sample_county.postcodes import make_postcodes
from app.dev.sample_county.shapes import Cells, make_cells
from app.dev.sample_nation.borders import match_borders
from app.dev.sample_nation.ledger import make_envelopes, make_ledger
from app.dev.sample_nation.partners import make_partnerships
from app.dev.sample_nation.plans import box_m, make_plans
from boundaries.crs import BNG

NATION_NOTICE = "An invented nation: no place, person or pound in it is real."
ENGLAND_COUNTIES, ENGLAND_LINES = 110, 100_000


@dataclass(frozen=True)
class SampleNation(SampleCounty):
    """The invented nation: the tables of a county, over all `plans`, one plan for each county."""

    plans: list[Plan]


@dataclass(frozen=True)
class _County:
    """What is made county by county: codes per cell, names per level, postcodes, hidden need."""

    table: pd.DataFrame
    names: dict[str, Names]
    postcodes: pd.DataFrame
    fields: dict[str, Floats]


def make_nation(
    seed: int = 2001,
    counties: int = ENGLAND_COUNTIES,
    *,
    postcodes_per_area: float = 12,
    lines: int | None = None,
) -> SampleNation:
    """Make the nation: pure, no file and no clock; 110 counties are as large as England.

    About 300 small areas and half a million people a county. postcodes_per_area: 12 as in the demo
    county, up to 32 (a million in all). lines: of the ledger; 100,000 for 110 counties, else by
    the number of counties. Raises ValueError for what does not fit.
    """
    if lines is None:
        lines = ENGLAND_LINES * counties // ENGLAND_COUNTIES
    plans = make_plans(seed, counties, postcodes_per_area)
    rngs = [np.random.default_rng([seed, number]) for number in range(1, counties + 1)]
    drawn = [make_cells(plan, rng) for plan, rng in zip(plans, rngs, strict=True)]
    matched = match_borders([cells.polygon for cells in drawn], [box_m(plan) for plan in plans])
    parts = [
        _county(replace(cells, polygon=polygon), plan, rng)
        for cells, polygon, plan, rng in zip(drawn, matched, plans, rngs, strict=True)
    ]
    polygon = np.concatenate(matched)
    del drawn, matched
    return _joined(seed, plans, parts, polygon, lines)


def _county(cells: Cells, plan: Plan, rng: np.random.Generator) -> _County:
    """Take the demo county's steps for one plan; raises ValueError where codes would run out."""
    tree = make_hierarchy(cells, plan, rng)
    table, names = name_areas(cells, tree, plan, rng)
    add_outer_levels(table, names, plan)
    table["households"] = make_households(tree.people, cells.town)
    most = max(len(mine) for mine in names.values())
    if most >= 1_000:
        raise ValueError(f"{most} areas of one level in {plan.county[1]}: codes leave room for 999")
    return _County(
        table, names, make_postcodes(cells, table, plan, rng), cell_need(cells, plan, rng)
    )


def _joined(
    seed: int,
    plans: list[Plan],
    parts: list[_County],
    polygon: NDArray[np.object_],
    lines: int,
) -> SampleNation:
    """Put the counties' tables one under another and make the rest over all of them."""
    table = pd.concat([part.table for part in parts], ignore_index=True)
    names: dict[str, Names] = {}
    for part in parts:
        for level, mine in part.names.items():
            names.setdefault(level, {}).update(mine)
    first_cell = np.cumsum([0, *(len(part.table) for part in parts[:-1])])
    postcodes = pd.concat(
        [
            part.postcodes.assign(cell=part.postcodes["cell"] + int(first))
            for part, first in zip(parts, first_cell, strict=True)
        ],
        ignore_index=True,
    )
    fields = {
        name: np.concatenate([part.fields[name] for part in parts]) for name in parts[0].fields
    }
    rng = np.random.default_rng([seed, len(parts) + 1])
    indices = [
        _national(make_index(fields, table, column, year, rng), year)
        for column, year in (("lsoa11", 2019), ("lsoa21", 2025))
    ]
    partnerships = make_partnerships(plans)
    ledger, files = make_ledger(lines, table, names, postcodes, fields["need"], partnerships, rng)
    return SampleNation(
        seed=seed,
        layers={
            release: _titled(layer) for release, layer in make_layers(polygon, table, names).items()
        },
        areas=make_areas(names),
        memberships=make_memberships(table),
        successions=make_successions(table),
        postcodes=postcodes.drop(columns="cell"),
        weights=make_weights(table, postcodes),
        indices=indices,
        measures=make_measures(fields, table),
        lines=ledger,
        files=files,
        envelopes=make_envelopes(plans),
        partnerships=partnerships,
        cells=gpd.GeoDataFrame(table, geometry=polygon, crs=BNG),
        plans=plans,
    )


def _titled(layer: Layer) -> Layer:
    return replace(layer, title=layer.title.replace("Barsetshire", "The nation"))


def _national(index: Index, year: int) -> Index:
    return replace(
        index,
        title=f"Index of Deprivation {year} (invented; ranks within the invented nation only)",
    )
