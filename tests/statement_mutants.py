"""Wrong edits of programmes and statements of use."""

from __future__ import annotations

from tests.mutant import Mutant

STATEMENT_MUTANTS: tuple[Mutant, ...] = ()
