"""Wrong edits of what lies near: radius, services, overlap."""

from __future__ import annotations

from tests.mutant import Mutant

NEARNESS_MUTANTS: tuple[Mutant, ...] = ()
