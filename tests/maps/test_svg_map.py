"""The drawn map: shapes counted, labels apart, names inert, light and quick."""

from __future__ import annotations

import dataclasses
import re
import time
import xml.etree.ElementTree as ET

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from maps.layers import Layer, deprivation_layer, neighbourhood_layer, place_layer
from maps.svg_furniture import scale_step
from maps.svg_labels import Room, circle_radii, inner_points, place_circles, push_apart, text_width
from maps.svg_map import draw_locator, draw_map, extent_of
from maps.svg_paths import TENTHS, TOLERANCE_PX, fit_view, path_texts, simplify_shared
from tests.maps.squares import HOSTILE, SOUTH, WEST, areas, frame, layers, square

SVG = "{http://www.w3.org/2000/svg}"


def drawn(*args, **kwargs) -> ET.Element:
    return ET.fromstring(draw_map(*args, title="A map", **kwargs))


def with_class(root: ET.Element, name: str) -> list[ET.Element]:
    return [e for e in root.iter() if e.get("class") == name]


def test_each_row_is_one_path_in_the_rows_order_with_its_own_fill():
    paths = [p for p in drawn(layers()).iter(f"{SVG}path") if p.get("data-code")]
    assert [p.get("data-code") for p in paths] == [
        "X00000001",
        "X00000002",
        "X00000003",
        "X00000004",
    ]
    assert [p.get("fill") for p in paths] == ["#3b0f4f", "#76307f", "#efe2e6", "url(#map-hatch)"]


def test_a_square_is_drawn_where_it_is():
    # 4 km across in 800 px with 4% margins: 184 px per km; the map's middle is the middle of the row
    view = fit_view((WEST, SOUTH, WEST + 4_000, SOUTH + 1_000), 800, 600)
    assert view.scale == pytest.approx(0.184)
    assert view.to_pixels(np.array([[WEST + 2_000, SOUTH + 500]]))[0] == pytest.approx([400, 300])
    text = path_texts(np.array([square(0)]), view)[0]
    # corners 32..216 px across, 208..392 px down, in tenths, from the south-east corner round
    assert text == "M2160 3920l0-1840-1840 0 0 1840z"


def test_points_that_fall_together_are_dropped_and_nothing_vanishes():
    view = fit_view((WEST, SOUTH, WEST + 100_000, SOUTH + 100_000), 100, 100, margin=0)
    ring = [
        (WEST + 50_000 + x, SOUTH + 50_000 + y)
        for x, y in ((0, 0), (3, 0), (20_000, 0), (20_000, 20_000))
    ]
    text = path_texts(
        np.array(
            [shapely.Polygon(ring), shapely.box(WEST, SOUTH, WEST + 5, SOUTH + 5), None],
            dtype=object,
        ),
        view,
    )
    assert text[0].count(" ") + text[0].count("-") <= 6  # three corners, not four
    assert text[1] == "M0 1000h10v10h-10z"
    assert text[2] == ""


def test_a_hole_is_a_second_ring_of_the_same_path():
    ring = square(0).difference(square(0, 0, 400).buffer(-1))
    ring = shapely.Polygon(
        square(0).exterior, [shapely.box(WEST + 300, SOUTH + 300, WEST + 700, SOUTH + 700).exterior]
    )
    text = path_texts(
        np.array([ring]), fit_view((WEST, SOUTH, WEST + 1_000, SOUTH + 1_000), 100, 100)
    )[0]
    assert text.count("M") == text.count("z") == 2


def test_the_title_names_the_table_and_the_picture_is_one_image_to_a_screen_reader():
    root = drawn(layers(), table_id="areas", table_caption="Small areas, greatest need first")
    assert root.get("role") == "img"
    assert root.get("aria-details") == "areas"
    title = root.find(f"{SVG}title")
    assert root.get("aria-labelledby") == title.get("id") == "map-title"
    assert (
        title.text == "A map. The same figures are in the table “Small areas, greatest need first”."
    )


def test_links_make_it_a_group_whose_links_the_keyboard_skips():
    root = drawn(layers(), links={"X00000001": '/areas/X00000001?a=1&b="2"'})
    links = list(root.iter(f"{SVG}a"))
    assert root.get("role") == "group"
    assert [(a.get("href"), a.get("tabindex")) for a in links] == [
        ('/areas/X00000001?a=1&b="2"', "-1")
    ]
    assert links[0].find(f"{SVG}path").get("data-code") == "X00000001"


