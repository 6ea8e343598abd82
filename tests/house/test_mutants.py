"""Wrong edits stay true to the code: the words that each changes stand in its file once, and its test is there."""

from __future__ import annotations

from collections import Counter

from tests.house.source import read
from tests.mutants import MUTANTS, REPOSITORY


def test_the_words_of_every_wrong_edit_stand_once_in_its_file() -> None:
    counted = {
        mutant.name: read(REPOSITORY / mutant.file).count(mutant.right) for mutant in MUTANTS
    }
    assert {name: count for name, count in counted.items() if count != 1} == {}


def test_every_wrong_edit_changes_something_and_is_killed_by_a_test_that_is_there() -> None:
    assert [mutant.name for mutant in MUTANTS if mutant.right == mutant.wrong] == []
    assert [
        m.name for m in MUTANTS if not (REPOSITORY / m.killed_by.partition("::")[0]).is_file()
    ] == []
    assert [name for name, count in Counter(m.name for m in MUTANTS).items() if count > 1] == []
