"""Wrong edits of signing in, of imports that run on, and of the editor's forms."""

from __future__ import annotations

from tests.mutant import Mutant

_SIGNED = "tests/app/access/test_browsers.py"
_IMPORTS = "tests/app/imports/test_imports.py"
_PAPERS = "tests/app/pages/test_paper_forms.py"
_LINKS = "tests/app/pages/test_desk_links.py"
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
    Mutant("an editor's page may be kept and shown to a stranger", "app/pages/rendering.py",
           "written, actor), {**PRIVATE,", "written, actor), {**PAGE_HEADERS,", _LINKS),
    Mutant("marks of forms are left in a stranger's page", "app/pages/desk_links.py",
           'return _MARK.sub("", written)', "return written", _LINKS),
    Mutant("an editor of another partnership is shown the way to a form", "app/pages/desk_links.py",
           "if of == ADMINISTRATORS else actor.may_edit(unquote(of))", "if of == ADMINISTRATORS else True", _LINKS),
    Mutant("an unchanged draft cannot be published", "app/pages/record_page.py",
           "if typed != now or do != SAVE else {}", "if typed != now else {}", _PAPERS),
    Mutant("a row that is taken out stays", "app/pages/record_fields.py",
           'if said and not text_of(form, f"{at}.{GONE}"):', "if said:", _PAPERS),
    Mutant("pence are lost of an amount", "app/pages/record_fields.py",
           'int((found[2] or "").ljust(2, "0"))', 'int(found[2] or "0")', _PAPERS),
    Mutant("an editor writes the assessor's note", "app/pages/paper_kinds.py",
           "    return actor.is_administrator\n", "    return True\n", _PAPERS),
    Mutant("rows are told of at the end alone", "app/row_counts.py",
           "        if done % EVERY == 0:\n", "        if False:\n", _IMPORTS),
    Mutant("values are told of when all are stored", "boundaries/database.py",
           "                told(min(at + block, len(rows)))", "                told(len(rows))",
           "tests/app/indicators/test_uploads.py"),
    Mutant("outlines are told of when all are stored", "boundaries/importing.py",
           "if done % OUTLINES_TOLD == 0", "if done == 0", "tests/app/areas/test_import_boundaries.py"),
    Mutant("what an import found so far is shown to whoever knows its id", "app/imports/queries.py",
           "if name not in (*LISTS, ", "if name not in (", _IMPORTS),
    Mutant("an unchanged form is a change", "app/pages/record_page.py",
           "        if typed[field.name] != now[field.name]\n", "", _FORMS),
)  # fmt: skip
