"""Wrong edits of how indices are made, summarised and shaken."""

from __future__ import annotations

from tests.mutant import Mutant

ARITHMETIC_MUTANTS = (
    Mutant(
        "ties are transformed at their lowest rank", "app/indicators/methods/standardise.py",
        "ranks + (tied - 1) / 2", "ranks + (tied - 1) * 0", "tests/app/indicators/test_composite.py",
    ),
    Mutant(
        "a missing part counts as nothing", "app/indicators/methods/composite.py",
        "columns = standardised[measures].to_numpy(np.float64)",
        "columns = standardised[measures].fillna(0).to_numpy(np.float64)",
        "tests/app/indicators/test_composite.py",
    ),
    Mutant(
        "the last area of the tenth counts whole", "app/indicators/methods/summaries.py",
        "(tenth - (upto - people)).clip(lower=0.0).clip(upper=people)", "people.where(upto - people < tenth, 0.0)",
        "tests/app/indicators/test_summaries.py",
    ),
    Mutant(
        "areas without people are passed over", "app/indicators/methods/summaries.py",
        "people.isna().groupby(group).any() | (total <= 0)", "people.isna().groupby(group).all() | (total <= 0)",
        "tests/app/indicators/test_summaries.py",
    ),
)  # fmt: skip
