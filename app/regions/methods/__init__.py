"""Pure computation of a region's roll-ups: no database, no HTTP."""
