"""Wrong edits of the gap monitor."""

from __future__ import annotations

from tests.mutant import Mutant

_GAP = "app/strategies/methods/gap.py"
_CARRYING = "app/strategies/methods/carrying.py"
_TEST = "tests/app/strategies/test_gap.py"
GAP_MUTANTS: tuple[Mutant, ...] = (
    Mutant("an interval that ends at nothing is told", _GAP,
           "if high < 0:", "if high <= 0:", _TEST),
    Mutant("the surest estimate decides for all", _GAP,
           "(changes + margins).max()", "(changes + margins).min()", _TEST),
    Mutant("one area says how sure it is", _GAP,
           "if count < 2:", "if count < 1:", _TEST),
    Mutant("a place half known has a figure", _GAP,
           "told = (held > 0) & (held >= LEAST_KNOWN * whole)", "told = held > 0", _TEST),
    Mutant("where low is worse the gap keeps its sign", _GAP,
           "worse = 1.0 if higher_is_worse else -1.0", "worse = 1.0", _TEST),
    Mutant("the spread of few areas is not widened", _GAP,
           "* count / (count - 1)", "* count / count", _TEST),
    Mutant("the best fit is the smallest part", _CARRYING,
           "ascending=[True, False, True]", "ascending=[True, True, True]", _TEST),
    Mutant("a part without a value is left out of the mean", _CARRYING,
           "(parts_of > 0) & (known == parts_of)", "known > 0", _TEST),
)  # fmt: skip
