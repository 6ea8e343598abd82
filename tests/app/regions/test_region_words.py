"""The sentence of a region agrees with its numbers: one partnership is not spoken of as several."""

from __future__ import annotations

from typing import Any

import pytest

from app.regions.wording import say_region


def region_of(partnerships: int, straddling: int, lines: int) -> dict[str, Any]:
    rolled = {
        "partnerships": partnerships, "districts_touched": 2, "straddling": straddling, "targets": {},
    }  # fmt: skip
    once = {"lines": lines, "counted_again": {"lines": 0}}
    return {
        "region": {"name": "Norland"}, "districts": 64, "roll_up": rolled, "stage": "awarded", "money": {"once": once},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ((1, 0, 24), ("; it does not reach beyond it.", "24 lines of money awarded lie in it.")),
        ((1, 1, 1), ("; it reaches beyond it.", "1 line of money awarded lies in it.")),
        ((3, 1, 2), ("; 1 reaches beyond it.", "2 lines of money awarded lie in them.")),
        ((3, 0, 0), ("; none reach beyond it.", "0 lines of money awarded lie in them.")),
    ],
)
def test_verbs_agree_with_the_counts(numbers: tuple[int, int, int], said: tuple[str, str]) -> None:
    told = say_region(region_of(*numbers))
    assert all(part in told for part in said), told
