"""Regrouping: every person and square metre is in exactly one piece; what cannot be known is not made up."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.rehearsals.methods.regroup import Part, cut_into_pieces, tier_after
from boundaries.methods.code_verdict import LowerAuthority, verdict_by_codes

A = LowerAuthority("A", "Ambridge", "C", "Borsetshire", 1000.0, 101)
B = LowerAuthority("B", "Borchester", "C", "Borsetshire", 3000.0, 200)


def test_a_part_goes_its_own_way_and_the_rest_stays_with_the_council() -> None:
    part = Part("W", "Felpersham ward", "wd", "A", 400.0, 1 / 3)
    pieces = cut_into_pieces([A, B], {"A": "North", "B": "South"}, [part], {"W": "South"})
    # a third of 101 people is 33.67: 34 by the largest remainder, 67 stay
    assert [(p.code, p.unitary, p.area_m2, p.people) for p in pieces] == [
        ("W", "South", 400.0, 34), ("A", "North", 600.0, 67), ("B", "South", 3000.0, 200),
    ]  # fmt: skip
    assert pieces[1].name == "the rest of Ambridge"


def test_a_part_whose_people_are_not_known_makes_the_rest_unknown_and_not_nobody() -> None:
    part = Part("W", "Felpersham ward", "wd", "A", 400.0, None)
    pieces = cut_into_pieces([A], {"A": "North"}, [part], {"W": "South"})
    assert [piece.people for piece in pieces] == [None, None]


@pytest.mark.parametrize(("area_m2", "share"), [(1001.0, 0.5), (5.0, 1.01)])
def test_parts_that_hold_more_than_their_council_are_refused(area_m2: float, share: float) -> None:
    part = Part("W", "w", "wd", "A", area_m2, share)
    with pytest.raises(ValueError, match="the parts of A"):
        cut_into_pieces([A], {"A": "North"}, [part], {"W": "South"})


@settings(max_examples=60, deadline=None)
@given(
    people=st.integers(0, 2_000_000),
    shares=st.lists(st.floats(0, 1), max_size=8).filter(lambda found: sum(found) <= 1),
)
def test_people_before_are_people_after_whatever_the_parts(
    people: int, shares: list[float]
) -> None:
    council = LowerAuthority("A", "Ambridge", "A", "Ambridge", 1000.0, people)
    parts = [Part(f"W{n}", "w", "wd", "A", 1.0, share) for n, share in enumerate(shares)]
    pieces = cut_into_pieces([council], {"A": "N"}, parts, {part.code: "S" for part in parts})
    assert sum(piece.people or 0 for piece in pieces) == people
    assert sum(piece.area_m2 for piece in pieces) == pytest.approx(1000.0)


def test_a_partnership_of_a_cut_council_straddles_the_new_tier() -> None:
    part = Part("W", "Felpersham ward", "wd", "A", 400.0, 0.5)
    pieces = cut_into_pieces([A, B], {"A": "North", "B": "South"}, [part], {"W": "South"})
    after = tier_after(pieces, {"North": "unitary-1", "South": "unitary-2"}, [])
    ours = verdict_by_codes({"W", "A"}, after).upper
    # North is all of the rest of A; of South only the ward is in.
    assert ours.verdict == "mixed"
    assert [(row.name, row.whole) for row in ours.authorities] == [
        ("North", True),
        ("South", False),
    ]


def test_what_no_unitary_takes_stays_under_its_council() -> None:
    part = Part("W", "Felpersham ward", "wd", "A", 400.0, 0.5)
    pieces = cut_into_pieces([A], {}, [part], {"W": "South"})
    after = tier_after(pieces, {"South": "unitary-1"}, [B])
    assert [(row.code, row.upper_code) for row in after] == [
        ("W", "unitary-1"),
        ("A", "A"),
        ("B", "B"),
    ]
