"""What is worked out where only the publishers' own files are: districts, links, wards, people; on made-up ground."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.sources.published import LINKED_BY
from app.sources.published_areas import (
    Homes,
    beside,
    count_people,
    count_postcodes,
    find_district,
    find_homes,
    find_links,
    find_postcodes,
    find_wards,
)
from boundaries.methods.cross_check import Drawn
from boundaries.sources.file7 import File7, read_file7
from boundaries.sources.files import FileUnreadable
from boundaries.sources.lookups import SET_2021_FROM
from boundaries.storing import store_successions, store_weights
from boundaries.tables import Succession, Weight

HEAD_2019 = (
    "LSOA code (2011),LSOA name (2011),Local Authority District code (2019),"
    "Total population: mid 2015 (excluding prisoners)"
)
HEAD_2025 = "LSOA code (2021),Local Authority District code (2024),Total population: mid 2022"
# Two districts of today, side by side; E07000009 is no more.
WEST, EAST = "E07000001", "E07000002"


def drawn(**boxes: tuple[float, float, float, float]) -> Drawn:
    return Drawn(
        np.array(list(boxes), dtype=object), shapely.box(*np.array(list(boxes.values())).T)
    )


TODAY = drawn(E07000001=(0, 0, 1000, 1000), E07000002=(1000, 0, 2000, 1000))


def listed(
    rows: Sequence[tuple[str, str, int | None]],
    area_set: str = "lsoa-2011",
    period: str | None = "mid-2015",
) -> File7:
    frame = pd.DataFrame(rows, columns=["code", "lad_code", "people"])
    return File7(frame.astype({"people": "Int64"}), area_set, period)


def homes(home: dict[str, str], unplaced: set[str] | None = None) -> Homes:
    return Homes(home, set(), unplaced or set(), [], pd.DataFrame())


def points(rows: list[tuple[str, int, int, int, str | None]]) -> pd.DataFrame:
    frame = pd.DataFrame(
        rows, columns=["postcode", "positional_quality", "easting", "northing", "lad_code"]
    )
    return frame.assign(country_code="E92000001")


def write(folder: Path, text: str) -> Path:
    path = folder / "file7.csv"
    path.write_text(text, encoding="utf-8-sig")
    return path


def test_file_7_says_of_which_time_its_people_are_and_what_is_missing_stays_missing(
    tmp_path: Path,
) -> None:
    rows = f'{HEAD_2019}\nE01000001,Here 001A,{WEST},"1,296"\nE01000002,Here 001B,{WEST},\n'
    read = read_file7(write(tmp_path, rows))
    assert (read.area_set, read.period) == ("lsoa-2011", "mid-2015, excluding prisoners")
    assert read.frame["people"].tolist() == [1296, pd.NA]
    later = read_file7(write(tmp_path, f"{HEAD_2025}\nE01000001,{WEST},1301\n"))
    assert (later.area_set, later.period) == ("lsoa-2021", "mid-2022")
    bare = HEAD_2025.rpartition(",")[0]
    assert read_file7(write(tmp_path, f"{bare}\nE01000001,{WEST}\n")).period is None


@pytest.mark.parametrize("written", ["-4", "12.5", "n/a", "1e400"])
def test_people_that_are_no_whole_number_are_missing(tmp_path: Path, written: str) -> None:
    read = read_file7(write(tmp_path, f"{HEAD_2025}\nE01000001,{WEST},{written}\n"))
    assert read.frame["people"].isna().all()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("LSOA code (2021),Rank\nE01000001,1\n", "no column of codes of districts"),
        ("a,b\n1,2\n", "no column of codes of small areas"),
        ("", "cannot be read as a table"),
    ],
)
def test_another_table_is_no_file_7(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "file7.csv"
    path.write_text(text)
    with pytest.raises(FileUnreadable, match=said):
        read_file7(path)


def test_a_district_that_is_no_more_gives_way_to_the_outline() -> None:
    small = drawn(
        E01000001=(0, 0, 100, 100), E01000002=(1500, 0, 1600, 100), E01000003=(5000, 0, 5100, 100)
    )
    old = "E07000009"
    found = find_homes(
        listed([("E01000001", WEST, 1), ("E01000002", old, 1), ("E01000003", old, 1), ("E01000004", EAST, 1)]),
        small, TODAY,
    )  # fmt: skip
    assert found.home == {"E01000001": WEST, "E01000002": EAST, "E01000004": EAST}
    assert (found.by_outline, found.unplaced) == ({"E01000002"}, {"E01000003"})
    assert found.disagreements.empty
    assert found.within([EAST]) == {"E01000002", "E01000004"}


def test_a_district_of_today_in_which_the_outline_cannot_lie_is_listed_and_not_used() -> None:
    small = drawn(E01000001=(1500, 0, 1600, 100), E01000002=(940, 0, 1040, 100))
    rows = [("E01000001", WEST, 1), ("E01000002", EAST, 1)]
    found = find_homes(listed(rows), small, TODAY)
    # The second lies mostly in the other district too, but not so that the file could not be right.
    assert found.home == {"E01000001": EAST, "E01000002": EAST}
    assert found.by_outline == {"E01000001"}
    assert found.disagreements[["child_code", "impossible"]].values.tolist() == [
        ["E01000001", True], ["E01000002", False],
    ]  # fmt: skip


def test_districts_beside_are_those_whose_boxes_meet() -> None:
    far = drawn(
        E07000001=(0, 0, 1000, 1000),
        E07000002=(1000, 0, 2000, 1000),
        E07000003=(9000, 0, 9100, 100),
    )
    assert beside(far, {WEST}) == {WEST, EAST}


def test_changed_areas_are_linked_by_ground_and_a_sliver_links_nothing() -> None:
    older = drawn(
        E01000001=(0, 0, 200, 100), E01000002=(203, 0, 300, 100), E01000003=(300, 0, 400, 100),
        E01000005=(1000, 0, 1200, 100), E01000006=(1200, 0, 1400, 100),
    )  # fmt: skip
    newer = drawn(
        E01000011=(0, 0, 100, 100), E01000012=(100, 0, 204, 100), E01000013=(203, 0, 400, 100),
        E01000015=(1000, 0, 1100, 100), E01000016=(1100, 0, 1300, 100), E01000017=(1300, 0, 1400, 100),
    )  # fmt: skip
    links = find_links(older, newer, ["E01000099"])
    assert list(links.itertuples(index=False, name=None)) == [
        ("E01000001", "E01000011", "S"), ("E01000001", "E01000012", "S"),
        ("E01000002", "E01000013", "M"), ("E01000003", "E01000013", "M"),
        ("E01000005", "E01000015", "X"), ("E01000005", "E01000016", "X"),
        ("E01000006", "E01000016", "X"), ("E01000006", "E01000017", "X"),
        ("E01000099", "E01000099", "U"),
    ]  # fmt: skip


def test_without_changed_areas_only_the_unchanged_are_linked() -> None:
    none = Drawn(np.array([], dtype=object), np.array([], dtype=object))
    assert find_links(none, none, ["E01000001"])["change_code"].tolist() == ["U"]
    assert find_links(none, none, []).empty


def test_a_postcode_has_the_lists_district_where_that_is_one_of_today_else_its_outlines() -> None:
    rows = points(
        [
            ("AA1 1AA", 10, 100, 100, WEST),
            ("AA1 1AB", 10, 100, 100, "E07000009"),
            ("AA1 1AC", 10, 100, 100, None),
            ("AA1 1AD", 10, 1500, 100, None),
            ("AA1 1AE", 90, 0, 0, WEST),
            ("AA1 1AF", 10, 5000, 100, None),
        ]
    )
    wales = points([("AA1 1AG", 10, 100, 100, None)]).assign(country_code="W92000004")
    small = {"lsoa11_code": drawn(E01000001=(0, 0, 1000, 1000))}
    found = find_postcodes(pd.concat([rows, wales], ignore_index=True), [WEST], TODAY, small)
    assert found.frame["postcode"].tolist() == ["AA1 1AA", "AA1 1AB", "AA1 1AC"]
    assert set(found.frame["lad_code"]) == {WEST}
    assert set(found.frame["lsoa11_code"]) == {"E01000001"}
    assert (found.by_outline, found.placeless) == (2, 1)
    assert [find_district(rows, TODAY, code) for code in ("AA1 1AA", "AA1 1AD", "AA1 1AF", "ZZ9 9ZZ")] == [
        WEST, EAST, None, None,
    ]  # fmt: skip


def test_a_small_area_has_the_ward_of_most_of_its_postcodes_and_the_lowest_code_of_equals() -> None:
    frame = pd.DataFrame(
        {
            "lsoa11_code": ["E01000001"] * 3 + ["E01000002"] * 3,
            "ward_code": ["E05000002", "E05000002", "E05000001", "E05000009", "E05000008", None],
        }
    )
    found = dict(find_wards(frame, "lsoa11_code").itertuples(index=False, name=None))
    assert found == {"E01000001": "E05000002", "E01000002": "E05000008"}
    assert find_wards(frame.drop(columns="ward_code"), "lsoa11_code").empty


def people_of(later: File7, postcodes: pd.DataFrame) -> pd.DataFrame:
    first = listed([("E01000001", WEST, 100), ("E01000002", WEST, None), ("E01000003", EAST, 7)])
    links = pd.DataFrame(
        [("E01000001", "E01000011"), ("E01000001", "E01000012"), ("E01000002", "E01000002")],
        columns=["lsoa11_code", "lsoa21_code"],
    )
    of_2021 = homes({"E01000011": WEST, "E01000012": WEST, "E01000002": WEST})
    of_2011 = homes({"E01000001": WEST, "E01000002": WEST, "E01000003": EAST})
    both = {"lsoa-2011": of_2011, "lsoa-2021": of_2021}
    return count_people({"lsoa-2011": first, "lsoa-2021": later}, both, [WEST], links, postcodes)


POSTCODES = pd.DataFrame(
    {"lsoa11_code": ["E01000001"] * 4, "lsoa21_code": ["E01000011"] * 3 + ["E01000012"]}
)


def test_people_of_2021_are_rebased_and_marked_where_the_file_has_none() -> None:
    rows = people_of(listed([], "lsoa-2021", None), POSTCODES)
    told = rows[["code", "area_set", "value", "period", "estimated"]]
    assert sorted(told.itertuples(index=False, name=None)) == [
        ("E01000001", "lsoa-2011", 100, "mid-2015", False),
        ("E01000011", "lsoa-2021", 75, "mid-2015", True),
        ("E01000012", "lsoa-2021", 25, "mid-2015", True),
        # West lacks a small area's people, so it has no sum: missing is not 0.
        (EAST, "lad", 7, "mid-2015", False),
    ]  # fmt: skip


def test_people_of_2021_are_the_files_own_where_it_has_them() -> None:
    later = listed([("E01000011", WEST, 81), ("E01000012", WEST, 22)], "lsoa-2021", "mid-2022")
    rows = people_of(later, POSTCODES)
    rows = rows[rows["area_set"] == "lsoa-2021"]
    assert dict(zip(rows["code"], rows["value"], strict=True)) == {"E01000011": 81, "E01000012": 22}
    assert set(rows["period"]) == {"mid-2022"}
    assert not rows["estimated"].any()


def test_a_district_that_may_lack_an_unplaced_small_area_has_no_sum() -> None:
    first = listed(
        [("E01000001", WEST, 100), ("E01000002", "E07000009", 5), ("E01000003", "E07000009", 6)]
    )
    placed = homes({"E01000001": WEST, "E01000002": EAST}, {"E01000003"})
    none = pd.DataFrame({"lsoa11_code": [], "lsoa21_code": []})
    rows = count_people(
        {"lsoa-2011": first, "lsoa-2021": listed([], "lsoa-2021", None)},
        {"lsoa-2011": placed, "lsoa-2021": homes({})}, [], none, none,
    )  # fmt: skip
    assert rows[rows["area_set"] == "lad"]["code"].tolist() == [WEST]


def test_postcodes_are_counted_in_both_sets_with_the_day_of_the_download() -> None:
    rows = count_postcodes(POSTCODES, "downloaded 1 May 2026")
    counted = {(row.code, row.area_set): row.value for row in rows.itertuples()}
    assert counted == {
        ("E01000001", "lsoa-2011"): 4, ("E01000011", "lsoa-2021"): 3, ("E01000012", "lsoa-2021"): 1,
    }  # fmt: skip
    assert set(rows["period"]) == {"downloaded 1 May 2026"}


@given(
    st.lists(st.integers(1, 9), min_size=1, max_size=6),
    st.lists(st.integers(1, 9), min_size=1, max_size=6),
    st.integers(0, 5000),
)
def test_people_are_conserved_whatever_is_cut_how(
    older: list[int], newer: list[int], each: int
) -> None:
    """Strips of equal whole length, cut differently: what is linked carries every person over."""

    def strips(widths: list[int], first: int) -> Drawn:
        edges = np.cumsum([0, *widths]) * 1000.0 / sum(widths)
        return Drawn(
            np.array([f"E01{first + at:06}" for at in range(len(widths))], dtype=object),
            shapely.box(edges[:-1], 0, edges[1:], 100),
        )

    old, new = strips(older, 0), strips(newer, 500)
    links = find_links(old, new, [])
    assert set(links["lsoa11_code"]) == set(old.codes)
    assert set(links["lsoa21_code"]) == set(new.codes)
    rows = count_people(
        {
            "lsoa-2011": listed([(code, WEST, each) for code in old.codes]),
            "lsoa-2021": listed([], "lsoa-2021", None),
        },
        {
            "lsoa-2011": homes(dict.fromkeys(old.codes, WEST)),
            "lsoa-2021": homes(dict.fromkeys(new.codes, WEST)),
        },
        [WEST], links, pd.DataFrame({"lsoa11_code": [], "lsoa21_code": []}),
    )  # fmt: skip
    assert rows.groupby("area_set")["value"].sum().to_dict() == {
        "lsoa-2011": each * len(older), "lsoa-2021": each * len(older), "lad": each * len(older),
    }  # fmt: skip


def test_figures_of_another_time_take_the_place_of_those_here_with_the_words_for_their_time(
    db: Session,
) -> None:
    def row(period: str, value: int) -> pd.DataFrame:
        told = (WEST, "lad", "people", period, value, False, "a file")
        columns = ["code", "area_set", "measure", "period", "value", "estimated", "source"]
        return pd.DataFrame([told], columns=columns)

    store_weights(db, row("mid-2015, excluding prisoners", 100))
    store_weights(db, row("mid-2020", 104))
    assert [(one.period, one.value) for one in db.scalars(select(Weight))] == [("mid-2020", 104)]


def test_an_official_link_takes_the_place_of_one_worked_out_by_outline(db: Session) -> None:
    def row(kind: str, source: str) -> pd.DataFrame:
        columns = ["old_code", "new_code", "changed_on", "kind", "share", "source"]
        told = ("E01000001", "E01000011", SET_2021_FROM, kind, None, source)
        return pd.DataFrame([told], columns=columns)

    store_successions(db, row("complex", LINKED_BY))
    store_successions(db, row("split", "lsoa11_lsoa21_ltla22.parquet"))
    links = [(one.kind, one.source) for one in db.scalars(select(Succession))]
    assert links == [("split", "lsoa11_lsoa21_ltla22.parquet")]
