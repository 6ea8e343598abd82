"""A region's partnerships side by side: alignment, priorities, money counted once, progress, accreditation.

Entry points: `routes.router`, `region.partnerships_of_region`. Table: region_answers (worked out: what was told today).
"""
