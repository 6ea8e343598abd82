"""Wrong edits of programmes and statements of use."""

from __future__ import annotations

from tests.mutant import Mutant

_USE = "app/statements/methods/use.py"
_HELD = "app/statements/methods/held.py"
_RECORD = "app/resources/methods/programme_record.py"
_TESTS_OF_USE = "tests/app/statements/test_use.py"
_TESTS_OF_HELD = "tests/app/statements/test_held.py"
_TESTS_OF_RECORD = "tests/app/resources/test_programme_record.py"

STATEMENT_MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "more drawn than allocated becomes nothing left", _USE,
        '"unallocated_pence": envelope["amount_pence"] - use["drawn_pence"]',
        '"unallocated_pence": max(0, envelope["amount_pence"] - use["drawn_pence"])', _TESTS_OF_USE,
    ),
    Mutant(
        "what regrants pass on is drawn a second time", _USE,
        '"drawn_pence": gross + back - twice', '"drawn_pence": gross + back', _TESTS_OF_USE,
    ),
    Mutant(
        "match funding draws on the allocation", _USE,
        'counted = [line for line in own if line["role"] != MATCH]', "counted = list(own)", _TESTS_OF_USE,
    ),
    Mutant(
        "allocations of several statuses are added", _USE,
        '(of, each["status"], each["file_id"] or "")', '(of, "", each["file_id"] or "")', _TESTS_OF_USE,
    ),
    Mutant(
        "England's total is taken for a place's allocation", _USE,
        'if not wanted or each["area_code"] == ENGLAND:', "if not wanted:", _TESTS_OF_USE,
    ),
    Mutant(
        "a refund of a regrant is lost to its giver", _HELD,
        "passed[each] += share", "passed[each] += 0", _TESTS_OF_HELD,
    ),
    Mutant(
        "a circle of regrants takes itself away", _HELD,
        "sorted(set(parents) - set(cycles))", "sorted(parents)", _TESTS_OF_HELD,
    ),
    Mutant(
        "a regrant draws in its own year", _HELD,
        "    while line in passed:\n        line = parents[line][0]\n", "", _TESTS_OF_HELD,
    ),
    Mutant(
        "a programme's last year is not its own", _RECORD,
        "year <= last_year)", "year < last_year)", _TESTS_OF_RECORD,
    ),
    Mutant(
        "a partnership's programme may take a published one's id", _RECORD,
        'f"{partnership}.{last}"', 'f"{partnership}-{last}"', _TESTS_OF_RECORD,
    ),
    Mutant(
        "an amount that is not known is refused, and its place lost", "app/resources/readers/programme_table.py",
        'if clean_text(row.get("amount")) is None:', "if row is None:", _TESTS_OF_RECORD,
    ),
    Mutant(
        "one more line makes every other look changed", "app/statements/methods/changed.py",
        'known = each.get("id") if isinstance(each, Mapping) else None', "known = None", _TESTS_OF_USE,
    ),
    Mutant(
        "a signed statement is written over", "app/statements/actions.py",
        "if newest is not None and newest.signed_at is None:\n        return newest",
        "if newest is not None:\n        return newest", "tests/app/statements/test_statement_over_http.py",
    ),
    Mutant(
        "a title runs in the paper", "app/reports/templates/statement.html",
        '<tr><th scope="row">{{ line.title }}</th>', '<tr><th scope="row">{{ line.title|safe }}</th>',
        "tests/app/reports/test_statement_paper.py",
    ),
)  # fmt: skip
