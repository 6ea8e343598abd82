"""Wrong edits of rasters."""

from __future__ import annotations

from tests.mutant import Mutant

RASTER_MUTANTS: tuple[Mutant, ...] = ()
