"""Pure computation of a rehearsal: no database, no HTTP."""
