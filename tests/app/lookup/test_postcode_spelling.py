from __future__ import annotations

import pytest

from app.lookup.postcode_spelling import (
    UnknownPostcode,
    candidates,
    part_of_postcode,
    span_of_part,
)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("N1 OAA", "N1 0AA"),  # the letter O for the figure 0
        ("n1oaa", "N1 0AA"),
        ("TN34 1A4", None),
        ("SW1A 1A0", "SW1A 1AO"),  # the figure 0 for the letter O
        ("BS1O 5ED", "BS10 5ED"),
    ],
)
def test_what_may_be_meant_is_named(written: str, meant: str | None) -> None:
    assert (meant in candidates(written)) if meant else candidates(written) == []


def test_a_right_postcode_is_no_candidate_for_itself() -> None:
    assert "N1 0AA" not in candidates("N1 0AA")


@pytest.mark.parametrize("written", ["", "hello", "💥", "TN34 1AA 9", "'; DROP", "١٢٣ ٤٥٦"])
def test_what_is_no_postcode_has_no_candidates(written: str) -> None:
    assert candidates(written) == []


@pytest.mark.parametrize("written", ["", "12", "TN34 1AA 9", "%", "TN_4", "hello"])
def test_what_is_no_part_of_a_postcode_is_refused(written: str) -> None:
    with pytest.raises(UnknownPostcode, match="not a postcode"):
        part_of_postcode(written)


@pytest.mark.parametrize(
    ("stem", "inside", "outside"),
    [
        ("TN3", ["TN3 0AA", "TN3 9ZZ"], ["TN34 1AA"]),
        ("TN34 1", ["TN34 1AA", "TN34 1ZZ"], ["TN34 2AA"]),
        ("TN", ["TN1 1AA", "TN40 9ZZ"], ["TS1 1AA", "TM9 9ZZ"]),
    ],
)
def test_the_span_of_a_part_holds_what_begins_so(
    stem: str, inside: list[str], outside: list[str]
) -> None:
    first, last, pattern = span_of_part(stem)
    begins = pattern.rstrip("%").rstrip("_")
    holds = [one for one in inside + outside if first <= one <= last and one.startswith(begins)]
    assert holds == inside
