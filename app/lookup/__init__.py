"""What lies at a point, where a postcode is, and both for files of rows; tables: none of its own."""
