"""Pure parts of looking up: which columns of a table say where its rows are."""
