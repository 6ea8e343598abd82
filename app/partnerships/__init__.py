"""Partnerships: who they are, the ground they stand on, and how it aligns with councils."""
