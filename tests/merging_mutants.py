"""Wrong edits of fewer partnerships."""

from __future__ import annotations

from tests.mutant import Mutant

_FEWER = "app/strategies/methods/fewer.py"
_TEST = "tests/app/strategies/test_fewer.py"
MERGING_MUTANTS: tuple[Mutant, ...] = (
    Mutant("a pair exactly on the threshold is out", _FEWER, "share < at_least", "share <= at_least", _TEST),
    Mutant("the larger one's share decides", _FEWER, "return max(both), by", "return min(both), by", _TEST),
    Mutant("ground alone is a reason", _FEWER,
           "if same_kind or both or members >= members_at_least:", "if share:", _TEST),
    Mutant("one member in both is enough", _FEWER,
           "or members >= members_at_least:", "or members:", _TEST),
    Mutant("a page of suggestions begins again from the first", "app/strategies/fewer_routes.py",
           "begun = 0 if key is None else max(0, int(key[0]))", "begun = 0", _TEST),
    Mutant("people that are not known count as none", _FEWER,
           "if None not in both:", "if any(both):", _TEST),
)  # fmt: skip
