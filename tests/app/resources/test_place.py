"""Placing: every way of saying where, its grade, and that nothing is guessed."""

from __future__ import annotations

import pandas as pd
import pytest

from app.resources.methods.place import (
    PlaceLookups,
    PlaceUnsure,
    place_by_words,
    type_and_grade,
)
from app.resources.methods.several_places import place_published
from app.resources.readers.frames import StatedPlace
from tests.app.resources.spots import empty_lookups

AREAS = pd.DataFrame(
    [("E01020979", "lsoa", "Hastings 009A"), ("E05009999", "wd", "Tressell"), ("E07000062", "lad", "Hastings"),
     ("E10000011", "cty", "East Sussex")],
    columns=["code", "type", "name"],
)  # fmt: skip
NAMES = pd.DataFrame(
    [
        ("E05009999", "wd", "Tressell", "Hastings", True),
        ("E05008888", "wd", "Tressell", "Hastings", False),  # the ward that bore the name before
        ("E05009998", "wd", "St Helens", "Hastings", True),
        ("E05009997", "wd", "St. Helen's", "Rother", True),
        ("E05007777", "wd", "Old Town", "Hastings", False),
        ("E04000001", "par", "Fairlight", "Rother", True),
        ("E07000062", "lad", "Hastings", "", True),
        ("E10000011", "cty", "East Sussex", "", True),
    ],
    columns=["code", "type", "name", "within", "current"],
)
LOOKUPS = PlaceLookups(AREAS, pd.DataFrame({"postcode": ["TN34 1AA"]}), NAMES)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("E00123456", ("oa", "B")), ("E01020979", ("lsoa", "B")), ("E02005617", ("msoa", "B")),
        ("E05009999", ("wd", "C")), ("E04000001", ("par", "C")), ("E43000001", ("ncp", "C")),
        ("E07000062", ("lad", "D")), ("E06000063", ("lad", "D")), ("E09000001", ("lad", "D")),
        ("E10000011", ("cty", "E")), ("E12000008", ("rgn", "E")), ("E47000001", ("cauth", "E")),
        ("E92000001", ("country", "E")), ("K02000001", ("country", "E")),
        ("S13002503", ("wd", "C")), ("S12000046", ("lad", "D")), ("W01000001", ("lsoa", "B")),
        ("X01000001", ("lsoa", "B")), ("E99000001", None), ("15UB", None), ("E0102097", None),
    ],
)  # fmt: skip
def test_a_codes_entity_gives_its_type_and_grade(
    code: str, expected: tuple[str, str] | None
) -> None:
    assert type_and_grade(code) == expected


@pytest.mark.parametrize(
    ("words", "grade", "code"),
    [
        ("tn341aa", "A", None),
        ("E01020979", "B", "E01020979"),
        ("e05009999 ", "C", "E05009999"),
        ("tressell ward", "C", "E05009999"),  # today's, though an older ward bore the name too
        ("Old-Town", "C", "E05007777"),  # no ward of today bears it
        ("Hastings", "D", "E07000062"),
        ("East Sussex", "E", "E10000011"),
        ("England", "E", "E92000001"),
        ("UK Wide", "E", "K02000001"),
        ("Whole Partnership", "E", None),
        ("partnership-wide", "E", None),
    ],
)
def test_one_cell_of_a_plain_table_says_the_place(words: str, grade: str, code: str | None) -> None:
    placed = place_by_words(words, LOOKUPS)
    assert (placed.grade, placed.code) == (grade, code)


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        ("TN34 9ZZ", "postcode-exists"),
        ("SE1OEH", "postcode-exists"),
        ("E01999999", "code-exists"),
        ("E99000001", "code-is-known"),
        ("Tresell", "name-matches-one"),
        ("St Helens", "name-matches-one"),
        ("Fairlight", "name-matches-one"),
        ("Atlantis", "name-matches-one"),
    ],
)
def test_what_is_not_sure_is_never_placed(words: str, rule: str) -> None:
    with pytest.raises(PlaceUnsure) as unsure:
        place_by_words(words, LOOKUPS)
    assert unsure.value.rule == rule


def test_a_misspelt_ward_is_offered_its_candidates() -> None:
    with pytest.raises(PlaceUnsure, match="Did you mean: Tressell") as unsure:
        place_by_words("Tresell", LOOKUPS)
    assert "E05009999" in [each.code for each in unsure.value.candidates]


def test_a_name_that_two_wards_bear_offers_both() -> None:
    with pytest.raises(PlaceUnsure, match="2 areas bear this name") as unsure:
        place_by_words("St Helens", LOOKUPS)
    assert {each.code for each in unsure.value.candidates} == {"E05009998", "E05009997"}


@pytest.mark.parametrize(
    ("places", "address", "kind", "grade", "code"),
    [
        ((StatedPlace(code="E01020979", country="GB"),), True, "area", "B", "E01020979"),
        ((StatedPlace(name="UK Wide"),), True, "wide", "E", "K02000001"),
        ((StatedPlace(name="England - Wide"),), True, "wide", "E", "E92000001"),
        ((StatedPlace(country="GB"),), True, "wide", "E", "K02000001"),
        ((StatedPlace(name="USA", country="US"),), True, "abroad", "E", None),
        ((StatedPlace(name="South East - East Sussex"),), True, "wide", "E", "E10000011"),
        ((StatedPlace(name="South East - Kent"),), True, "none", "G", None),
        (
            (StatedPlace(name="West Midlands"),),
            True,
            "none",
            "G",
            None,
        ),  # region, county or authority?
        ((StatedPlace(name="Hastings"),), True, "none", "G", None),  # nobody can be asked
        ((StatedPlace(code="nonsense"),), True, "none", "G", None),
        ((StatedPlace(lon=0.57, lat=50.86),), True, "point", "A", None),
        ((), True, "recipient", "F", None),
        ((), False, "none", "G", None),
        (
            (StatedPlace(code="E01020979"), StatedPlace(code="E05009999")),
            True,
            "area",
            "C",
            "E01020979 E05009999",
        ),
        ((StatedPlace(code="E01020979"), StatedPlace(name="Rye")), True, "none", "G", None),
        (
            (StatedPlace(code="E01020979"), StatedPlace(code="E01020979")),
            True,
            "area",
            "B",
            "E01020979",
        ),
    ],
)
def test_a_published_place_keeps_the_grade_its_source_states(
    places: tuple[StatedPlace, ...], address: bool, kind: str, grade: str, code: str | None
) -> None:
    placed = place_published(places, LOOKUPS, recipient_address=address)
    assert (placed.kind, placed.grade, placed.code) == (kind, grade, code)


def test_the_recipients_office_is_never_the_place_of_spending() -> None:
    with_place = place_published(
        (StatedPlace(name="Nowhere known"),), LOOKUPS, recipient_address=True
    )
    assert (
        with_place.grade == "G"
    )  # the source does state a place; that we cannot tell it makes it no F


def test_a_code_that_nothing_loaded_holds_keeps_its_grade_and_says_so() -> None:
    placed = place_published(
        (StatedPlace(code="E01011681"),), empty_lookups(), recipient_address=True
    )
    assert (placed.grade, placed.code) == ("B", "E01011681")
    assert "none of the loaded releases" in placed.note
