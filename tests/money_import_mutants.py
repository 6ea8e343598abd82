"""Wrong edits of bringing money in and placing it."""

from __future__ import annotations

from tests.mutant import Mutant

MONEY_IMPORT_MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "words of two programmes link to the first", "app/resources/sql/link_lines.sql",
        "WHERE cardinality(coalesce(m.own, m.published)) = 1",
        "WHERE cardinality(coalesce(m.own, m.published)) >= 1",
        "tests/app/resources/test_linking.py::test_words_that_equal_two_programmes_link_to_neither",
    ),
)  # fmt: skip
