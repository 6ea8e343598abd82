"""Wrong edits of what is agreed for a neighbourhood."""

from __future__ import annotations

from tests.mutant import Mutant

_CHECKS = "app/agreements/methods/checks.py"
_TEST = "tests/app/agreements/test_checks.py"
_HTTP = "tests/app/agreements/test_agreements_http.py"
_SAVED = "tests/app/agreements/test_saved_meanwhile.py"
_HISTORY = "app/access/history.py"
MANAGING_MUTANTS: tuple[Mutant, ...] = (
    Mutant("a budget wholly used is over", _CHECKS, "if left >= 0:", "if left > 0:", _TEST),
    Mutant("what is only estimated is not counted", _CHECKS,
           "left = amount_pence - located_pence - estimated_pence", "left = amount_pence - located_pence", _TEST),
    Mutant("a year of two years is taken", _CHECKS,
           "(int(match[1]) + 1) % 100 != int(match[2])", "int(match[1]) % 100 > int(match[2])", _TEST),
    Mutant("a post may end the day it starts", _CHECKS, "day <= starts if", "day < starts if", _TEST),
    Mutant("lines of another year are set beside a budget", "app/agreements/queries.py",
           'and line["financial_year"] == each["year"]', 'and line["financial_year"] != ""', _HTTP),
    Mutant("published lines stand beside no budget of an own programme", "app/agreements/queries.py",
           'in named.get(each["programme"], ())', "in ()", _HTTP),
    Mutant("an ended agreement is overdue", "app/agreements/queries.py",
           'row.review_on < day and row.status != "ended"', "row.review_on < day", _HTTP),
    Mutant("another partnership's editor may write", "app/agreements/routes.py",
           "return actor.may_edit(partnership)", "return actor.may_edit(partnership) or bool(neighbourhood)", _HTTP),
    Mutant("drafts and tokens have a public history", _HISTORY, "    if kind in PUBLIC_KINDS:", "    if kind:", _SAVED),
    Mutant("what was read already is told as changed since", _HISTORY,
           "if _revision(each) > revision]", "if _revision(each) >= revision]", _SAVED),
    Mutant("a history names the token", _HISTORY, '"who": roles[each.actor]', '"who": each.actor', _SAVED),
)  # fmt: skip
