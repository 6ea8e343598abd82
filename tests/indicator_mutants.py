"""Wrong edits of what reads, ranks, stores and tells indicators."""

from __future__ import annotations

from tests.mutant import Mutant

INDICATOR_MUTANTS = (
    Mutant(
        "the best area of an indicator that runs the other way comes first",
        "app/indicators/methods/periods.py",
        'worst_first = direction == "lower-is-worse"',
        'worst_first = direction != "neither"',
        "tests/app/indicators/test_periods.py",
    ),
    Mutant(
        "a year nearly as the one before is carried forward",
        "app/indicators/methods/periods.py",
        "np.array_equal(held[:, at_], held[:, at], equal_nan=True)",
        "np.nanmean(held[:, at_] == held[:, at]) > 0.9",
        "tests/app/indicators/test_periods.py",
    ),
    Mutant(
        "a chain of repeated years begins at its last",
        "app/indicators/methods/periods.py",
        "for at_ in range(at) if",
        "for at_ in reversed(range(at)) if",
        "tests/app/indicators/test_periods.py",
    ),
    Mutant(
        "what is withheld is called missing",
        "app/indicators/readers/indicator_files.py",
        'np.where(value.notna(), "value", one.blank)',
        'np.where(value.notna(), "value", "missing")',
        "tests/app/indicators/test_indicator_files.py",
    ),
    Mutant(
        "of two rows that differ the first is believed",
        "app/indicators/readers/indicator_files.py",
        "if clash or later:",
        "if later:",
        "tests/app/indicators/test_indicator_files.py",
    ),
    Mutant(
        "values are joined to the areas of another release",
        "app/indicators/asking.py",
        "if wanted != row.area_set and not rebase:",
        "if False:",
        "tests/app/indicators/test_indicators_http.py",
    ),
    Mutant(
        "a confidential count of nine is shown",
        "app/indicators/values.py",
        'frame["value"] < LEAST_SHOWN',
        'frame["value"] < LEAST_SHOWN - 1',
        "tests/app/indicators/test_indicators_http.py",
    ),
)
