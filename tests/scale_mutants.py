"""Wrong edits of reads on copies, of what restarts and slow callers meet, and of the comparison on a cluster."""

from __future__ import annotations

from tests.mutant import Mutant

_COPIES = "tests/app/test_replicas.py"
_FAULTS = "tests/app/test_faults.py"
_POOLER = "tests/app/test_pooler.py"
_CACHE = "tests/app/test_cache.py"
_DASK = "tests/boundaries/test_dask_relate.py"
SCALE_MUTANTS: tuple[Mutant, ...] = (
    Mutant("who has a token reads from a copy", "app/replicas.py",
           "only_primary = is_private", "only_primary = False", _COPIES),
    Mutant("a copy is asked whatever was written", "app/replicas.py",
           "if wanted is None or copy.has(wanted):", "if True:", _COPIES),
    Mutant("a copy that is behind looks up to date", "app/replica_watch.py",
           "if position > replayed), None)", "if position < 0), None)", _COPIES),
    Mutant("a moment of a copy is named by its snapshot alone", "app/sessions.py",
           "THEN CAST(gen_random_uuid() AS text) ELSE", "THEN '' ELSE", _COPIES),
    Mutant("a read that lost its database is not asked again", "app/replicas.py",
           'self._may_repeat and message["status"] == 503', "False", _FAULTS),
    Mutant("nobody is hung up on", "app/slow_clients.py",
           "self._clock = self.loop.call_at(at, self._ring)", "pass", _FAULTS),
    Mutant("who takes nothing of an answer holds its memory", "app/long_answers.py",
           "if at and not await _takes(flow):", "if at < 0:", "tests/app/test_long_answers.py"),
    Mutant("where all is lost each read waits anew", "app/replicas.py",
           "(now if self._lost_since is None else self._lost_since)", "now", "tests/app/test_problems.py"),
    Mutant("a statement outlives its caller", "app/replicas.py",
           "await to_thread.run_sync(deadline.stop)", "pass", _FAULTS),
    Mutant("a transaction behind a pooler has no limit of its own", "boundaries/database.py",
           'event.listen(engine, "begin", partial(_set_for_transaction, milliseconds))', "pass", _POOLER),
    Mutant("what a session sees is kept for all", "deploy/nginx.conf",
           "proxy_no_cache $bounds_personal $bounds_private;", "proxy_no_cache $bounds_personal;", _CACHE),
    Mutant("pieces lack what only the last of their areas meets", "boundaries/dask_relate.py",
           "shapely.bounds(b[at_b]).T", "shapely.bounds(b[at_b[:-1]]).T", _DASK),
)  # fmt: skip
