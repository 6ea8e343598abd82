"""What lies around an area is of one day, though a release of many years draws some ground several times."""

from __future__ import annotations

import geopandas as gpd
import shapely

from app.pages.area_view import leave_out_replaced
from boundaries.crs import BNG


def drawn(**boxes: tuple[float, float, float, float]) -> gpd.GeoDataFrame:
    shapes = [shapely.box(*box) for box in boxes.values()]
    return gpd.GeoDataFrame({"code": list(boxes)}, geometry=shapes, crs=BNG)


def test_what_was_not_alive_goes_only_where_what_was_stands_in_its_place() -> None:
    own = drawn(own=(0, 0, 10, 10))
    # The successor covers the area itself; an old code lies under a living neighbour; a third ended alone.
    around = drawn(
        later=(0, 0, 10, 10), east=(10, 0, 20, 10), east_of_old=(10, 0, 20, 10), west_ended=(-10, 0, 0, 10)
    )  # fmt: skip
    kept = leave_out_replaced(around, own, {"later", "east_of_old", "west_ended"})
    assert list(kept["code"]) == ["east", "west_ended"]
    assert list(leave_out_replaced(around, own, set())["code"]) == list(around["code"])
