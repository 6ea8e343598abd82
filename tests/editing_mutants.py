"""Wrong edits of signing in, of imports that run on, and of the editor's forms."""

from __future__ import annotations

from tests.mutant import Mutant

_SIGNED = "tests/app/access/test_browsers.py"
EDITING_MUTANTS: tuple[Mutant, ...] = (
    Mutant("a cookie alone may write", "app/access/cookies.py",
           "        return None  # a cookie", "        return page_actor(request, session)  # a cookie", _SIGNED),
    Mutant("a form of elsewhere is taken", "app/access/cookies.py",
           "    require_own_page(request)\n    if not", "    if not", _SIGNED),
    Mutant("another browser's form is taken", "app/access/cookies.py",
           "if not is_form_word(browser_secret(request), given):", "if not given:", _SIGNED),
    Mutant("a browser outlives its revoked token", "app/access/browsers.py",
           "            Token.revoked_at.is_(None),\n", "", _SIGNED),
    Mutant("an idle browser stays signed in", "app/access/browsers.py",
           "BrowserSession.seen_at > func.now() - IDLE", "BrowserSession.seen_at > func.now() - LONGEST", _SIGNED),
    Mutant("signing in leads to another host", "app/pages/desk_forms.py",
           'not given.startswith(("//", "/\\\\"))', "True", _SIGNED),
)  # fmt: skip
