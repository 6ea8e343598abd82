"""Pure steps from cells to figures of zones and to pictures; no files, no database, no clock."""
