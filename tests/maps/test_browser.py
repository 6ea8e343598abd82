"""In a real browser: the page map and the single file draw every shape, answer keys, and run no name."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from app.assets import STATIC, asset_texts, manifest
from maps.folium_map import folium_page, page_policy, single_file
from maps.leaflet import map_topology
from maps.legend import legend_entries, legend_html
from maps.map_tables import table_html, tables_of
from maps.svg_map import draw_map
from tests.maps.squares import HOSTILE, layers

pytestmark = pytest.mark.slow
sync_api = pytest.importorskip("playwright.sync_api")

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'"
)


@dataclass
class Site:
    """A small site: address → (body, type, policy); anything under /static comes from app/static."""

    address: str = ""
    pages: dict[str, tuple[bytes, str, str]] = field(default_factory=dict)


class Pages(SimpleHTTPRequestHandler):
    def __init__(self, *args, site: Site, **kwargs):
        self.site = site
        super().__init__(*args, directory=str(STATIC), **kwargs)

    def do_GET(self):
        if self.path.startswith("/static/"):
            self.path = self.path.removeprefix("/static")
            return super().do_GET()
        tiles = self.site.pages.get("/tiles/", (b"", "", ""))
        body, kind, policy = self.site.pages.get(
            self.path, tiles if self.path.startswith("/tiles/") else (b"", "", "")
        )
        self.send_response(200 if kind else 404)
        self.send_header("Content-Type", kind or "text/plain")
        if policy:
            self.send_header("Content-Security-Policy", policy)
        self.end_headers()
        self.wfile.write(body)
        return None

    def log_message(self, *_args):
        pass


@pytest.fixture(scope="module")
def chromium(browser: sync_api.Browser) -> sync_api.Browser:
    """The run's one browser, by the name these tests use."""
    return browser


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Pages, site=made))
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    made.address = f"http://127.0.0.1:{server.server_port}"
    made.pages["/map.geojson"] = (map_topology(layers(hostile=True)), "application/json", "")
    made.pages["/"] = (map_page().encode(), "text/html; charset=utf-8", POLICY)
    yield made
    server.shutdown()
    server.server_close()
    thread.join()


@dataclass
class Heard:
    """What a tab asked for and complained of."""

    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


def open_tab(browser, **options) -> tuple[sync_api.Page, Heard]:
    context = browser.new_context(**{"viewport": {"width": 1200, "height": 1000}, **options})
    page, heard = context.new_page(), Heard()
    page.set_default_timeout(5_000)
    page.on("request", lambda request: heard.requests.append(request.url))
    page.on("console", lambda message: heard.complaints.append(message.text))
    page.on("pageerror", lambda error: heard.complaints.append(str(error)))
    page.on(
        "dialog",
        lambda dialog: (heard.complaints.append(f"dialog {dialog.message}"), dialog.dismiss()),
    )
    return page, heard


def map_page(basemap: str = "") -> str:
    listed, drawn = manifest(), layers(hostile=True)
    scripts = "".join(
        f'<script src="{listed[n].url}" integrity="{listed[n].integrity}" defer></script>'
        for n in ("leaflet.js", "areas.js", "map.js")
    )
    styles = "".join(
        f'<link rel="stylesheet" href="{listed[n].url}">' for n in ("leaflet.css", "app.css")
    )
    svg = draw_map(drawn, title="Small areas", labels="percent", table_id="table-1", map_id="m")
    tables = "".join(table_html(table) for table in tables_of(drawn))
    return (
        f'<!DOCTYPE html><html lang="en-GB"><head><meta charset="utf-8"><title>Map</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="icon" href="data:,">{styles}{scripts}</head><body><main id="main" class="wrap">'
        f'<h1>Map</h1><div class="mapframe">{legend_html(legend_entries(drawn))}<div class="mapbox">{svg}'
        f'<div id="map" hidden data-geojson="/map.geojson" data-all-label="Whole partnership"{basemap}></div></div>'
        f'</div><p id="map-status" role="status"></p><div id="detail" aria-live="polite" hidden></div>'
        f"{tables}</main></body></html>"
    )


def test_the_page_map_replaces_the_picture_and_draws_every_row(chromium, site):
    page, heard = open_tab(chromium)
    page.goto(site.address)
    page.wait_for_selector('#map[data-ready="true"]')
    assert (
        page.locator("#map path[data-code]").count() == page.locator("tr[data-code]").count() == 4
    )
    fills = page.locator("#map path[data-code]").evaluate_all(
        "all => all.map(p => p.getAttribute('fill'))"
    )
    assert fills == ["#3b0f4f", "#76307f", "#efe2e6", "url(#areas-hatch)"]
    assert not page.locator("svg.mapsvg").is_visible()
    assert page.locator("#map .maplabel").all_inner_texts() == ["1", "2"]
    assert heard.complaints == []
    assert {url.split("/")[2] for url in heard.requests if url.startswith("http")} == {
        site.address.split("/")[2]
    }


