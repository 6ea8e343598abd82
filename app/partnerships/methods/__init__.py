"""Pure computation on partnerships' ground: no database, no HTTP."""
