"""GeoJSON as RFC 7946 has it: lon/lat, wound right, rounded, missing as null, safe in a script."""

from __future__ import annotations

import json
import re

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from maps.geojson import frame_to_geojson
from maps.layers import context_layer, deprivation_layer
from maps.leaflet import drawn_layers, map_geojson
from maps.svg_paths import simplify_shared
from tests.maps.squares import HOSTILE, areas, frame, layers, square


def point_frame(**columns):
    return gpd.GeoDataFrame(
        {"code": ["X1"], **columns}, geometry=[shapely.Point(-1.123456789, 52.0)], crs=4326
    )


def test_rings_wind_right_and_holes_the_other_way():
    clockwise = shapely.Polygon(
        [(0, 50), (0, 51), (1, 51), (1, 50)], [[(0.2, 50.2), (0.4, 50.2), (0.4, 50.4), (0.2, 50.4)]]
    )
    both = shapely.MultiPolygon([clockwise, shapely.box(2, 50, 3, 51)])
    frame = gpd.GeoDataFrame({"code": ["A"]}, geometry=[both], crs=4326)
    rings = json.loads(frame_to_geojson(frame))["features"][0]["geometry"]["coordinates"]
    for polygon in rings:
        assert shapely.LinearRing(polygon[0]).is_ccw
        assert not any(shapely.LinearRing(hole).is_ccw for hole in polygon[1:])
    assert len(rings[0]) == 2


def test_coordinates_have_at_most_seven_decimals_and_no_negative_zero():
    frame = gpd.GeoDataFrame(
        {"code": ["A", "B"]},
        geometry=[shapely.Point(-1.123456789, 52), shapely.Point(-1e-9, 51.5)],
        crs=4326,
    )
    text = frame_to_geojson(frame).decode()
    assert "-1.1234568" in text
    assert not re.search(r"\d\.\d{8,}", text)
    assert "-0.0" not in text


def test_bbox_is_west_south_east_north():
    assert json.loads(frame_to_geojson(areas()))["bbox"] == [-1.0, 52.0, -0.96, 52.01]


def test_missing_values_are_null_and_zero_stays_zero():
    frame = gpd.GeoDataFrame(
        {
            "code": list("ABCD"),
            "n": [0.0, np.nan, np.inf, 1.5],
            "whole": pd.array([0, None, 2, 3], dtype="Int64"),
            "text": ["", None, "x", "y"],
            "day": pd.to_datetime(["2023-04-01", None, None, None]),
        },
        geometry=[shapely.Point(0, 51), None, shapely.Point(), shapely.Point(1, 52)],
        crs=4326,
    )
    features = json.loads(frame_to_geojson(frame))["features"]
    assert [f["properties"]["n"] for f in features] == [0.0, None, None, 1.5]
    assert [f["properties"]["whole"] for f in features] == [0, None, 2, 3]
    assert [f["properties"]["text"] for f in features] == ["", None, "x", "y"]
    assert [f["properties"]["day"] is None for f in features] == [False, True, True, True]
    assert [f["geometry"] is None for f in features] == [False, True, True, False]


def test_properties_keep_the_order_asked_for_and_the_code_is_id_and_property():
    feature = json.loads(frame_to_geojson(areas(), columns=["people", "code", "name"]))["features"][
        0
    ]
    assert list(feature["properties"]) == ["people", "code", "name"]
    assert feature["id"] == feature["properties"]["code"] == "X00000001"


def test_an_empty_frame_is_an_empty_collection_without_a_box():
    empty = json.loads(frame_to_geojson(areas().iloc[:0]))
    assert empty == {"type": "FeatureCollection", "features": []}


def test_grid_metres_are_never_passed_off_as_degrees():
    with pytest.raises(ValueError, match="no WGS84 geometry"):
        frame_to_geojson(areas().drop(columns="geom_wgs84"))
    wrong = areas().drop(columns="geom_wgs84").set_crs(4326, allow_override=True)
    with pytest.raises(ValueError, match="not longitude and latitude"):
        frame_to_geojson(wrong)


def test_text_for_a_script_element_holds_no_markup_and_reads_the_same():
    frame = point_frame(name=[f"{HOSTILE[2]}\u2028<!-- & -->"])
    safe = frame_to_geojson(frame, for_script=True)
    assert not set(b"<>&") & set(safe)
    assert "\u2028".encode() not in safe
    assert json.loads(safe) == json.loads(frame_to_geojson(frame))


