"""Wrong edits of profiles: levels, standings, drivers, nearest areas and carried ground."""

from __future__ import annotations

from tests.mutant import Mutant

PROFILE_MUTANTS = (
    Mutant(
        "a partnership's middle is the neighbourhood's own", "app/profiles/themes.py",
        "ranks[measure].reindex(subject.partnership)", "ranks[measure].reindex(ground.people.index)",
        "tests/app/pages/test_neighbourhood_page.py",
    ),
    Mutant(
        "a percentile is rounded down", "app/profiles/methods/levels.py",
        "return -(-100 * rank // of)", "return max(1, 100 * rank // of)", "tests/app/profiles/test_levels.py",
    ),
    Mutant(
        "equals stand behind one another", "app/profiles/methods/levels.py",
        "(known > value).sum()", "(known >= value).sum()", "tests/app/profiles/test_levels.py",
    ),
    Mutant(
        "a missing value counts as nought", "app/profiles/methods/levels.py",
        "/ held, held / total)", "/ total, held / total)", "tests/app/profiles/test_levels.py",
    ),
    Mutant(
        "what a domain adds forgets England", "app/profiles/methods/drivers.py",
        '(frame["here"] - frame["england"])', 'frame["here"]', "tests/app/profiles/test_drivers.py",
    ),
    Mutant(
        "a transformed rank leads to the one before", "app/profiles/methods/drivers.py",
        "return min(above + 1, of)", "return min(above, of)", "tests/app/profiles/test_drivers.py",
    ),
    Mutant(
        "domains are not standardised", "app/profiles/methods/nearest.py",
        "/ spread[telling]", "/ 1.0", "tests/app/profiles/test_nearest.py",
    ),
    Mutant(
        "people without a link vanish", "app/profiles/methods/trend.py",
        'lost += made.totals["people"].listed', "lost += 0", "tests/app/profiles/test_carried_ground.py",
    ),
    Mutant(
        "a list carried back keeps added and dropped as they were", "app/priorities/methods/compare.py",
        "turned = {ADDED: DROPPED, DROPPED: ADDED}", "turned: dict[str, str] = {}",
        "tests/app/priorities/test_comparing.py",
    ),
    Mutant(
        "doubt of the carried list is forgotten", "app/priorities/lists.py",
        'doubtful |= set(links.loc[links["old_code"].isin(unsure), "new_code"])', "doubtful |= set()",
        "tests/app/priorities/test_comparing.py",
    ),
    Mutant(
        "a corner joins two areas", "app/profiles/methods/board.py",
        'pairs["border_m"] > CORNER_M', 'pairs["border_m"] >= CORNER_M', "tests/app/profiles/test_board.py",
    ),
    Mutant(
        "the upper end of the band is out", "app/profiles/methods/board.py",
        "lowest <= people <= highest", "lowest <= people < highest", "tests/app/profiles/test_board.py",
    ),
    Mutant(
        "a place without an outline is passed over", "app/profiles/methods/board.py",
        "    if undrawn:\n", "    if False:\n", "tests/app/profiles/test_board.py",
    ),
    Mutant(
        "a piece that a coarse outline leaves out is lost", "boundaries/footprints.py",
        "outline.bounds, _children(session, ground.codes)", "outline.bounds, []",
        "tests/boundaries/test_footprints.py",
    ),
    Mutant(
        "a confidential count of nine is told by a profile", "app/profiles/indicator_themes.py",
        "and value < LEAST_SHOWN", "and value < LEAST_SHOWN - 1", "tests/app/profiles/test_indicator_themes.py",
    ),
    Mutant(
        "a count with a hidden part passes for the whole", "app/profiles/indicator_themes.py",
        "if is_count or np.isnan(level.value):", "if np.isnan(level.value):",
        "tests/app/profiles/test_indicator_themes.py",
    ),
    Mutant(
        "the receipt of a place beside it points at the place's own rows", "app/profiles/receipts.py",
        '"period": period, "of": of,', '"period": period, "of": "here",',
        "tests/app/profiles/test_profile_http.py",
    ),
)  # fmt: skip
