"""The order in which the tests run: each worker begins with long ones, and none is lost or run twice."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from tests.conftest import deal


class Told(NamedTuple):
    """What is asked of a test here: the file it stands in."""

    path: Path
    number: int


LONG = [Told(Path(name), number) for number, name in enumerate("aabcc")]
OTHERS = [Told(Path("z"), number) for number in range(100, 119)]


def test_each_part_begins_with_long_tests_and_those_of_a_file_stay_together() -> None:
    dealt = deal(LONG, OTHERS, 3)
    parts = [dealt[:8], dealt[8:16], dealt[16:]]
    assert [[each.number for each in part if each in LONG] for part in parts] == [
        [0, 1],
        [2],
        [3, 4],
    ]
    assert [part.index(each) for part in parts for each in part if each in LONG] == [0, 1, 0, 0, 1]


@pytest.mark.parametrize("workers", [1, 2, 3, 7, 40])
@pytest.mark.parametrize("others", [0, 1, 19])
def test_every_test_has_one_turn(workers: int, others: int) -> None:
    dealt = deal(LONG, OTHERS[:others], workers)
    assert sorted(dealt) == sorted([*LONG, *OTHERS[:others]])
