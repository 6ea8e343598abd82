"""Pure steps from a written amount to a balanced ledger; no files, no database, no clock."""
