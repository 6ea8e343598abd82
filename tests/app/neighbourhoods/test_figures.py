"""People of any ground by three estimates, over PostGIS: squares whose answers can be worked out in the head."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.neighbourhoods.figures import figures_of, ground_figures, weights_of
from app.neighbourhoods.growing import find_bridges
from app.neighbourhoods.methods.bands import Band
from app.neighbourhoods.methods.pieces import borders_of
from boundaries.errors import Invalid
from boundaries.footprints import Ground, store_footprint
from boundaries.queries import LayerMissing
from tests.support.squares import add_layer, add_members, add_people, add_postcodes, box

WEST, EAST = "E07000901", "E07000902"
SMALL = [f"E0100000{n}" for n in range(1, 5)]
LSOA = "lsoa-2021-12-bgc"


@pytest.fixture
def ground(db: Session) -> Session:
    """Four small areas of a square kilometre in a row; three have postcodes, four each but the last."""
    add_layer(db, "lad-2023-05-bgc", {WEST: (0, 0, 2, 1), EAST: (2, 0, 4, 1)})
    add_layer(db, LSOA, {code: (n, 0, n + 1, 1) for n, code in enumerate(SMALL)},
              published_on=date(2021, 12, 1))  # fmt: skip
    add_members(db, {SMALL[0]: WEST, SMALL[1]: WEST, SMALL[2]: EAST, SMALL[3]: EAST})
    places = [(n + part, 0.5) for n in range(3) for part in (0.1, 0.2, 0.3, 0.8)]
    add_postcodes(db, [(e, n, None, SMALL[int(e)]) for e, n in places])
    add_people(db, dict(zip(SMALL, (1000, 2000, 400, 9), strict=True)), "lsoa-2021")
    return db


def test_an_outline_by_three_ways(ground: Session) -> None:
    # To 1.5 km: all of the first area, three of four postcodes of the second, centre at 1.35 km.
    number = store_footprint(ground, Ground(outline=box((0, 0, 1.5, 1))))
    weights = weights_of(ground, number, "lsoa-2021")
    assert weights.loc[SMALL[0]].tolist() == [1, 1, 1, 0]
    assert weights.loc[SMALL[1]].tolist() == [1, 0.75, 0.75, 4]
    figures = ground_figures(ground, number)
    people = figures.estimates["people"]
    assert (people.best_fit, people.people_share, people.postcode_share) == (3000, 2500, 2500)
    assert (figures.areas_whole, len(figures.weights)) == (1, 2)
    # To 1.3 km: the centre is out.
    less = figures_of(ground, Ground(outline=box((0, 0, 1.3, 1)))).estimates["people"]
    assert less.best_fit == 1000
    # The postcode at 1.3 km lies on the line: it is in, and half of its ground.
    assert (less.people_share, less.postcode_share) == (2250, 2500)


def test_a_list_of_postcodes_by_three_ways(ground: Session) -> None:
    # The first area whole; of the second the one at 1.3 km, which is nearest to the centre.
    listed = Ground(postcodes=("EX1 000", "EX1 001", "EX1 002", "EX1 003", "EX1 006"))
    figures = figures_of(ground, listed)
    assert figures.weights.loc[SMALL[0]].tolist() == [1, 1, 1, 0]
    assert figures.weights.loc[SMALL[1]].tolist() == [1, 0.25, 0.25, 4]
    other = figures_of(ground, Ground(postcodes=("EX1 007",)))
    assert other.weights.loc[SMALL[1]].tolist() == [0, 0.25, 0.25, 4]
    assert any("within one small area" in note for note in other.notes)


def test_codes_of_the_set_and_of_what_holds_them_are_whole(ground: Session) -> None:
    own = figures_of(ground, Ground(codes=(SMALL[0], SMALL[1]), as_at=date(2024, 1, 1)))
    assert own.weights.index.tolist() == SMALL[:2]
    assert own.estimates["people"].value == own.estimates["people"].highest == 3000
    west = figures_of(ground, Ground(codes=(WEST,), as_at=date(2024, 1, 1)))
    assert west.weights.index.tolist() == SMALL[:2]
    assert west.estimates["people"].spread == 0


def test_an_area_without_postcodes_counts_its_ground_and_says_so(ground: Session) -> None:
    figures = figures_of(ground, Ground(outline=box((3, 0, 3.6, 1))))
    row = figures.weights.loc[SMALL[3]]
    assert row["people_share"] == pytest.approx(0.6)
    assert np.isnan(row["postcode_share"])
    people = figures.estimates["people"]
    assert (people.value, people.postcode_share, people.best_fit) == (5, None, 9)
    assert any("no current postcode" in note for note in figures.notes)


def test_a_sliver_without_postcodes_is_no_part(ground: Session) -> None:
    figures = figures_of(ground, Ground(outline=box((0, 0, 1.03, 1))))
    assert figures.weights.index.tolist() == [SMALL[0]]
    assert figures.estimates["people"].value == 1000


def test_people_that_nobody_knows_stay_unknown(ground: Session) -> None:
    ground.execute(text("DELETE FROM weights WHERE code = :code"), {"code": SMALL[1]})
    people = figures_of(ground, Ground(outline=box((0, 0, 1.5, 1)))).estimates["people"]
    assert people.value is None
    assert people.missing == (SMALL[1],)
    households = figures_of(ground, Ground(outline=box((0, 0, 1.5, 1)))).estimates["households"]
    assert households.value is None


def test_ground_with_nobody_in_it_and_sets_that_are_not_here(ground: Session) -> None:
    nothing = figures_of(ground, Ground(postcodes=("XX9 9XX",)))
    assert nothing.weights.empty
    assert nothing.estimates["people"].value == 0
    assert nothing.notes
    with pytest.raises(LayerMissing):
        figures_of(ground, Ground(postcodes=("EX1 000",)), area_set="lsoa-2011")
    with pytest.raises(Invalid, match="lsoa-1999"):
        figures_of(ground, Ground(postcodes=("EX1 000",)), area_set="lsoa-1999")


def test_an_island_is_bridged_to_the_nearest_within_two_kilometres(db: Session) -> None:
    # Three areas in a row, an island a kilometre off the last, and another four kilometres farther.
    squares = {SMALL[n]: (n, 0, n + 1, 1) for n in range(3)}
    islands = {SMALL[3]: (4, 0, 5, 1), "E01000005": (9, 0, 10, 1)}
    add_layer(db, LSOA, {**squares, **islands}, published_on=date(2021, 12, 1))
    codes = [*squares, *islands]
    areas = pd.DataFrame({"size": pd.array([1000] * 5, dtype="Int64")}, index=codes)
    pairs = pd.DataFrame({"a": SMALL[:2], "b": SMALL[1:3], "border_m": [1000.0, 1000.0]})
    around, band = borders_of(codes, pairs), Band(2000, 5000, "people")
    assert find_bridges(db, LSOA, areas, around, codes, band) == [(SMALL[3], SMALL[2])]
    # Where the nearest is not selected, the nearest that is: two kilometres off, exactly.
    chosen = [SMALL[0], SMALL[1], SMALL[3]]
    assert find_bridges(db, LSOA, areas, around, chosen, band) == [(SMALL[3], SMALL[1])]
    alone = Band(1000, 5000, "people")
    assert find_bridges(db, LSOA, areas, around, codes, alone) == [], "it is large enough"
