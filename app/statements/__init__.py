"""Statements of use: what a partnership did with a programme's allocation in a year, drafted, signed and then frozen.

Entry points: `queries.statements_of_use`, `actions.write_statement`. Tables: statements_of_use.
"""
