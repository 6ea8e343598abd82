"""Counts carried from one census's small areas to the next: nobody is lost, nothing is made up."""

from __future__ import annotations

import numpy as np
import pandas as pd

from boundaries.methods.rebase import (
    COMPLEX,
    EXACT,
    MERGED,
    NO_LINK,
    NO_POSTCODES,
    SPLIT,
    Carried,
    Column,
    Step,
    Totals,
    Values,
    carry,
    methods_of,
    rebase_counts,
    trace_lineages,
)

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


def step(*links: tuple[str, str, str, int | None]) -> Step:
    frame = pd.DataFrame(links, columns=["source", "target", "kind", "postcodes"])
    return Step("before to after", frame.astype({"postcodes": "Int64"}))


def values(**columns: dict[str, int | None]) -> Values:
    codes = sorted({code for held in columns.values() for code in held})
    return Values(
        np.array(codes, dtype=object), np.zeros(len(codes), dtype=np.int64),
        {n: np.array([held.get(c) or 0 for c in codes], dtype=np.int64) for n, held in columns.items()},
        {n: np.array([held.get(c) is None for c in codes]) for n, held in columns.items()},
    )  # fmt: skip


def told(done: Carried, column: str = "people") -> dict[str, object]:
    pairs = zip(done.rows.codes, done.rows.values[column], done.rows.missing[column], strict=True)
    return {code: None if gone else value for code, value, gone in pairs}


PEOPLE = [Column("people")]
# One unchanged, one split in 2 to 1, two merged, and two that share three areas between them.
EVERY_KIND = step(
    ("A", "A", "unchanged", None),
    ("B", "B1", "split", 2), ("B", "B2", "split", 1),
    ("C", "CD", "merged", 9), ("D", "CD", "merged", 9),
    ("E", "E1", "complex", 3), ("E", "EF", "complex", 1), ("F", "EF", "complex", 1),
)  # fmt: skip


def test_every_kind_of_link_says_how_the_value_came_about() -> None:
    done = carry(
        values(people={"A": 10, "B": 100, "C": 5, "D": 6, "E": 40, "F": 7}), PEOPLE, EVERY_KIND
    )
    # 100 by 2 to 1: 66.67 and 33.33; the larger remainder takes the last one. 40 by 3 to 1.
    assert told(done) == {"A": 10, "B1": 67, "B2": 33, "CD": 11, "E1": 30, "EF": 17}
    assert done.totals["people"] == Totals(before=168, after=168, withheld=0, listed=0)
    found = {code: lineage.method for code, lineage in trace_lineages([EVERY_KIND]).items()}
    assert found == {"A": EXACT, "B1": SPLIT, "B2": SPLIT, "CD": MERGED, "E1": SPLIT, "EF": COMPLEX}
    assert trace_lineages([EVERY_KIND])["EF"].sources == ("E", "F")


def test_missing_stays_missing_and_what_is_known_is_said() -> None:
    done = carry(values(people={"C": 5, "D": None, "A": 0}), PEOPLE, EVERY_KIND)
    assert told(done) == {"A": 0, "CD": None}
    at = list(done.rows.codes).index("CD")
    assert int(done.rows.known["people"][at]) == 5
    assert done.rows.lacking[at, "people"] == ("D",)
    assert done.totals["people"] == Totals(before=5, after=0, withheld=5, listed=0)


def test_an_area_whose_other_source_is_not_in_the_table_is_missing() -> None:
    done = carry(values(people={"C": 5}), PEOPLE, EVERY_KIND)
    assert told(done) == {"CD": None}
    assert done.rows.lacking[0, "people"] == ("D",)


def test_a_row_without_a_link_is_listed_with_its_value() -> None:
    done = carry(values(people={"A": 10, "Z": 7}), PEOPLE, EVERY_KIND)
    assert done.listed == {1: NO_LINK}
    assert done.totals["people"] == Totals(before=17, after=10, withheld=0, listed=7)


def test_a_split_that_no_postcode_tells_is_listed_and_never_shared_equally() -> None:
    links = step(("B", "B1", "split", 0), ("B", "B2", "split", 0), ("A", "A", "unchanged", None))
    done = carry(values(people={"A": 1, "B": 10}), PEOPLE, links)
    assert told(done) == {"A": 1, "B1": None, "B2": None}
    assert done.listed == {1: NO_POSTCODES}
    assert done.totals["people"] == Totals(before=11, after=1, withheld=0, listed=10)


def test_a_rate_is_weighed_by_its_count_and_not_added() -> None:
    # 5 people at 20 and 15 at 40: 35. A split area's halves have its rate.
    rows = values(people={"C": 5, "D": 15, "B": 9, "A": 0}, rate={"C": 20, "D": 40, "B": 7, "A": 3})
    done = carry(rows, [Column("rate", "rate", "people"), *PEOPLE], EVERY_KIND)
    assert told(done, "rate") == {"A": 3, "B1": 7, "B2": 7, "CD": 35}
    assert told(done) == {"A": 0, "B1": 6, "B2": 3, "CD": 20}


def test_a_rate_of_nobody_is_missing_where_its_sources_differ() -> None:
    rows = values(people={"C": 0, "D": 0}, rate={"C": 20, "D": 40})
    assert told(carry(rows, [Column("rate", "rate", "people"), *PEOPLE], EVERY_KIND), "rate") == {
        "CD": None
    }


def test_a_chain_says_the_least_sure_step_and_the_first_sources() -> None:
    then = step(("B1", "X", "merged", 1), ("A", "X", "merged", 1), ("B2", "B2", "unchanged", None))
    found = trace_lineages([EVERY_KIND, then])
    assert found["X"].method == SPLIT
    assert found["X"].sources == ("A", "B")
    assert found["B2"].method == SPLIT


def test_sums_beyond_the_machines_whole_numbers_are_exact() -> None:
    large = 2**61
    done = carry(values(people={"C": large, "D": large, "B": large}), PEOPLE, EVERY_KIND)
    assert told(done)["CD"] == 2**62
    assert done.totals["people"].before == done.totals["people"].after == 3 * large


def test_the_methods_of_steps_are_those_of_their_lineages() -> None:
    # By one step they are told without tracing; by none nothing is reached.
    for steps in ([], [EVERY_KIND], [EVERY_KIND, EVERY_KIND]):
        assert methods_of(steps) == {one.method for one in trace_lineages(steps).values()}
