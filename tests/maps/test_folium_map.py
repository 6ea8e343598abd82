"""Folium maps link nothing outside, carry every figure in a table and keep hostile names inert."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import folium
import pytest
from branca.element import CssLink, JavascriptLink

from maps.folium_map import (
    SCRIPTS,
    STYLES,
    OfflineFigure,
    OfflineMap,
    folium_page,
    html_text,
    page_policy,
    single_file,
)
from maps.map_tables import MapTable, table_html, tables_of
from tests.maps.squares import HOSTILE, layers

URLS = {name: f"/static/{name}" for name in (*SCRIPTS, *STYLES)}
TEXTS = {name: f"/* {name} */" for name in (*SCRIPTS, *STYLES)}
TOTALS = MapTable("Totals", ("Bucket", "Amount"), (("In neighbourhoods", "\u00a350,000"),))


class Tags(HTMLParser):
    """Every tag of a document with its attributes, and the text outside scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.said: list[str] = []
        self.inside = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        self.inside = tag

    def handle_endtag(self, tag):
        self.inside = ""

    def handle_data(self, data):
        if self.inside not in ("script", "style"):
            self.said.append(data)


def page(hostile: bool = False) -> str:
    return folium_page(layers(hostile), TOTALS, "A map", URLS, "n0nce")


def test_the_page_links_our_four_files_in_loading_order_and_nothing_else():
    tags = Tags(page())
    links = [
        a.get("src") or a.get("href")
        for t, a in tags.found
        if t in ("script", "link") and ("src" in a or "href" in a)
    ]
    assert links == [
        "data:,",
        "/static/leaflet.css",
        "/static/app.css",
        "/static/leaflet.js",
        "/static/areas.js",
    ]
    assert "http" not in re.sub(r"http://www\.w3\.org/2000/svg", "", page())


def test_every_script_and_style_sheet_carries_the_nonce_and_no_tag_has_inline_style_or_events():
    tags = Tags(page(hostile=True))
    guarded = [a for t, a in tags.found if t in ("script", "style") or a.get("rel") == "stylesheet"]
    assert len(guarded) == 5
    assert {a.get("nonce") for a in guarded} == {"n0nce"}
    assert not [a for _, attrs in tags.found for a in attrs if a == "style" or a.startswith("on")]
    assert "'unsafe" not in page_policy("n0nce")
    assert "script-src 'nonce-n0nce'" in page_policy("n0nce")


def test_readers_may_zoom_because_foliums_fixed_viewport_is_gone():
    viewports = [a["content"] for t, a in Tags(page()).found if a.get("name") == "viewport"]
    assert viewports == ["width=device-width, initial-scale=1"]


@pytest.mark.parametrize(
    "write",
    [
        lambda: page(hostile=True),
        lambda: single_file(layers(hostile=True), TOTALS, HOSTILE[2], TEXTS, words=HOSTILE[0]),
    ],
)
def test_hostile_names_open_no_tag_anywhere(write):
    tags = Tags(write())
    names = [t for t, _ in tags.found]
    assert "img" not in names
    assert names.count("script") == 3
    assert not re.search(r"<script>alert", write())
    assert all(name in "".join(tags.said) for name in HOSTILE)


def test_names_reach_scripts_as_json_and_layer_names_as_entities():
    text = page(hostile=True)
    scripts = text[text.rindex("<script") :]
    assert "<img" not in scripts
    assert "${alert" not in re.sub(r'"(?:[^"\\]|\\.)*"', '""', scripts)  # only inside JSON strings
    # what Leaflet will write as HTML: & of the entity is itself escaped for the script
    assert "\\u0026lt;img src=x onerror=alert(1)\\u0026gt;" in scripts


def test_text_that_will_be_written_as_html_means_nothing_to_html_or_a_template_literal():
    assert html_text("<b>&`${x}`\\") == "&lt;b&gt;&amp;&#96;&#36;{x}&#96;&#92;"


def test_names_that_look_like_templates_are_not_run():
    assert "49" not in "".join(Tags(page(hostile=True)).said)
    assert "{{7*7}}" in page(hostile=True)


