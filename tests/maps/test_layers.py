"""A layer that could not be drawn honestly is refused; its words are the same everywhere."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from maps.layers import (
    NO_DATA_CLASS,
    Layer,
    MapClass,
    Style,
    attributions,
    deprivation_layer,
    shown_value,
    veiled_layer,
)
from maps.legend import legend_entries, legend_html
from tests.maps.squares import HOSTILE, areas, layers

ONE = (MapClass("a", "A", Style(fill="#ffffff")),)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda f: f.drop(columns="name"), "lacks the columns name"),
        (lambda f: f.assign(code="X"), "duplicate codes"),
        (lambda f: f.assign(code=["X1", "X2", "X3", None]), "duplicate codes"),
        (lambda f: f.set_crs(4326, allow_override=True), "British National Grid"),
        (lambda f: f.assign(klass="b"), "unknown classes"),
    ],
)
def test_a_frame_that_cannot_be_drawn_honestly_is_refused(change, said):
    with pytest.raises(ValueError, match=said):
        Layer("Areas", change(areas()), "choropleth", ONE)


def test_several_classes_need_the_column_that_tells_them_apart():
    with pytest.raises(ValueError, match="no column klass"):
        Layer("Areas", areas(), "choropleth", (*ONE, MapClass("b", "B", Style())))


def test_outlines_that_would_cover_what_lies_under_them_are_refused():
    with pytest.raises(ValueError, match="cover what lies under"):
        Layer("Pieces", areas(), "outline", (MapClass("a", "A", Style(fill="#1d4b70")),))


def test_a_row_without_a_class_is_no_data_and_never_the_first_class():
    layer = deprivation_layer(areas(), name="Areas")
    assert [c.key for c in layer.row_classes] == ["d1", "d2", "d6-10", "no-data"]
    assert layer.row_classes[3] == NO_DATA_CLASS


def test_the_key_counts_every_row_once_and_lists_empty_classes():
    entries = legend_entries([deprivation_layer(areas(), name="Areas")])
    assert [(e.label, e.shapes) for e in entries] == [
        ("Most deprived 10%", 1),
        ("10\u201320%", 1),
        ("20\u201330%", 0),
        ("30\u201350%", 0),
        ("Less deprived half", 1),
        ("No data", 1),
    ]
    assert '<span>10\u201320%</span> <span class="count">(1)</span>' in legend_html(entries)


def test_the_key_escapes_names_and_carries_no_style_attribute():
    html = legend_html(legend_entries(layers(hostile=True)))
    assert "<img" not in html
    assert "&lt;img src=x onerror=alert(1)&gt;" in html
    assert "style=" not in html


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1412, "1,412"),
        (np.int64(7), "7"),
        (0, "0"),
        (0.0, "0"),
        (0.5, "0.5"),
        (1200.25, "1,200.25"),
        (100.0, "100"),
        (None, "\u2013"),
        (float("nan"), "\u2013"),
        (pd.NA, "\u2013"),
        (pd.NaT, "\u2013"),
        ("\u00a310", "\u00a310"),
        (True, "yes"),
        ("", ""),
    ],
)
def test_values_are_written_for_readers_and_missing_is_never_zero(value, text):
    assert shown_value(value) == text


def test_each_attribution_is_given_once():
    assert attributions(layers()) == "Contains invented data \u00a9 Nobody"
    assert HOSTILE[0] in attributions(layers(hostile=True))


def test_the_ground_around_wears_the_same_bands_under_a_veil_and_unranked_ground_is_land():
    around = veiled_layer(areas(), name="Around")
    assert [one.key for one in around.row_classes] == ["d1", "d2", "d6-10", "land"]
    own = {
        one.style.fill for layer in layers() if layer.role == "choropleth" for one in layer.classes
    }
    assert len(own) == 5
    assert not own & {one.style.fill for one in around.row_classes}
    assert not any(one.style.hatch for one in around.row_classes)
    assert legend_entries([around]) == []
