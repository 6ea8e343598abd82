"""Wrong edits of targets."""

from __future__ import annotations

from tests.mutant import Mutant

_JUDGE = "app/strategies/methods/judge.py"
_TEST = "tests/app/strategies/test_judge.py"
TARGET_MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "a figure exactly on the line is off it", _JUDGE,
        "held <= line + margin if low_is_good else held >= line - margin",
        "held < line - margin if low_is_good else held > line + margin", _TEST,
    ),
    Mutant("what is due is still asked for by the path alone", _JUDGE,
           "line[:, years >= end] = final[:, None]", "line[:, years >= end] = began[:, None]", _TEST),
    Mutant("ties at the tail's cut are left out", _JUDGE,
           "found = known & (worse >= cuts)", "found = known & (worse > cuts)", _TEST),
    Mutant("a fifth of six is one", _JUDGE,
           "np.ceil(share * known.sum(axis=0) - SAME)", "np.floor(share * known.sum(axis=0))", _TEST),
    Mutant("one end of a series gives the worst share of the other", _JUDGE,
           "key = (share, higher_is_worse)", "key = (share, True)", _TEST),
    Mutant("areas without a figure weigh in the average", _JUDGE,
           "whole = held @ known", "whole = held @ np.ones_like(values)", _TEST),
    Mutant("an area without a figure may be the cut", _JUDGE,
           "values if higher_is_worse else -values, -np.inf)",
           "values if higher_is_worse else -values, np.inf)", _TEST),
    Mutant("a district is weighed by the people of another", _JUDGE,
           "weights = weights.reindex(self.values.index)", "weights = weights.iloc[: len(self.values)]", _TEST),
    Mutant("a year that repeats another is judged", _JUDGE,
           "figure[:, is_carried] = np.nan", "figure[:, []] = np.nan", _TEST),
    Mutant("a milestone holds only after its period", _JUDGE,
           "if (year_of(period) or np.inf) <= at\n", "if (year_of(period) or np.inf) < at\n", _TEST),
    Mutant("a merged district's missing part counts as nothing", "app/strategies/methods/gather.py",
           "values.mul(weights, axis=0).sum(skipna=False)", "values.mul(weights, axis=0).sum()", _TEST),
    Mutant("a per cent of a hundred and a tenth is taken", "app/strategies/checking.py",
           "not low <= figure <= high", "not low <= figure", "tests/app/strategies/test_targets_http.py"),
    Mutant("an action may be for another partnership's neighbourhood", "app/strategies/plan_queries.py",
           "Neighbourhood.partnership_slug == partnership_slug, Neighbourhood.slug", "Neighbourhood.slug",
           "tests/app/strategies/test_actions_http.py"),
    Mutant("what is done is overdue still", "app/strategies/plan_queries.py",
           'row.due_on < day and row.status not in ("done", "dropped")', "row.due_on < day",
           "tests/app/strategies/test_actions_http.py"),
    Mutant("a member that stands twice is taken", "app/partnerships/methods/members.py",
           "if key in seen and not _gone_before", "if name in seen and not _gone_before",
           "tests/app/partnerships/test_members.py"),
    Mutant("who left on a day still sits on it", "app/partnerships/methods/members.py",
           "left > day.isoformat()", "left >= day.isoformat()", "tests/app/partnerships/test_members.py"),
    Mutant("a financial year is over on its last day", "app/strategies/methods/promise.py",
           "date(year + 1, 3, 31) < day", "date(year + 1, 3, 31) <= day", "tests/app/strategies/test_judge.py"),
    Mutant("a word of a definition counts as one of a title", "app/strategies/methods/nearest.py",
           "where = 1.0 if stem in titles[one.id] else 0.25", "where = 1.0", "tests/app/strategies/test_nearest.py"),
)  # fmt: skip
