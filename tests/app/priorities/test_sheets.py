"""The table and the map features of a designation as text."""

from __future__ import annotations

import json

import pytest

from app.priorities.sheets import as_csv, as_geojson


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_cell_that_a_spreadsheet_would_run_stays_text(start: str) -> None:
    assert f"'{start}1+1" in as_csv([{"name": f"{start}1+1"}])


def test_numbers_missing_and_truth_in_cells() -> None:
    text = as_csv([{"a": -5, "b": None, "c": True, "d": 'x, "y"'}])
    assert text == 'a,b,c,d\r\n-5,,true,"x, ""y"""\r\n'


def test_an_area_without_an_outline_is_a_feature_without_geometry() -> None:
    area = {"code": "a", "name": "</script>", "steps": [], "smallest_change": None, "clauses": []}
    result = {"title": "T", "groups": [], "areas": [area], "source": {"attribution": "ONS"}}
    features = json.loads(as_geojson(result, {}))["features"]
    assert features[0]["geometry"] is None
    assert features[0]["properties"]["name"] == "</script>"
