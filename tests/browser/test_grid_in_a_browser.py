"""What only a browser can tell of a grid: it is off at first, takes the place of the shading, and goes again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.places.demo import DEMO_SLUG
from app.rasters.importing import RasterSaid, import_raster
from app.rasters.stored import use_folder
from app.settings import Settings
from tests.browser.conftest import serve
from tests.support.databases import ClusterForTests
from tests.support.engines import open_engine

pytestmark = pytest.mark.slow

Open = Callable[..., Any]
HOSTILE = "Soot <img src=x onerror=\"document.title='owned'\">"
TILES, AREA = ".leaflet-grids-pane img", "#map path[data-code]"


@pytest.fixture(scope="module")
def grid_server(
    cluster: ClusterForTests, demo_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    url = cluster.clone(demo_template)
    engine = open_engine(url)
    folder = tmp_path_factory.mktemp("grid")
    rows = [
        f"{x},{y},{x % 7000}"
        for x in range(600_000, 680_000, 4000)
        for y in range(340_000, 410_000, 4000)
    ]
    (folder / "soot.csv").write_text("\n".join(["x,y,soot", *rows]) + "\n")
    use_folder(folder / "rasters")
    said = RasterSaid("soot", HOSTILE, "µg/m³", "intensive", "unknown", crs="EPSG:27700")
    with Session(engine) as session, session.begin():
        import_raster(session, "test", folder / "soot.csv", said, date(2026, 1, 1), commit=True)
    yield from serve(engine, Settings(data_dir=folder))
    cluster.drop(url)


def test_a_grid_takes_the_place_of_the_shading_with_its_key_and_gives_it_back(
    grid_server: str, open_page: Open
) -> None:
    seen = open_page(f"{grid_server}/partnerships/{DEMO_SLUG}")
    page = seen.page
    page.wait_for_selector('#map[data-ready="true"]')
    shaded = page.locator(AREA).first.get_attribute("fill-opacity")
    assert page.locator(TILES).count() == 0
    assert page.locator("#grid-key-0").is_hidden()
    # By the keyboard alone.
    page.locator(".leaflet-control-layers input").focus()
    page.keyboard.press("Space")
    page.wait_for_selector(f"{TILES}.leaflet-tile-loaded")
    assert page.locator("#grid-key-0").is_visible()
    assert page.locator(AREA).first.get_attribute("fill-opacity") == "0"
    page.keyboard.press("Space")
    assert page.locator(AREA).first.get_attribute("fill-opacity") == shaded
    assert page.locator("#grid-key-0").is_hidden()
    assert seen.elsewhere == []
    assert seen.messages == []
    assert "owned" not in page.title()
    assert HOSTILE in page.locator(".leaflet-control-layers").inner_text()


def test_without_scripts_the_key_and_the_figures_are_there(
    grid_server: str, open_page: Open
) -> None:
    page = open_page(f"{grid_server}/partnerships/{DEMO_SLUG}", scripts=False).page
    assert page.locator("#raster-soot").is_visible()
    assert page.locator("section[aria-labelledby=raster-soot] ul.mapkey li").count() == 5
    assert page.locator("section[aria-labelledby=raster-soot] tbody tr").count() >= 1
    assert page.locator("#grid-key-0").is_hidden()
