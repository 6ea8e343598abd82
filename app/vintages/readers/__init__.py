"""Readers of a user's table: records of a CSV, numbers as they are written."""
