"""Profiles of neighbourhoods and places, two lists compared, and the check of a board."""
