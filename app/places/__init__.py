"""Places: loads from published files what one place needs, and makes its partnership, priorities and ledger."""
