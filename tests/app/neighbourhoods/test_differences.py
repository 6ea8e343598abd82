"""Two versions of a neighbourhood: kept and dropped are the one, kept and added the other."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from app.neighbourhoods.methods.bands import Band
from app.neighbourhoods.methods.differences import compare_versions
from app.neighbourhoods.methods.grow import grow
from app.neighbourhoods.methods.islands import islands_of
from app.neighbourhoods.methods.offers import offers_for
from app.neighbourhoods.methods.pieces import borders_of
from tests.app.neighbourhoods.grids import grid, named


def postcodes(**people: float) -> pd.DataFrame:
    return pd.DataFrame({"people": pd.Series(people, dtype=float)})


def test_areas_people_and_postcodes_of_a_change() -> None:
    before = pd.Series({"a": 1.0, "b": 0.5, "c": 0.25})
    after = pd.Series({"a": 1.0, "b": 0.25, "d": 1.0})
    found = compare_versions(before, after, postcodes(p=10.4, q=20), postcodes(q=20, r=5.2))
    assert found.areas["outcome"].to_dict() == {
        "a": "same", "b": "less of it", "c": "dropped", "d": "added",
    }  # fmt: skip
    assert (found.added, found.dropped, found.kept) == (("r",), ("p",), 1)
    assert found.people == {"before": 30, "after": 25, "kept": 20, "added": 5, "dropped": 10}
    plain = found.as_plain()
    assert [row["code"] for row in plain["items"]] == ["b", "c", "d"]
    assert plain["areas"] == {"same": 1, "added": 1, "dropped": 1, "more_of_it": 0, "less_of_it": 1}


def test_people_that_are_not_known_are_not_0() -> None:
    same = pd.Series({"a": 1.0})
    found = compare_versions(same, same, postcodes(p=np.nan), postcodes(p=np.nan))
    assert set(found.people.values()) == {None}
    assert found.kept == 1


LISTS = st.dictionaries(st.sampled_from("pqrstuv"), st.floats(0.1, 50), max_size=7)


@given(old=LISTS, new=LISTS)
def test_kept_and_the_rest_always_add_up(old: dict[str, float], new: dict[str, float]) -> None:
    new = {code: old.get(code, people) for code, people in new.items()}
    area = pd.Series({"a": 0.5})
    found = compare_versions(area, area, postcodes(**old), postcodes(**new))
    people = found.people
    assert people["before"] is not None
    assert people["kept"] + people["dropped"] == people["before"]  # type: ignore[operator]
    assert people["kept"] + people["added"] == people["after"]  # type: ignore[operator]
    assert found.kept + len(found.added) == len(new)
    assert found.kept + len(found.dropped) == len(old)


def test_a_small_neighbourhood_is_offered_the_area_that_leads_to_another() -> None:
    areas, pairs = grid(8, 1)
    chosen = [named(column, 0) for column in (0, 1, 2, 3, 5)]
    band = Band(4000, 6000, "people")
    grown = grow(areas, pairs, band, selected=chosen)
    around = borders_of(areas.index, pairs)
    sizes = areas["size"].astype(float).to_dict()
    offers = offers_for(grown, around, sizes, band)
    # Over the fourth column it would join the first neighbourhood, and have 4 + 1 + 1 thousand.
    assert offers == {2: {"over": named(4, 0), "joins": 1, "size": 6000}}
    tight = offers_for(grown, around, sizes, Band(4000, 5000, "people"))
    assert tight == {2: {"over": named(4, 0), "joins": None, "size": 2000}}


def test_only_what_touches_nothing_and_is_small_is_an_island() -> None:
    areas, pairs = grid(6, 1)
    sea = pairs[~(pairs["a"] == named(3, 0))]
    borders = borders_of(areas.index, sea)
    sizes = areas["size"].astype(float).to_dict()
    assert islands_of(borders, sizes, 2500) == [(named(4, 0), named(5, 0))]
    assert islands_of(borders, sizes, 2000) == [], "it can stand alone"
    assert islands_of(borders_of(areas.index, pairs), sizes, 9000) == []


def test_an_island_of_unknown_size_is_not_called_small() -> None:
    borders = {"a": {"b": 9.0}, "b": {"a": 9.0}, "x": {}, "y": {}}
    sizes = {"a": 900.0, "b": 900.0, "x": 10.0, "y": float("nan")}
    assert islands_of(borders, sizes, 500.0) == [("x",)]
