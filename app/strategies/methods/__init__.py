"""Pure methods of targets: nothing here reads a database."""