def test_a_click_names_the_area_in_the_panel_and_marks_its_row_and_back(chromium, site):
    page, heard = open_tab(chromium)
    page.goto(site.address)
    page.wait_for_selector('#map[data-ready="true"]')
    page.locator("#map path[data-code=X00000001]").dispatch_event("click")
    assert page.locator("#detail h2").inner_text() == HOSTILE[0]
    assert "1,500" in page.locator("#detail").inner_text()
    assert page.locator("tr.chosen").get_attribute("data-code") == "X00000001"
    page.locator("tr[data-code=X00000003] td").first.click()
    assert page.locator("#detail h2").inner_text() == HOSTILE[2]
    assert page.locator("tr.chosen").count() == 1
    assert page.locator("img").count() == 0
    assert heard.complaints == []


def test_the_keyboard_walks_the_areas_chooses_and_returns(chromium, site):
    page, heard = open_tab(chromium)
    page.goto(site.address)
    page.wait_for_selector('#map[data-ready="true"]')
    held = "document.activeElement.getAttribute('data-code')"
    page.locator("#map").focus()
    for _ in range(6):
        page.keyboard.press("Tab")
        if page.evaluate(held):
            break
    assert page.evaluate(held) == "X00000001"
    page.keyboard.press("ArrowRight")
    assert page.evaluate(held) == "X00000002"
    page.keyboard.press("ArrowUp")  # nothing lies north: stay
    assert page.evaluate(held) == "X00000002"
    # the tooltip left behind fades for a moment
    sync_api.expect(page.locator(".leaflet-tooltip")).to_have_count(1)
    assert page.locator(".leaflet-tooltip").inner_text().startswith(HOSTILE[1])
    page.keyboard.press("Enter")
    assert page.locator("#detail h2").inner_text() == HOSTILE[1]
    assert page.locator("#map path[tabindex='0']").count() == 1
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.id") == "map"
    assert heard.complaints == []


@pytest.mark.parametrize("body", [b"", b"{}", b"<html>"], ids=["404", "no features", "not json"])
def test_when_the_data_fail_the_picture_stays_and_a_line_says_so(chromium, site, body):
    site.pages["/map.geojson"] = (body, "application/geo+json" if body else "", "")
    page, _ = open_tab(chromium)
    page.goto(site.address)
    page.wait_for_selector("#map-status.warning")
    assert "could not be loaded" in page.locator("[role=status]").inner_text()
    assert page.locator("svg.mapsvg").is_visible()
    assert page.locator("svg.mapsvg path[data-code]").count() == 4
    assert page.locator("#map").get_attribute("data-ready") is None


def test_without_scripts_the_picture_and_the_tables_are_there(chromium, site):
    page, _ = open_tab(chromium, java_script_enabled=False)
    page.goto(site.address)
    assert page.locator("svg.mapsvg").is_visible()
    assert page.locator("tr[data-code]").count() == 4


def test_a_background_that_does_not_come_changes_nothing_but_a_line(chromium, site):
    tiles = f' data-basemap-url="{site.address}/tiles/{{z}}/{{x}}/{{y}}.png" data-basemap-attribution="Tiles &lt;b&gt;"'
    site.pages["/"] = (map_page(tiles).encode(), "text/html; charset=utf-8", POLICY)
    page, _ = open_tab(chromium)
    page.goto(site.address)
    page.wait_for_selector("#map-status.warning")
    assert page.locator("[role=status]").inner_text() == "Background map not available."
    assert page.locator("#map path[data-code]").count() == 4
    assert page.locator("#map img").count() == 0


# A grey point of a picture, stretched over the whole tile.
POINT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg=="
)


def test_a_background_that_comes_lies_under_the_areas_with_its_credit_as_text(chromium, site):
    tiles = f' data-basemap-url="{site.address}/tiles/{{z}}/{{x}}/{{y}}.png" data-basemap-attribution="Tiles &lt;b&gt;"'
    site.pages["/"] = (map_page(tiles).encode(), "text/html; charset=utf-8", POLICY)
    site.pages["/tiles/"] = (POINT, "image/png", "")
    page, heard = open_tab(chromium)
    page.goto(site.address)
    page.wait_for_selector("#map .leaflet-tile-pane img.leaflet-tile-loaded")
    page.wait_for_selector('#map[data-ready="true"]')
    assert page.locator(".basemap-attribution").inner_text() == "Tiles <b>"
    # Streets show through, and neighbouring councils, which they show too, are left out.
    areas = page.locator("#map path[data-code]")
    assert areas.evaluate_all("all => all.map(p => p.getAttribute('fill-opacity'))") == ["0.8"] * 4
    assert areas.first.get_attribute("aria-label").startswith(HOSTILE[0] + ". Most deprived 10%. ")
    assert page.locator("[role=status]").inner_text() == ""
    assert heard.complaints == []


