"""Wrong edits of what keeps the service safe among strangers."""

from __future__ import annotations

from tests.mutant import Mutant

SAFETY_MUTANTS: tuple[Mutant, ...] = (
    Mutant("who has none left asks on", "app/rates.py", "taken = 1.0 if least >= 1 else 0.0", "taken = 1.0",
           "tests/app/test_rates.py"),
    Mutant("no partnership is every one", "app/access/walls.py", 'partnership_slug.replace(EVERY, "")',
           "partnership_slug or EVERY", "tests/app/access/test_walls.py"),
    Mutant("a done write is not noted with it", "app/access/once.py", ".values(is_stored=True)",
           ".values(is_stored=False)", "tests/contracts/test_sent_once.py"),
    Mutant("everybody reads drafts", "app/statements/queries.py", "StatementOfUse.signed_at.is_not(None) | is_let_in",
           "StatementOfUse.id.is_not(None) | is_let_in", "tests/app/statements/test_statement_over_http.py"),
    Mutant("a bomb is unpacked", "app/vintages/readers/records.py", "MAX_RATIO * sent", "MAX_ROWS * sent",
           "tests/app/vintages/test_records.py"),
    Mutant("a write that is too late is stored", "app/sessions.py", "ended.enter_context(deadlines.storing())", "pass",
           "tests/app/test_time_limits.py"),
    Mutant("a statement outlives its request", "boundaries/database.py", "connection.cancel_safe(timeout=CANCEL_S)",
           "pass", "tests/app/test_time_limits.py"),
    Mutant("the rows done are not said", "boundaries/deadlines.py", "self._done = done or self._done",
           'self._done = ""', "tests/app/test_time_limits.py"),
    Mutant("what is nobody's is everybody's", "migrations/versions/0041_walls_for_writes.py",
           "f\"{SAID} IN ('*', {column})\"", "f\"coalesce({SAID} IN ('*', {column}), true)\"",
           "tests/app/access/test_walls.py"),
    Mutant("what belongs to a partnership's is everybody's", "migrations/versions/0041_walls_for_writes.py",
           "OR EXISTS ({leads", "OR true OR EXISTS ({leads", "tests/app/access/test_walls.py"),
)  # fmt: skip