def test_more_than_seven_decimals_are_refused():
    with pytest.raises(ValueError, match="0 to 7"):
        frame_to_geojson(point_frame(), decimals=8)


def test_the_map_text_holds_every_layer_from_the_ground_up_with_its_words():
    features = json.loads(map_geojson(layers()))["features"]
    roles = [f["properties"]["role"] for f in features]
    assert roles == ["context"] + ["choropleth"] * 4 + ["outline"] + ["neighbourhood"] * 2 + [
        "point"
    ] * 3 + ["place"]
    area, last = features[1]["properties"], features[4]["properties"]
    assert area["fields"] == [["People", "1,500"]]
    assert (last["band"], last["fields"]) == ("No data", [["People", "\u2013"]])
    assert last["style"]["fillColor"] == "url(#areas-hatch)"
    assert (features[6]["properties"]["label"], features[6]["properties"]["name"]) == ("1", "Cover")


def test_circles_have_areas_in_proportion_to_their_amounts_and_missing_amounts_are_hollow():
    radii = [
        f["properties"]["radius"]
        for f in json.loads(map_geojson(layers()))["features"]
        if f["properties"]["role"] == "point"
    ]
    # 40,000 : 10,000 is 4 to 1 in area, so 2 to 1 in radius
    assert radii == [40.0, 20.0, 3.5]
    looks = [
        f["properties"]["style"]["fillColor"]
        for f in json.loads(map_geojson(layers()))["features"]
        if f["properties"]["role"] == "point"
    ]
    assert looks == ["#ffb81c", "#ffb81c", "#ffffff"]


def test_simplified_neighbours_keep_their_shared_border():
    # a wavy border between two squares: whatever is dropped is dropped on both sides
    wave = [(WAVE_X + 30 * np.sin(y / 9), 300_000 + y) for y in range(0, 1_001, 5)]
    west = shapely.Polygon([(399_000, 300_000), *wave, (399_000, 301_000)])
    east = shapely.Polygon([(401_000, 300_000), *wave, (401_000, 301_000)])
    simple = simplify_shared(np.array([west, east], dtype=object), 20)
    assert (
        shapely.get_num_coordinates(simple).sum()
        < shapely.get_num_coordinates([west, east]).sum() / 2
    )
    assert shapely.area(shapely.intersection(*simple)) == 0
    assert shapely.get_parts(shapely.union_all(simple)).size == 1
    assert shapely.area(simple).sum() == pytest.approx(shapely.area(shapely.union_all(simple)))


WAVE_X = 400_000


def test_the_ground_around_a_few_streets_reaches_two_kilometres_beyond_them():
    # a square of 200 m amid land of 100 km: half its width beyond would be a hundred metres
    streets = frame([{"code": "X1", "name": "Streets", "decile": 1}], [square(50, size=200)])
    land = frame([{"code": "X2", "name": "Land"}], [square(0, -50, size=100_000)])
    drawn = drawn_layers(
        [deprivation_layer(streets, name="Streets"), context_layer(land, name="Around")]
    )
    west, south, east, north = shapely.total_bounds(drawn[0].geoms)
    inner = shapely.total_bounds(drawn[1].geoms)
    assert drawn[0].layer.role == "context"
    for beyond in (inner[1] - south, north - inner[3]):
        assert 0.017 < beyond < 0.03
    for beyond in (inner[0] - west, east - inner[2]):
        assert 0.017 < beyond < 0.05


def test_the_ground_around_a_wide_place_fills_a_tall_map_and_around_a_tall_one_a_wide():
    land = frame([{"code": "X2", "name": "Land"}], [square(0, -50, size=100_000)])
    for sides, taller in (((9_000, 900), True), ((900, 9_000), False)):
        x, y, _, _ = square(50).bounds
        box = shapely.box(x, y, x + sides[0], y + sides[1])
        place = frame([{"code": "X1", "name": "Place", "decile": 1}], [box])
        drawn = drawn_layers(
            [deprivation_layer(place, name="Place"), context_layer(land, name="Around")]
        )
        west, south, east, north = shapely.total_bounds(drawn[0].geoms)
        # a degree of longitude is 0.6 of one of latitude here
        wide, high = 0.6 * (east - west), north - south
        inner = shapely.total_bounds(drawn[1].geoms)
        if taller:
            assert high >= 1.95 * 0.6 * (inner[2] - inner[0])
        else:
            assert wide >= 1.45 * (inner[3] - inner[1])
