"""A map as a file of its own: SVG that any reader takes, with title, finding, key and sources, and PNG of the same."""

from __future__ import annotations

import io
from xml.etree import ElementTree

import pytest
from PIL import Image

from maps.layers import Layer, deprivation_layer, neighbourhood_layer
from maps.picture_file import (
    LEAST_WIDTH,
    MOST_WIDTH,
    WIDTH,
    broken,
    picture_png,
    picture_svg,
    writable,
)
from maps.svg_labels import text_width
from tests.maps.squares import HOSTILE, areas, frame, square

SVG = "{http://www.w3.org/2000/svg}"


def layers(names: tuple[str, ...] = ("Arden", "Barset", "Cover", "Dingle")) -> list[Layer]:
    group = frame([{"code": "1", "name": names[0], "label": "1"}], [square(0)])
    shown = deprivation_layer(areas(names), name="Small areas", fields=(), attribution="The Office")
    return [shown, neighbourhood_layer(group, name="Priority neighbourhood")]


def read(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)


def texts(root: ElementTree.Element) -> str:
    return " ".join("".join(found.itertext()) for found in root.iter(f"{SVG}text"))


def test_title_finding_key_and_source_stand_on_the_picture() -> None:
    root = read(
        picture_svg(layers(), title="Barset", finding="1 of 4 areas.", below="As of today.")
    )
    said = texts(root)
    # Deciles 1, 2, 6 and missing: one in each of three classes, and one without data.
    for words in (
        "Barset", "1 of 4 areas.", "As of today.", "The Office", "Most deprived 10% (1)", "10–20% (1)",
        "20–30% (0)", "Less deprived half (1)", "No data (1)", "Priority neighbourhood",
    ):  # fmt: skip
        assert words in said
    assert root.findtext(f"{SVG}title") == "Barset"
    assert root.findtext(f"{SVG}desc") == "1 of 4 areas. As of today."
    assert [len(root.findall(f".//{SVG}path[@data-code]"))] == [4]


def test_hostile_names_stay_words() -> None:
    svg = picture_svg(layers(HOSTILE), title=HOSTILE[2], finding=HOSTILE[0], notice=HOSTILE[3])
    root = read(svg)
    known = {
        "svg", "title", "desc", "rect", "g", "path", "text", "defs", "pattern", "circle", "line",
    }  # fmt: skip
    assert {found.tag.removeprefix(SVG) for found in root.iter()} <= known
    assert not any(name.startswith("on") for found in root.iter() for name in found.attrib)
    assert HOSTILE[2] in (root.findtext(f"{SVG}title") or "")


def test_control_characters_that_xml_cannot_hold_are_left_out() -> None:
    assert writable("a\x00b\x08c\x1bd\ufffe\te\nf") == "abcd\te\nf"
    read(picture_svg(layers(), title="A\x08B", finding="\x1b[31m"))


def test_a_long_name_is_broken_and_cut_and_makes_no_picture_wider() -> None:
    root = read(picture_svg(layers(), title="x" * 300 + " end", finding="word " * 400))
    assert root.get("width") == str(WIDTH)
    assert "…" in texts(root)


def test_lines_fit_and_lose_no_word() -> None:
    words = "one two three four five six seven eight"
    lines = broken(words, 10, 60, 20)
    assert " ".join(lines) == words
    assert max(text_width(line, 10) for line in lines) <= 60
    assert len(lines) > 1
    cut = broken(words, 10, 60, 2)
    assert len(cut) == 2
    assert cut[1].endswith("…")
    assert text_width(cut[1], 10) <= 60
    assert "".join(broken("y" * 50, 10, 60, 20)) == "y" * 50
    assert broken("", 10, 60, 2) == []


def test_the_png_is_the_same_picture_as_wide_as_asked() -> None:
    svg = picture_svg(layers(), title="Barset")
    tall = int(read(svg).get("height") or 0)
    with Image.open(io.BytesIO(picture_png(svg, LEAST_WIDTH))) as picture:
        assert picture.size == (LEAST_WIDTH, pytest.approx(tall * LEAST_WIDTH / WIDTH, abs=1))
        shades = {colour for _, colour in picture.convert("RGB").getcolors(1 << 16) or []}
    # the two darkest classes of the ramp, to the palette's grain
    for want in ((0x3B, 0x0F, 0x4F), (0x76, 0x30, 0x7F)):
        assert min(sum(abs(a - b) for a, b in zip(want, got, strict=True)) for got in shades) < 12


@pytest.mark.parametrize("width", [LEAST_WIDTH - 1, MOST_WIDTH + 1])
def test_a_png_too_small_to_read_or_too_large_to_draw_is_refused(width: int) -> None:
    with pytest.raises(ValueError, match="pixels wide"):
        picture_png("<svg/>", width)
