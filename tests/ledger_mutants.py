"""Wrong edits of the ledger, its views and its reconciliation."""

from __future__ import annotations

from tests.mutant import Mutant

LEDGER_MUTANTS: tuple[Mutant, ...] = ()