def test_every_figure_a_map_shows_stands_in_a_table_of_the_same_document():
    text = page()
    said = " ".join(Tags(text[text.index("<table") :]).said)
    data = re.findall(r"_add\((\{.*\})\);", text)
    shown = {
        value
        for block in data
        for feature in json.loads(block)["features"]
        if feature["properties"]["role"] in ("choropleth", "neighbourhood", "point")
        for value in [
            feature["properties"]["name"],
            feature["properties"]["label"],
            *(v for _, v in feature["properties"]["fields"]),
        ]
    }
    assert len(shown) > 10
    assert all(value in said for value in shown)
    assert "\u00a350,000" in said


def test_the_table_of_areas_has_the_rows_of_the_map_in_the_same_order():
    area = next(t for t in tables_of(layers()) if t.codes)
    assert area.codes == ("X00000001", "X00000002", "X00000003", "X00000004")
    assert area.headings == ("Name", "Band", "People")
    assert area.rows[3] == ("Dingle", "No data", "\u2013")
    html = table_html(area)
    assert html.count("<tr data-code=") == 4
    assert '<td class="num">1,500</td>' in html
    assert 'role="region" aria-label="Small areas" tabindex' not in html
    assert '<div class="scroll" tabindex="0" role="region" aria-label="Small areas">' in html


def test_ragged_tables_are_refused():
    with pytest.raises(ValueError, match="another number of cells"):
        MapTable("T", ("A", "B"), (("1",),))
    with pytest.raises(ValueError, match="one code per row"):
        MapTable("T", ("A",), (("1",),), ("X", "Y"))


def test_a_link_that_folium_adds_beyond_leaflet_stops_the_map():
    class Greedy(OfflineMap):
        default_js = (*OfflineMap.default_js, ("jquery", "https://code.jquery.com/jquery.js"))

    figure = OfflineFigure(nonce="n", parts={}, urls=URLS)
    figure.add_child(Greedy(tiles=None))
    with pytest.raises(ValueError, match="unknown to the page: jquery"):
        figure.render()


@pytest.mark.parametrize(
    "link",
    [
        JavascriptLink("https://cdn.example/leaflet.js"),
        CssLink("leaflet.js"),
    ],
)
def test_a_link_under_a_known_name_with_another_address_or_kind_stops_the_map(link):
    figure = OfflineFigure(nonce="n", parts={}, urls=URLS)
    figure.header.add_child(link, name="leaflet")
    with pytest.raises(ValueError, match="folium"):
        figure.render()


@pytest.mark.parametrize(
    "address", ["https://cdn.example/leaflet.js", "//cdn.example/leaflet.js", "leaflet.js", ""]
)
def test_an_asset_that_is_not_on_this_host_is_refused(address):
    with pytest.raises(ValueError, match="no address on this host"):
        folium_page(layers(), None, "A", {**URLS, "leaflet.js": address}, "n")


@pytest.mark.parametrize("content", ["", "x = '</script>'", "x = '</SCRIPT>'"])
def test_a_file_that_would_end_its_own_element_is_not_carried(content):
    with pytest.raises(ValueError, match="cannot be carried"):
        single_file(layers(), None, "A", {**TEXTS, "leaflet.js": content})


def test_folium_itself_is_left_as_it_was():
    before = (list(folium.Map.default_js), list(folium.Map.default_css))
    page()
    assert (folium.Map.default_js, folium.Map.default_css) == before
    assert OfflineMap.default_js == [("leaflet", "leaflet.js")]


def test_the_single_file_forbids_itself_every_request():
    text = single_file(layers(), None, "A", TEXTS)
    policy = next(a["content"] for t, a in Tags(text).found if a.get("http-equiv"))
    nonce = re.search(r"script-src 'nonce-([^']+)'", policy).group(1)
    assert policy.startswith("default-src 'none'")
    assert "img-src data:;" in policy
    assert {a["nonce"] for t, a in Tags(text).found if t in ("script", "style")} == {nonce}
    assert nonce not in single_file(layers(), None, "A", TEXTS)


def test_a_map_of_shapes_without_longitude_and_latitude_is_refused():
    bare = layers()[1]
    frame = bare.frame.drop(columns="geom_wgs84")
    with pytest.raises(ValueError, match="WGS84"):
        folium_page([type(bare)(bare.name, frame, bare.role, bare.classes)], None, "A", URLS, "n")
