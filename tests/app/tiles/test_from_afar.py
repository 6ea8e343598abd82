"""A tile from afar is drawn from its level alone, without the outlines as published, and is the same to the byte."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.orm import Session

from app.tiles import drawing
from app.tiles.drawing import AFAR_TO, draw_tile
from app.tiles.methods.tile_grid import tiles_of_boxes
from app.tiles.queries import KeptLayers, Shown, TileLayer, asked_layer, layer_boxes
from boundaries.level_tables import MapSheet, ReleaseLevel
from tests.support.pages_read import looks_of

DAY = date(2026, 1, 1)
WHOLE, BY_BOXES = "CTE whole", "ix_boundaries_geom"


def not_laid_out(session: Session, asked: Shown) -> TileLayer:
    session.execute(delete(MapSheet))  # others may have laid it out
    return asked_layer(session, KeptLayers(), asked)


def ways_of(session: Session, layer: TileLayer, place: tuple[int, int, int]) -> str:
    """By what a tile's statement found its areas, as it does where there are many rows."""
    session.execute(text("SET LOCAL enable_seqscan = off"))
    looked = looks_of(session, lambda: draw_tile(session, layer, *place))
    return " ".join(each for one in looked for each in sorted(one.found))


@pytest.mark.parametrize(
    "asked", [Shown("lsoa", DAY), Shown("lsoa", DAY, "imd-2019-demo"), Shown("lad", DAY, "imd-2019-demo")]
)  # fmt: skip
def test_tiles_from_afar_are_the_same_to_the_byte(
    demo_db: Session, monkeypatch: pytest.MonkeyPatch, asked: Shown
) -> None:
    layer = not_laid_out(demo_db, asked)
    boxes = layer_boxes(demo_db, layer)
    places = [(z, y, x) for z in range(AFAR_TO + 1) for y, x in tiles_of_boxes(boxes, z)]
    found = [draw_tile(demo_db, layer, *each) for each in places]
    assert sum(map(len, found)) > 5_000
    monkeypatch.setattr(drawing, "AFAR_TO", -1)
    assert [draw_tile(demo_db, layer, *each) for each in places] == found


def test_from_afar_no_outline_as_published_is_looked_for(demo_db: Session) -> None:
    layer = not_laid_out(demo_db, Shown("lsoa", DAY))
    ((y, x), *_) = tiles_of_boxes(layer_boxes(demo_db, layer), AFAR_TO)
    afar = ways_of(demo_db, layer, (AFAR_TO, y, x))
    assert WHOLE in afar
    assert BY_BOXES not in afar
    # Near by the tile holds few of them.
    ((y, x), *_) = tiles_of_boxes(layer_boxes(demo_db, layer), 10)
    near = ways_of(demo_db, layer, (10, y, x))
    assert WHOLE not in near
    assert BY_BOXES in near


def test_a_level_that_lacks_an_area_is_not_read_alone(demo_db: Session) -> None:
    layer = not_laid_out(demo_db, Shown("lsoa", DAY))
    ((y, x), *_) = tiles_of_boxes(layer_boxes(demo_db, layer), AFAR_TO)
    whole = draw_tile(demo_db, layer, AFAR_TO, y, x)
    own = ReleaseLevel.release_id == layer.release_id
    demo_db.execute(update(ReleaseLevel).where(own).values(areas=ReleaseLevel.areas - 1))
    assert WHOLE not in ways_of(demo_db, layer, (AFAR_TO, y, x))
    assert draw_tile(demo_db, layer, AFAR_TO, y, x) == whole
