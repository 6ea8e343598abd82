"""Wrong edits of the ledger, its views and its reconciliation."""

from __future__ import annotations

from tests.mutant import Mutant

LEDGER_MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "a point in a gap takes the lowest code near it",
        "app/resources/methods/spots.py",
        "order = np.lexsort((areas, away, held))",
        "order = np.lexsort((areas, held))",
        "tests/app/resources/test_spots.py::test_a_point_lies_in_the_lowest_code_that_holds_it_or_the_nearest",
    ),
    Mutant(
        "people of overlapping neighbourhoods count once each",
        "app/resources/methods/relate.py",
        "inside = (count * max(each.values()) for count, each in zip(counts, held, strict=True) if each)",
        "inside = iter(by_number.values())",
        "tests/app/resources/test_overlapping.py::test_shares_of_overlapping_neighbourhoods_count_people_once",
    ),
    Mutant(
        "two halves that share nothing both hold a place",
        "app/resources/methods/relate.py",
        "shares.get(main, 0) + share > 1",
        "shares.get(main, 1) + share > 1",
        "tests/app/resources/test_overlapping.py::test_a_place_is_held_by_each_neighbourhood_that_has_it",
    ),
    Mutant(
        "cells of other currencies are added",
        "app/resources/methods/sums.py",
        '        if cell.currency != "GBP":',
        '        if cell.currency == "USD":',
        "tests/properties/test_ledger_sums.py::test_the_figures_of_cells_are_those_of_the_lines",
    ),
    Mutant(
        "what stands in several neighbourhoods is not taken away again",
        "app/resources/methods/sums.py",
        "rows[IN_SEVERAL].add(cell, NEIGHBOURHOODS, certainty, -1)",
        "rows[IN_SEVERAL].add(cell, NEIGHBOURHOODS, certainty, 1)",
        "tests/properties/test_ledger_sums.py::test_the_figures_of_cells_are_those_of_the_lines",
    ),
    Mutant(
        "undated lines count in a year",
        "app/resources/methods/sums.py",
        "        if year is not None and cell.undated:",
        '        if year == "" and cell.undated:',
        "tests/properties/test_ledger_sums.py::test_the_figures_of_cells_are_those_of_the_lines",
    ),
    Mutant(
        "a part's place on the curve is its end",
        "app/resources/methods/equity.py",
        "middle = before + Fraction(people, 2 * everyone)",
        "middle = before + Fraction(people, everyone)",
        "tests/app/resources/test_equity.py::test_the_index_is_one_less_twice_the_area_under_the_curve",
    ),
    Mutant(
        "a part without a line of its own is poor",
        "app/resources/methods/equity.py",
        "for part in peopled if part.lines}",
        "for part in peopled}",
        "tests/app/resources/test_equity.py::test_parts_are_told_by_need_and_money",
    ),
    Mutant(
        "lines that went astray are not missed",
        "app/resources/methods/reconciliation.py",
        "for stage, currency in sorted({*here, *there})",
        "for stage, currency in sorted(here)",
        "tests/app/resources/test_reconciliation.py::test_what_does_not_come_out_is_said",
    ),
    Mutant(
        "a part of a small area counts as all of it",
        "app/resources/methods/relate.py",
        "by_number[number] += count * share",
        "by_number[number] += count",
        "tests/app/resources/test_overlapping.py::test_an_estate_holds_a_small_area_by_the_part_of_its_people",
    ),
    Mutant(
        "a spot stands where its small area does",
        "app/resources/methods/relate.py",
        "    if held_by is not None:",
        "    if held_by is not None and not held_by:",
        "tests/app/resources/test_overlapping.py::"
        "test_a_spot_stands_where_it_lies_itself_and_not_where_most_of_its_area_does",
    ),
    Mutant(
        "need of overlapping neighbourhoods is summed of each",
        "app/resources/need.py",
        "    told = weigh_need(parts, once)",
        "    told = weigh_need(parts)",
        "tests/app/resources/test_saved_ledger.py::"
        "test_need_of_overlapping_neighbourhoods_is_told_of_each_and_summed_once",
    ),
    Mutant(
        "shapes of lines in no total are said to be in totals",
        "app/resources/ledger_files.py",
        '{"in_totals": False}',
        '{"in_totals": True}',
        "tests/app/resources/test_saved_ledger.py::"
        "test_lines_as_geojson_are_all_lines_each_once_and_stand_where_they_say",
    ),
    Mutant(
        "how places lie is kept although this transaction wrote", "app/resources/kept_places.py",
        "if not sees_a_moment(session):", "if False:", "tests/app/resources/test_kept_places.py",
    ),
    Mutant(
        "how places lie is kept whatever the neighbourhoods are drawn as", "app/resources/kept_places.py",
        "_frozen(parameters), _frozen(found))", "_frozen(parameters), _frozen(found.ground))",
        "tests/app/resources/test_kept_places.py",
    ),
)  # fmt: skip