def test_hostile_names_are_text_and_nothing_else():
    text = draw_map(
        layers(hostile=True), title=HOSTILE[2], table_id=HOSTILE[3], table_caption=HOSTILE[0]
    )
    root = ET.fromstring(text)  # well-formed, so nothing broke out
    assert {e.tag.removeprefix(SVG) for e in root.iter()} <= {
        "svg",
        "title",
        "defs",
        "pattern",
        "rect",
        "path",
        "g",
        "circle",
        "text",
        "line",
    }
    assert not [a for e in root.iter() for a in e.attrib if a.startswith("on") or a == "style"]
    said = " ".join(root.itertext())
    assert all(name in said for name in HOSTILE)


def test_casing_lies_white_and_wider_beneath_the_ink_outline():
    text = draw_map(layers(), title="A map")
    casing, ink = text.index('class="casing"'), text.index('class="neighbourhoods"')
    assert casing < ink
    assert 'stroke="#ffffff" stroke-width="60"' in text[casing:ink]
    assert 'stroke="#14202b" stroke-width="30"' in text[ink : ink + 200]


def test_the_order_of_layers_given_does_not_change_the_picture():
    assert draw_map(layers(), title="A") == draw_map(layers()[::-1], title="A")


def test_amounts_are_circles_with_areas_in_proportion_and_missing_ones_hollow():
    circles = {
        c.get("data-point"): c for c in drawn(layers()).iter(f"{SVG}circle") if c.get("data-point")
    }
    assert float(circles["XM1"].get("r")) == 2 * float(circles["XM2"].get("r")) == 440
    assert circles["XM3"].get("fill") == "#ffffff"
    assert circles["XM3"].find(f"{SVG}title").text == "Not said; Awarded: –"


def test_areas_that_bear_numbers_show_them_in_circles_and_areas_without_show_none():
    (plain,) = (one for one in layers() if one.role == "choropleth")
    bare = dataclasses.replace(plain, frame=plain.frame.drop(columns="label", errors="ignore"))
    assert with_class(drawn([bare]), "maplabel") == []
    told = [str(n + 1) for n in range(len(plain.frame))]
    marks = with_class(
        drawn([dataclasses.replace(bare, frame=bare.frame.assign(label=told))]), "maplabel"
    )
    assert [mark.find(f"{SVG}text").text for mark in marks] == told


@pytest.mark.parametrize("mode", ["flat", "percent"])
def test_numbers_stand_in_circles_that_touch_no_other_mark(mode):
    root = drawn(layers(), labels=mode)
    marks = with_class(root, "maplabel")
    assert [m.find(f"{SVG}text").text for m in marks] == ["1", "2"]
    unit = (8.4, 6.3) if mode == "percent" else (1, 1)
    centres = [
        [
            float(m.findall(f"{SVG}circle")[-1].get(k).rstrip("%")) * u
            for k, u in zip(("cx", "cy"), unit, strict=True)
        ]
        for m in marks
    ]
    amounts = [
        [float(c.get(k)) / TENTHS for k in ("cx", "cy", "r")]
        for c in root.iter(f"{SVG}circle")
        if c.get("data-point")
    ]
    assert all(np.hypot(x - a, y - b) >= 14 + r - 0.1 for x, y in centres for a, b, r in amounts)
    assert np.hypot(*np.subtract(*centres)) > 28


def test_percent_pictures_keep_their_shape_or_are_refused():
    root = drawn(layers(), labels="percent")
    assert (root.get("class"), root.get("viewBox"), root.get("width")) == (
        "mapsvg percent",
        None,
        None,
    )
    assert root.find(f"{SVG}svg").get("viewBox") == "0 0 8400 6300"
    with pytest.raises(ValueError, match="four thirds"):
        draw_map(layers(), title="A", labels="percent", width=800, height=500)


def test_flat_pictures_hold_no_nested_svg_because_pdf_writers_misdraw_it():
    root = drawn(layers(), scale_bar=True)
    assert list(root.iter(f"{SVG}svg")) == [root]


