"""Borders stay shut in tiles, and no area vanishes, at any level: measured on what a reader of tiles sees."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import shapely
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.areas.releases import warm_release
from app.sources.catalogue import get_dataset
from app.sources.outlines import store_layer
from app.tiles.drawing import draw_tile
from app.tiles.methods.tile_grid import level_for, steps_across, tiles_of_boxes
from app.tiles.queries import KeptLayers, Shown, TileLayer, asked_layer, layer_boxes
from boundaries.crs import WEB_MERCATOR
from boundaries.level_tables import BoundaryLevel
from boundaries.sources.layers import read_layer
from boundaries.tables import Boundary
from tests.support.engines import open_engine
from tests.support.vector_tiles import HALF_WORLD_M, read_tile


class Seen(NamedTuple):
    """What one tile shows: codes, and in square steps what lies in no area or in two."""

    codes: set[str]
    gaps: float
    overlaps: float
    areas: int


def layer_now(session: Session, collection: str, day: date) -> TileLayer:
    return asked_layer(session, KeptLayers(), Shown(collection, day))


def tiles_at(session: Session, layer: TileLayer, z: int) -> list[tuple[int, int]]:
    return tiles_of_boxes(layer_boxes(session, layer), z)


def ground(session: Session, layer: TileLayer, z: int) -> shapely.Geometry:
    """What the areas cover together at the level that is drawn, as read from the tables, in metres of the map."""
    level = level_for(z, layer.levels_m)
    if level is None:
        shape, where = Boundary.geom_wgs84, (Boundary.release_id == layer.release_id)
    else:
        shape = BoundaryLevel.geom_wgs84
        where = (BoundaryLevel.release_id == layer.release_id) & (
            BoundaryLevel.tolerance_m == level
        )
    mercator = func.ST_Transform(shape, WEB_MERCATOR)
    rows = session.scalars(select(func.ST_AsBinary(mercator)).where(where))
    return shapely.union_all(shapely.make_valid(shapely.from_wkb([bytes(row) for row in rows])))


def polygons(shapes: Any) -> Any:
    """Leave out the lines and points that are left where an outline touches the edge of a tile."""
    parts = shapely.get_parts(shapely.get_parts(shapes))
    return parts[shapely.get_dimensions(parts) == 2]


def look(
    session: Session, layer: TileLayer, z: int, y: int, x: int, land: shapely.Geometry
) -> Seen:
    """Read a tile; a gap is ground, a step and more within the coast, that no area of the tile covers."""
    side = 2 * HALF_WORLD_M / 2**z
    step = side / steps_across(z)
    west, north = x * side - HALF_WORLD_M, HALF_WORLD_M - y * side
    tile = shapely.box(west, north - side, west + side, north)
    read = read_tile(draw_tile(session, layer, z, y, x), z, y, x)
    shapes = polygons(shapely.intersection([one["shape"] for one in read], tile))
    shown = shapely.union_all(shapes)
    inland = shapely.intersection(land, tile.buffer(step)).buffer(-step).intersection(tile)
    return Seen(
        {one["code"] for one in read}, inland.difference(shown).area / step**2,
        float(shapely.area(shapes).sum() - shown.area) / step**2, len(read),
    )  # fmt: skip


@pytest.mark.parametrize("collection", ["lsoa", "lad", "wd"])
def test_borders_of_the_demo_county_stay_shut_at_every_level(
    demo_engine: Engine, collection: str
) -> None:
    with Session(demo_engine) as session:
        layer = layer_now(session, collection, date(2026, 1, 1))
        wanted = set(
            session.scalars(select(Boundary.code).where(Boundary.release_id == layer.release_id))
        )
        for z in range(13):
            land, codes = ground(session, layer, z), set()
            for y, x in tiles_at(session, layer, z):
                seen = look(session, layer, z, y, x, land)
                codes |= seen.codes
                assert seen.gaps < 2, (z, y, x)
                if z >= 7:  # further out small areas are less than a step, and lie on each other
                    assert seen.overlaps < 2, (z, y, x)
            assert codes == wanted, z


@pytest.fixture(scope="module")
def england(
    make_database: Callable[[str], str], template_database: str, mirror: Path
) -> Iterator[Engine]:
    """The small areas of 2011, with their levels."""
    engine = open_engine(make_database(template_database), statement_timeout_s=300)
    dataset = get_dataset("lsoa-2011-12-bgc")
    with Session(engine) as session, session.begin():
        read = read_layer(mirror, dataset.layer, None)
        store_layer(session, dataset, read, mirror / dataset.path, partial=False)
    with Session(engine) as session, session.begin():
        warm_release(session, "test", "lsoa-2011-12-bgc")
    yield engine
    engine.dispose()


@pytest.mark.slow
@pytest.mark.national
def test_no_small_area_of_england_vanishes_and_no_border_opens(england: Engine) -> None:
    with Session(england) as session:
        layer = layer_now(session, "lsoa", date(2015, 1, 1))
        for z in (0, 3, *range(5, 13)):
            tiles, codes = tiles_at(session, layer, z), set()
            land = ground(session, layer, z) if z >= 5 else shapely.Polygon()
            shapely.prepare(land)
            # From level 11 on every fourth tile, with all areas still on some tile of level 10.
            for y, x in tiles if z < 11 else tiles[::4]:
                seen = look(session, layer, z, y, x, land)
                codes |= seen.codes
                # Square steps, of which a tile has four million and more; only what was repaired parts.
                assert seen.gaps < 5 + seen.areas / 200, (z, y, x)
                assert seen.overlaps < (0.05 * seen.areas + 5 if z >= 7 else 1e9), (z, y, x)
            if z < 11:
                assert len(codes) == 32_844, z
