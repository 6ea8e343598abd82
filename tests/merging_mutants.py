"""Wrong edits of fewer partnerships, of mergers, and of what a reorganisation does to neighbourhoods and money."""

from __future__ import annotations

from tests.mutant import Mutant

_FEWER = "app/strategies/methods/fewer.py"
_TEST = "tests/app/strategies/test_fewer.py"
_LANDING, _TALLIES = "app/resources/methods/landing.py", "app/rehearsals/methods/tallies.py"
_TOGETHER, _ROLL_UP = "app/resources/methods/together.py", "app/regions/methods/roll_up.py"
_MERGING = "app/rehearsals/methods/merging.py"
_TEST_TOGETHER = "tests/app/resources/test_together.py"
_TEST_ROLL_UP = "tests/app/regions/test_roll_up.py"
_TEST_MERGING = "tests/app/rehearsals/test_merging.py"
_TEST_LANDING = "tests/app/resources/test_landing.py"
_TEST_TALLIES = "tests/app/rehearsals/test_tallies.py"
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
    Mutant("two halves of a place go to the last", _LANDING, "= min(held)", "= max(held)", _TEST_LANDING),
    Mutant("a place over several unitaries is lost", _LANDING,
           "Landing(ACROSS if in_all.bucket in HERE else in_all.bucket)", "Landing(OUT)", _TEST_LANDING),
    Mutant("an office is counted as the place", _LANDING,
           "if row.landing.where in LANDINGS]", "]", _TEST_LANDING),
    Mutant("money may be lost between before and after", _TALLIES,
           "if held[0] != held[1]:", "if held[0] < held[1]:", _TEST_TALLIES),
    Mutant("people not known are none", _TALLIES, "column.sum(skipna=False)", "column.sum()", _TEST_TALLIES),
    Mutant("what lies outside the plan is forgotten", _TALLIES, '"ground"] = -1', '"ground"] = 0', _TEST_TALLIES),
    Mutant("whole people do not sum", _TALLIES,
           "[0] * len(parts) if shared is None else list(shared)", "[round(part) for part in parts]", _TEST_TALLIES),
    Mutant("a line in three ledgers is counted again once", _TOGETHER,
           "sum((len(here) - 1) * own[unit]", "sum((len(here) > 1) * own[unit]", _TEST_TOGETHER),
    Mutant("a ledger has lines of files that it does not read", _TOGETHER,
           "if stands is None or stands.bucket not in BUCKETS:",
           "if stands is not None and stands.bucket not in BUCKETS:",
           _TEST_TOGETHER),
    Mutant("what only all of them hold is forgotten", _TOGETHER,
           "if not here and _is_here(row.in_all):", "if here and not row.in_all:", _TEST_TOGETHER),
    Mutant("what straddles a region counts in it", _ROLL_UP,
           '"in_both" if held and here else "beyond" if held', '"in_both" if held', _TEST_ROLL_UP),
    Mutant("a roll-up need not reconcile", _ROLL_UP,
           'parts["beyond"][unit] != once[unit]:', 'parts["beyond"][unit] < once[unit] - 9:', _TEST_ROLL_UP),
    Mutant("targets of another scope are one promise", _MERGING,
           'fold(one["measure"]), one["scope"])', 'fold(one["measure"]), "")', _TEST_MERGING),
    Mutant("one partnership clashes with itself", _MERGING,
           "if len({slug for slug, _ in group}) > 1]", "if len(group) > 1]", _TEST_MERGING),
    Mutant("a member of two is named twice", _MERGING,
           'fold(member["name"]), {', 'slug + fold(member["name"]), {', _TEST_MERGING),
)  # fmt: skip