def test_labels_without_room_are_dropped_in_rank_order_and_counted():
    many = frame(
        [{"code": f"X{n}", "name": f"N{n}", "label": str(n + 1)} for n in range(60)],
        [shapely.box(WEST + n, SOUTH, WEST + n + 1, SOUTH + 1) for n in range(60)],
    )
    far = frame([{"code": "Y", "name": "Far", "decile": 1}], [square(9)])
    root = drawn(
        [neighbourhood_layer(many), deprivation_layer(far, name="Areas")],
        extent=(WEST, SOUTH, WEST + 10_000, SOUTH + 7_500),
    )
    marks = [m.find(f"{SVG}text").text for m in with_class(root, "maplabel")]
    assert "1" in marks
    assert 0 < len(marks) < 60
    assert f"{60 - len(marks)} labels had no room: see the table" in "".join(root.itertext())


def test_what_has_no_outline_or_lies_outside_is_said_on_the_picture():
    broken = areas()
    broken.loc[3, "geom"] = None
    found = layers()
    said = "".join(
        drawn(
            [deprivation_layer(broken, name="Small areas"), found[4]],
            extent=(WEST, SOUTH, WEST + 1_000, SOUTH + 750),
        ).itertext()
    )
    assert "1 of 4 have no outline: Small areas" in said
    assert "2 of 3 lie outside this picture: Money (area of circle)" in said


def test_names_never_overlap():
    names = frame(
        [{"code": f"P{n}", "name": f"Place {n}"} for n in range(30)],
        [shapely.Point(WEST + 35 * n, SOUTH + 30 * n) for n in range(30)],
    )
    root = drawn([deprivation_layer(areas(), name="Areas"), place_layer(names)])
    texts = [g.findall(f"{SVG}text")[-1] for g in with_class(root, "placename")]
    boxes = [(float(t.get("x")), float(t.get("y")), text_width(t.text, 13)) for t in texts]
    assert 1 < len(boxes) < 30
    for n, (x, y, w) in enumerate(boxes):
        assert all(abs(x - a) >= (w + v) / 2 or abs(y - b) >= 13 for a, b, v in boxes[n + 1 :])


@pytest.mark.parametrize(
    ("scale", "most", "metres"),
    [(0.1, 100, 1_000), (0.1, 99, 500), (0.05, 100, 2_000), (50, 100, 10)],
)
def test_the_scale_bar_is_the_longest_round_length_that_fits(scale, most, metres):
    assert scale_step(scale, most) == metres


def test_the_scale_bar_is_as_long_as_it_says():
    root = drawn(layers(), extent=(WEST, SOUTH, WEST + 4_000, SOUTH + 1_000))
    bar = with_class(root, "scalebar")[0]
    line = bar.find(f"{SVG}line")
    # 840 px, 4% margins, 4 km: 193.2 px a km; a fifth of the width is 168 px, so 500 m = 96.6 px
    assert float(line.get("x2")) - float(line.get("x1")) == pytest.approx(96.6, abs=0.06)
    assert bar.findall(f"{SVG}text")[-1].text == "500 m"


def test_the_map_opens_on_the_neighbourhoods_and_can_be_told_to_show_all():
    assert extent_of(layers()) == (WEST, SOUTH, WEST + 3_000, SOUTH + 1_000)
    assert extent_of(layers(), ["choropleth"]) == (WEST, SOUTH, WEST + 4_000, SOUTH + 1_000)
    with pytest.raises(ValueError, match="no layer has a shape"):
        draw_map([layers()[0]], title="A")


def test_equal_amounts_at_one_point_end_up_apart_and_always_the_same_way():
    points, radii = np.zeros((3, 2)), np.full(3, 10.0)
    apart = push_apart(points, radii)
    gaps = [np.hypot(*(apart[a] - apart[b])) for a, b in ((0, 1), (0, 2), (1, 2))]
    assert min(gaps) >= 20
    assert (apart == push_apart(points, radii)).all()


def test_no_amounts_and_zero_amounts_have_the_smallest_circle():
    assert circle_radii(np.array([np.nan, 0.0]), 40).tolist() == [3.5, 3.5]


def test_a_label_sits_inside_a_shape_whose_middle_is_outside_it():
    horseshoe = shapely.Polygon(
        [(0, 0), (100, 0), (100, 100), (90, 100), (90, 10), (10, 10), (10, 100), (0, 100)]
    )
    points = inner_points(np.array([horseshoe, None], dtype=object))
    assert horseshoe.contains(shapely.Point(points[0]))
    assert not horseshoe.contains(horseshoe.centroid)
    assert np.isnan(points[1]).all()


def test_a_label_whose_place_is_taken_moves_aside_and_keeps_its_anchor():
    placed, dropped = place_circles(
        np.array([[50.0, 50.0], [50.0, 50.0]]), ["1", "2"], 14, Room(200, 200)
    )
    assert not dropped
    assert (placed[0].is_moved, placed[1].is_moved) == (False, True)
    assert placed[1].anchor == (50.0, 50.0)


