"""Wrong edits of estimates and of what is counted twice."""

from __future__ import annotations

from tests.mutant import Mutant

_ESTIMATE = "app/resources/methods/estimate.py"
_LEDGER = "app/resources/methods/estimated_ledger.py"
_WEIGHTS = "app/resources/estimate_weights.py"
_ONCE = "app/resources/methods/double_counting.py"
_TWICE = "tests/app/resources/test_double_counting.py"
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
        "a programme's basis comes before the line's",
        "app/resources/sql/lines_to_share.sql",
        "coalesce(l.estimate_basis, p.estimate_basis) AS basis",
        "coalesce(p.estimate_basis, l.estimate_basis) AS basis",
        _STORED,
    ),
    Mutant(
        "the worst fifth is the worst quarter", _WEIGHTS, "_FIFTHS = 5", "_FIFTHS = 4", _STORED,
    ),
    Mutant(
        "a part of a small area counts as the whole", "app/resources/sql/areas_of_districts.sql",
        "SELECT s.old_code AS code, s.share AS part", "SELECT s.old_code AS code, 1.0 AS part", _STORED,
    ),
    Mutant(
        "shared money stays where it stood as well", _LEDGER,
        '- stood.get(row["key"], 0)', '- 0', _WORKED,
    ),
    Mutant(
        "a basis that places less makes the range", _LEDGER,
        "if each.pence_not_placed == least]", "if each.pence_not_placed >= least]", _WORKED,
    ),
    Mutant(
        "what came back of a regrant was passed on all the same", _ONCE,
        'row["amount_pence"] + refunds.get(line_id, 0)', 'row["amount_pence"]', _TWICE,
    ),
    Mutant(
        "a ring of regrants is taken away from itself", _ONCE,
        "elif ring_of.get(giver, -1) != ring_of.get(_name(row), -2):", "else:", _TWICE,
    ),
    Mutant(
        "what is passed on is taken where it arrives", _ONCE,
        "_over_lines(pence, [rows[each] for each in named[giver]])",
        "_over_lines(pence, [rows[each] for each in givers[giver]])", _TWICE,
    ),
    Mutant(
        "a plain award may repeat match funding of any funder", _ONCE,
        'if row["role"] in (AWARD, REGRANT)\n    }', 'for _ in row\n    }', _TWICE,
    ),
    Mutant(
        "lines alike in one file are doubles", _ONCE,
        'each["file_id"].nunique() > 1', 'each["file_id"].nunique() > 0', _TWICE,
    ),
)  # fmt: skip
