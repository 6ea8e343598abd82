"""Boxes in groups: what is met is what looking at each box by itself finds."""

from __future__ import annotations

import numpy as np

from boundaries.methods.box_tree import TOGETHER, BoxTree

LAYERS = 3


def test_boxes_met_are_those_that_a_look_at_each_finds_and_of_wanted_layers_alone() -> None:
    rng = np.random.default_rng(5)
    west, south = rng.uniform(0, 900, 500), rng.uniform(0, 900, 500)
    boxes = np.column_stack([west, south, west + rng.exponential(20, 500), south + 30])
    layer = rng.integers(0, LAYERS, 500).astype(np.int16)
    asked = np.column_stack([rng.uniform(0, 500, (40, 2)), rng.uniform(500, 1000, (40, 2))])
    asked[0] = [*boxes[7, 2:], *boxes[7, 2:] + 1]  # touches the corner of one
    wanted = rng.random((40, LAYERS)) < 0.6
    wanted[0] = True
    meets = (
        (boxes[None, :, :2] <= asked[:, None, 2:]) & (boxes[None, :, 2:] >= asked[:, None, :2])
    ).all(axis=2)
    meets &= wanted[:, layer]
    point, found = BoxTree(boxes, layer).query(asked, wanted)
    pairs = sorted(zip(point.tolist(), found.tolist(), strict=True))
    assert pairs == [(int(n), int(m)) for n, m in np.argwhere(meets)]
    assert (0, 7) in pairs


def test_few_boxes_none_and_one_without_ground() -> None:
    nothing = np.zeros((0, 4))
    everything = np.array([[0.0, 0.0, 1e6, 1e6]])
    every = np.ones((1, 2), dtype=bool)
    point, found = BoxTree(nothing, np.zeros(0, dtype=np.int16)).query(everything, every)
    assert len(point) == len(found) == 0
    boxes = np.array([[float(n), 0.0, n + 1.0, 1.0] for n in range(TOGETHER + 1)])
    boxes[3] = np.nan  # the others of its group are found all the same
    point, found = BoxTree(boxes, np.zeros(TOGETHER + 1, dtype=np.int16)).query(everything, every)
    assert sorted(found.tolist()) == [n for n in range(TOGETHER + 1) if n != 3]
