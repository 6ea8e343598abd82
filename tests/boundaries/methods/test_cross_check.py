"""A lookup held against outlines: which children lie in another parent than it says."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from boundaries.methods.cross_check import Drawn, cross_check


def drawn(**boxes: tuple[float, float, float, float]) -> Drawn:
    return Drawn(
        np.array(list(boxes), dtype=object),
        np.array([shapely.box(*box) for box in boxes.values()], dtype=object),
    )


# West and East meet at 100; a gap of the coast lies beyond 200.
PARENTS = drawn(WEST=(0, 0, 100, 100), EAST=(100, 0, 200, 100))
CHILDREN = drawn(
    inside=(10, 10, 20, 20), mostly=(92, 10, 102, 20), astray=(110, 10, 120, 20),
    half=(95, 30, 105, 40), coast=(195, 10, 225, 20), sea=(300, 0, 310, 10), sliver=(99.7, 50, 109.7, 60),
)  # fmt: skip


def check(**lookup: str) -> pd.DataFrame:
    return cross_check(CHILDREN, PARENTS, lookup).set_index("child_code")


def test_shares_are_of_the_childs_area_in_both_parents() -> None:
    found = check(mostly="WEST", inside="WEST", astray="WEST")
    assert found.index.tolist() == ["astray", "inside", "mostly"]
    assert found.loc["mostly", ["outline_parent", "lookup_share", "outline_share"]].tolist() == [
        "WEST", 0.8, 0.8,
    ]  # fmt: skip
    assert found.loc["inside", "lookup_share"] == 1.0
    assert found.loc["astray", ["outline_parent", "lookup_share", "outline_share"]].tolist() == [
        "EAST", 0.0, 1.0,
    ]  # fmt: skip


def test_a_child_disagrees_where_another_parent_holds_at_least_half() -> None:
    found = check(mostly="EAST", inside="WEST", astray="WEST", sliver="WEST")
    assert found["disagrees"].to_dict() == {
        "astray": True, "inside": False, "mostly": True, "sliver": True,
    }  # fmt: skip
    # A fifth of `mostly` lies in the lookup's parent: generalised outlines may do that.
    assert found["impossible"].to_dict() == {
        "astray": True, "inside": False, "mostly": False, "sliver": True,
    }  # fmt: skip


def test_halves_take_the_lowest_code_and_the_order_of_rows_changes_nothing() -> None:
    told = cross_check(CHILDREN, PARENTS, {"half": "WEST"})
    assert told.loc[0, ["outline_parent", "outline_share"]].tolist() == ["EAST", 0.5]
    turned = Drawn(PARENTS.codes[::-1], PARENTS.shapes[::-1])
    pd.testing.assert_frame_equal(cross_check(CHILDREN, turned, {"half": "WEST"}), told)


def test_less_than_half_in_any_parent_is_no_disagreement_and_open_sea_has_no_parent() -> None:
    found = check(coast="WEST", sea="EAST")
    assert found.loc["coast", "outline_parent"] == "EAST"
    assert found.loc["coast", "outline_share"] < 0.5
    assert found.loc["sea", "outline_parent"] is None
    assert not found["disagrees"].any()


def test_a_parent_that_is_not_drawn_holds_nothing_of_the_child() -> None:
    found = check(inside="SOUTH")
    assert found.loc["inside", ["outline_parent", "lookup_share"]].tolist() == ["WEST", 0.0]
    assert found.loc["inside", "impossible"]
