from __future__ import annotations

import pytest

from boundaries.methods.spelling import Spellings, triples_of

NAMES = [
    "leeds",
    "hastings",
    "rother",
    "rotherham",
    "north hastings",
    "wealden",
    "leeds and bradford",
]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("hastngs", "hastings"),
        ("leedes", "leeds"),
        ("rotheram", "rotherham"),
        ("weelden", "wealden"),
    ],
)
def test_a_misspelt_name_finds_the_one_meant_first(written: str, meant: str) -> None:
    assert NAMES[Spellings(NAMES).alike(written)[0][0]] == meant


@pytest.mark.parametrize("written", ["", "x", "zzzzzz", "💥", "completely different"])
def test_what_is_like_nothing_finds_nothing(written: str) -> None:
    assert Spellings(NAMES).alike(written) == []


def test_triples_mark_the_beginning_and_the_end() -> None:
    assert triples_of("ab") == {"  a", " ab", "ab "}
