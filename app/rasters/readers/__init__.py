"""Files of cells that stand as a table → arrays; no database."""
