from __future__ import annotations

import pytest

from boundaries.errors import Invalid
from boundaries.methods.code_verdict import LowerAuthority, count_of, say_verdict, verdict_by_codes

COUNTY = ("E10000001", "Exshire")


def row(
    code: str, name: str, km2: float, people: int | None, upper: tuple[str, str] | None = COUNTY
) -> LowerAuthority:
    upper = upper or (code, name)
    return LowerAuthority(code, name, upper[0], upper[1], km2 * 1e6, people)


TABLE = [
    row("E07000001", "Ash", 10, 1_000),
    row("E07000002", "Beech", 20, 2_000),
    row("E07000003", "Cedar", 30, 5_000),
    row("E06000001", "Port", 40, 9_000, None),
]


def test_two_of_three_districts() -> None:
    answer = verdict_by_codes(["E07000002", "E07000001"], TABLE)
    assert answer.lower.verdict == "union-of"
    assert [one.share_of_partnership for one in answer.lower.authorities] == [0.3333, 0.6667]
    county = answer.upper.authorities[0]
    assert (answer.upper.verdict, county.code, county.whole) == ("part-of", "E10000001", False)
    assert county.share_of_authority == 0.5  # 30 of 60 km2
    assert county.population_share_of_authority == 0.375  # 3,000 of 8,000 people
    assert [one.code for one in answer.left_out] == ["E07000003"]
    assert say_verdict("Ash and Beech partnership", answer) == (
        "Ash and Beech partnership is a union of two districts, Ash and Beech. It is part of "
        "Exshire (37.50% of its people, 50.00% of its area); Cedar is left out."
    )


def test_a_countys_code_stands_for_all_its_districts() -> None:
    answer = verdict_by_codes(["E10000001"], TABLE)
    assert (answer.lower.verdict, answer.upper.verdict) == ("union-of", "same")
    assert answer.left_out == ()
    assert say_verdict("It", answer).endswith("In the upper tier it is the same as Exshire.")


def test_a_unitary_is_the_same_in_both_tiers_and_said_once() -> None:
    answer = verdict_by_codes(["E06000001"], TABLE)
    assert (answer.lower.verdict, answer.upper.verdict) == ("same", "same")
    assert say_verdict("It", answer) == "It is the same as Port (one unitary authority)."


def test_a_unitary_with_one_district_of_a_county_is_mixed_above() -> None:
    answer = verdict_by_codes(["E06000001", "E07000003"], TABLE)
    assert answer.upper.verdict == "mixed"
    assert [one.code for one in answer.left_out] == ["E07000001", "E07000002"]
    assert "holds the whole of Port and is part of Exshire" in say_verdict("It", answer)


def test_missing_people_are_missing_and_not_nobody() -> None:
    table = [row("E07000001", "Ash", 10, None), *TABLE[1:]]
    answer = verdict_by_codes(["E07000001", "E07000002"], table)
    assert answer.upper.authorities[0].population_share_of_authority is None
    assert answer.lower.authorities[1].population_share_of_partnership is None
    assert "(50.00% of its area)" in say_verdict("It", answer)
    # A district left out with no figure hides the county's share, not the partnership's own.
    other = verdict_by_codes(["E07000002", "E07000003"], table)
    assert other.upper.authorities[0].population_share_of_authority is None
    assert [one.population_share_of_partnership for one in other.lower.authorities] == [
        0.2857,
        0.7143,
    ]


def test_unknown_codes_are_all_named() -> None:
    with pytest.raises(Invalid) as caught:
        verdict_by_codes(["E07000001", "E07999999", "X"], TABLE)
    assert [fault.value for fault in caught.value.faults] == ["E07999999", "X"]
    with pytest.raises(Invalid):
        verdict_by_codes([], TABLE)


def test_authorities_are_counted_with_their_noun() -> None:
    assert count_of(["E09000001"]) == "one London borough"
    assert count_of(["E07000001"] * 12) == "12 districts"
    assert count_of(["E06000001", "E07000001"]) == "two authorities"
