"""Wrong edits of estimates and of what is counted twice."""

from __future__ import annotations

from tests.mutant import Mutant

_ESTIMATE = "app/resources/methods/estimate.py"
_LEDGER = "app/resources/methods/estimated_ledger.py"
_READ = "app/resources/estimating.py"
_WORKED = "tests/app/resources/test_estimate.py"
_STORED = "tests/app/resources/test_estimating.py"

ESTIMATE_MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "the pennies left over go to nobody", _ESTIMATE,
        "    if left.any():\n", "    if not left.any():\n", _WORKED,
    ),
    Mutant(
        "of equal remainders the last comes first", _ESTIMATE,
        "products += count - 1 - rank", "products += rank", _WORKED,
    ),
    Mutant(
        "a refund is shared as if it were paid", _ESTIMATE,
        "return shares * np.sign(pence)[:, np.newaxis]", "return shares", _WORKED,
    ),
    Mutant(
        "money that weighs nothing vanishes", _ESTIMATE,
        "    found[:, zone_count] = pence\n", "", "tests/properties/test_estimates.py",
    ),
    Mutant(
        "products are made beyond the machine's whole numbers", _ESTIMATE,
        "if whole * max(int(weights.max()), count) >= _FITS:", "if whole < 0:", _WORKED,
    ),
    Mutant(
        "an unknown weight is nought", _LEDGER,
        "    if missing:\n", "    held = np.nan_to_num(held)\n    if False:\n", _WORKED,
    ),
    Mutant(
        "a place in one zone is weighed all the same", _LEDGER,
        "if (zones == zones[0]).all():", "if False:", _WORKED,
    ),
    Mutant(
        "a programme's basis comes before the line's", _READ,
        "(ResourceLine.estimate_basis.is_not(None), ResourceLine.estimate_basis)",
        "(Programme.estimate_basis.is_not(None), Programme.estimate_basis)", _STORED,
    ),
    Mutant(
        "the worst fifth is the worst quarter", _READ, "_FIFTHS = 5", "_FIFTHS = 4", _STORED,
    ),
    Mutant(
        "a part of a small area counts as the whole", "app/resources/sql/areas_of_districts.sql",
        "SELECT s.old_code AS code, s.share AS part", "SELECT s.old_code AS code, 1.0 AS part", _STORED,
    ),
)  # fmt: skip
