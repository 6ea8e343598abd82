"""Wrong edits of the part its name tells."""

from __future__ import annotations

from tests.mutant import Mutant

MERGING_MUTANTS: tuple[Mutant, ...] = ()
