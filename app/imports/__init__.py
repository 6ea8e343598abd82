"""Imports: what a file holds, rehearsed before it is stored."""
