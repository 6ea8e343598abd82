"""Wrong edits of bringing money in and placing it."""

from __future__ import annotations

from tests.mutant import Mutant

MONEY_IMPORT_MUTANTS: tuple[Mutant, ...] = ()
