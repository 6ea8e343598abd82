"""Wrong edits of strategies and accreditation."""

from __future__ import annotations

from tests.mutant import Mutant

_CRITERIA = "app/strategies/methods/criteria.py"
_WORDS = "app/strategies/methods/strategy_words.py"
_WRITTEN = "app/strategies/written.py"
_PURE = "tests/app/strategies/test_criteria.py"
_HTTP = "tests/app/strategies/test_strategy_http.py"
ACCREDITATION_MUTANTS: tuple[Mutant, ...] = (
    Mutant("what cannot be told is partly shown", _CRITERIA,
           'MISSING if verdict == "cannot-tell" else PARTLY', "PARTLY", _PURE),
    Mutant("a strategy of nobody's signature counts as signed by all", _CRITERIA,
           "SHOWN if signed and signed == total", "SHOWN if signed == total", _PURE),
    Mutant("a plan that is only named counts as fewer", _CRITERIA,
           'if each["status"] not in (KEPT,)]', "]", _PURE),
    Mutant("a circle of plans is followed one step only", _WORDS,
           "at = above.get(at, \"\")", "at = \"\"", _PURE),
    Mutant("a title may stand there twice in other capitals", _WORDS,
           "elif fold(title) in seen:", "elif title in seen:", _PURE),
    Mutant("the next version begins at one again", _WRITTEN,
           "version = 1 if newest is None else newest.version + 1", "version = 1 if newest is None else 1", _HTTP),
    Mutant("a member signs before there was anything to sign", _WRITTEN,
           "if not row.published_on <= signed_on <= day:", "if not signed_on <= day:", _HTTP),
    Mutant("a draft is seen by everybody", "app/strategies/written_queries.py",
           "rows = [row for row in list_written(session, slug) if row.published_on is not None]",
           "rows = list(list_written(session, slug))", _HTTP),
)  # fmt: skip
