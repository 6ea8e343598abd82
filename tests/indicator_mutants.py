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
    Mutant(
        "an indicator of other areas is joined unasked",
        "app/priorities/methods/measures.py",
        "if not marked:",
        "if False:",
        "tests/app/priorities/test_indicator_rules.py",
    ),
    Mutant(
        "a part of the country has national ranks",
        "app/priorities/methods/measures.py",
        'if scope == "national" and not known.whole:',
        "if False:",
        "tests/app/priorities/test_indicator_rules.py",
    ),
    Mutant(
        "a hot spot is where scores are high, whichever end is worse",
        "app/priorities/methods/clauses.py",
        "-scores if index.lower_is_worse else scores",
        "scores",
        "tests/app/priorities/test_indicator_rules.py",
    ),
    Mutant(
        "a withheld cell of an upload is missing",
        "app/indicators/readers/uploads.py",
        'np.where(withheld, "suppressed", ',
        'np.where(withheld, "missing", ',
        "tests/app/indicators/test_uploads.py",
    ),
    Mutant(
        "shares pass among per cent",
        "app/indicators/methods/upload_checks.py",
        "LEAST_RATIO <= middle_large / middle_small <= MOST_RATIO",
        "False",
        "tests/app/indicators/test_uploads.py",
    ),
    Mutant(
        "a file of another release is stored row by row",
        "app/indicators/uploading.py",
        "if len(together) != 1 or _holds(together[0], named):",
        "if True:",
        "tests/app/indicators/test_uploads.py",
    ),
    Mutant(
        "the least of confidential counts is told",
        "app/indicators/indicator_schemas.py",
        "None if (told[name] or 0) < LEAST_SHOWN else told[name]",
        "told[name]",
        "tests/app/indicators/test_indicators_http.py",
    ),
    Mutant(
        "a larger area is told without the areas that lack a value",
        "app/indicators/methods/larger.py",
        'whole = of["areas_without"] == 0',
        'whole = of["areas_without"] >= 0',
        "tests/app/indicators/test_larger.py",
    ),
    Mutant(
        "rates of larger areas are not weighed by people",
        "app/indicators/methods/larger.py",
        "people = weights.reindex(parents.index)",
        "people = (weights * 0 + 1).reindex(parents.index)",
        "tests/app/indicators/test_larger.py",
    ),
)
