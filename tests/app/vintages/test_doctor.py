"""The vintage doctor on tables of the demo county: the column, the releases mixed in it, every row with its status."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from app import cli
from app.vintages.diagnosing import Diagnosis, diagnose, sentence_of
from app.vintages.fixing import diagnosis_body, fixed_header, fixed_rows
from app.vintages.judging import STATUSES
from app.vintages.readers.records import TableRefused, open_records
from boundaries.tables import Area, AreaCode, Succession

TODAY = date(2025, 6, 1)
CENSUS_2021 = date(2021, 3, 20)


def doctor(session: Session, raw: str | bytes, **asked: str) -> Diagnosis:
    sent = raw.encode() if isinstance(raw, str) else raw
    return diagnose(session, open_records(sent, "t.csv"), TODAY, **asked)


def statuses(made: Diagnosis) -> dict[str, str]:
    return {cell: judged.status for cell, judged in made.cells.items()}


def codes(session: Session, kind: str) -> list[str]:
    return list(
        session.scalars(
            select(Area.code).where(Area.type == kind, Area.valid_to.is_(None), Area.demo).order_by(Area.code)
        )
    )  # fmt: skip


def merged_district(session: Session) -> tuple[str, str]:
    row = session.execute(
        select(Succession.old_code, Succession.new_code).where(
            Succession.kind == "merged", Succession.changed_on == date(2023, 4, 1)
        )
    ).first()
    assert row is not None
    return row[0], row[1]


def test_the_column_is_found_by_what_it_holds_and_not_by_its_name(demo_db: Session) -> None:
    small, districts = codes(demo_db, "lsoa"), codes(demo_db, "lad")
    rows = "\n".join(f"{n},{small[n]},{districts[n % len(districts)]}" for n in range(40))
    made = doctor(demo_db, f"code,whatever,id\n{rows}\n")
    assert [column.title for column in made.columns] == ["whatever", "id"]
    assert made.main.types[0].area_type == "lsoa"
    assert made.columns[1].types[0].area_type == "lad"
    assert doctor(demo_db, f"code,whatever,id\n{rows}\n", column="id").main.title == "id"


def test_a_table_that_mixes_two_years_of_districts_says_so_and_follows_them(
    demo_db: Session,
) -> None:
    old, new = merged_district(demo_db)
    others = [code for code in codes(demo_db, "lad") if code != new]
    raw = "\n".join(["LAD23CD,n", *(f"{code},1" for code in [*others, new, old])])
    made = doctor(demo_db, raw)
    kind = made.main.types[0]
    assert kind.is_mixed
    assert [(span.from_day, span.to_day, span.rows) for span in kind.vintages] == [
        (date(2023, 4, 1), None, len(others) + 1), (None, date(2023, 4, 1), 1)
    ]  # fmt: skip
    assert "mixes releases" in sentence_of(made)
    assert made.cells[old].status == "followed"
    assert made.cells[old].code == new
    assert "ended on 2023-04-01" in made.cells[old].reason


def test_by_the_older_release_the_newer_district_has_several(demo_db: Session) -> None:
    old, new = merged_district(demo_db)
    made = doctor(demo_db, f"c\n{old}\n{new}\n", to="lad-2019")
    assert statuses(made) == {old: "valid", new: "several"}
    assert old in [area.code for area in made.cells[new].candidates]
    assert made.cells[new].code == ""


def test_small_areas_of_two_censuses_are_named_by_their_sets(demo_db: Session) -> None:
    links = demo_db.execute(
        select(Succession.old_code, Succession.new_code, Succession.kind).where(
            Succession.changed_on == CENSUS_2021, Succession.old_code.startswith("X01")
        )
    ).all()
    same = [row[0] for row in links if row[2] == "unchanged"][:20]
    split = next(row for row in links if row[2] == "split")
    raw = "\n".join(["LSOA", *same, *same, split[0], split[1]])
    body = diagnosis_body(doctor(demo_db, raw))
    spans = body["columns"][0]["types"][0]["vintages"]
    assert [span["is"] for span in spans] == ["lsoa-2021", "lsoa-2011"]
    assert body["mixed"]
    assert body["release"]["id"] == "lsoa-2021"
    problem = next(each for each in body["problems"] if each["cell"] == split[0])
    assert problem["status"] == "several"
    assert problem["first_row"] == 42
    assert split[1] in problem["candidates"]


def test_every_row_has_a_status_of_the_closed_list(demo_db: Session) -> None:
    good = codes(demo_db, "lad")[0]
    county = codes(demo_db, "cty")[0]
    cells = {
        good: "valid", good.lower(): "tidied", f" {good}": "tidied", f"{good}.0": "tidied", county: "other-type",
        "E92000001": "total", "England": "total", "W06000001": "other-nation", "L99999999": "other-nation",
        "X07999999": "unknown", "Atlantis": "unknown", "": "blank", "-": "blank",
        good.replace("0", "O", 1): "repaired",
    }  # fmt: skip
    raw = "\n".join(["area,n", *([f"{good},1"] * 20), *(f"{cell},1" for cell in cells)])
    made = doctor(demo_db, raw)
    assert {cell: status for cell, status in statuses(made).items() if cell in cells} == cells
    assert set(made.statuses) <= set(STATUSES)
    assert sum(made.statuses.values()) == made.counted.rows == 20 + len(cells)


def test_a_damaged_code_is_mended_by_the_name_in_its_row_and_else_left_open(
    demo_db: Session,
) -> None:
    # A digit lost from a code like X07000001 also fits X07000011 where there is one: two are made here.
    demo_db.add_all([Area(code="X07000011", type="lad", name="Otherham", demo=True)])
    demo_db.flush()
    first = demo_db.get(Area, "X07000001")
    assert first is not None
    named = doctor(
        demo_db, f"code,name\nX0700001,{first.name.upper()}\n", column="code", to="lad-2019"
    )
    judged = named.cells["X0700001"]
    assert (judged.status, judged.code) == ("repaired", "X07000001")
    bare = doctor(demo_db, "code,name\nX0700001,\n", column="code", to="lad-2019")
    judged = bare.cells["X0700001"]
    assert (judged.status, judged.code) == ("ambiguous", "")
    assert {"X07000001", "X07000011"} <= {area.code for area in judged.candidates}


def test_an_old_code_is_translated_and_of_several_areas_the_living_one_is_meant(
    demo_db: Session,
) -> None:
    old, new = merged_district(demo_db)
    both = [AreaCode(scheme="old-ons", code="99XX", area_code=code) for code in (old, new)]
    demo_db.add_all([*both, AreaCode(scheme="old-ons", code="99XY", area_code=old)])
    demo_db.flush()
    made = doctor(demo_db, f"c\n99xx\n99XY\n{new}\n")
    assert statuses(made) == {"99xx": "translated", "99XY": "followed", new: "valid"}
    assert made.cells["99xx"].code == made.cells["99XY"].code == new


def test_the_fixed_file_has_every_row_as_it_was_in_its_order(demo_db: Session) -> None:
    good = codes(demo_db, "lad")
    raw = 'id,code,"note, long"\n' + "\n".join(
        [f'1,{good[0].lower()},"a\nb"', "", "2", f"3,{good[1]},x,beyond", '4,Nowhere,"=1+1"']
    )
    made = doctor(demo_db, raw.encode())
    out = list(fixed_rows(made))
    assert fixed_header(made)[:3] == ["id", "code", "note, long"]
    assert fixed_header(made)[4:] == ["status", "reason"]
    assert [row[:3] for row in out] == [
        ["1", good[0].lower(), "a\nb"], ["", "", ""], ["2", "", ""], ["3", good[1], "x"], ["4", "Nowhere", "=1+1"]
    ]  # fmt: skip
    assert [row[4] for row in out] == ["tidied", "blank", "blank", "valid", "unknown"]
    assert out[3][6:] == ["beyond"]
    assert made.counted.misfits == 2
    assert made.counted.blank_rows == 1


def test_a_mark_windows_1252_and_three_hundred_columns_do_not_hide_the_codes(
    demo_db: Session,
) -> None:
    good = codes(demo_db, "lad")[:3]
    wide = ",".join(f"c{n}" for n in range(299))
    rows = "\n".join(f"{code}," + ",".join(["Caf\xe9"] * 299) for code in good)
    made = doctor(demo_db, f"area,{wide}\n{rows}\n".encode("cp1252"))
    assert made.main.title == "area"
    assert diagnosis_body(made)["notes"] == ["The file is not UTF-8 and was read as Windows-1252."]
    marked = doctor(demo_db, b"\xef\xbb\xbf" + f"area\n{good[0]}\n".encode())
    assert marked.main.title == "area"


@pytest.mark.parametrize(
    ("raw", "rule"),
    [
        (b"a,b\n1,2\n", "column-of-codes"),
        (b"a,b\n", "file-has-rows"),
        (b'a,b\nX07000001,"cut', "file-whole"),
        (b"", "file-has-a-header"),
    ],
    ids=range(4),
)
def test_what_the_doctor_cannot_see_is_refused(demo_db: Session, raw: bytes, rule: str) -> None:
    with pytest.raises(TableRefused) as told:
        doctor(demo_db, raw)
    assert told.value.faults[0].rule == rule
    with pytest.raises(TableRefused):
        doctor(demo_db, b"a\nX07000001\n", column="b")


def test_http_gives_the_diagnosis_or_the_fixed_file(
    demo_client: TestClient, demo_db: Session
) -> None:
    good = codes(demo_db, "lad")
    raw = "\n".join(["c,n", *(f"{code.lower()},-1" for code in good)]).encode()
    headers = {"Content-Type": "text/csv"}
    body = demo_client.post("/api/v1/doctor/csv", content=raw, headers=headers).json()
    assert body["statuses"] == {"tidied": len(good)}
    assert not body["mixed"]
    answer = demo_client.post(
        "/api/v1/doctor/csv?format=csv&to=lad-2025", files={"file": ("t.csv", raw)}
    )
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["lad_2025_12_31_code"] for row in rows] == good
    assert {row["n"] for row in rows} == {"-1"}
    bad = demo_client.post("/api/v1/doctor/csv?to=nonsense", content=raw, headers=headers)
    assert bad.json()["type"] == "/problems/not-carried"


def test_the_machine_is_still_checked_where_no_file_is_given(tmp_path: Path) -> None:
    told = CliRunner().invoke(
        cli.app, ["doctor", "csv", str(tmp_path / "x.csv"), "--fix"], env={"BOUNDS_DATA_DIR": str(tmp_path)}
    )  # fmt: skip
    assert told.exit_code == 2
    assert "--fix and -o" in told.output
