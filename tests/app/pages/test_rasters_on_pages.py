"""A grid on the pages of the demo county: a layer for the map, its key, its figures as a table; a neighbourhood too."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.neighbourhoods.tables import Neighbourhood, NeighbourhoodVersion
from app.places.demo import DEMO_SLUG
from app.rasters.importing import RasterSaid, import_raster
from app.rasters.stored import use_folder
from app.rasters.tables import RasterValue
from boundaries.footprints import Ground, store_footprint
from tests.support.databases import ClusterForTests
from tests.support.engines import open_engine

if TYPE_CHECKING:
    from starlette.testclient import TestClient

pytestmark = pytest.mark.slow

HOSTILE = 'Soot "><img src=x onerror=alert(1)>'
SAID = RasterSaid(
    "soot", HOSTILE, "µg/m³", "intensive", "unknown", crs="EPSG:27700", values=("y2012", "y2013"),
    labels=("2012", "2013"),
)  # fmt: skip


def write_points(path: Path) -> Path:
    """Cells of 2 km over the county's towns: 10 in the west, rising by 1 a column; 2013 is twice 2012."""
    rows = ["x,y,y2012,y2013"]
    for column, x in enumerate(range(600_000, 700_000, 2_000)):
        rows += [f"{x},{y},{10 + column},{20 + 2 * column}" for y in range(330_000, 420_000, 2_000)]
    path.write_text("\n".join(rows) + "\n")
    return path


@pytest.fixture(scope="module")
def served(
    cluster: ClusterForTests, demo_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    from starlette.testclient import TestClient

    from app.main import create_app
    from app.settings import Settings

    url = cluster.clone(demo_template)
    engine = open_engine(url)
    folder = tmp_path_factory.mktemp("grids")
    with TestClient(create_app(Settings(data_dir=folder), engine)) as opened:
        with Session(engine) as session, session.begin():
            import_raster(
                session, "test", write_points(folder / "soot.csv"), SAID, date(2026, 1, 1), commit=True
            )  # fmt: skip
            session.add(
                Neighbourhood(
                    slug="quarter", name="Quarter", named_by="person", kind="listed", made_by="t", demo=True,
                    partnership_slug=DEMO_SLUG,
                )
            )  # fmt: skip
            session.flush()
            ground = Ground(codes=("X07000002",), as_at=date(2026, 1, 1), demo=True)
            session.add(
                NeighbourhoodVersion(
                    slug="quarter", version=1, footprint_id=store_footprint(session, ground), reason="r",
                    author="t", inputs={}, figures={},
                )
            )  # fmt: skip
        yield opened
    cluster.drop(url)


@pytest.fixture(autouse=True)
def own_folder(served: TestClient) -> None:
    """The folder is one for the process, and another module's service may have named its own since."""
    use_folder(served.app.state.settings.data_dir / "rasters")


def test_a_place_offers_the_grid_to_its_map_and_tells_the_same_figures_in_a_table(
    served: TestClient,
) -> None:
    page = served.get(f"/partnerships/{DEMO_SLUG}").text
    offered = re.search(r'data-rasters="([^"]*)"', page)
    assert offered is not None
    (layer,) = json.loads(html.unescape(offered[1]))
    assert layer["tiles"] == "/api/v1/rasters/soot/tiles/{z}/{y}/{x}.png?band=2"
    (south, west), (north, east) = layer["bounds"]
    assert south < north
    assert west < east
    assert "<img" not in page, "a hostile title is text"
    section = page[page.index('id="rasters"') :]
    told = re.findall(
        r'<a href="/areas/(X\w+)">[^<]*</a></th><td class="num">([\d.]+)</td><td class="num">([\d.]+)</td>'
        r'<td class="num">([\d.]+%)',
        section,
    )
    assert told
    values = served.get("/api/v1/rasters/soot/values?area_type=lad").json()["items"]
    known = {one["code"]: one["value"] for one in values}
    for code, first, newest, share in told:
        assert float(newest) == pytest.approx(known[code], rel=5e-3)
        assert float(newest) == pytest.approx(2 * float(first), rel=1e-2)
        assert share == "100.00%"
    # Without a script the key stands beside the table; the one in the map's frame waits for the map.
    assert section.count('class="mapkey"') == 1
    assert 'id="grid-key-0" hidden' in page


def test_an_area_tells_its_own_figure(served: TestClient) -> None:
    page = served.get("/areas/X07000002").text
    section = page[page.index('id="rasters"') :]
    (value,) = [
        one["value"]
        for one in served.get("/api/v1/rasters/soot/values?area_type=lad").json()["items"]
        if one["code"] == "X07000002"
    ]
    assert f'<td class="num">{value:.1f}</td>' in section
    assert "over the map above" not in section


def test_a_neighbourhood_tells_every_grid_that_reaches_it(served: TestClient) -> None:
    told = served.get("/api/v1/neighbourhoods/quarter/rasters").json()
    district = served.get("/api/v1/rasters/soot/values?area_type=lad").json()["items"]
    (value,) = [one["value"] for one in district if one["code"] == "X07000002"]
    assert [one["label"] for one in told["rasters"]] == ["2012", "2013"]
    assert told["rasters"][1]["value"] == pytest.approx(value, rel=1e-9)
    assert told["rasters"][0]["value"] == pytest.approx(value / 2, rel=1e-9)
    assert told["rasters"][1]["share_with_value"] == 1
    page = served.get("/neighbourhoods/quarter").text
    section = page[page.index('id="grids"') : page.index('id="missing"')]
    assert (
        f'<td class="num">{value:.1f} µg/m³</td><td>{value / 2:.1f} µg/m³ in 2012</td>' in section
    )
    assert "<img" not in section


def test_a_grid_that_holds_next_to_nothing_of_an_area_is_not_told_as_its_figure(
    served: TestClient,
) -> None:
    def hold(share: float) -> None:
        with Session(served.app.state.engine) as session, session.begin():  # type: ignore[attr-defined]
            session.execute(
                update(RasterValue)
                .where(RasterValue.code == "X07000003")
                .values(share_with_value=share)
            )

    hold(0.01)
    assert 'id="rasters"' in served.get("/areas/X07000003").text
    hold(0.0099)
    assert 'id="rasters"' not in served.get("/areas/X07000003?again=1").text
    hold(1.0)
