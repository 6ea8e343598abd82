"""Wrong edits of bringing money in and placing it."""

from __future__ import annotations

from tests.mutant import Mutant

_IN = "tests/app/resources/test_bringing_in.py"

MONEY_IMPORT_MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "words of two programmes link to the first", "app/resources/sql/link_lines.sql",
        "WHERE cardinality(coalesce(m.own, m.published)) = 1",
        "WHERE cardinality(coalesce(m.own, m.published)) >= 1",
        "tests/app/resources/test_linking.py::test_words_that_equal_two_programmes_link_to_neither",
    ),
    Mutant(
        "a hundredth of a penny is dust", "app/resources/methods/amounts.py",
        'DUST_PENCE = Decimal("0.000001")', 'DUST_PENCE = Decimal("0.01")',
        "tests/app/resources/test_amounts.py::"
        "test_what_is_farther_from_whole_pence_is_another_amount_and_refused",
    ),
    Mutant(
        "a refund may be above nought", "app/resources/readers/plain_rows.py",
        'if role == "refund" and pence > 0:', 'if role == "refund" and pence > 10**15:',
        "tests/app/resources/test_plain_columns.py::"
        "test_what_cannot_be_so_is_refused_by_column_and_rule",
    ),
    Mutant(
        "shares nearly sum to one", "app/resources/methods/stated_shares.py",
        "if total != 1:", "if abs(total - 1) > Fraction(1, 50):",
        "tests/app/resources/test_stated_shares.py::"
        "test_shares_stand_for_each_place_and_sum_to_exactly_one",
    ),
    Mutant(
        "a date that may be either day is taken day first", "app/resources/readers/plain.py",
        'sure = not any(is_month_first(row.get("year")) for _, row in laid)', "sure = True",
        "tests/app/resources/test_plain_columns.py::"
        "test_a_date_is_read_as_written_unless_another_row_writes_the_month_first",
    ),
    Mutant(
        "a file counts its lines as rows", "app/resources/storing.py",
        "rows_stored = len(kept)", "rows_stored = len(frame)",
        f"{_IN}::test_a_row_with_shares_is_a_line_for_each_place_and_one_row_of_its_file",
    ),
    Mutant(
        "another amount under one identifier is no conflict", "app/resources/conflicts.py",
        'rule="identifier-conflict" if other else rule', "rule=rule",
        f"{_IN}::test_the_same_identifier_with_another_amount_is_a_conflict_that_says_both",
    ),
    Mutant(
        "parts that are stored are not seen when the whole comes", "app/resources/conflicts.py",
        '_FIRST_PART = "#1"', '_FIRST_PART = "#0"',
        f"{_IN}::test_a_row_whose_parts_or_whole_are_stored_is_not_stored_again",
    ),
    Mutant(
        "a programme's first year is outside it", "app/resources/programme_years.py",
        "self.first is None or self.first <= year", "self.first is None or self.first < year",
        f"{_IN}::test_a_year_outside_its_programme_is_refused_in_a_table_and_noted_in_a_published_file",
    ),
    Mutant(
        "a saved neighbourhood goes before an area of its name", "app/resources/methods/place.py",
        "if areas and not said_so:", "if areas and said_so:",
        f"{_IN}::test_a_slug_that_an_area_bears_too_is_not_guessed",
    ),
    Mutant(
        "longitude and latitude of GeoJSON are exchanged", "app/resources/readers/geojson.py",
        "lon, lat = numbers[:2]", "lat, lon = numbers[:2]",
        f"{_IN}::test_points_and_outlines_of_geojson_are_the_places_of_their_lines",
    ),
    Mutant(
        "the first of two districts of a name is taken", "app/resources/old_districts.py",
        "alive[0] if len(alive) == 1 else None", "alive[0] if alive else None",
        "tests/app/resources/test_beside_the_ledger.py",
    ),
    Mutant(
        "a practice in two files is stored twice", "app/resources/outlets.py",
        "held = _held(session, read.services, publication.kind)", "held = _held(session, [], publication.kind)",
        "tests/app/resources/test_counted_once.py",
    ),
    Mutant(
        "yearly allocations are envelopes of every year", "app/resources/queries.py",
        "ProgrammeAllocation.financial_year.is_(None))", "ProgrammeAllocation.period.is_not(None))",
        "tests/app/resources/test_beside_the_ledger.py",
    ),
)  # fmt: skip
