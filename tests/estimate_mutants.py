"""Wrong edits of estimates and of what is counted twice."""

from __future__ import annotations

from tests.mutant import Mutant

ESTIMATE_MUTANTS: tuple[Mutant, ...] = ()
