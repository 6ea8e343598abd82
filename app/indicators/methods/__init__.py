"""Computation of this room: pure, no database, no files."""
