"""Pure methods of records: the tables' columns and how a value becomes a cell and comes back."""
