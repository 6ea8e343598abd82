"""Counts carried from one census's small areas to the next: nobody is lost, nothing is made up."""

from __future__ import annotations

import pandas as pd

from boundaries.methods.rebase import rebase_counts

LINKS = pd.DataFrame(
    [
        ("E01000001", "E01000001", "U"),
        ("E01000002", "E01033001", "S"),
        ("E01000002", "E01033002", "S"),
        ("E01000003", "E01033003", "M"),
        ("E01000004", "E01033003", "M"),
    ],
    columns=["lsoa11_code", "lsoa21_code", "change_code"],
)


def postcodes(*pairs: tuple[str, str, int]) -> pd.DataFrame:
    return pd.DataFrame(pairs, columns=["lsoa11_code", "lsoa21_code", "postcodes"])


def test_unchanged_and_merged_areas_pass_their_people_on_whole() -> None:
    counts = pd.Series({"E01000001": 1500, "E01000003": 1000, "E01000004": 777})
    found = rebase_counts(LINKS[LINKS["change_code"] != "S"], counts, postcodes())
    assert found["value"].to_dict() == {"E01000001": 1500, "E01033003": 1777}
    assert not found["estimated"].any()


def test_a_split_area_is_shared_by_its_postcodes_to_the_last_person() -> None:
    # 1001 people, 2 of 3 postcodes in the first half: 667.33 and 333.67; the largest remainder wins.
    counts = pd.Series({"E01000002": 1001})
    split = LINKS[LINKS["change_code"] == "S"]
    found = rebase_counts(
        split, counts, postcodes(("E01000002", "E01033001", 2), ("E01000002", "E01033002", 1))
    )
    assert found["value"].to_dict() == {"E01033001": 667, "E01033002": 334}
    assert found["estimated"].all()
    assert found["value"].sum() == 1001


def test_a_split_without_any_postcode_is_shared_equally() -> None:
    found = rebase_counts(
        LINKS[LINKS["change_code"] == "S"], pd.Series({"E01000002": 11}), postcodes()
    )
    assert sorted(found["value"]) == [5, 6]


def test_an_area_one_of_whose_sources_has_no_count_is_left_out_and_not_counted_low() -> None:
    found = rebase_counts(LINKS, pd.Series({"E01000003": 1000}), postcodes())
    assert found.empty
