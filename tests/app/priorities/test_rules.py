"""The rule language: what is read, and that every fault is named with its place."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.priorities.methods.conditions import (
    AllOf,
    AnyOf,
    Clause,
    Codes,
    CountOf,
    KnownIndex,
    Not,
    list_clauses,
    worst_percent,
)
from app.priorities.methods.rules import (
    MAX_CLAUSES,
    MAX_DEPTH,
    InvalidRule,
    UnknownMeasure,
    parse_rule,
    parse_rule_text,
    read_rule_text,
)

KNOWN = KnownIndex("imd-2019", ("imd", "income", "crime"), 32_844, {"imd-2015": ("imd",)})


def clause(**other: Any) -> dict[str, Any]:
    return {"measure": "imd", "statistic": "percentile", "at_most": 10, **other}


def faults_of(rule: object) -> dict[str, str]:
    with pytest.raises((InvalidRule, UnknownMeasure)) as caught:
        parse_rule(rule, KNOWN)
    return {fault.pointer: fault.detail for fault in caught.value.faults}


def test_worst_ten_is_short_for_the_national_percentile() -> None:
    assert parse_rule(worst_percent(10), KNOWN).condition == Clause(
        "imd", None, "percentile", "national", "at_most", 10, ""
    )


def test_every_form_of_the_language_is_read() -> None:
    rule = parse_rule(
        {
            "rule": {
                "any": [
                    {"all": [clause(), {"not": clause(measure="crime", scope="partnership")}]},
                    {
                        "count_of": ["imd", "income"],
                        "statistic": "decile",
                        "at_most": 1,
                        "at_least_n": 2,
                    },
                    {"codes": ["E01000001"], "because": "listed by the board"},
                    clause(measure="imd@imd-2015"),
                ]
            },
            "then": [
                {"add_ringed": True},
                {"add_ringed": False},
                {"add": ["E01000002"], "because": "an estate"},
                {"remove": ["E01000003"], "because": "a prison"},
            ],
        },
        KNOWN,
    )
    top = rule.condition
    assert isinstance(top, AnyOf)
    first, count, codes, other = top.parts
    assert isinstance(first, AllOf)
    assert isinstance(first.parts[1], Not)
    assert isinstance(count, CountOf)
    assert isinstance(codes, Codes)
    assert isinstance(other, Clause)
    assert (other.measure, other.edition, other.label) == ("imd", "imd-2015", "imd@imd-2015")
    assert count.at_least_n == 2
    assert [found.pointer for found in list_clauses(top)] == [
        "/rule/any/0/all/0", "/rule/any/0/all/1/not", "/rule/any/1", "/rule/any/1", "/rule/any/3",
    ]  # fmt: skip
    # A step that is switched off is no step.
    assert [step.kind for step in rule.steps] == ["add_ringed", "add", "remove"]


def test_this_index_named_as_an_edition_is_this_index() -> None:
    assert (
        list_clauses(parse_rule(clause(measure="imd@imd-2019"), KNOWN).condition)[0].edition is None
    )


def test_all_faults_are_listed_with_their_places() -> None:
    found = faults_of(
        {
            "all": [
                clause(statistic="median"),
                clause(at_most="10"),
                {"measure": "imd", "statistic": "rank"},
                {"codes": [], "because": ""},
                clause(colour="red"),
                {"any": []},
            ]
        }
    )
    assert set(found) == {
        "/all/0/statistic", "/all/1/at_most", "/all/2", "/all/3/codes", "/all/3/because",
        "/all/4/colour", "/all/5/any",
    }  # fmt: skip


def test_unknown_measure_names_those_the_index_has() -> None:
    with pytest.raises(UnknownMeasure, match="it has imd, income, crime"):
        parse_rule({"any": [clause(measure="happiness")]}, KNOWN)


def test_unknown_measure_beside_another_fault_is_an_invalid_rule() -> None:
    with pytest.raises(InvalidRule):
        parse_rule({"any": [clause(measure="happiness"), clause(at_most=0)]}, KNOWN)


def test_an_edition_that_is_not_held_is_a_fault() -> None:
    assert "held: imd-2015" in faults_of(clause(measure="imd@imd-2004"))["/measure"]


def test_a_measure_that_the_other_edition_lacks_is_unknown() -> None:
    with pytest.raises(UnknownMeasure, match="imd-2015 has no measure 'crime'"):
        parse_rule(clause(measure="crime@imd-2015"), KNOWN)


@pytest.mark.parametrize(
    ("statistic", "good", "bad"),
    [
        ("percentile", [1, 100, 10.0], [0, 101, 10.5, -1]),
        ("decile", [1, 10], [0, 11]),
        ("rank", [1, 32_844], [0, 32_845, 1.5]),
        ("hot_spot_p", [0, 0.05, 1], [-0.01, 1.01]),
        ("score", [-2.5, 0, 92.7], [1e10]),
    ],
)
def test_a_threshold_must_be_one_the_statistic_can_take(
    statistic: str, good: list[float], bad: list[float]
) -> None:
    for number in good:
        parse_rule(clause(statistic=statistic, at_most=number), KNOWN)
    for number in [*bad, True, None, "5", float("nan"), float("inf")]:
        assert "/at_most" in faults_of(clause(statistic=statistic, at_most=number))


def test_a_clause_has_one_comparison() -> None:
    assert "exactly one" in faults_of(clause(at_least=5))[""]


def test_a_count_larger_than_its_list_is_a_fault() -> None:
    count = {"count_of": ["imd", "crime"], "statistic": "decile", "at_most": 1, "at_least_n": 3}
    assert "from 1 to 2" in faults_of(count)["/at_least_n"]


def test_a_measure_counted_twice_is_a_fault() -> None:
    count = {"count_of": ["imd", "imd"], "statistic": "decile", "at_most": 1, "at_least_n": 1}
    assert "stands twice" in faults_of(count)["/count_of"]


def test_a_shared_fault_of_a_count_is_said_once() -> None:
    count = {"count_of": ["imd", "crime"], "statistic": "decile", "at_most": 99, "at_least_n": 1}
    with pytest.raises(InvalidRule) as caught:
        parse_rule(count, KNOWN)
    assert [fault.pointer for fault in caught.value.faults] == ["/at_most"]


def test_nesting_is_bounded() -> None:
    rule: object = clause()
    for _ in range(MAX_DEPTH - 1):
        rule = {"not": rule}
    parse_rule(rule, KNOWN)
    assert any("nest" in detail for detail in faults_of({"not": rule}).values())


def test_clauses_are_bounded() -> None:
    parse_rule({"any": [clause()] * MAX_CLAUSES}, KNOWN)
    assert "clauses" in " ".join(faults_of({"any": [clause()] * (MAX_CLAUSES + 1)}).values())


def test_pointers_escape_strokes_and_tildes() -> None:
    assert "/a~1b~0c" in faults_of(clause(**{"a/b~c": 1}))


@pytest.mark.parametrize(
    "text",
    [
        "not json", "{", '{"any": [], "any": []}', '{"x": NaN}', '{"x": Infinity}',
        "[" * 100_000, '{"x": ' + "9" * 10_000 + "}", "x" * 400_001,
    ],
    ids=["word", "open", "key twice", "nan", "infinity", "deep", "long number", "long"],
)  # fmt: skip
def test_text_that_is_no_sound_json_is_refused(text: str) -> None:
    with pytest.raises(InvalidRule):
        read_rule_text(text)


@pytest.mark.parametrize("value", [None, 5, "imd", [], {}, {"measure": "imd", "not": {}}])
def test_what_is_no_rule_is_refused(value: object) -> None:
    with pytest.raises(InvalidRule):
        parse_rule(value, KNOWN)


def test_text_and_values_read_alike() -> None:
    assert parse_rule_text(json.dumps(clause()), KNOWN) == parse_rule(clause(), KNOWN)
