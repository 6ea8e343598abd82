"""The ramps stay readable in grey and to colour-blind readers, by formulas written out here."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from maps.palettes import (
    AMBER,
    DIVERGING,
    INK,
    PAPER,
    PLUM,
    contrast_ratio,
    ramp,
    relative_luminance,
    text_colour_on,
    veiled,
)

# Machado, Oliveira and Fernandes (2009), severity 1.0, on linear RGB
CVD = {
    "normal": np.eye(3),
    "protan": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deutan": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritan": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}


def lab(colour: str, sight: str = "normal") -> np.ndarray:
    rgb = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    linear = np.clip(CVD[sight] @ linear, 0, 1)
    xyz = (
        np.array(
            [
                [0.4124564, 0.3575761, 0.1804375],
                [0.2126729, 0.7151522, 0.0721750],
                [0.0193339, 0.1191920, 0.9503041],
            ]
        )
        @ linear
    )
    ratio = xyz / np.array([0.95047, 1.0, 1.08883])
    f = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def ciede2000(one: np.ndarray, two: np.ndarray) -> float:
    (l1, a1, b1), (l2, a2, b2) = one, two
    mean7 = ((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2) ** 7
    g = 0.5 * (1 - np.sqrt(mean7 / (mean7 + 25**7)))
    a1, a2 = (1 + g) * a1, (1 + g) * a2
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.degrees(np.arctan2(b1, a1)) % 360, np.degrees(np.arctan2(b2, a2)) % 360
    turn = 0.0 if c1 * c2 == 0 else (h2 - h1 + 180) % 360 - 180
    big_h = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn) / 2)
    ml, mc = (l1 + l2) / 2, (c1 + c2) / 2
    mh = h1 + h2 if c1 * c2 == 0 else (h1 + turn / 2) % 360
    t = (
        1
        - 0.17 * np.cos(np.radians(mh - 30))
        + 0.24 * np.cos(np.radians(2 * mh))
        + 0.32 * np.cos(np.radians(3 * mh + 6))
        - 0.20 * np.cos(np.radians(4 * mh - 63))
    )
    sl = 1 + 0.015 * (ml - 50) ** 2 / np.sqrt(20 + (ml - 50) ** 2)
    sc, sh = 1 + 0.045 * mc, 1 + 0.015 * mc * t
    rt = (
        -2
        * np.sqrt(mc**7 / (mc**7 + 25**7))
        * np.sin(np.radians(60 * np.exp(-(((mh - 275) / 25) ** 2))))
    )
    dl, dc, dh = (l2 - l1) / sl, (c2 - c1) / sc, big_h / sh
    return float(np.sqrt(dl**2 + dc**2 + dh**2 + rt * dc * dh))


def test_the_distance_formula_gives_its_authors_own_figure():
    # Sharma, Wu and Dalal (2005), pair 1: 2.0425
    assert ciede2000(
        np.array([50, 2.6772, -79.7751]), np.array([50, 0, -82.7485])
    ) == pytest.approx(2.0425, abs=1e-4)


@pytest.mark.parametrize("sight", CVD)
def test_plum_rises_in_lightness_and_neighbours_stay_apart_for_every_reader(sight):
    steps = [lab(colour, sight) for colour in PLUM]
    assert all(later[0] - earlier[0] > 10 for earlier, later in itertools.pairwise(steps))
    assert min(ciede2000(a, b) for a, b in itertools.pairwise(steps)) > 10


@pytest.mark.parametrize("sight", CVD)
def test_the_two_arms_of_the_diverging_ramp_are_told_apart_by_every_reader(sight):
    for distance in (2, 3):
        below, above = lab(DIVERGING[3 - distance], sight), lab(DIVERGING[3 + distance], sight)
        assert ciede2000(below, above) > 10
    light = [lab(colour, sight)[0] for colour in DIVERGING]
    assert light[0] < light[1] < light[2] < light[3] > light[4] > light[5] > light[6]


def test_contrast_of_black_and_white_is_21_in_either_order():
    assert contrast_ratio("#000000", "#ffffff") == contrast_ratio("#ffffff", "#000000") == 21


def test_white_text_stands_on_the_two_darkest_steps_only():
    assert [text_colour_on(fill) for fill in PLUM] == [PAPER, PAPER, INK, INK, INK]
    assert text_colour_on(AMBER) == INK
    assert min(contrast_ratio(text_colour_on(fill), fill) for fill in (*PLUM[:2], AMBER)) >= 4.5
    # bare text is never set on the middle step (4.2): names there have a halo, numbers a circle
    assert contrast_ratio(INK, PLUM[2]) == pytest.approx(4.2, abs=0.05)


def test_a_shorter_ramp_keeps_both_ends_and_a_longer_one_is_refused():
    assert ramp(2) == (PLUM[0], PLUM[4])
    assert ramp(3) == (PLUM[0], PLUM[2], PLUM[4])
    assert ramp(5) == PLUM
    with pytest.raises(ValueError, match="1 to 5"):
        ramp(6)


def test_a_veil_mixes_a_colour_with_white_and_keeps_the_order_of_the_ramp():
    assert veiled("#000000", 0.5) == "#808080"
    assert (veiled(PLUM[0], 0), veiled(PLUM[0], 1)) == (PLUM[0], PAPER)
    light = [relative_luminance(veiled(fill, 0.55)) for fill in PLUM]
    assert light == sorted(light)
    assert min(light) > relative_luminance(PLUM[2])
