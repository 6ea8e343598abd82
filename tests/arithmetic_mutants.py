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
    Mutant(
        "percentiles at least x begin one rank early", "app/priorities/methods/perturb.py",
        "thresholds = thresholds - 1", "thresholds = thresholds - 2", "tests/app/priorities/test_perturb.py",
    ),
    Mutant(
        "draws that cannot tell count as out", "app/priorities/methods/perturb.py",
        "told += (truth != UNKNOWN).sum(axis=0)", "told += (truth == truth).sum(axis=0)",
        "tests/app/priorities/test_perturb.py",
    ),
    Mutant(
        "a seed is not taken", "app/priorities/methods/perturb.py",
        "np.random.PCG64(perturbation.seed)", "np.random.PCG64(None)", "tests/app/priorities/test_perturb.py",
    ),
    Mutant(
        "weights that grow make scores grow", "app/priorities/methods/perturb.py",
        "weights *= given.sum() / weights.sum(axis=1, keepdims=True)", "weights *= 1.0",
        "tests/app/priorities/test_perturb.py",
    ),
    Mutant(
        "an own index of a part is ranked nationally", "app/indicators/own.py",
        "    if index.partial or any(", "    if any(",
        "tests/app/priorities/test_cliff.py",
    ),
    Mutant(
        "few jobs count as little need", "app/indicators/own.py",
        'sign = -1.0 if row.direction == "lower-is-worse" else 1.0', "sign = 1.0",
        "tests/app/priorities/test_weighed_indicators.py",
    ),
    Mutant(
        "an own index is cut by the publisher's N", "app/priorities/methods/clauses.py",
        "return self.totals.get(measure, self.areas_total)", "return self.areas_total",
        "tests/app/priorities/test_weighed_indicators.py",
    ),
    Mutant(
        "a part of a district passes for the whole", "app/priorities/larger_codes.py",
        "return set(by_set[wanted])", "return set()", "tests/app/priorities/test_kept_rules.py",
    ),
    Mutant(
        "cold spots count as hot ones", "app/priorities/methods/hot_spots.py",
        "p[z <= 0] = 1.0", "p[z <= -99] = 1.0", "tests/app/priorities/test_hot_spots.py",
    ),
    Mutant(
        "values are kept although this transaction changed them", "app/indicators/national.py",
        "keeps=has_only_read(session))", "keeps=session.is_active)", "tests/app/indicators/test_national.py",
    ),
    Mutant(
        "half a district is summarised as the whole", "app/indicators/sql/small_areas_in.sql",
        "    AND lower(m.lookup) LIKE :own_lookup\n", "", "tests/app/priorities/test_summaries_http.py",
    ),
)  # fmt: skip
