"""Codes of other schemes, other names and spans of lookups, asked of a database with a few rows."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from sqlalchemy.orm import Session

from boundaries.codes import AmbiguousCode, codes_of, find_by_other_code, names_of
from boundaries.history import chain_of
from boundaries.queries import UnknownArea, find_authority, get_area, parents_of
from boundaries.storing import (
    store_area_codes,
    store_area_names,
    store_areas,
    store_memberships,
    store_successions,
)

BEFORE, AFTER = date(2012, 3, 31), date(2012, 4, 1)
OLD, NEW, CUMBERLAND, CARLISLE = "E07000100", "E07000240", "E06000063", "E07000028"


@pytest.fixture
def known(db: Session) -> Session:
    """St Albans under both its codes, and Carlisle with what followed it."""
    rows = [
        (OLD, "lad", "St Albans", None, AFTER), (NEW, "lad", "St Albans", AFTER, None),
        (CARLISLE, "lad", "Carlisle", None, date(2023, 4, 1)),
        (CUMBERLAND, "lad", "Cumberland", date(2023, 4, 1), None),
        ("E07000112", "lad", "Folkestone and Hythe", None, None),
        ("E05000001", "wd", "Old ward", None, None), ("E05000002", "wd", "New ward", None, None),
    ]  # fmt: skip
    columns = ["code", "type", "name", "valid_from", "valid_to"]
    store_areas(db, pd.DataFrame(rows, columns=columns).astype(object))
    codes = [("old-ons", "26UG", OLD), ("old-ons", "26UG", NEW), ("nhs", "01F", CARLISLE)]
    store_area_codes(db, pd.DataFrame(codes, columns=["scheme", "code", "area_code"]))
    names = [
        ("E07000112", "Shepway", "former", date(2018, 4, 1), "list"),
        (CUMBERLAND, "Cumberland Council", "also", None, "register"),
        (CARLISLE, "Carlisle City Council", "also", None, "register"),
    ]
    columns = ["area_code", "name", "kind", "until", "source"]
    store_area_names(db, pd.DataFrame(names, columns=columns))
    links = [
        (OLD, NEW, AFTER, "recoded", 1.0, "order", "whole"),
        (CARLISLE, CUMBERLAND, date(2023, 4, 1), "merged", 1.0, "order", "whole"),
    ]
    columns = ["old_code", "new_code", "changed_on", "kind", "share", "source", "method"]
    store_successions(db, pd.DataFrame(links, columns=columns))
    return db


def test_a_code_handed_on_stands_for_the_area_alive_on_the_day(known: Session) -> None:
    assert get_area(known, "26ug", BEFORE).code == OLD
    assert get_area(known, " 26UG ", AFTER).code == NEW


def test_without_a_day_a_code_of_two_areas_lists_both_and_chooses_none(known: Session) -> None:
    with pytest.raises(AmbiguousCode) as told:
        get_area(known, "26UG")
    assert [fault.value for fault in told.value.faults] == [OLD, NEW]


def test_an_areas_own_code_is_never_taken_for_anothers(known: Session) -> None:
    columns = ["scheme", "code", "area_code"]
    store_area_codes(known, pd.DataFrame([("gss-former", OLD, NEW)], columns=columns))
    assert get_area(known, OLD, AFTER).code == OLD
    assert find_by_other_code(known, "no such code", AFTER) is None


def test_codes_and_names_of_an_area_are_listed_with_scheme_and_end(known: Session) -> None:
    assert codes_of(known, NEW) == [{"scheme": "old-ons", "code": "26UG"}]
    assert names_of(known, "E07000112") == [
        {"name": "Shepway", "kind": "former", "until": date(2018, 4, 1), "source": "list"}
    ]


@pytest.mark.parametrize(
    ("words", "day", "code"),
    [
        ("shepway", date(2024, 1, 1), "E07000112"),
        ("CUMBERLAND COUNCIL", date(2024, 1, 1), CUMBERLAND),
        ("Carlisle City Council", date(2023, 3, 31), CARLISLE),
        ("26UG", BEFORE, OLD),
        ("26UG", AFTER, NEW),
    ],
)
def test_an_authority_is_found_by_any_name_or_code_that_it_has(
    known: Session, words: str, day: date, code: str
) -> None:
    assert find_authority(known, words, day).code == code


@pytest.mark.parametrize("words", ["Carlisle", "Carlisle City Council"])
def test_the_name_of_one_that_ended_names_what_followed_it(known: Session, words: str) -> None:
    with pytest.raises(UnknownArea, match=r"ended on 2023-04-01; it is followed by Cumberland"):
        find_authority(known, words, date(2023, 4, 1))


def test_of_lookups_that_follow_each_other_the_one_of_the_day_is_asked(known: Session) -> None:
    day = date(2019, 5, 2)
    rows = [
        ("E01000001", "E05000001", "wd", "first", "best-fit", 1.0, None, day),
        ("E01000001", "E05000002", "wd", "second", "best-fit", 1.0, day, None),
    ]
    columns = [
        "child_code", "parent_code", "parent_type", "lookup", "method", "share", "from_day", "to_day",
    ]  # fmt: skip
    store_memberships(known, pd.DataFrame(rows, columns=columns).astype(object))
    assert [row["code"] for row in parents_of(known, "E01000001", date(2019, 5, 1))] == [
        "E05000001"
    ]
    assert [row["code"] for row in parents_of(known, "E01000001", day)] == ["E05000002"]


def link(old: str, new: str, day: date, share: float | None) -> tuple[object, ...]:
    return old, new, day, "split", share, "test", "counted"


def test_a_chain_multiplies_the_shares_on_its_way_and_adds_ways_that_meet(db: Session) -> None:
    first, second = date(2009, 4, 1), date(2019, 4, 1)
    rows = [
        link("A", "B", first, 0.25), link("A", "C", first, 0.75), link("B", "D", second, 1.0),
        link("C", "D", second, 0.5), link("C", "E", second, 0.5), link("Z", "C", first, 1.0),
    ]  # fmt: skip
    columns = ["old_code", "new_code", "changed_on", "kind", "share", "source", "method"]
    store_successions(db, pd.DataFrame(rows, columns=columns))
    after = {(step.old_code, step.new_code): step for step in chain_of(db, "A")}
    assert {pair: step.share_of_asked for pair, step in after.items()} == {
        ("A", "B"): 0.25, ("A", "C"): 0.75, ("B", "D"): 0.25, ("C", "D"): 0.375, ("C", "E"): 0.375,
    }  # fmt: skip
    assert {step.steps for step in after.values()} == {1, 2}
    before = chain_of(db, "D")
    assert [(step.direction, step.old_code, step.new_code) for step in before] == [
        ("before", "A", "B"), ("before", "A", "C"), ("before", "Z", "C"), ("before", "B", "D"),
        ("before", "C", "D"),
    ]  # fmt: skip
    assert [step.changed_on for step in before] == sorted(step.changed_on for step in before)


def test_a_share_that_is_not_known_leaves_the_way_beyond_it_untold_and_a_circle_ends(
    db: Session,
) -> None:
    days = [date(2009, 4, 1), date(2019, 4, 1), date(2023, 4, 1)]
    rows = [
        link("A", "B", days[0], None),
        link("B", "C", days[1], 1.0),
        link("C", "A", days[2], 1.0),
    ]
    columns = ["old_code", "new_code", "changed_on", "kind", "share", "source", "method"]
    store_successions(db, pd.DataFrame(rows, columns=columns))
    told = {step.new_code: step.share_of_asked for step in chain_of(db, "A") if step.direction == "after"}  # fmt: skip
    assert told == {"B": None, "C": None, "A": None}
