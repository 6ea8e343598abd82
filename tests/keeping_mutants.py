"""Wrong edits of keeping data: what a backup holds, what a restore checks, what a migration waits for."""

from __future__ import annotations

from tests.mutant import Mutant

_FILES = "app/dev/backup_files.py"
_RESTORING = "app/dev/restoring.py"
_TEST = "tests/app/dev/test_backups.py"
_TIDY_TEST = "tests/app/dev/test_tidying.py"
_BESIDE = "tests/migrations/test_migrating_beside_others.py"
KEEPING_MUTANTS: tuple[Mutant, ...] = (
    Mutant("a changed backup is restored", _FILES, "if digest(file) != manifest.sha256:", "if False:", _TEST),
    Mutant("a backup of a newer version is restored", _FILES,
           "if manifest.migration > newest:", "if manifest.migration < newest:", _TEST),
    Mutant("rows that are missing are not noticed", _RESTORING,
           "if found.get(name) != manifest.tables.get(name)", "if False", _TEST),
    Mutant("a backup of the first format is compared with other hashes", _RESTORING,
           "count_table(connection, name, manifest.hashed)", "count_table(connection, name)", _TEST),
    Mutant("a value without a hash of its own is left out of the checksum", "app/dev/backups.py",
           'else "each.{}::text"', 'else "pg_typeof(each.{})::text"', _TEST),
    Mutant("the new ground keeps the number it had elsewhere", "app/dev/entered.py",
           "SET {column} = - here.{number}", "SET {column} = - was.{number}", _TEST),
    Mutant("a restore cuts readers off without being told to", _RESTORING,
           "    if not force:\n", "    if force:\n", _TEST),
    Mutant("the oldest backups are kept", _FILES,
           "mine[: max(0, len(mine) - keep)]", "mine[keep:]", _TEST),
    Mutant("the trail of today is forgotten", "app/dev/tidying.py",
           "DELETE FROM audit_events WHERE at < now()", "DELETE FROM audit_events WHERE at > now()", _TIDY_TEST),
    Mutant("a rehearsal of tidying tidies", "app/dev/tidying.py",
           "            if dry_run:\n", "            if not dry_run:\n", _TIDY_TEST),
    Mutant("a migration holds readers up", "migrations/env.py", 'LOCK_WAIT, PAUSE_S, PATIENCE_S = "100ms"',
           'LOCK_WAIT, PAUSE_S, PATIENCE_S = "30s"', _BESIDE),
    Mutant("a grid whose file is gone is here already", "app/sources/run.py",
           "or lacks_its_file(session, dataset_id)", "or False", "tests/app/sources/test_load.py"),
    Mutant("a user who may not bring PostGIS restores into an empty database", "app/dev/restore_places.py",
           "template=EMPTY if may_bring else WITH_POSTGIS", "template=EMPTY", "tests/app/dev/test_given_server.py"),
    Mutant("an import begins on a full disk", "app/disk_room.py", "if free < needed:", "if free < 0:",
           "tests/app/dev/test_full_disk.py"),
)  # fmt: skip
