"""Wrong edits of signing in, of imports that run on, and of the editor's forms."""

from __future__ import annotations

from tests.mutant import Mutant

_SIGNED = "tests/app/access/test_browsers.py"
_IMPORTS = "tests/app/imports/test_imports.py"
_FORMS = "tests/app/pages/test_record_forms.py"
EDITING_MUTANTS: tuple[Mutant, ...] = (
    Mutant("a cookie alone may write", "app/access/cookies.py",
           "        return None  # a cookie", "        return page_actor(request, session)  # a cookie", _SIGNED),
    Mutant("a form of elsewhere is taken", "app/access/cookies.py",
           "    require_own_page(request)\n    secret", "    secret", _SIGNED),
    Mutant("another browser's form is taken", "app/access/cookies.py",
           "if not (secret and is_form_word(secret, given)):", "if not given:", _SIGNED),
    Mutant("a browser outlives its revoked token", "app/access/browsers.py",
           "            Token.revoked_at.is_(None),\n", "", _SIGNED),
    Mutant("an idle browser stays signed in", "app/access/browsers.py",
           "BrowserSession.seen_at > func.now() - IDLE", "BrowserSession.seen_at > func.now() - LONGEST", _SIGNED),
    Mutant("signing in leads to another host", "app/pages/desk_forms.py",
           'not given.startswith(("//", "/\\\\"))', "True", _SIGNED),
    # (A rehearsal is held back by its room and by the transaction: no single edit lets one through.)
    Mutant("a file without a sound row is done", "app/imports/worker.py",
           'status = "done" if found[0].rows_stored else "refused"', 'status = "done"', _IMPORTS),
    Mutant("what was cancelled is stored if it got to its end", "app/imports/actions.py",
           "ImportRun.status == \"running\", ~ImportRun.cancel_asked)", "ImportRun.status == \"running\")", _IMPORTS),
    Mutant("a killed service's import runs for ever", "app/imports/queries.py",
           '    case((is_silent(), "interrupted"), else_=ImportRun.status),', "    ImportRun.status,", _IMPORTS),
    Mutant("whoever knows an import's id reads the cells of its file", "app/imports/queries.py",
           "if report is None or whole:", "if report is not None or whole:", _IMPORTS),
    Mutant("a revoked token's import still runs", "app/imports/worker.py",
           "actor = actor_of_token(session, row.token_id)",
           'actor = Actor(row.token_id, "editor", row.partnership_slug)', _IMPORTS),
    Mutant("the second to save writes over the first", "app/pages/record_page.py",
           'if text_of(form, "etag") != stored.etag:', 'if not text_of(form, "etag"):', _FORMS),
    Mutant("an unchanged form is a change", "app/pages/record_page.py",
           "        if typed[field.name] != now[field.name]\n", "", _FORMS),
)  # fmt: skip
