"""A user's table carried over the links of the demo county: by function, by HTTP and by command."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.vintages.methods.columns import Wanted
from app.vintages.readers.records import TableRefused, open_records
from app.vintages.rebasing import RebasedTable, rebase_table
from boundaries.rebasing import NotCarried, find_steps, read_release
from boundaries.tables import Succession, Weight

NOTHING_SAID = Wanted()
OLD, NEW = "lsoa-2011-12-demo", "lsoa-2021-12-demo"


def people(session: Session, area_set: str) -> dict[str, int]:
    rows = session.execute(
        select(Weight.code, Weight.value).where(
            Weight.area_set == area_set, Weight.measure == "people", Weight.code.startswith("X")
        )
    )
    return {row[0]: row[1] for row in rows}


def as_csv(header: str, rows: Iterator[str] | list[str]) -> bytes:
    return "\n".join([header, *rows]).encode()


def carried(
    session: Session, raw: bytes, start: str = OLD, end: str = NEW, wanted: Wanted = NOTHING_SAID
) -> RebasedTable:
    return rebase_table(
        session, open_records(raw, "t.csv"), read_release(session, start), read_release(session, end), wanted
    )  # fmt: skip


def dicts(made: RebasedTable) -> list[dict[str, str]]:
    return [dict(zip(made.header, row, strict=True)) for row in made.rows()]


def rules(
    session: Session, raw: bytes, wanted: Wanted = NOTHING_SAID
) -> list[tuple[str, object, str]]:
    with pytest.raises(TableRefused) as told:
        carried(session, raw, wanted=wanted)
    return [(fault.rule, fault.row, fault.column) for fault in told.value.faults]


def test_people_of_2011_become_those_of_2021_as_the_county_counts_them(demo_db: Session) -> None:
    # The county re-bases its own people by another routine, cell by cell: two ways to one answer.
    old, new = people(demo_db, "lsoa-2011"), people(demo_db, "lsoa-2021")
    made = carried(demo_db, as_csv("lsoa11cd,people", [f"{c},{n}" for c, n in old.items()]))
    rows = dicts(made)
    assert {row["lsoa21cd"]: int(row["people"]) for row in rows} == new
    assert made.report["totals"]["people"] == {
        "before": sum(old.values()), "after": sum(old.values()), "withheld": 0, "listed": 0, "difference": 0
    }  # fmt: skip
    assert {row["method"] for row in rows} >= {"exact", "merged", "split by postcodes"}


def test_back_again_unchanged_and_split_areas_have_what_they_had(demo_db: Session) -> None:
    old = people(demo_db, "lsoa-2011")
    there = carried(demo_db, as_csv("code,people", [f"{c},{n}" for c, n in old.items()]))
    rows = [f"{row['code']},{row['people']}" for row in dicts(there)]
    back = dicts(carried(demo_db, as_csv("code,people", rows), NEW, OLD))
    assert sum(int(row["people"]) for row in back) == sum(old.values())
    whole = [row for row in back if row["method"] in ("exact", "merged")]
    assert len(whole) > len(back) / 2
    assert all(int(row["people"]) == old[row["code"]] for row in whole)


def test_every_row_is_carried_or_listed_with_its_reason(demo_db: Session) -> None:
    old = people(demo_db, "lsoa-2011")
    new_only = sorted(set(people(demo_db, "lsoa-2021")) - set(old))[0]
    rows = [f"{code.lower()} ,{n}" for code, n in old.items()]
    rows += ["", ",5", "X92000001,6", "E92000001,7", "W01000001,8", f"{new_only},9"]
    rows += ["E01999999,10", "Total,11"]
    made = carried(demo_db, as_csv("code,people", rows))
    listed = {each.code: each.reason for each in made.listed if each.code}
    assert listed == {
        "X92000001": "unknown-code", "E92000001": "wider-area", "W01000001": "other-nation",
        new_only: "another-release", "E01999999": "unknown-code", "TOTAL": "wider-area",
    }  # fmt: skip
    assert [each.reason for each in made.listed if not each.code] == ["blank-row", "blank-code"]
    report = made.report
    assert report["rows"]["in"] == report["rows"]["used"] + report["rows"]["listed"] == len(rows)
    totals = report["totals"]["people"]
    assert totals["listed"] == 5 + 6 + 7 + 8 + 9 + 10 + 11
    assert (totals["before"], totals["difference"]) == (sum(old.values()) + 56, 0)
    assert sum(int(row["people"] or 0) for row in dicts(made)) == totals["before"]


def test_a_part_of_a_merged_area_gives_no_count_for_the_whole(demo_db: Session) -> None:
    links = find_steps(demo_db, read_release(demo_db, OLD), read_release(demo_db, NEW))[0].links
    merged = links[links["target"].duplicated(keep=False)].sort_values("target")
    one, target = merged.iloc[0]["source"], merged.iloc[0]["target"]
    others = merged.loc[(merged["target"] == target) & (merged["source"] != one), "source"]
    made = carried(demo_db, as_csv("code,people", [f"{one},40"]))
    row = dicts(made)[0]
    assert (row["code"], row["people"]) == (target, "")
    assert row["note"].startswith(f"people is missing: {', '.join(others)}")
    assert row["note"].endswith("the rest sums to 40")
    assert made.report["totals"]["people"]["withheld"] == 40


def test_a_rate_is_averaged_over_its_count(demo_db: Session) -> None:
    links = find_steps(demo_db, read_release(demo_db, OLD), read_release(demo_db, NEW))[0].links
    merged = links[links["target"].duplicated(keep=False)].sort_values("target")
    pair = merged[merged["target"] == merged.iloc[0]["target"]]["source"].tolist()
    # 10 people at 20.0, the others 30 each at 40.0: of a pair (10 x 20 + 30 x 40) / 40 = 35.0
    raw = as_csv("code,people,rate", [f"{pair[0]},10,20.0", *(f"{c},30,40.0" for c in pair[1:])])
    made = carried(demo_db, raw, wanted=Wanted(rates=(("rate", "people"),)))
    weight = 30 * (len(pair) - 1)
    assert dicts(made)[0]["rate"] == f"{(200 + 40 * weight) / (10 + weight):.1f}"


def test_rows_of_one_area_are_told_apart_by_a_column(demo_db: Session) -> None:
    code = sorted(people(demo_db, "lsoa-2011"))[0]
    raw = as_csv("code,month,n", [f"{code},may,1", f"{code},june,2"])
    assert rules(demo_db, raw) == [("area-once", 3, "code")]
    rows = dicts(carried(demo_db, raw, wanted=Wanted(by=("month",))))
    assert {row["month"] for row in rows} == {"may", "june"}


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("code,imd_rank\n{0},7\n", [("ranks-are-not-carried", None, "imd_rank")]),
        ("code,rate\n{0},7\n", [("rates-need-a-count", None, "rate")]),
        ("code,n,m,o\n{0},7,x,8\n{0},seven,1,9\n{0},9,1,1\n", None),
        ("code,n\n{0},1,2\n", [("row-fits-header", 2, "")]),
        ("code,n,m\n{0},1,2\n{1},1", [("row-fits-header", 3, "")]),
        ("code,n,n\n{0},1,2\n", [("column-once", None, "n")]),
        ("name,n\nAdur,1\n", [("column-of-codes", None, "")]),
        ("code,name\n{0},Adur\n", [("column-of-numbers", None, "")]),
        ("code,n\n", [("file-has-rows", None, "")]),
    ],
    ids=range(9),
)
def test_what_cannot_be_carried_is_refused_with_the_place(
    demo_db: Session, raw: str, expected: list[tuple[str, object, str]] | None
) -> None:
    codes = sorted(people(demo_db, "lsoa-2011"))
    found = rules(demo_db, raw.format(*codes).encode())
    if expected is None:
        expected = [
            ("cell-is-a-number", 3, "n"),
            ("area-once", 3, "code"),
            ("area-once", 4, "code"),
        ]
    assert found == expected


def test_a_count_that_weighs_a_rate_may_not_be_negative(demo_db: Session) -> None:
    code = sorted(people(demo_db, "lsoa-2011"))[0]
    wanted = Wanted(rates=(("rate", "n"),))
    found = rules(demo_db, f"code,n,rate\n{code},-3,0.5\n".encode(), wanted)
    assert found == [("weight-not-negative", 2, "n")]


def test_districts_merge_exactly_and_part_by_postcodes(demo_db: Session) -> None:
    start, end = (
        read_release(demo_db, "lad-2019-12-demo"),
        read_release(demo_db, "lad-2023-05-demo"),
    )
    links = find_steps(demo_db, start, end)[0].links
    codes = sorted(set(links["source"]))
    raw = as_csv("LAD19CD,pounds", [f"{code},{100 + n}.25" for n, code in enumerate(codes)])
    there = carried(demo_db, raw, "lad-2019-12-demo", "lad-2023-05-demo")
    assert there.header[0] == "LAD23CD"
    assert {row["method"] for row in dicts(there)} == {"exact", "merged"}
    totals = there.report["totals"]["pounds"]
    assert totals["before"] == totals["after"]
    rows = [f"{row['LAD23CD']},{row['pounds']}" for row in dicts(there)]
    back = carried(demo_db, as_csv("code,pounds", rows), "lad-2023-05-demo", "lad-2019-12-demo")
    assert {row["method"] for row in dicts(back)} == {"exact", "split by postcodes"}
    assert back.report["totals"]["pounds"]["after"] == totals["before"]


def test_msoas_are_linked_through_their_small_areas(demo_db: Session) -> None:
    steps = find_steps(
        demo_db, read_release(demo_db, "msoa-2011-12-demo"), read_release(demo_db, "msoa-2021-12-demo")
    )  # fmt: skip
    codes = sorted(set(steps[0].links["source"]))
    assert len(codes) > 3
    made = carried(
        demo_db, as_csv("code,n", [f"{code},1001" for code in codes]),
        "msoa-2011-12-demo", "msoa-2021-12-demo",
    )  # fmt: skip
    assert made.report["totals"]["n"]["after"] == 1001 * len(codes)


@pytest.mark.parametrize(
    "written", ["lsoa", "2011", "lsoa-2011-13", "wd-2019", "msoa-2001", "'; --", ""]
)
def test_a_release_that_is_none_is_refused_by_name(demo_db: Session, written: str) -> None:
    with pytest.raises(NotCarried):
        read_release(demo_db, written)


def test_http_gives_csv_or_json_and_needs_no_token(
    demo_client: TestClient, demo_db: Session
) -> None:
    old = people(demo_db, "lsoa-2011")
    raw = as_csv("LSOA11CD,people", [f"{code},{n}" for code, n in old.items()])
    address = f"/api/v1/rebase?from={OLD}&to={NEW}"
    answer = demo_client.post(address, content=raw, headers={"Content-Type": "text/csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert sum(int(row["people"]) for row in rows) == sum(old.values())
    body = demo_client.post(f"{address}&format=json", files={"file": ("t.csv", raw)}).json()
    assert body["items"] == rows
    assert body["totals"]["people"]["after"] == sum(old.values())


def test_http_tells_what_is_wrong_with_the_table(demo_client: TestClient) -> None:
    sent = {"content": b"code,imd_rank\nX01000001,1\n", "headers": {"Content-Type": "text/csv"}}
    answer = demo_client.post(f"/api/v1/rebase?from={OLD}&to={NEW}", **sent)
    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems/table-refused"
    assert demo_client.post("/api/v1/rebase?from=x&to=y", **sent).status_code == 422
    assert demo_client.post("/api/v1/rebase?from=x", **sent).status_code in (400, 422)
    assert demo_client.post(f"/api/v1/rebase?from={OLD}&to={OLD}", **sent).status_code == 422
    bad_rate = demo_client.post(f"/api/v1/rebase?from={OLD}&to={NEW}&rate=x", **sent)
    assert bad_rate.json()["errors"][0]["pointer"] == "/rate"


def test_text_that_a_spreadsheet_would_run_is_quoted(
    demo_client: TestClient, demo_db: Session
) -> None:
    code = sorted(people(demo_db, "lsoa-2011"))[0]
    raw = as_csv("code,by,n", [f"{code},=1+1,-5"])
    answer = demo_client.post(
        f"/api/v1/rebase?from={OLD}&to={NEW}&by=by",
        content=raw,
        headers={"Content-Type": "text/csv"},
    )
    assert "'=1+1" in answer.text
    assert ",-5," in answer.text or ",," in answer.text


def test_an_area_that_no_link_reaches_is_named_and_the_one_behind_it_listed(
    demo_db: Session,
) -> None:
    links = find_steps(demo_db, read_release(demo_db, OLD), read_release(demo_db, NEW))[0].links
    same = links[links["kind"] == "unchanged"]["source"].tolist()
    demo_db.execute(delete(Succession).where(Succession.old_code == same[0]))
    made = carried(demo_db, as_csv("code,n", [f"{same[0]},7", f"{same[1]},8"]))
    assert made.report["unreached"] == [same[0]]
    assert [(each.code, each.reason, each.row) for each in made.listed] == [(same[0], "no-link", 2)]
    assert made.report["totals"]["n"]["listed"] == 7
