"""Reading plans: three ways of writing one give one plan; every fault is told with its place."""

from __future__ import annotations

from datetime import date

import pytest

from app.rehearsals.plans import PlanInvalid, PlanUnreadable, guess_how, how_written, read_plan

TOML = b"""
name = "Two"
day = 2028-04-01
[[unitaries]]
name = "North"
councils = ["E07000096", "Watford"]
[[unitaries]]
name = "South"
councils = ["E07000099"]
parts = ["E05000001"]
"""
JSON = (
    b'{"name":"Two","day":"2028-04-01","unitaries":[{"name":"North","councils":["E07000096","Watford"]},'
    b'{"name":"South","councils":["E07000099"],"parts":["E05000001"]}]}'
)
CSV = (
    b"\xef\xbb\xbfunitary,council,part\r\nNorth,E07000096,\r\nNorth,Watford,\r\n,,\r\n"
    b"South,E07000099,\r\nSouth,,E05000001\r\n"
)


def test_toml_json_and_csv_say_the_same_plan() -> None:
    toml, json, table = (
        read_plan(TOML, "toml"), read_plan(JSON, "json"), read_plan(CSV, "csv"),
    )  # fmt: skip
    assert toml == json
    assert table.unitaries == toml.unitaries
    assert (toml.name, toml.day, toml.unitaries[1].parts) == (
        "Two",
        date(2028, 4, 1),
        ("E05000001",),
    )
    assert table.day is None


@pytest.mark.parametrize(("written", "how"), [(TOML, "toml"), (JSON, "json"), (CSV, "csv")])
def test_a_pasted_plan_is_known_by_its_beginning(written: bytes, how: str) -> None:
    assert guess_how(written.decode()) == how


def test_every_fault_of_a_plan_is_told_at_once() -> None:
    bad = b'{"nmae":1,"day":"1 April","unitaries":[{"name":"N","councils":[]},{"name":"n","councils":[3]},{}]}'
    with pytest.raises(PlanInvalid) as caught:
        read_plan(bad, "json", "plan.json")
    told = {(fault.pointer, fault.detail.partition(":")[0]) for fault in caught.value.faults}
    assert told >= {
        ("/nmae", "unknown word 'nmae'; there are name, day, unitaries"), ("/day", "day"),
        ("/unitaries/0", "it takes no council and no part"), ("/unitaries/1/councils", "councils"),
        ("/unitaries/1/name", "two unitaries of one name"), ("/unitaries/2/name", "name"),
    }  # fmt: skip
    assert {fault.file for fault in caught.value.faults} == {"plan.json"}


def test_faults_of_a_table_name_their_rows() -> None:
    with pytest.raises(PlanInvalid) as caught:
        read_plan(b"unitary,council,part\nN,A,B\nN,A\n,A,\n", "csv", "p.csv")
    told = [(fault.row, fault.file) for fault in caught.value.faults]
    assert told == [(2, "p.csv"), (3, "p.csv"), (4, "p.csv")]


@pytest.mark.parametrize(
    ("written", "how"),
    [(b"{", "json"), (b"a = ", "toml"), (b"\xff\xfe", "csv"), (b"who,what\n", "csv"), (b"", "csv"),
     (b'unitary,council\n"N,A', "csv"), (b"x" * 1_000_001, "toml"), (b"[" * 50_000, "json")],
)  # fmt: skip
def test_what_is_no_plan_is_refused(written: bytes, how: str) -> None:
    with pytest.raises(PlanUnreadable):
        read_plan(written, how)  # type: ignore[arg-type]


def test_a_file_of_another_ending_is_refused() -> None:
    assert how_written("PLAN.TOML") == "toml"
    with pytest.raises(PlanUnreadable, match=r"\.toml"):
        how_written("plan.xlsx")
