"""`simplify=` gives the coarsest stored level at or below it, the same for an area, a layer and a partnership."""

from __future__ import annotations

import json

import pytest
import shapely
import typer
from sqlalchemy import Engine
from starlette.testclient import TestClient
from typer.testing import CliRunner

from app.cli import releases_app
from app.places.demo import DEMO_SLUG

pytestmark = pytest.mark.slow
DISTRICTS = "lad-2023-05-demo"
HOGGLESTOCK = "X07000002"
BASE = f"/api/v1/areas/{HOGGLESTOCK}.geojson"


def levels_of(client: TestClient, release_id: str) -> list[float]:
    told = client.get(f"/api/v1/releases/{release_id}").json()
    return [level["tolerance_m"] for level in told["levels"]]


def corners(feature: dict[str, object]) -> int:
    return int(shapely.get_num_coordinates(shapely.from_geojson(json.dumps(feature["geometry"]))))


def test_a_release_tells_its_gaps_overlaps_tolerance_and_levels(demo_client: TestClient) -> None:
    told = demo_client.get(f"/api/v1/releases/{DISTRICTS}").json()
    assert told["topology"]["gaps"] == told["topology"]["overlaps"] == 0  # drawn as a coverage
    assert told["tolerance_m"] == 0.1
    assert len(told["levels"]) >= 3
    assert [level["corners"] for level in told["levels"]] == sorted(
        (level["corners"] for level in told["levels"]), reverse=True
    )
    listed = demo_client.get("/api/v1/releases").json()["items"]
    assert {"own_tolerance_m", "topology", "levels"} <= set(listed[0])
    assert demo_client.get(f"/api/v1/releases/{DISTRICTS}/mended").json()["total"] == 0


def test_an_areas_outline_is_simplified_to_the_level_below_what_was_asked(
    demo_client: TestClient,
) -> None:
    levels = levels_of(demo_client, DISTRICTS)
    whole = demo_client.get(BASE)
    assert whole.headers["Simplified-To-M"] == "0"
    before = corners(whole.json())
    for asked, given in ((levels[0], levels[0]), (levels[1] + 1, levels[1]), (99_999, levels[-1])):
        answer = demo_client.get(BASE, params={"simplify": asked})
        assert answer.headers["Simplified-To-M"] == f"{given:g}"
        feature = answer.json()
        assert feature["properties"]["simplified_m"] == given
        assert corners(feature) < before
        before = corners(feature)
        box = shapely.from_geojson(json.dumps(feature["geometry"])).bounds
        assert feature["bbox"] == pytest.approx(list(box), abs=1e-7)
    finer = demo_client.get(BASE, params={"simplify": levels[0] / 2})
    assert finer.headers["Simplified-To-M"] == "0"
    assert finer.json()["geometry"] == whole.json()["geometry"]


@pytest.mark.parametrize("bad", ["-1", "nan", "inf", "100001", "fifty", "1e999"])
def test_a_tolerance_that_is_none_is_refused(demo_client: TestClient, bad: str) -> None:
    for address in (BASE, "/api/v1/layers/lad.geojson"):
        answer = demo_client.get(address, params={"simplify": bad})
        assert answer.status_code == 422, address
        assert answer.headers["content-type"] == "application/problem+json"
        assert "simplify" in answer.text


def test_the_areas_of_a_simplified_layer_share_their_borders(demo_client: TestClient) -> None:
    for kind, asked in (
        (DISTRICTS, {}),
        ("wd", {"within": HOGGLESTOCK}),
        ("lsoa", {"within": HOGGLESTOCK}),
    ):
        address = f"/api/v1/layers/{kind}.geojson"
        answer = demo_client.get(address, params={"simplify": "1600", **asked})
        body = answer.json()
        given = body["simplified_m"]
        assert answer.headers["Simplified-To-M"] == f"{given:g}"
        shapes = [shapely.from_geojson(json.dumps(one["geometry"])) for one in body["features"]]
        assert all(shape.is_valid and not shape.is_empty for shape in shapes)
        assert shapely.coverage_is_valid(shapes), kind
    assert demo_client.get(
        "/api/v1/layers/lad.geojson", params={"simplify": "100", "crs": "EPSG:27700"}
    ).status_code == 422  # fmt: skip


def test_a_partnership_is_put_together_of_its_simplified_councils(demo_client: TestClient) -> None:
    address = f"/api/v1/partnerships/{DEMO_SLUG}.geojson"
    whole, simple = (
        demo_client.get(address, params=asked) for asked in ({}, {"simplify": "99999"})
    )
    assert float(simple.headers["Simplified-To-M"]) > 0
    assert simple.json()["simplified_m"] == float(simple.headers["Simplified-To-M"])
    assert len(simple.content) < len(whole.content)
    partnership, *councils = [
        shapely.from_geojson(json.dumps(one["geometry"])) for one in simple.json()["features"]
    ]
    assert councils
    assert shapely.symmetric_difference(partnership, shapely.union_all(councils)).area < 1e-12
    own = "/api/v1/partnerships/plumstead-vale.geojson"  # its outline is in no release: as drawn
    drawn = [demo_client.get(own, params=asked).json() for asked in ({}, {"simplify": "99999"})]
    assert drawn[0]["features"][0]["geometry"] == drawn[1]["features"][0]["geometry"]
    refused = demo_client.get(address, params={"simplify": "50", "crs": "EPSG:27700"})
    assert refused.status_code == 422


def test_a_release_is_warmed_by_command_and_a_rehearsal_changes_nothing(
    demo_engine: Engine,
) -> None:
    root = typer.Typer()

    @root.callback()
    def enter(context: typer.Context) -> None:
        context.obj = lambda: demo_engine

    root.add_typer(releases_app, name="releases")
    done = CliRunner().invoke(root, ["releases", "warm", DISTRICTS, "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["stored"] is False
    assert told["areas"] > 1
    assert told["levels"]
    words = CliRunner().invoke(root, ["releases", "warm", DISTRICTS])
    assert "Nothing was changed" in words.output
    assert f"level {told['levels'][0]['tolerance_m']:g} m" in words.output
    listed = CliRunner(env={"COLUMNS": "240"}).invoke(root, ["releases"])
    assert listed.exit_code == 0
    assert "overlaps" in listed.output