@pytest.mark.parametrize("width", [320, 1280])
def test_the_page_reflows_and_has_no_accessibility_fault(chromium, site, width):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page, _ = open_tab(chromium, viewport={"width": width, "height": 900})
    page.goto(site.address)
    page.wait_for_selector('#map[data-ready="true"]')
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    result = axe.run(page)
    assert [fault["id"] for fault in result.response["violations"]] == []


def test_print_shows_the_picture_and_leaves_the_live_map_where_it_was(chromium, site):
    page, _ = open_tab(chromium)
    page.goto(site.address)
    page.wait_for_selector('#map[data-ready="true"]')
    page.emulate_media(media="print")
    assert page.locator("svg.mapsvg").is_visible()
    assert not page.locator("#map").is_visible()
    before = page.locator("#map path[data-code]").first.get_attribute("d")
    page.set_viewport_size({"width": 740, "height": 1000})
    page.set_viewport_size({"width": 1200, "height": 1000})
    page.emulate_media(media="screen")
    assert page.locator("#map path[data-code]").first.get_attribute("d") == before
    assert page.locator("#map path[data-code]").first.is_visible()


def test_the_single_file_opens_from_disk_with_the_network_off(chromium, tmp_path: Path):
    saved = tmp_path / "map.html"
    saved.write_text(
        single_file(layers(hostile=True), None, HOSTILE[2], asset_texts()), encoding="utf-8"
    )
    page, heard = open_tab(chromium, offline=True)
    page.goto(saved.as_uri())
    page.wait_for_selector('.folium-map[data-ready="true"]')
    assert page.locator("path[data-code]").count() == page.locator("tr[data-code]").count() == 4
    assert page.locator("path[data-point]").count() == 3
    for n in range(4):
        page.locator("path[data-code]").nth(n).dispatch_event("mouseover")
    assert HOSTILE[3] in page.locator(".leaflet-tooltip").last.inner_text()
    page.locator("path[data-code=X00000001]").dispatch_event("click")
    assert page.locator("#detail h2").inner_text() == HOSTILE[0]
    assert HOSTILE[0] in page.locator(".leaflet-control-layers").inner_text()
    assert page.locator("img").count() == 0
    assert heard.requests == [saved.as_uri()]
    assert heard.complaints == []


def test_the_single_files_switches_take_layers_off_and_bring_them_back(chromium, tmp_path: Path):
    saved = tmp_path / "map.html"
    saved.write_text(single_file(layers(), None, "A map", asset_texts()), encoding="utf-8")
    page, heard = open_tab(chromium)
    page.goto(saved.as_uri())
    page.wait_for_selector('.folium-map[data-ready="true"]')
    switches = page.locator(".leaflet-control-layers label")
    assert [t.strip() for t in switches.all_inner_texts()] == [
        "Small areas",
        "Partnership",
        "Priority neighbourhood",
        "Money (area of circle)",
    ]
    money = switches.filter(has_text="Money").locator("input")
    money.uncheck()
    assert page.locator("path[data-point]").count() == 0
    money.check()
    assert page.locator("path[data-point]").count() == 3
    assert page.locator("path[data-code]").count() == 4
    assert heard.complaints == []


def test_the_folium_page_works_under_its_policy_from_this_host_only(chromium, site):
    urls = {name: asset.url for name, asset in manifest().items()}
    body = folium_page(layers(hostile=True), None, "A map", urls, "abc123")
    site.pages["/map"] = (body.encode(), "text/html; charset=utf-8", page_policy("abc123"))
    page, heard = open_tab(chromium)
    page.goto(f"{site.address}/map")
    page.wait_for_selector('.folium-map[data-ready="true"]')
    assert page.locator("path[data-code]").count() == 4
    assert heard.complaints == []
    assert all(url.startswith((site.address, "data:")) for url in heard.requests)


def test_the_policy_stops_a_script_that_slips_in(chromium, tmp_path: Path):
    text = single_file(layers(), None, "A map", asset_texts())
    saved = tmp_path / "map.html"
    saved.write_text(
        text.replace("</main>", "<img src=x onerror=alert(1)><script>alert(2)</script></main>")
    )
    page, heard = open_tab(chromium)
    page.goto(saved.as_uri())
    page.wait_for_selector('.folium-map[data-ready="true"]')
    assert not [said for said in heard.complaints if said.startswith("dialog")]
    assert len([said for said in heard.complaints if "Content Security Policy" in said]) >= 2


def test_the_map_data_are_plain_json():
    assert len(json.loads(map_topology(layers()))["objects"]["map"]["geometries"]) == 12
