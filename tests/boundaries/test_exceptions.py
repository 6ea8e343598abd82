"""The dated exceptions: what they must hold, what is refused, and that the facts in them are whole."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from boundaries.gss import is_gss_code
from boundaries.sources.exceptions import ExceptionInvalid, read_exceptions

GOOD = """
[[recoded]]
code = "E07000100"
name = "St Albans"
ended_on = 2012-04-01
followed_by = "E07000240"
source = "An order"
reason = "A few houses."
"""


def test_38_districts_of_seven_counties_ended_on_1_april_2009_and_six_were_recoded_since() -> None:
    told = read_exceptions()
    assert len(told.districts) == 38
    assert {row["ended_on"] for row in told.districts} == {date(2009, 4, 1)}
    assert len({row["followed_by"] for row in told.districts}) == 10
    assert {row["county"] for row in told.districts if "county" in row} == {
        row["code"] for row in told.counties
    }
    assert len(told.counties) == 7
    caradon = next(row for row in told.districts if row["name"] == "Caradon")
    assert (caradon["code"], caradon["gss"]) == ("lad-15ub", "E07000019")
    assert {row["code"]: row["followed_by"] for row in told.recoded} == {
        "E07000100": "E07000240", "E07000104": "E07000241", "E07000097": "E07000242",
        "E07000101": "E07000243", "E06000048": "E06000057", "E08000020": "E08000037",
    }  # fmt: skip
    assert all(is_gss_code(row["gss"]) for row in told.districts)


def test_every_entry_has_a_source_and_a_reason() -> None:
    told = read_exceptions()
    for row in (*told.counties, *told.districts, *told.recoded, *told.combined):
        assert row["source"].strip(), row["code"]
        assert row["reason"].endswith("."), row["code"]


def test_codes_given_by_a_day_are_those_of_the_orders_until_then() -> None:
    told = read_exceptions()
    assert told.recoded_by(date(2012, 3, 31)) == {}
    assert set(told.recoded_by(date(2012, 4, 1))) == {"E07000100", "E07000104"}
    assert len(told.recoded_by(date(2013, 4, 1))) == 6


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ('source = "An order"\n', "", "source is missing"),
        ('reason = "A few houses."\n', "", "reason is missing"),
        ('name = "St Albans"', 'named = "St Albans"', "name is missing"),
        ('reason = "', 'why = "no"\nreason = "', "unknown key why"),
        ("2012-04-01", '"1 April 2012"', "ended_on is no day"),
        ("[[recoded]]", "[[moved]]", "unknown table 'moved'"),
        ("[[recoded]]", "[[recoded", "is not TOML"),
    ],
)
def test_an_entry_that_is_not_as_the_rules_say_is_refused_by_name(
    tmp_path: Path, right: str, wrong: str, told: str
) -> None:
    (tmp_path / "2012.toml").write_text(GOOD.replace(right, wrong))
    with pytest.raises(ExceptionInvalid, match=told) as refused:
        read_exceptions(tmp_path)
    assert "2012.toml" in str(refused.value)


def test_an_end_before_the_beginning_and_a_second_entry_of_one_code_are_refused(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.toml").write_text(GOOD)
    (tmp_path / "b.toml").write_text(GOOD)
    with pytest.raises(ExceptionInvalid, match="another entry says the same"):
        read_exceptions(tmp_path)
    (tmp_path / "b.toml").write_text(
        '[[combined]]\ncode = "E47000001"\nbegan_on = 2020-01-01\nended_on = 2020-01-01\n'
        'source = "S"\nreason = "R."\n'
    )
    with pytest.raises(ExceptionInvalid, match="it ends before it begins"):
        read_exceptions.__wrapped__(tmp_path)
