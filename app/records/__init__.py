"""The whole of a partnership's record, out and in again: one table for each kind of row, as JSON, XLSX or CSV.

Entry points: `routes.router`, `queries.record_of`, `actions.import_record`. It has no tables of its own: it
reads and writes those of the rooms below through their own checks.
"""
