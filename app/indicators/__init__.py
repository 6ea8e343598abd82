"""Indices of deprivation as published."""
