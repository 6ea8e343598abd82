"""Wrong edits of records: what goes out, what comes in, and who is told."""

from __future__ import annotations

from tests.mutant import Mutant

_CELLS = "app/records/methods/cells.py"
_CELLS_TEST = "tests/app/records/test_record_cells.py"
_TEST = "tests/app/records/test_record.py"
_HTTP_TEST = "tests/app/records/test_record_http.py"
_OLDER_TEST = "tests/app/records/test_older_files.py"
_KEPT_TEST = "tests/app/regions/test_region_kept.py"
RECORD_MUTANTS: tuple[Mutant, ...] = (
    Mutant("a quote that somebody wrote is taken off", _CELLS,
           """_QUOTED = re.compile(r"'+[=""", """_QUOTED = re.compile(r"'[=""", _CELLS_TEST),
    Mutant("words that look like an escape are unescaped", _CELLS,
           "|_(?=x[0-9A-Fa-f]{4}_)", "", _CELLS_TEST),
    Mutant("a word with a semicolon comes apart", _CELLS, ' and ";" not in each', "", _CELLS_TEST),
    Mutant("the first of February is the second of January", _CELLS,
           "int(british[3]), int(british[2]), int(british[1])", "int(british[3]), int(british[1]), int(british[2])",
           _CELLS_TEST),
    Mutant("a record with a refused row is stored", "app/records/actions.py",
           "commit and not keeping.faults", "commit", _TEST),
    Mutant("a published version may be written over", "app/strategies/kept_elsewhere.py",
           "    if not same:\n", "    if not same and kept.published_on is None:\n", _TEST),
    Mutant("everybody is told the draft", "app/records/queries.py",
           "row.published_on is None and not drafts", "False and not drafts", _TEST),
    Mutant("a stranger's token is told the draft", "app/records/routes.py",
           "actor is not None and actor.may_edit(slug)", "actor is not None", _HTTP_TEST),
    Mutant("a target of the past comes in without saying so", "app/records/queries.py",
           '"is_record": True if due is not None and due < day.year else None', '"is_record": None', _TEST),
    Mutant("an id stands in a file twice", "app/records/keep_plan.py",
           "if not keeping.first_time(table, known_as):", "if keeping.first_time(table, known_as) is None:", _TEST),
    Mutant("a history tells of drafts", "app/access/history.py",
           "verbs=_SHOWN.get(kind)", "verbs=None", _HTTP_TEST),
    Mutant("who leads now led before too", "app/partnerships/lead_history.py",
           "name, until = was_now[0], day", "name, until = was_now[1], day",
           "tests/app/partnerships/test_members_page.py"),
    Mutant("an older file writes over what was changed since", "app/records/revisions.py",
           "now is not None and (digest_of(table, now) in said or", "now is not None and (True or", _OLDER_TEST),
    Mutant("what was removed since comes back with an older file", "app/records/actions.py",
           "if not (stale.is_here or stale.is_untouched or known is not None):", "if not stale.is_here:", _OLDER_TEST),
    Mutant("an editor's file changes the assessor's note", "app/records/keep_papers.py",
           "not keeping.actor.is_administrator:", "not keeping.actor.role:", _OLDER_TEST),
    Mutant("a member kept before sectors cannot come in again", "app/records/keep_partnership.py",
           "and (taken_away or any(", "and (any(", _OLDER_TEST),
    Mutant("a signed statement is written over by a file", "app/records/keep_papers.py",
           'if name != STATEMENTS or before["signed_at"] is not None:', "if name != STATEMENTS:", _TEST),
    Mutant("a region's page is kept whatever is loaded", "app/marks.py",
           "*(every[name] for name in tables))", "*(name for name in tables))", _KEPT_TEST),
    Mutant("a changed target leaves a region's page as it was", "app/sql/versions_of_records.sql",
           "'t ' || t.id, CAST(t.xmin AS text)", "'t', 't'", _KEPT_TEST),
    Mutant("what a transaction wrote itself is kept for all", "app/marks.py",
           "return bool(session.info.get(IS_A_MOMENT))", "return True", _KEPT_TEST),
    Mutant("a row of a region outlives its partnership's record", "app/regions/rows.py",
           "one.slug, records.get(one.slug), tuple(", "one.slug, tuple(", _KEPT_TEST),
    Mutant("ground that changed is not read again", "app/regions/grounds.py",
           "slug: (inputs, slug, mark, day)", "slug: (inputs, slug, day)", _KEPT_TEST),
    Mutant("a region's money stays where its ground moved", "app/regions/region.py",
           "stage, given, *(one.mark for one in held))", "stage, given)", _KEPT_TEST),
    Mutant("a line of money says its own grade", "app/resources/kept_elsewhere.py",
           'if grade != line["grade"]:', "if grade is None:", _TEST),
    Mutant("a file of money that is here may be told otherwise", "app/records/keep_money.py",
           "if was and is_same(name, row.values, was[0]):", "if was:", _TEST),
    Mutant("rows of money that were refused are left out", "app/records/money.py",
           "for row in refusals_kept(session, file.id)", "for row in ()", _TEST),
    Mutant("a region's answer of other data is given", "app/regions/queries.py",
           "RegionAnswer.mark == mark", 'RegionAnswer.mark != ""', _KEPT_TEST),
)  # fmt: skip
