"""Money: files of it read, each line placed and graded, and a partnership's ledger that balances to the penny.

Entry points: `actions.import_resources`, `actions.load_mirror_resources`, `building.build_ledger`.
Tables: resource_files, resource_lines, resource_refusals, envelopes.
"""
