"""People by a grid as weights: which grid is read, what is known and what is not."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pytest
from sqlalchemy.orm import Session

from app.rasters.tables import Raster, RasterBand, RasterValue, RasterZoneTable
from app.rasters.weights import NoPopulationRaster, population_weights
from tests.support.squares import add_layer

RELEASE = "lsoa-2021-12-bgc"


def add_grid(
    session: Session, raster_id: str, values: dict[str, tuple[float | None, float]], *,
    unit: str = "people", nature: str = "extensive", day: int = 1,
) -> None:  # fmt: skip
    session.add(
        Raster(
            id=raster_id, title=f"Grid {raster_id}", unit=unit, nature=nature, nodata_means="nobody",
            system="bng", columns=1, rows=1, west=0, north=0, cell_width=1, cell_height=1, publisher="p",
            licence="l", attribution="a", demo=False, dataset_id="upload", source_file="f", sha256="0",
            stored_file="f", stored_sha256="0", stored_bytes=1, loaded_at=datetime(2026, 1, day, tzinfo=UTC),
        )
    )  # fmt: skip
    session.flush()
    session.add(
        RasterBand(raster_id=raster_id, band=1, label="", cells_with_value=1, cells_without=0, total=1, breaks=[])
    )  # fmt: skip
    session.flush()
    session.add(
        RasterZoneTable(
            raster_id=raster_id, band=1, release_id=RELEASE, areas=len(values), areas_without=0,
            inside=1, outside=0,
        )
    )  # fmt: skip
    session.flush()
    for code, (value, share) in values.items():
        session.add(
            RasterValue(
                raster_id=raster_id, band=1, release_id=RELEASE, code=code, value=value, share_with_value=share
            )
        )  # fmt: skip
    session.flush()


@pytest.fixture
def squares(db: Session) -> Session:
    codes = ("E01000001", "E01000002", "E01000003")
    drawn = {code: (at, 0, at + 1, 1) for at, code in enumerate(codes)}
    add_layer(db, RELEASE, drawn, published_on=date(2021, 12, 31))
    return db


def test_weights_come_in_the_order_asked_and_half_known_areas_are_not_known(
    squares: Session,
) -> None:
    add_grid(squares, "pop", {"E01000001": (120.5, 1), "E01000002": (0, 1), "E01000003": (80, 0.5)})
    asked = ["E01000003", "E01000002", "E01000001", "E01000002"]
    found = population_weights(squares, "lsoa-2021", asked)
    assert found.index.tolist() == ["E01000003", "E01000002", "E01000001"]
    # Half of the third lies beyond the grid: 80 people are not all of its people. Nobody is 0, and known.
    assert np.isnan(found["people"].iloc[0])
    assert found["people"].tolist()[1:] == [0.0, 120.5]
    assert found.attrs["source"] == "pop"
    assert found.attrs["release_id"] == RELEASE


def test_the_grid_that_knows_most_areas_is_read_and_of_two_the_newer(squares: Session) -> None:
    add_grid(squares, "a-wide", {"E01000001": (1, 1), "E01000002": (2, 1)}, day=1)
    add_grid(squares, "b-small", {"E01000001": (9, 1)}, day=3)
    add_grid(squares, "c-newer", {"E01000001": (5, 1), "E01000002": (6, 1)}, day=2)
    both = population_weights(squares, "lsoa-2021", ["E01000001", "E01000002"])
    assert both.attrs["source"] == "c-newer"
    assert population_weights(squares, "lsoa-2021", ["E01000001"]).attrs["source"] == "b-small"


def test_grids_of_other_things_and_other_sets_are_no_people(squares: Session) -> None:
    add_grid(squares, "air", {"E01000001": (40, 1)}, unit="µg/m³", nature="intensive")
    add_grid(squares, "homes", {"E01000001": (40, 1)}, unit="homes")
    with pytest.raises(NoPopulationRaster, match="lsoa-2021"):
        population_weights(squares, "lsoa-2021", ["E01000001"])
    add_grid(squares, "pop", {"E01000001": (40, 1)})
    for area_set in ("lsoa-2011", "lsoa", "lsoa-x", "wd-2021"):
        with pytest.raises(NoPopulationRaster):
            population_weights(squares, area_set, ["E01000001"])