def test_broken_coverage_is_drawn_unsimplified_rather_than_not_at_all(monkeypatch):
    def refuse(*_args: object) -> None:
        raise shapely.GEOSException("TopologyException")

    monkeypatch.setattr(shapely, "coverage_simplify", refuse)
    geoms = np.array([square(0), square(1)], dtype=object)
    assert (simplify_shared(geoms, 50) == geoms).all()


def test_the_locator_marks_the_place_and_says_where_it_is():
    country = frame([{"code": "E", "name": "Land"}], [shapely.box(0, 0, 600_000, 650_000)])
    root = ET.fromstring(draw_locator(country, (300_000, 325_000), title="<Where>"))
    assert root.find(f"{SVG}title").text == "<Where>"
    mark = root.find(f"{SVG}circle")
    assert [float(mark.get("cx")), float(mark.get("cy"))] == [32, 38]
    inset = drawn(layers(), locator=country)
    assert len(with_class(inset, "locator")) == 1


def hastings(mirror) -> Layer:
    lookup = pd.read_parquet(mirror / "lookups/lsoa11_wd19_lad19.parquet")
    codes = set(
        lookup.loc[
            lookup["LAD19CD"].isin(
                ["E07000061", "E07000062", "E07000064", "E07000063", "E07000065"]
            ),
            "LSOA11CD",
        ]
    )
    shapes = gpd.read_parquet(mirror / "boundaries/lsoa_2011_bgc.parquet")
    shapes = shapes[shapes["LSOA11CD"].isin(codes)].to_crs(27700).rename_geometry("geom")
    shapes = shapes.rename(columns={"LSOA11CD": "code", "LSOA11NM": "name"}).reset_index(drop=True)
    return deprivation_layer(shapes.assign(decile=shapes.index % 10 + 1), name="Areas")


@pytest.mark.slow
def test_three_hundred_real_areas_are_light_and_quick(mirror):
    layer = hastings(mirror)
    layer = dataclasses.replace(layer, frame=layer.frame.iloc[:300])
    draw_map([layer], title="Warm")
    took = []
    for _ in range(3):
        start = time.process_time()
        text = draw_map([layer], title="East Sussex")
        took.append(time.process_time() - start)
    assert len(re.findall(r"<path data-code=", text)) == 300
    assert len(text) < 200_000
    assert min(took) < 0.15


@pytest.mark.slow
def test_no_real_border_moves_by_a_whole_pixel(mirror):
    layer = hastings(mirror)
    view = fit_view(extent_of([layer]), 840, 630)
    before = np.asarray(layer.frame.geometry.array, dtype=object)
    after = simplify_shared(before, TOLERANCE_PX / view.scale)
    moved = shapely.hausdorff_distance(shapely.boundary(before), shapely.boundary(after))
    assert 0 < moved.max() * view.scale < 1


def test_a_long_attribution_is_wrapped_whole_and_fits_a_phone():
    words = "Contains National Statistics and OS data " * 6
    credited = dataclasses.replace(layers()[1], attribution=words.strip())
    for mode, widest in (("flat", 840 * 0.66), ("percent", 300)):
        group = with_class(drawn([credited], labels=mode), "attribution")[0]
        lines = [t.text for t in group.findall(f"{SVG}text") if t.get("aria-hidden") is None]
        assert " ".join(lines) == words.strip()
        assert len(lines) > 1
        assert max(text_width(line, 10.5) for line in lines) <= widest


def test_what_lies_beyond_the_window_is_cut_off_and_what_lies_wholly_beyond_is_a_speck():
    def paths(*extent: float) -> list[str]:
        root = drawn(layers(), extent=extent)
        return [p.get("d") or "" for p in root.iter(f"{SVG}path") if p.get("data-code")]

    # The first square alone fills the window; the second begins at its edge, the others lie far beyond.
    first, second, third, fourth = paths(WEST, SOUTH, WEST + 1_000, SOUTH + 750)
    start, across = (int(re.findall(r"-?\d+", second)[at]) for at in (0, 4))
    assert start + across == (840 + 24) * TENTHS
    assert [len(re.findall(r"-?\d+", speck)) for speck in (third, fourth)] == [8, 8]
    assert all("-8" in speck for speck in (third, fourth))
    assert len({first, second, third, fourth}) == 4
