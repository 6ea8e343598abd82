"""A neighbourhood takes the name of the place most like it, and its own where two would be alike."""

from __future__ import annotations

import pandas as pd

from app.neighbourhoods.methods.naming import Named, name_neighbourhoods

PEOPLE = pd.Series({f"a{n}": 1000 for n in range(8)}, dtype="Int64")


def members(**groups: str) -> pd.DataFrame:
    rows = [
        (int(number.removeprefix("n")), code, 1.0)
        for number, codes in groups.items()
        for code in codes.split()
    ]
    return pd.DataFrame(rows, columns=["number", "code", "weight"])


def places(*rows: tuple[str, str, str, str]) -> pd.DataFrame:
    listed = [
        (kind, code, name, area, 1.0, "lookup")
        for kind, code, name, areas in rows
        for area in areas.split()
    ]
    columns = ["kind", "place_code", "place_name", "code", "share", "lookup"]
    return pd.DataFrame(listed, columns=columns)


def test_the_place_with_most_in_common_wins_not_the_largest() -> None:
    held = places(
        ("wd", "W1", "Great Ward", "a0 a1 a2 a3 a4 a5"), ("par", "P1", "Village", "a0 a1 a2"),
        ("bua", "B1", "City", "a0 a1 a2 a3 a4 a5 a6 a7"),
    )  # fmt: skip
    assert name_neighbourhoods(members(n1="a0 a1"), held, PEOPLE, {}) == {
        1: Named("Village", "parish")
    }
    assert name_neighbourhoods(members(n1="a0 a1 a2 a3 a4"), held, PEOPLE, {}) == {
        1: Named("Great Ward", "ward")
    }


def test_equally_alike_places_go_by_kind_and_people_decide_not_areas() -> None:
    held = places(("par", "P1", "Parish", "a0 a1"), ("wd", "W1", "Ward", "a0 a1"))
    assert name_neighbourhoods(members(n1="a0 a1"), held, PEOPLE, {})[1].named_by == "ward"
    counts = PEOPLE.copy()
    counts["a2"] = 9000
    split = places(("wd", "W1", "Two small", "a0 a1"), ("wd", "W2", "One large", "a2"))
    assert name_neighbourhoods(members(n1="a0 a1 a2"), split, counts, {})[1].name == "One large"


def test_neighbourhoods_of_one_name_get_numbers_or_their_district() -> None:
    one = places(("wd", "W1", "Castle", "a0 a1 a2 a3"))
    named = name_neighbourhoods(members(n1="a0 a1", n2="a2 a3"), one, PEOPLE, {})
    assert [each.name for each in named.values()] == ["Castle 1", "Castle 2"]
    two = places(("wd", "W1", "Castle", "a0 a1"), ("wd", "W2", "Castle", "a2 a3"))
    districts = {"a0": "Hastings", "a2": "Rother"}
    named = name_neighbourhoods(members(n1="a0 a1", n2="a2 a3"), two, PEOPLE, districts)
    assert [each.name for each in named.values()] == ["Castle (Hastings)", "Castle (Rother)"]


def test_without_a_known_place_it_goes_by_its_first_code() -> None:
    nothing = places()
    assert name_neighbourhoods(members(n1="a1 a0"), nothing, PEOPLE, {}) == {
        1: Named("a0", "codes")
    }
