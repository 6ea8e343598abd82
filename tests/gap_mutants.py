"""Wrong edits of the part its name tells."""

from __future__ import annotations

from tests.mutant import Mutant

GAP_MUTANTS: tuple[Mutant, ...] = ()
