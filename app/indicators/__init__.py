"""Indices of deprivation as published, and indicators: what each is, its periods and its values.

Tables: indices, index_values, indicators, indicator_periods, indicator_values.
"""
